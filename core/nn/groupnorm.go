package nn

import (
	"autodidact/core/autograd"
	"autodidact/core/kernel"
	"autodidact/core/tensor"
)

// GroupNorm standardizes each sample over its positions and a group of channels
// (arXiv:1803.08494). x is [batch, ..., channels].
type GroupNorm struct {
	Weight, Bias *autograd.Param // [channels]

	groups int
}

func NewGroupNorm(groups, channels int) *GroupNorm {
	return &GroupNorm{Ones(channels), Zeros(channels), groups}
}

func (g *GroupNorm) Forward(x autograd.Var) autograd.Var {
	batch, channels := x.Dim(0), x.Dim(-1)
	if channels%g.groups != 0 {
		panic(&tensor.ShapeError{Op: "group norm", Shapes: []tensor.Shape{x.Shape(), {g.groups}}})
	}
	y, _, _ := x.Norm(g.Weight, g.Bias, kernel.Norm{
		A: batch, B: x.Shape().Size() / (batch * channels), C: g.groups, D: channels / g.groups, Eps: 1e-5})
	return y
}
