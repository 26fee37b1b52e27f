package workload

import (
	"math"
	"testing"
	"time"

	"autodidact/core/kernel/cpu"
	"autodidact/core/nn"
)

// The losses are those of PyTorch 1.13 from the same weights and inputs.
func TestStepsHaveTheLossesOfPyTorch(t *testing.T) {
	for name, want := range map[string]map[int]float64{
		"w1": {1: 4.740167, 2: 4.690118, 3: 4.529351},
		"w2": {1: 9.054133, 2: 8.643720, 3: 8.318383},
		"w3": {1: 0.352604, 2: 0.252575, 3: 0.149034, 20: 0.031547},
	} {
		t.Run(name, func(t *testing.T) {
			last := 3
			if want[20] != 0 && !testing.Short() {
				last = 20
			}
			w, b := All[name](), cpu.New()
			nn.Place(b, w.model)
			for step := 1; step <= last; step++ {
				start := time.Now()
				loss, _ := w.step(b)
				t.Logf("step %d: loss %.6f, %v", step, loss, time.Since(start).Round(time.Millisecond))
				if is, ok := want[step]; ok && math.Abs(float64(loss)-is) > 1e-4*is {
					t.Errorf("step %d: loss %.6f, want %.6f", step, loss, is)
				}
			}
		})
	}
}
