package pretext

import (
	"context"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/nn"
	"autodidact/core/tensor"
)

// BYOL: foretell what a slow copy of yourself makes of the picture's other view. No
// picture is pushed away from any other. Grill et al., 2020, arXiv:2006.07733.
var byol = define(Spec{
	Name:  "byol",
	Title: "BYOL",
	Line:  "Predicts how a slowly updated copy of the encoder (teacher) embeds another view; needs no negative examples.",
	Paper: "2006.07733",
	Kinds: []data.Kind{data.Images},
}, BYOLOptions{Momentum: 0.99, Width: 64, Hidden: 256, Look: usualLook}, newBYOL)

// BYOLOptions are the knobs worth turning. The paper's momentum rises to 1 over the run; here
// it stays, so that a run can be made longer.
type BYOLOptions struct {
	Momentum float32 `json:"momentum" min:"0.5" max:"0.9999" doc:"of the teacher's moving average; nearer 1 is slower"`
	Width    int     `json:"width" min:"8" max:"512" doc:"size of the projector's output, in which views are compared"`
	Hidden   int     `json:"hidden" min:"8" max:"2048" doc:"size of the hidden layers of projector and predictor"`
	Look
}

// BYOL trains Branch and Predictor; Teacher follows Branch.
type BYOL struct {
	Branch
	Predictor *nn.MLP
	Teacher   *Teacher

	twins
}

func newBYOL(s Setup, o BYOLOptions) Task {
	t := &BYOL{Branch: Branch{s.Encoder, nn.NewNormMLP(s.Rand, s.Encoder.Width(), o.Hidden, o.Width)},
		Predictor: nn.NewNormMLP(s.Rand, o.Width, o.Hidden, o.Width), twins: o.twins(s.Size)}
	t.Teacher = newTeacher(&t.Branch, s.Again, nn.NewNormMLP(s.Rand, s.Encoder.Width(), o.Hidden, o.Width), o.Momentum)
	return t
}

func (b *BYOL) Trunk() nn.Encoder { return b.Encoder }

// Loss is 2 - 2·cos(p_i, t_twin(i)), the mean over all 2n views: p is the student's
// foretelling, t what the teacher makes of the twin.
func (b *BYOL) Loss(t *autograd.Tape, v data.Views) autograd.Var {
	x := t.Input(v[0])
	p, target := nn.Unit(b.Predictor.Forward(b.project(x))), nn.Unit(b.Teacher.teach(t, x))
	return agreement(p, target).Scale(-2).Shift(2)
}

// agreement is the mean cosine of unit rows p [2n, width] with the twins of target's.
func agreement(p, target autograd.Var) autograd.Var {
	return total(p.Mul(swapped(target))).Scale(1 / float32(p.Dim(0)))
}

// Settle lets the teacher follow.
func (b *BYOL) Settle(a *tensor.Arena, step int) { b.Teacher.follow(a, &b.Branch, step) }

// Show answers each view with the view nearest to it in the batch.
func (b *BYOL) Show(ctx context.Context, t *autograd.Tape, of data.Batch, v data.Views) ([]Exhibit, error) {
	return nearest(ctx, t, nn.Unit(b.project(t.Input(v[0]))), of, v[0])
}
