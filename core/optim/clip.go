package optim

import (
	"context"
	"iter"

	"autodidact/core/autograd"
	"autodidact/core/kernel"
	"autodidact/core/tensor"
)

// Clip scales all gradients down together when their norm, taken as one long
// vector, is above most (arXiv:1211.5063). It waits for that norm and returns it.
func Clip(ctx context.Context, a *tensor.Arena, params iter.Seq2[string, *autograd.Param], most float32) (float32, error) {
	sum := a.Full(0, 1, 1)
	for _, p := range trained(params) {
		square := squares(a, p.Grad)
		a.Update(kernel.Add, sum, square)
		a.Drop(square)
	}
	norm, err := a.Download(ctx, a.Map(kernel.Sqrt, sum))
	if err != nil {
		return 0, err
	}
	if norm[0] > most {
		for _, p := range trained(params) { // not in place: two params may share one gradient
			p.Grad = a.Scale(p.Grad, most/norm[0], 0)
		}
	}
	return norm[0], nil
}

// squares is Σ x² [1, 1].
func squares(a *tensor.Arena, x *tensor.Tensor) *tensor.Tensor {
	row := x.Reshape(1, x.Shape.Size())
	return a.Dot(row, row, false, true)
}
