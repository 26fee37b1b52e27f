package pretext

import (
	"context"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/nn"
	"autodidact/core/tensor"
)

// Barlow Twins: each feature agrees on both views, and no two features are
// redundant. Zbontar et al., 2021, arXiv:2103.03230.
var barlowTwins = Define(Spec{
	Name:  "barlowtwins",
	Title: "Barlow Twins",
	Line:  "Makes each feature agree between two views of an image, and the features independent of each other.",
	Paper: "2103.03230",
	Kinds: []data.Kind{data.Images},
}, BarlowTwinsOptions{Lambda: 0.02, Width: 128, Hidden: 256, Augmentation: defaultAugmentation}, newBarlowTwins)

// BarlowTwinsOptions are the options of the task. The paper's lambda, 0.005, is for 8,192
// features; with fewer the redundant ones need more weight.
type BarlowTwinsOptions struct {
	Lambda float32 `json:"lambda" min:"0.0001" max:"1" doc:"weight of the redundancy reduction term: features that differ from each other"`
	Width  int     `json:"width" min:"8" max:"2048" doc:"size of the projector's output, in which views are compared"`
	Hidden int     `json:"hidden" min:"8" max:"2048" doc:"size of the projector's hidden layer"`
	Augmentation
}

// BarlowTwins trains Branch.
type BarlowTwins struct {
	Branch

	lambda float32
	viewPair
}

func newBarlowTwins(s Setup, o BarlowTwinsOptions) Task {
	return &BarlowTwins{Branch{s.Encoder, nn.NewNormMLP(s.Rand, s.Encoder.Width(), o.Hidden, o.Width)}, o.Lambda, o.pair(s.Size)}
}

func (b *BarlowTwins) Backbone() nn.Encoder { return b.Encoder }

// Loss is, for the correlations c [width, width] between first and second views,
//
//	(Σ_i (1 - c_ii)² + lambda · Σ_{i≠j} c_ij²) / width
//
// The paper does not divide; so the loss keeps its size whatever the width.
func (b *BarlowTwins) Loss(t *autograd.Tape, v data.Views) autograd.Var {
	x, y := halves(b.project(t.Input(v[0])))
	c := standard(x).Transpose(1, 0).MatMul(standard(y)).Scale(1 / float32(x.Dim(0)))
	w := c.Dim(0)
	gap := c.Sub(t.Input(diagonal(w, 1, 0)))
	return total(gap.Mul(gap).Mul(t.Input(diagonal(w, 1, b.lambda)))).Scale(1 / float32(w))
}

// standard gives each column of x [n, width] mean 0 and variance 1 over its rows.
func standard(x autograd.Var) autograd.Var {
	centred := x.Sub(x.Mean(0))
	return centred.Div(centred.Mul(centred).Mean(0).Shift(1e-5).Sqrt())
}

// diagonal is a matrix [n, n] with on on its diagonal and off elsewhere.
func diagonal(n int, on, off float32) *tensor.Tensor {
	m := make([]float32, n*n)
	for i := range m {
		m[i] = off
		if i%(n+1) == 0 {
			m[i] = on
		}
	}
	return tensor.Float32s(m, n, n)
}

// Preview answers each view with the view nearest to it in the batch.
func (b *BarlowTwins) Preview(ctx context.Context, t *autograd.Tape, of data.Batch, v data.Views) ([]Example, error) {
	return nearest(ctx, t, nn.Unit(b.project(t.Input(v[0]))), of, v[0])
}
