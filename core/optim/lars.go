package optim

import (
	"iter"

	"autodidact/core/autograd"
	"autodidact/core/kernel"
	"autodidact/core/tensor"
)

// LARS is SGD whose every layer steps in proportion to the size of its weights,
// for large batches (arXiv:1708.03888):
//
//	trust = eta * |p| / (|g| + decay*|p|)
//	v = momentum*v + lr * trust * (g + decay*p)
//	p = p - v
//
// Biases and norms take plain steps: trust is 1 and decay 0. So is trust where p
// or g is all zeros.
type LARS struct {
	Momentum, Decay, Eta float32
	memory
}

func NewLARS(momentum, decay float32) *LARS {
	return &LARS{Momentum: momentum, Decay: decay, Eta: 0.001}
}

func (o *LARS) Step(b kernel.Backend, lr float32, params iter.Seq2[string, *autograd.Param]) {
	a := tensor.NewArena(b)
	defer a.Free()
	for name, p := range trained(params) {
		v := o.of(b, name+".v", p)
		rate := paced(p, lr)
		step := a.Scale(p.Grad, rate, 0)
		if decays(p) {
			addScaled(a, step, p.Value, rate*o.Decay)
			a.Update(kernel.Mul, step, o.trust(a, p))
		}
		a.Affine(v.Buf, v.Buf, o.Momentum, 0)
		a.Update(kernel.Add, v, step)
		a.Update(kernel.Sub, p.Value, v)
		a.Drop(step)
	}
}

// trust stays on the device, so it chooses without branching: 1 + both*(ratio - 1),
// where both is 1 when neither norm is 0.
func (o *LARS) trust(a *tensor.Arena, p *autograd.Param) *tensor.Tensor {
	size := a.Map(kernel.Sqrt, squares(a, p.Value))
	slope := a.Map(kernel.Sqrt, squares(a, p.Grad))
	both := a.Mul(a.Map(kernel.Step, size), a.Map(kernel.Step, slope))
	below := a.Add(slope, a.Scale(size, o.Decay, 1e-30)) // never 0
	ratio := a.Div(a.Scale(size, o.Eta, 0), below)
	return a.Scale(a.Mul(both, a.Scale(ratio, 1, -1)), 1, 1).Reshape()
}
