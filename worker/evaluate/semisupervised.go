package evaluate

import (
	"context"
	"fmt"

	"autodidact/core/data"
	"autodidact/core/nn"
	"autodidact/core/optim"
	"autodidact/core/probe"
	"autodidact/core/rng"
	"autodidact/core/train"
	"autodidact/pretext"
	"autodidact/worker/kind"
	"autodidact/worker/report"
)

const (
	matchBatch = 48 // pictures without a label in a step, beside a third as many with one
	matchSteps = 150
	// matchCost is how many of a fine-tuning's steps one of these takes: each picture is looked at twice.
	matchCost = 7
)

// semiSupervised learns labels of some pictures of set together with all the others (FixMatch, arXiv:2001.07685),
// beginning with the encoder of e, and predicts samples of another set, those at test.
func semiSupervised(ctx context.Context, e kind.Embedder, set *data.Set, labels []string, of *data.Set, test []int, r *rng.Rand, tick func()) (probe.Probabilities, error) {
	if len(probe.Classes(labels)) < 2 || probe.MultiLabel(labels) {
		return probe.Probabilities{}, report.Mismatch("learning from labelled and unlabelled pictures together needs two classes, and one for each picture")
	}
	f := pretext.NewFixMatch(pretext.Setup{Encoder: e.Encoder, Size: e.Size, Rand: r.For("head", 0)}, set, labels, pretext.FixMatchOptions{})
	nn.Place(e.Backend, f.Head)
	optim.Layered(nn.Params(f.Encoder), layerDecay, 0)
	loop := train.Loop{Backend: e.Backend, Learner: f, Optim: optim.NewAdamW(0.01), Rand: r, Clip: 1,
		Batches: data.Epochs(set, min(matchBatch, set.Len()), 0, r), Rate: optim.Cosine(1e-3, matchSteps/10, matchSteps), Until: func() int { return matchSteps }}
	for _, err := range loop.Steps(ctx) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return probe.Probabilities{}, fmt.Errorf("learning from labels and the rest: %w", err)
		}
		if tick != nil {
			tick()
		}
	}
	p, err := f.Predict(ctx, e.Backend, of, test)
	return probe.Probabilities{Classes: f.Classes(), Data: p}, err
}
