package nn

import (
	"math"

	"autodidact/core/autograd"
	"autodidact/core/rng"
)

// Conv1D slides a kernel over x [batch, length, in], looking back only: tap k of n
// sees what was (n-1-k)*dilation before.
type Conv1D struct {
	Weight *autograd.Param // [taps, in, out]
	Bias   *autograd.Param // [out]

	dilation int
}

// NewConv1D draws weights and biases as PyTorch does: evenly within 1/sqrt(fan-in).
func NewConv1D(r *rng.Rand, in, out, taps, dilation int) *Conv1D {
	bound := 1 / math.Sqrt(float64(in*taps))
	c := &Conv1D{Uniform(r, bound, taps, in, out), Uniform(r, bound, out), dilation}
	c.Weight.Torch = []int{2, 1, 0}
	return c
}

func (c *Conv1D) Forward(x autograd.Var) autograd.Var {
	return x.Conv1D(c.Weight, c.Bias, c.dilation)
}

// Centred is Forward looking as far ahead as back: the middle tap, of an odd number, meets the position itself.
func (c *Conv1D) Centred(x autograd.Var) autograd.Var {
	return x.CentredConv1D(c.Weight, c.Bias, c.dilation)
}
