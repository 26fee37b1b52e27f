package nn

import (
	"autodidact/core/autograd"
	"autodidact/core/kernel"
)

// LayerNorm standardizes the last axis (arXiv:1607.06450).
type LayerNorm struct {
	Weight, Bias *autograd.Param // [width]

	eps float32
}

// LayerNormEps is what is added to a variance, as in PyTorch, unless WithEps says otherwise.
const LayerNormEps = 1e-5

func NewLayerNorm(width int) *LayerNorm { return &LayerNorm{Ones(width), Zeros(width), LayerNormEps} }

// WithEps adds eps to each variance instead; 0 leaves it as it is.
func (l *LayerNorm) WithEps(eps float64) *LayerNorm {
	if eps > 0 {
		l.eps = float32(eps)
	}
	return l
}

func (l *LayerNorm) Forward(x autograd.Var) autograd.Var {
	w := x.Dim(-1)
	y, _, _ := x.Norm(l.Weight, l.Bias, kernel.Norm{A: x.Shape().Size() / w, B: 1, C: 1, D: w, Eps: l.eps})
	return y
}
