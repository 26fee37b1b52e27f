package pretext

import (
	"context"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/nn"
)

// VICReg: two views land together (invariance), pictures stay apart (variance), features
// do not repeat each other (covariance): three plain terms. Bardes et al., 2021, arXiv:2105.04906.
var vicReg = Define(Spec{
	Name:  "vicreg",
	Title: "VICReg",
	Line:  "Makes two views similar (invariance), keeps every feature varying (variance) and features independent (covariance).",
	Paper: "2105.04906",
	Kinds: []data.Kind{data.Images},
}, VICRegOptions{Invariance: 25, Variance: 25, Covariance: 1, Width: 128, Hidden: 256, Augmentation: defaultAugmentation}, newVICReg)

// VICRegOptions are the options of the task.
type VICRegOptions struct {
	Invariance float32 `json:"invariance" min:"0" max:"100" doc:"weight of the similarity of two views"`
	Variance   float32 `json:"variance" min:"0" max:"100" doc:"weight of the variance of every feature over the batch"`
	Covariance float32 `json:"covariance" min:"0" max:"100" doc:"weight of decorrelating the features"`
	Width      int     `json:"width" min:"8" max:"2048" doc:"size of the projector's output, in which views are compared"`
	Hidden     int     `json:"hidden" min:"8" max:"2048" doc:"size of the projector's hidden layer"`
	Augmentation
}

// VICReg trains Branch.
type VICReg struct {
	Branch

	invariance, variance, covariance float32
	viewPair
}

func newVICReg(s Setup, o VICRegOptions) Task {
	return &VICReg{Branch{s.Encoder, nn.NewNormMLP(s.Rand, s.Encoder.Width(), o.Hidden, o.Width)},
		o.Invariance, o.Variance, o.Covariance, o.pair(s.Size)}
}

func (g *VICReg) Backbone() nn.Encoder { return g.Encoder }

// Loss is, for first views x and second views y, both [n, width],
//
//	invariance · mean (x - y)² + variance · (spread(x) + spread(y))/2 + covariance · (repeats(x) + repeats(y))
func (g *VICReg) Loss(t *autograd.Tape, v data.Views) autograd.Var {
	x, y := halves(g.project(t.Input(v[0])))
	apart := x.Sub(y)
	loss := total(apart.Mul(apart)).Scale(g.invariance / float32(x.Shape().Size()))
	for _, side := range []autograd.Var{x, y} {
		loss = loss.Add(spread(side).Scale(g.variance / 2)).Add(repeats(side).Scale(g.covariance))
	}
	return loss
}

// spread is the mean over features of max(0, 1 - standard deviation).
func spread(x autograd.Var) autograd.Var {
	centred := x.Sub(x.Mean(0))
	variance := centred.Mul(centred).Mean(0).Scale(float32(x.Dim(0)) / float32(x.Dim(0)-1))
	return total(variance.Shift(1e-4).Sqrt().Scale(-1).Shift(1).Relu()).Scale(1 / float32(x.Dim(1)))
}

// repeats is the sum of squared covariances of different features, over their number.
func repeats(x autograd.Var) autograd.Var {
	centred, w := x.Sub(x.Mean(0)), x.Dim(1)
	c := centred.Transpose(1, 0).MatMul(centred).Scale(1 / float32(x.Dim(0)-1))
	return total(c.Mul(c).Mul(x.Tape().Input(diagonal(w, 0, 1)))).Scale(1 / float32(w))
}

// Preview answers each view with the view nearest to it in the batch.
func (g *VICReg) Preview(ctx context.Context, t *autograd.Tape, b data.Batch, v data.Views) ([]Example, error) {
	return nearest(ctx, t, nn.Unit(g.project(t.Input(v[0]))), b, v[0])
}
