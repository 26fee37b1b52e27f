package run

import (
	"context"
	"math"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/rng"
	"autodidact/pretext"
)

// validated is how many samples a curve's point is measured on.
const validated = 32

// Validate is the task's loss on samples that are held out, "heldOut", and on as many that it trains on, "learned". Where answers
// are tokens it is also their "accuracy" and "perplexity", and those of a predictor that knows only token frequencies,
// "baseAccuracy" and "basePerplexity". Where too few samples are held out it says nothing of them.
func (r *Run) Validate(ctx context.Context) (map[string]float64, error) {
	m := map[string]float64{}
	if n := min(r.held.Len(), r.from.Len(), validated); n >= 2 {
		for name, from := range map[string]data.Source{"heldOut": r.held, "learned": r.from} {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			loss, err := r.lossOn(ctx, from, n)
			if err != nil {
				return nil, err
			}
			m[name] = loss
		}
	}
	if g, ok := r.Task.(pretext.TokenPredictor); ok {
		if err := r.scoreTokens(ctx, g, m); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// lossOn is the task's loss on n samples of a source, evenly picked, always asked alike.
func (r *Run) lossOn(ctx context.Context, from data.Source, n int) (float64, error) {
	b, err := some(from, r.Config.Kind, n, 0, n)
	if err != nil {
		return 0, err
	}
	t := autograd.NewTape(r.backend, rng.New(0))
	t.Training = false
	defer t.Free()
	loss, err := t.Download(ctx, r.Task.Loss(t, r.Task.Views(rng.New(r.Config.Seed).For("score", 0), b)).Value())
	if err != nil {
		return 0, err
	}
	return float64(loss[0]), nil
}

// Batch is n samples of those that the run trains on, evenly picked.
func (r *Run) Batch(n int) (data.Batch, error) { return some(r.from, r.Config.Kind, n, 0, n) }

// some are those from one to another of n samples of a source, evenly picked.
func some(from data.Source, kind data.Kind, n, begin, end int) (data.Batch, error) {
	b := data.Batch{Kind: kind}
	for i := begin; i < end; i++ {
		s, err := from.At(i * from.Len() / n)
		if err != nil {
			return b, err
		}
		b.Samples = append(b.Samples, s)
	}
	return b, nil
}

// scoreTokens adds to m how well tokens are predicted.
func (r *Run) scoreTokens(ctx context.Context, g pretext.TokenPredictor, m map[string]float64) error {
	from := r.held
	if from.Len() == 0 {
		from = r.from
	}
	const batch = 8
	var sum pretext.TokenScore
	n, of := 0.0, min(from.Len(), validated)
	for at := 0; at < of; at += batch {
		if err := ctx.Err(); err != nil {
			return err
		}
		b, err := some(from, r.Config.Kind, of, at, min(at+batch, of))
		if err != nil {
			return err
		}
		t := autograd.NewTape(r.backend, rng.New(0))
		t.Training = false
		logits, right := g.PredictTokens(t, r.Task.Views(rng.New(r.Config.Seed).For("score", at), b))
		p, err := t.Download(ctx, logits.Softmax().Value())
		t.Free()
		if err != nil {
			return err
		}
		one := pretext.ScoreTokens(p, right.Buf.(kernel.Host).Int32s(), r.frequencies)
		w := float64(one.N)
		n += w
		sum.Accuracy += w * one.Accuracy
		sum.CrossEntropy += w * one.CrossEntropy
		sum.BaseAccuracy += w * one.BaseAccuracy
		sum.BaseCrossEntropy += w * one.BaseCrossEntropy
	}
	if n > 0 {
		m["accuracy"], m["perplexity"] = sum.Accuracy/n, math.Exp(sum.CrossEntropy/n)
		m["baseAccuracy"], m["basePerplexity"] = sum.BaseAccuracy/n, math.Exp(sum.BaseCrossEntropy/n)
	}
	return nil
}
