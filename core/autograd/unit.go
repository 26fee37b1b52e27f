package autograd

import (
	"autodidact/core/kernel"
	"autodidact/core/tensor"
)

// Unit scales the last axis to length one: x / sqrt(Σ x² + 1e-12).
func (x Var) Unit() Var { return Apply(&unit{}, x) }

type unit struct{ y, length *tensor.Tensor }

func (o *unit) Forward(a *tensor.Arena, in ...*tensor.Tensor) *tensor.Tensor {
	x := in[0]
	o.length = a.Fold(kernel.Sum, a.Mul(x, x), len(x.Shape)-1)
	a.Affine(o.length.Buf, o.length.Buf, 1, 1e-12)
	a.Unary(kernel.Sqrt, o.length.Buf, o.length.Buf)
	o.y = a.Div(x, o.length)
	return o.y
}

// dx = (dy - y * Σ y*dy) / length
func (o *unit) Backward(a *tensor.Arena, dy *tensor.Tensor) []*tensor.Tensor {
	along := a.Fold(kernel.Sum, a.Mul(o.y, dy), len(dy.Shape)-1)
	dx := a.Sub(dy, a.Mul(o.y, along))
	a.Update(kernel.Div, dx, o.length)
	return []*tensor.Tensor{dx}
}
