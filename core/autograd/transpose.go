package autograd

import "autodidact/core/tensor"

// Transpose puts axes in another order: axis i of the result is axes[i] of x.
func (x Var) Transpose(axes ...int) Var { return Apply(&transpose{axes}, x) }

type transpose struct{ axes []int }

func (o *transpose) Forward(a *tensor.Arena, in ...*tensor.Tensor) *tensor.Tensor {
	return a.Transpose(in[0], o.axes...)
}

// dx is dy with its axes put back
func (o *transpose) Backward(a *tensor.Arena, dy *tensor.Tensor) []*tensor.Tensor {
	back := make([]int, len(o.axes))
	for i, k := range o.axes {
		back[k] = i
	}
	return []*tensor.Tensor{a.Transpose(dy, back...)}
}
