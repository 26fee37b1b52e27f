package pretext

import (
	"context"
	"slices"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/pretext/view"
)

// Supervised is no pretext task but what every one of them is measured against: the same
// encoder learning from labels, from scratch.
type Supervised struct {
	Encoder nn.Encoder
	Head    *nn.Linear // of quadrants' features to classes

	classes []string
	label   map[string]int // class of each sample, by name
	look    view.Image
}

// NewSupervised learns the labels of set, every sample of which has one.
func NewSupervised(s Setup, set *data.Set) *Supervised {
	p := &Supervised{Encoder: s.Encoder, classes: slices.Compact(slices.Sorted(slices.Values(set.Labels))), label: map[string]int{},
		look: view.Image{Size: s.Size, Crop: 0.5, Flip: true, Jitter: 0.2}}
	for i, name := range set.Names {
		p.label[name], _ = slices.BinarySearch(p.classes, set.Labels[i])
	}
	p.Head = nn.NewLinear(s.Rand, 4*s.Encoder.Width(), len(p.classes))
	return p
}

func (p *Supervised) Trunk() nn.Encoder { return p.Encoder }

// Views are pictures [n, size, size, 3] and their classes [n].
func (p *Supervised) Views(r *rng.Rand, b data.Batch) data.Views {
	n, px := len(b.Samples), p.look.Size*p.look.Size*3
	all, class := make([]float32, n*px), make([]int32, n)
	each(n, func(i int) {
		p.look.Into(all[i*px:][:px], r.For("view", i), b.Samples[i].X)
		class[i] = int32(p.label[b.Samples[i].Name])
	})
	return data.Views{tensor.Float32s(all, n, p.look.Size, p.look.Size, 3), tensor.Int32s(class, n)}
}

// Loss is the cross-entropy of the classes.
func (p *Supervised) Loss(t *autograd.Tape, v data.Views) autograd.Var {
	return p.guess(t.Input(v[0])).CrossEntropy(t.Input(v[1]))
}

func (p *Supervised) guess(x autograd.Var) autograd.Var {
	return p.Head.Forward(quarters(p.Encoder.Encode(x)))
}

// Accuracy is the share of set's samples whose label it tells right.
func (p *Supervised) Accuracy(ctx context.Context, b kernel.Backend, set *data.Set) (float64, error) {
	right := 0
	const batch = 64
	for from := 0; from < set.Len(); from += batch {
		n := min(batch, set.Len()-from)
		views := make([]*tensor.Tensor, n)
		for i := range views {
			views[i] = view.Center(set.X[from+i], p.look.Size)
		}
		t := autograd.NewTape(b, rng.New(0))
		t.Training = false
		logits, err := t.Download(ctx, p.guess(t.Input(tensor.Stack(views...))).Value())
		t.Free()
		if err != nil {
			return 0, err
		}
		for i := range n {
			if c := len(p.classes); p.classes[largest(logits[i*c:][:c])] == set.Labels[from+i] {
				right++
			}
		}
	}
	return float64(right) / float64(max(set.Len(), 1)), nil
}
