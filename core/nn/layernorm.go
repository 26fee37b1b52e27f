package nn

import (
	"autodidact/core/autograd"
	"autodidact/core/kernel"
)

// LayerNorm standardizes the last axis (arXiv:1607.06450).
type LayerNorm struct{ Weight, Bias *autograd.Param } // [width]

func NewLayerNorm(width int) *LayerNorm { return &LayerNorm{Ones(width), Zeros(width)} }

func (l *LayerNorm) Forward(x autograd.Var) autograd.Var {
	w := x.Dim(-1)
	y, _, _ := x.Norm(l.Weight, l.Bias, kernel.Norm{A: x.Shape().Size() / w, B: 1, C: 1, D: w, Eps: 1e-5})
	return y
}
