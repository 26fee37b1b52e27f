package pretext

import (
	"context"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/nn"
	"autodidact/core/tensor"
)

// BYOL: predict a slow copy's embedding of the picture's other view. There are no negatives.
// Grill et al., 2020, arXiv:2006.07733.
var byol = Define(Spec{
	Name:  "byol",
	Title: "BYOL",
	Line:  "Predicts how a slowly updated copy of the encoder (teacher) embeds another view; needs no negative examples.",
	Paper: "2006.07733",
	Kinds: []data.Kind{data.Images},
}, BYOLOptions{Momentum: 0.99, Width: 64, Hidden: 256, Augmentation: defaultAugmentation}, newBYOL)

// BYOLOptions are the options of the task. The paper's momentum rises to 1 over the run; here
// it stays, so that a run can be made longer.
type BYOLOptions struct {
	Momentum float32 `json:"momentum" min:"0.5" max:"0.9999" doc:"of the teacher's moving average; nearer 1 is slower"`
	Width    int     `json:"width" min:"8" max:"512" doc:"size of the projector's output, in which views are compared"`
	Hidden   int     `json:"hidden" min:"8" max:"2048" doc:"size of the hidden layers of projector and predictor"`
	Augmentation
}

// BYOL trains Branch and Predictor; Teacher follows Branch.
type BYOL struct {
	Branch
	Predictor *nn.MLP
	Teacher   *Teacher

	viewPair
}

func newBYOL(s Setup, o BYOLOptions) Task {
	t := &BYOL{Branch: Branch{s.Encoder, nn.NewNormMLP(s.Rand, s.Encoder.Width(), o.Hidden, o.Width)},
		Predictor: nn.NewNormMLP(s.Rand, o.Width, o.Hidden, o.Width), viewPair: o.pair(s.Size)}
	t.Teacher = newTeacher(&t.Branch, s.NewEncoder, nn.NewNormMLP(s.Rand, s.Encoder.Width(), o.Hidden, o.Width), o.Momentum)
	return t
}

func (b *BYOL) Backbone() nn.Encoder { return b.Encoder }

// Loss is 2 - 2·cos(p_i, t_twin(i)), the mean over all 2n views: p is the student's
// prediction, t the teacher's embedding of the other view.
func (b *BYOL) Loss(t *autograd.Tape, v data.Views) autograd.Var {
	x := t.Input(v[0])
	p, target := nn.Unit(b.Predictor.Forward(b.project(x))), nn.Unit(b.Teacher.target(t, x))
	return agreement(p, target).Scale(-2).Shift(2)
}

// agreement is the mean cosine of unit rows p [2n, width] with the other views of target's.
func agreement(p, target autograd.Var) autograd.Var {
	return total(p.Mul(swapped(target))).Scale(1 / float32(p.Dim(0)))
}

// AfterStep lets the teacher follow.
func (b *BYOL) AfterStep(a *tensor.Arena, step int) { b.Teacher.update(a, &b.Branch, step) }

// Preview answers each view with the view nearest to it in the batch.
func (b *BYOL) Preview(ctx context.Context, t *autograd.Tape, of data.Batch, v data.Views) ([]Example, error) {
	return nearest(ctx, t, nn.Unit(b.project(t.Input(v[0]))), of, v[0])
}
