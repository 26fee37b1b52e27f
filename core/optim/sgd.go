package optim

import (
	"iter"

	"autodidact/core/autograd"
	"autodidact/core/kernel"
	"autodidact/core/tensor"
)

// SGD is stochastic gradient descent with momentum:
//
//	v = momentum*v + g + decay*p
//	p = p - lr*v
type SGD struct {
	Momentum, Decay float32
	memory
}

func NewSGD(momentum, decay float32) *SGD { return &SGD{Momentum: momentum, Decay: decay} }

func (o *SGD) Step(b kernel.Backend, lr float32, params iter.Seq2[string, *autograd.Param]) {
	a := tensor.NewArena(b)
	defer a.Free()
	for name, p := range trained(params) {
		v := o.of(b, name+".v", p)
		a.Affine(v.Buf, v.Buf, o.Momentum, 0)
		a.Update(kernel.Add, v, p.Grad)
		if o.Decay > 0 && decays(p) {
			addScaled(a, v, p.Value, o.Decay)
		}
		addScaled(a, p.Value, v, -paced(p, lr))
	}
}
