package pretext

import (
	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/pretext/view"
)

// Augmentation is how the two views of a picture may differ, for every task that compares them.
type Augmentation struct {
	Crop   float32 `json:"crop" min:"0.05" max:"1" doc:"smallest part of a picture that a view may show"`
	Jitter float32 `json:"jitter" min:"0" max:"1" doc:"how much the colours of two views may differ"`
	Gray   float32 `json:"gray" min:"0" max:"1" doc:"share of views without colour"`
	Blur   float32 `json:"blur" min:"0" max:"1" doc:"share of views that are blurred"`
	Flip   bool    `json:"flip" doc:"mirror every other view; turn off where left and right matter"`
}

// defaultAugmentation is SimCLR's for small pictures (arXiv:2002.05709, appendix B.9), but that a
// crop shows more: what is small already has little to lose.
var defaultAugmentation = Augmentation{Crop: 0.35, Jitter: 0.5, Gray: 0.2, Blur: 0.5, Flip: true}

func (o Augmentation) pair(size int) viewPair {
	return viewPair{view.Image{Size: size, Crop: o.Crop, Flip: o.Flip, Jitter: o.Jitter, Gray: o.Gray, Blur: o.Blur}}
}

// viewPair makes two views of each picture.
type viewPair struct{ augment view.Image }

// Views looks at each of n pictures twice: one tensor [2n, size, size, 3], n first views and
// then n second views, so that a BatchNorm in the encoder sees all of them at once.
func (w viewPair) Views(r *rng.Rand, b data.Batch) data.Views {
	n, size := len(b.Samples), w.augment.Size
	px := size * size * 3
	all := make([]float32, 2*n*px)
	each(2*n, func(i int) {
		w.augment.Into(all[i*px:][:px], r.For("view", i), b.Samples[i%n].X)
	})
	return data.Views{tensor.Float32s(all, 2*n, size, size, 3)}
}

// Questions are all views, and where the other view of each is.
func (w viewPair) Questions(v data.Views) Questions {
	shown := splitImages(v[0])
	right := make([]int32, len(shown))
	for i := range right {
		right[i] = int32((i + len(shown)/2) % len(shown))
	}
	return Questions{Images: shown, Side: w.augment.Size, Right: right, Choices: len(shown), Pairs: true}
}

// halves parts rows [2n, ...] into those of the first and of the second views.
func halves(z autograd.Var) (first, second autograd.Var) {
	n := z.Dim(0) / 2
	return z.Rows(0, n), z.Rows(n, n)
}

// swapped is z [2n, ...] with the halves swapped.
func swapped(z autograd.Var) autograd.Var {
	first, second := halves(z)
	return autograd.Concat(second, first)
}

// total adds up all of x: [1].
func total(x autograd.Var) autograd.Var { return x.Reshape(1, x.Shape().Size()).Sum(1).Reshape(1) }

// A Branch is an encoder and the projector that its views are compared through.
type Branch struct {
	Encoder   nn.Encoder
	Projector *nn.MLP
}

// project maps views [2n, size, size, 3] to rows [2n, width].
func (b *Branch) project(x autograd.Var) autograd.Var {
	return b.Projector.Forward(nn.Pool(b.Encoder.Encode(x)))
}
