package pretext

import (
	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/pretext/view"
)

// Supervised is no pretext task but the baseline for all of them: the same
// encoder, supervised from scratch.
type Supervised struct {
	Labeller

	augment view.Image
}

// NewSupervised learns the labels of set, every sample of which has one.
func NewSupervised(s Setup, set *data.Set) *Supervised {
	return &Supervised{newLabeller(s, s.Rand, set.Names, set.Labels), supervisedAugmentation(s.Size)}
}

// supervisedAugmentation is how pictures are shown whose labels are learned.
func supervisedAugmentation(size int) view.Image {
	return view.Image{Size: size, Crop: 0.5, Flip: true, Jitter: 0.2}
}

// Views are pictures [n, size, size, 3] and their classes [n].
func (p *Supervised) Views(r *rng.Rand, b data.Batch) data.Views {
	n, px := len(b.Samples), p.augment.Size*p.augment.Size*3
	all, class := make([]float32, n*px), make([]int32, n)
	each(n, func(i int) {
		p.augment.Into(all[i*px:][:px], r.For("view", i), picture(b.Samples[i].X))
		class[i] = p.class[b.Samples[i].Name]
	})
	return data.Views{tensor.Float32s(all, n, p.augment.Size, p.augment.Size, 3), tensor.Int32s(class, n)}
}

// Loss is the cross-entropy of the classes.
func (p *Supervised) Loss(t *autograd.Tape, v data.Views) autograd.Var {
	return p.logits(t.Input(v[0])).CrossEntropy(t.Input(v[1]))
}
