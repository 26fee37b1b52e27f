package pretext

import (
	"cmp"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/pretext/view"
)

// FixMatchOptions are the options of the task; 0 means the usual.
type FixMatchOptions struct {
	Threshold float32 `json:"threshold" min:"0.5" max:"1" doc:"how sure it must be of a picture to learn from its own answer; usually 0.95"`
	Weight    float32 `json:"weight" min:"0" max:"10" doc:"how much its own answers count against the labels; usually 1"`
	Ratio     int     `json:"ratio" min:"1" max:"16" doc:"pictures without a label for each with one; usually 3"`
}

// FixMatch is semi-supervised: it trains on the labels of some samples, and on confident predictions for weakly augmented
// pictures as targets for the same pictures strongly augmented. Sohn et al., 2020, arXiv:2001.07685.
type FixMatch struct {
	Labeller

	o            FixMatchOptions
	labelled     labelledSet
	weak, strong view.Image
}

// NewFixMatch learns labels, one for each sample of set and "" where there is none; those of set are never looked at.
// Two classes at least must have a label.
func NewFixMatch(s Setup, set *data.Set, labels []string, o FixMatchOptions) *FixMatch {
	o.Threshold, o.Weight, o.Ratio = cmp.Or(o.Threshold, 0.95), cmp.Or(o.Weight, 1), cmp.Or(o.Ratio, 3)
	k, names, known := labelledSamples(set, labels)
	return &FixMatch{newLabeller(s, s.Rand, names, known), o, k, view.Image{Size: s.Size, Crop: 0.7, Flip: true}, defaultAugmentation.pair(s.Size).augment}
}

// Views are pictures [m + 2n, size, size, 3] and the classes of the first m: m with labels, drawn evenly over classes,
// weakly augmented; then the n of b, weakly augmented; and the same again, strongly, with a square cut out.
func (f *FixMatch) Views(r *rng.Rand, b data.Batch) data.Views {
	n, size := len(b.Samples), f.size
	m := max(n/f.o.Ratio, 1)
	x, class := f.labelled.draw(r.For("labelled", 0), m)
	px := size * size * 3
	all := make([]float32, (m+2*n)*px)
	each(m+2*n, func(i int) {
		r, v := r.For("view", i), all[i*px:][:px]
		switch {
		case i < m:
			f.weak.Into(v, r, x[i])
		case i < m+n:
			f.weak.Into(v, r, picture(b.Samples[i-m].X))
		default:
			f.strong.Into(v, r, picture(b.Samples[i-m-n].X))
			view.CutOut(v, r, size, size/4)
		}
	})
	return data.Views{tensor.Float32s(all, m+2*n, size, size, 3), tensor.Int32s(class, m)}
}

// Loss is the cross-entropy of the labels plus weight times
//
//	mean over i of -Σ_c [p_ic > threshold] · log q_ic
//
// where p is the prediction for picture i weakly augmented, without gradient, and q for it strongly augmented. All views go
// through the encoder together, so that a BatchNorm sees them all.
func (f *FixMatch) Loss(t *autograd.Tape, v data.Views) autograd.Var {
	m := v[1].Shape[0]
	logits := f.logits(t.Input(v[0]))
	n := (logits.Dim(0) - m) / 2
	loss := logits.Rows(0, m).CrossEntropy(t.Input(v[1]))
	own := autograd.Apply(confident{f.o.Threshold}, logits.Rows(m, n)).Mul(logits.Rows(m+n, n).LogSoftmax())
	return loss.Add(total(own).Scale(-f.o.Weight / float32(n)))
}

// confident is 1 for the class of each row of logits whose probability is above a threshold, and 0 for all others. From a half on
// there is one at most. It is a target, so no gradient flows back through it.
type confident struct{ threshold float32 }

func (s confident) Forward(a *tensor.Arena, in ...*tensor.Tensor) *tensor.Tensor {
	return a.Map(kernel.Step, a.Scale(a.Softmax(in[0]), 1, -max(s.threshold, 0.5)))
}

func (confident) Backward(*tensor.Arena, *tensor.Tensor) []*tensor.Tensor {
	return []*tensor.Tensor{nil}
}
