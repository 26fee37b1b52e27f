package nn

import (
	"math"

	"autodidact/core/autograd"
	"autodidact/core/rng"
)

// Linear is y = x·W + b, W [in, out]; without a Bias y = x·W.
type Linear struct{ Weight, Bias *autograd.Param }

// NewLinear draws weights and biases as PyTorch does: evenly within 1/sqrt(in).
func NewLinear(r *rng.Rand, in, out int) *Linear {
	bound := 1 / math.Sqrt(float64(in))
	l := &Linear{Uniform(r, bound, in, out), Uniform(r, bound, out)}
	l.Weight.Torch = []int{1, 0}
	return l
}

func (l *Linear) Forward(x autograd.Var) autograd.Var {
	if l.Bias == nil {
		return x.MatMul(l.Weight)
	}
	return x.Linear(l.Weight, l.Bias)
}
