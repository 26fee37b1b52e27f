package forecast

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"autodidact/core/data"
	"autodidact/core/optim"
	"autodidact/core/tensor"
	"autodidact/core/train"
	"autodidact/worker/kind"
	"autodidact/worker/run"
)

// A learner goes on with a run's task on rows as they arrive, half of each batch from them, half replayed from what the run
// learned from, so that that is not forgotten (experience replay, arXiv:1811.11682).
type learner struct {
	run   *run.Run
	optim optim.Optimizer
	live  *data.Recordings // the latest rows
	rows  int              // that came
	steps int
}

// How a learner goes on, in windows and parts of one.
const (
	replayBatch  = 8
	stepsAWindow = 4  // batches while a window passes
	refitWindows = 8  // after so many, readout, bands and threshold are fitted anew
	liveWindows  = 32 // that are kept
	slower       = 20 // times, than the run
)

// Learn makes f go on learning with run, whose encoder it must be that looks.
func (f *Stream) Learn(run *run.Run) error {
	if run.Task.Backbone() != f.watch.f.embedder.Encoder {
		return errors.New("forecast: another encoder scores than is to be trained")
	}
	f.learner = &learner{run: run, optim: optim.NewAdamW(float32(run.Config.Decay)),
		live: &data.Recordings{Channels: run.Input().Channels.Names, Classes: []string{""}, Of: []data.Recording{{Name: "live"}}}}
	return nil
}

// take learns from a row that arrived. loss is nil if it was not the time for that.
func (l *learner) take(ctx context.Context, row []float32) (loss *float32, err error) {
	size, c := l.run.Config.Size, len(row)
	x := &l.live.Of[0].X
	if len(*x) >= 2*liveWindows*size*c {
		*x = slices.Clone((*x)[len(*x)-liveWindows*size*c:])
	}
	*x = append(*x, row...)
	l.rows++
	need := size + kind.Ahead(l.run.Task)
	if l.rows%max(1, size/stepsAWindow) != 0 || len(*x)/c < need {
		return nil, nil
	}
	loop := train.Loop{Backend: l.run.Backend(), Learner: l.run.Task, Optim: l.optim, Rand: l.run.Rand().For("replay", 0), Clip: l.run.Clip(),
		First: l.steps, Until: func() int { return l.steps + 1 },
		Batches: func(yield func(data.Batch, error) bool) { yield(l.batch(need)) },
		Rate:    func(int) float32 { return float32(l.run.Config.Rate) / slower }}
	for p, err := range loop.Steps(ctx) {
		if err != nil {
			return nil, fmt.Errorf("learning from row %d: %w", l.rows, err)
		}
		loss = &p.Loss
	}
	l.steps++
	return loss, nil
}

// batch is pieces of what came lately, and as many of what the run learned from.
func (l *learner) batch(need int) (data.Batch, error) {
	b, r, c := data.Batch{Kind: data.Series}, l.run.Rand().For("replayed", l.steps), len(l.live.Channels)
	rows := l.live.Rows(0)
	for k := range replayBatch {
		if k%2 == 0 {
			s, err := l.run.Source().At(r.IntN(l.run.Source().Len()))
			if err != nil {
				return b, err
			}
			b.Samples = append(b.Samples, s)
			continue
		}
		x := make([]float32, need*c)
		l.live.Into(x, data.Window{From: r.IntN(rows - need + 1), Rows: need})
		l.run.Input().Channels.Scale.Apply(x)
		b.Samples = append(b.Samples, data.Sample{Name: "live", X: tensor.Float32s(x, need, c)})
	}
	return b, nil
}

// due says whether what was fitted to the encoder is to be fitted anew.
func (l *learner) due() bool { return l.rows%(refitWindows*l.run.Config.Size) == 0 }

// refit fits a watch to the encoder as it is by now, on what the run learned from and the latest rows.
func (l *learner) refit(ctx context.Context, w *Detector) (*Detector, error) {
	of := &data.Recordings{Channels: l.live.Channels, Classes: []string{""}}
	for _, r := range l.run.Set().Recordings.Of {
		r.Labels = nil
		of.Of = append(of.Of, r)
	}
	of.Of = append(of.Of, l.live.Of[0])
	head, err := HeadOf(ctx, l.run)
	if err != nil {
		return nil, err
	}
	f, err := FitForecaster(ctx, w.f.embedder, head, of, w.f.Horizon, nil)
	if err != nil {
		return nil, err
	}
	return FitDetector(ctx, f, of, nil)
}
