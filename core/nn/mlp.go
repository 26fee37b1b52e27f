package nn

import (
	"autodidact/core/autograd"
	"autodidact/core/rng"
)

// MLP is Linear, a norm if there is one, ReLU, Linear: the projection head of
// most tasks.
type MLP struct {
	In   *Linear
	Norm Layer // nil for none
	Out  *Linear
}

func NewMLP(r *rng.Rand, in, hidden, out int) *MLP {
	return &MLP{In: NewLinear(r, in, hidden), Out: NewLinear(r, hidden, out)}
}

// NewNormMLP has a BatchNorm between, as BYOL and SimSiam need.
func NewNormMLP(r *rng.Rand, in, hidden, out int) *MLP {
	m := NewMLP(r, in, hidden, out)
	m.Norm = NewBatchNorm(hidden)
	return m
}

func (m *MLP) Forward(x autograd.Var) autograd.Var {
	h := m.In.Forward(x)
	if m.Norm != nil {
		h = m.Norm.Forward(h)
	}
	return m.Out.Forward(h.Relu())
}
