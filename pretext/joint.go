package pretext

import (
	"context"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/core/train"
	"autodidact/pretext/view"
)

// Joint trains a task on all samples together with the labels of some: the self-supervised semi-supervised learning
// of Zhai et al., 2019, arXiv:1905.03670. Params of the task keep their paths; those of the head are under "labels".
type Joint struct {
	Task
	Labels Labeller // through the task's encoder

	weight   float32
	labelled labelledSet
	augment  view.Image
}

// NewJoint adds labels to t, a task about pictures or clips built from s: one for each sample of set and "" where there is
// none; those of set are never looked at. Two classes at least must have a label.
func NewJoint(t Task, s Setup, set *data.Set, labels []string, weight float32) *Joint {
	k, names, known := labelledSamples(set, labels)
	s.Encoder = t.Backbone()
	return &Joint{t, newLabeller(s, s.Rand.For("labels", 0), names, known), weight, k, supervisedAugmentation(s.Size)}
}

// Views are the task's own, then pictures with labels [m, size, size, 3], drawn evenly over classes, and their
// classes [m]: one for every two samples of b. The task's chance is what it would be alone.
func (j *Joint) Views(r *rng.Rand, b data.Batch) data.Views {
	v := j.Task.Views(r, b)
	r = r.For("labels", 0)
	m, size := max(len(b.Samples)/2, 2), j.augment.Size
	x, class := j.labelled.draw(r, m)
	px := size * size * 3
	all := make([]float32, m*px)
	each(m, func(i int) { j.augment.Into(all[i*px:][:px], r.For("view", i), x[i]) })
	return append(v[:len(v):len(v)], tensor.Float32s(all, m, size, size, 3), tensor.Int32s(class, m))
}

// own are the task's part of v.
func own(v data.Views) data.Views { return v[:len(v)-2] }

// Loss is the task's plus weight times the cross-entropy of the labels. A weight of 0 leaves the pictures with labels out
// altogether: a BatchNorm would know them by its running statistics.
func (j *Joint) Loss(t *autograd.Tape, v data.Views) autograd.Var {
	loss := j.Task.Loss(t, own(v))
	if j.weight == 0 {
		return loss
	}
	at := len(v) - 2
	return loss.Add(j.Labels.logits(t.Input(v[at])).CrossEntropy(t.Input(v[at+1])).Scale(j.weight))
}

// Classes are the labels it can predict, in order.
func (j *Joint) Classes() []string { return j.Labels.Classes() }

// Predict is Labeller's.
func (j *Joint) Predict(ctx context.Context, b kernel.Backend, set *data.Set, at []int) ([]float32, error) {
	return j.Labels.Predict(ctx, b, set, at)
}

// AfterStep is the task's, if it has one.
func (j *Joint) AfterStep(a *tensor.Arena, step int) {
	if s, ok := j.Task.(train.AfterStepper); ok {
		s.AfterStep(a, step)
	}
}

// Reject is the task's, if it is a Filter.
func (j *Joint) Reject(s data.Sample) string {
	if p, ok := j.Task.(Filter); ok {
		return p.Reject(s)
	}
	return ""
}

// Preview is the task's; nothing where it shows nothing.
func (j *Joint) Preview(ctx context.Context, t *autograd.Tape, b data.Batch, v data.Views) ([]Example, error) {
	if s, ok := j.Task.(Previewer); ok {
		return s.Preview(ctx, t, b, own(v))
	}
	return nil, nil
}

// Questions are the task's; none where they have no right answer.
func (j *Joint) Questions(v data.Views) Questions {
	if a, ok := j.Task.(QuestionTask); ok {
		return a.Questions(own(v))
	}
	return Questions{}
}
