package pretext

import (
	"context"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/nn"
)

// SimSiam: predict one view's embedding from the other's, with a stopped gradient on the target.
// Neither negatives nor a slow copy. Chen and He, 2020, arXiv:2011.10566.
var simSiam = Define(Spec{
	Name:  "simsiam",
	Title: "SimSiam",
	Line:  "Predicts the embedding of one view from the other, as BYOL does, but without a teacher.",
	Paper: "2011.10566",
	Kinds: []data.Kind{data.Images},
}, SimSiamOptions{Width: 128, Hidden: 256, Bottleneck: 64, Augmentation: defaultAugmentation}, newSimSiam)

// SimSiamOptions are the options of the task.
type SimSiamOptions struct {
	Width      int `json:"width" min:"8" max:"2048" doc:"size of the projector's output, in which views are compared"`
	Hidden     int `json:"hidden" min:"8" max:"2048" doc:"size of the projector's hidden layer"`
	Bottleneck int `json:"bottleneck" min:"4" max:"512" doc:"size of the predictor's hidden layer; about a quarter of the width"`
	Augmentation
}

// SimSiam trains Branch through Predictor. The projector ends in a BatchNorm, without which it collapses.
type SimSiam struct {
	Branch
	Norm      *nn.BatchNorm
	Predictor *nn.MLP

	viewPair
}

func newSimSiam(s Setup, o SimSiamOptions) Task {
	return &SimSiam{Branch{s.Encoder, nn.NewNormMLP(s.Rand, s.Encoder.Width(), o.Hidden, o.Width)}, nn.NewBatchNorm(o.Width),
		nn.NewNormMLP(s.Rand, o.Width, o.Bottleneck, o.Width), o.pair(s.Size)}
}

func (s *SimSiam) Backbone() nn.Encoder { return s.Encoder }

// Loss is -cos(p_i, z_twin(i)), the mean over all 2n views; through z nothing flows back.
func (s *SimSiam) Loss(t *autograd.Tape, v data.Views) autograd.Var {
	z := s.embeddings(t.Input(v[0]))
	return agreement(nn.Unit(s.Predictor.Forward(z)), nn.Unit(z.Detach())).Scale(-1)
}

// embeddings maps views [2n, size, size, 3] to [2n, width].
func (s *SimSiam) embeddings(x autograd.Var) autograd.Var { return s.Norm.Forward(s.project(x)) }

// Preview answers each view with the view nearest to it in the batch.
func (s *SimSiam) Preview(ctx context.Context, t *autograd.Tape, b data.Batch, v data.Views) ([]Example, error) {
	return nearest(ctx, t, nn.Unit(s.embeddings(t.Input(v[0]))), b, v[0])
}
