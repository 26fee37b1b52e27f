package pretext

import (
	"context"
	"fmt"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/pretext/view"
)

// Rotation: by how much is this picture rotated? To answer, an encoder must know what things look
// like upright. Gidaris et al., 2018, arXiv:1803.07728.
var rotation = Define(Spec{
	Name:  "rotation",
	Title: "Rotation",
	Line:  "Predicts by how much an image was rotated: 0°, 90°, 180° or 270°.",
	Paper: "1803.07728",
	Kinds: []data.Kind{data.Images},
}, RotationOptions{All: false, Crop: 0.6, Jitter: 0.5, Flip: true}, newRotation)

// RotationOptions are the options of the task.
type RotationOptions struct {
	All    bool    `json:"all" doc:"show each image in all four rotations, as in the paper; a step takes four times as long"`
	Crop   float32 `json:"crop" min:"0.05" max:"1" doc:"smallest fraction of an image that a random crop shows"`
	Jitter float32 `json:"jitter" min:"0" max:"1" doc:"strength of the colour jitter"`
	Flip   bool    `json:"flip" doc:"mirror half of the images at random"`
}

// Rotation trains Encoder through Head.
type Rotation struct {
	Encoder nn.Encoder
	Head    *nn.Linear // of quadrants' features to 4 turns

	all     bool
	augment view.Image
}

func newRotation(s Setup, o RotationOptions) Task {
	return &Rotation{s.Encoder, nn.NewLinear(s.Rand, 4*s.Encoder.Width(), 4), o.All,
		view.Image{Size: s.Size, Crop: o.Crop, Flip: o.Flip, Jitter: o.Jitter}}
}

func (o *Rotation) Backbone() nn.Encoder { return o.Encoder }

// Views are pictures [m, size, size, 3] and the quarters each is turned by, [m]: m is n, or
// 4n when each is shown in all turns, one sample's together.
func (o *Rotation) Views(r *rng.Rand, b data.Batch) data.Views {
	n, size, turns := len(b.Samples), o.augment.Size, 1
	if o.all {
		turns = 4
	}
	px := size * size * 3
	all, by := make([]float32, n*turns*px), make([]int32, n*turns)
	each(n, func(i int) {
		r, upright := r.For("view", i), make([]float32, px)
		o.augment.Into(upright, r, b.Samples[i].X)
		first := r.IntN(4)
		for k := range turns {
			by[i*turns+k] = int32(first+k) % 4
			view.Turn(all[(i*turns+k)*px:][:px], upright, size, first+k)
		}
	})
	return data.Views{tensor.Float32s(all, n*turns, size, size, 3), tensor.Int32s(by, n*turns)}
}

// Loss is the cross-entropy of the four turns.
func (o *Rotation) Loss(t *autograd.Tape, v data.Views) autograd.Var {
	return o.logits(t.Input(v[0])).CrossEntropy(t.Input(v[1]))
}

// logits gives logits [m, 4].
func (o *Rotation) logits(x autograd.Var) autograd.Var {
	return o.Head.Forward(Quarters(o.Encoder.Encode(x)))
}

// Questions are all pictures, and the quarters each is turned by.
func (o *Rotation) Questions(v data.Views) Questions {
	return Questions{Images: splitImages(v[0]), Side: o.augment.Size, Right: ints(v[1]), Choices: 4}
}

// Preview rotates the first picture of each sample back by the prediction.
func (o *Rotation) Preview(ctx context.Context, t *autograd.Tape, b data.Batch, v data.Views) ([]Example, error) {
	p, err := t.Download(ctx, o.logits(t.Input(v[0])).Softmax().Value())
	if err != nil {
		return nil, err
	}
	turns, size := v[0].Shape[0]/len(b.Samples), o.augment.Size
	px, pictures, by := size*size*3, v[0].Buf.(kernel.Host), v[1].Buf.(kernel.Host).Int32s()
	examples := make([]Example, len(b.Samples))
	for i := range examples {
		at := i * turns
		says := largest(p[at*4:][:4])
		turned, back := pictures[at*px:][:px], make([]float32, px)
		view.Turn(back, turned, size, 4-says)
		examples[i] = Example{Name: b.Samples[i].Name,
			Question: []*tensor.Tensor{view.Picture(turned, size)}, Answer: []*tensor.Tensor{view.Picture(back, size)},
			Words: fmt.Sprintf("rotated by %d°, predicted %d° (%.0f %%)", 90*by[at], 90*says, 100*p[at*4+says]), Right: verdict(says == int(by[at]))}
	}
	return examples, nil
}

// largest is where the largest of xs is.
func largest(xs []float32) (at int) {
	for i, x := range xs {
		if x > xs[at] {
			at = i
		}
	}
	return at
}

func verdict(right bool) Verdict {
	if right {
		return Right
	}
	return Wrong
}
