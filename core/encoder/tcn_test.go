package encoder_test

import (
	"slices"
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

// A nudge at time 15 changes nothing before it, and everything from there to the reach.
func TestATCNKnowsThePastOnly(t *testing.T) {
	const length, at, blocks = 60, 15, 3
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
		same := slices.Equal(before[i*8:(i+1)*8], after[i*8:(i+1)*8])
		if inside := i >= at && i <= at+reach; same == inside {
			t.Errorf("time %d: changed is %v, want %v", i, !same, inside)
		}
	}
}
