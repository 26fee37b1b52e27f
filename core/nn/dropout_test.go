package nn_test

import (
	"math"
	"testing"

	"autodidact/core/autograd"
	"autodidact/core/kernel/cpu"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

func TestDropoutLeavesOutItsShareAndKeepsTheMean(t *testing.T) {
	const n = 100_003
	ones := make([]float32, n)
	for i := range ones {
		ones[i] = 1
	}
	drop := func(seed uint64, share float32) (d []float32) {
		tape := autograd.NewTape(cpu.New(), rng.New(seed))
		defer tape.Free()
		d, err := tape.Download(t.Context(), nn.Dropout(tape.Input(tensor.Float32s(ones, n)), share).Value())
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, share := range []float32{0.1, 0.5} {
		d := drop(1, share)
		out, sum := 0, 0.0
		for i, v := range d {
			if v == 0 {
				out++
			}
			sum += float64(v)
			if want := 1 / (1 - float64(share)); v != 0 && math.Abs(float64(v)-want) > 1e-4 {
				t.Fatalf("value %d is %g, want 0 or %g", i, v, want)
			}
		}
		// five standard deviations
		if off := math.Abs(float64(out)/n - float64(share)); off > 5*math.Sqrt(float64(share*(1-share))/n) {
			t.Errorf("left out %d of %d, want a share of %g", out, n, share)
		}
		if math.Abs(sum/n-1) > 0.02 {
			t.Errorf("the mean went from 1 to %g", sum/n)
		}
		again, other := drop(1, share), drop(2, share)
		same := 0
		for i := range d {
			if again[i] != d[i] {
				t.Fatal("the same chance left out others")
			}
			if other[i] == d[i] {
				same++
			}
		}
		if same == n {
			t.Error("another chance left out the same")
		}
	}
	if d := drop(1, 0); d[0] != 1 || d[n-1] != 1 {
		t.Error("a share of 0 changed something")
	}
}
