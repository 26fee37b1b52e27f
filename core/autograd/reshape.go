package autograd

import "autodidact/core/tensor"

// Reshape views x under another shape.
func (x Var) Reshape(shape ...int) Var { return Apply(&reshape{to: shape}, x) }

type reshape struct{ from, to tensor.Shape }

func (o *reshape) Forward(_ *tensor.Arena, in ...*tensor.Tensor) *tensor.Tensor {
	o.from = in[0].Shape
	return in[0].Reshape(o.to...)
}

func (o *reshape) Backward(_ *tensor.Arena, dy *tensor.Tensor) []*tensor.Tensor {
	return []*tensor.Tensor{dy.Reshape(o.from...)}
}
