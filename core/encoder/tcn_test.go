package encoder_test

import (
	"math"
	"testing"

	"autodidact/core/autograd"
	"autodidact/core/encoder"
	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

func TestEveryParamOfATCNLearns(t *testing.T) {
	everyParamLearns(t, encoder.NewTCN(rng.New(1), 2, 8, 3), noise(2, 20, 2))
}

// A nudge at time 18 changes nothing before it, and everything from there to the reach. Minimal
// filtering makes neighbours together, so what is not changed may be rounded another way.
func TestATCNKnowsThePastOnly(t *testing.T) {
	const length, at, blocks, rounding = 60, 18, 3, 1e-6
	const reach = 2*(1<<blocks-1) + 2*blocks
	b, enc := cpu.New(), encoder.NewTCN(rng.New(1), 1, 8, blocks)
	nn.Place(b, enc)
	encode := func(x *tensor.Tensor) []float32 {
		tape := autograd.NewTape(b, rng.New(1))
		defer tape.Free()
		return download(t, tape, enc.Encode(tape.Input(x)).Value())
	}
	x := noise(1, length, 1)
	before := encode(x)
	x.Buf.(kernel.Host)[at]++
	after := encode(x)
	for i := range length {
		var change float64
		for c := range 8 {
			change = max(change, math.Abs(float64(after[i*8+c]-before[i*8+c])))
		}
		if inside := i >= at && i <= at+reach; inside != (change > rounding) {
			t.Errorf("time %d: changed by %g, want %v", i, change, map[bool]string{true: "more than rounding", false: "rounding at most"}[inside])
		}
	}
}
