package nn

import (
	"autodidact/core/autograd"
	"autodidact/core/kernel"
)

// BatchNorm standardizes each channel over the batch and its positions
// (arXiv:1502.03167). x is [..., channels]. In training it uses the batch's own
// statistics and lets the running ones follow; otherwise, and when it is frozen, it uses those.
type BatchNorm struct {
	Weight, Bias            *autograd.Param // [channels]
	RunningMean, RunningVar *autograd.Param // [channels], frozen
}

const (
	batchNormEps = 1e-5
	// BatchNormMomentum is of the running statistics; PyTorch counts the other way and says 0.1.
	BatchNormMomentum = 0.9
)

func NewBatchNorm(channels int) *BatchNorm {
	b := &BatchNorm{Ones(channels), Zeros(channels), Zeros(channels), Ones(channels)}
	b.RunningMean.Frozen, b.RunningVar.Frozen = true, true
	return b
}

func (b *BatchNorm) Forward(x autograd.Var) autograd.Var {
	t, c := x.Tape(), x.Dim(-1)
	if !t.Training || b.Weight.Frozen {
		scale := t.Param(b.Weight).Div(t.Param(b.RunningVar).Shift(batchNormEps).Sqrt())
		return x.Mul(scale).Add(t.Param(b.Bias).Sub(scale.Mul(b.RunningMean)))
	}
	n := x.Shape().Size() / c
	y, mean, rstd := x.Norm(b.Weight, b.Bias, kernel.Norm{A: 1, B: n, C: c, D: 1, Eps: batchNormEps})
	a := t.Arena
	// rstd = 1/sqrt(variance + eps); PyTorch's running variance divides by n-1.
	variance := a.Scale(a.Div(a.Full(1), a.Mul(rstd, rstd)), 1, -batchNormEps)
	follow(a, b.RunningMean, mean.Reshape(c), BatchNormMomentum)
	follow(a, b.RunningVar, a.Scale(variance, float32(n)/float32(max(n-1, 1)), 0).Reshape(c), BatchNormMomentum)
	return y
}
