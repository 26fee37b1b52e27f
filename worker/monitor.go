package worker

import (
	"context"

	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/probe"
	"autodidact/core/rng"
)

// monitorSamples are enough for a curve: kNN over 400 samples is right to about 2 %.
const monitorSamples = 400

// Monitor measures what the encoder is worth by now, and adds it to the latest point of the curve: the signs of collapse
// "rank", "std" and "directions", which is the rank of what is left when what all samples share is taken away, "alignment" and "uniformity" of twins, "norm" of the gradient, the losses that Score tells, and, on samples
// spread evenly over the data, the kNN accuracy "knn" where there are labels. tick is called now and then, if set.
func (r *Run) Monitor(ctx context.Context, tick func()) error {
	if tick == nil {
		tick = func() {}
	}
	kernel.Trim(r.backend) // what is measured needs buffers of other sizes than a step
	defer kernel.Trim(r.backend)
	m, err := r.Score(ctx)
	if err != nil {
		return err
	}
	tick()
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := r.twinned(ctx, m); err != nil {
		return err
	}
	at := probe.Evenly(all(r.set.Len()), monitorSamples)
	f, err := r.Looker().Embed(ctx, r.set, at, func(int, int) { tick() })
	if err != nil {
		return err
	}
	h := probe.HealthOf(f.Pooled())
	m["rank"], m["std"], m["norm"] = h.EffectiveRank, h.Std, r.norm
	m["directions"] = probe.EffectiveRank(centred(f.Pooled()))
	if len(r.set.Classes()) >= 2 {
		m["knn"] = r.knn(f, at, r.set.Labels, 0).Mean
	}
	if b, ok := r.backend.(interface{ Peak() int64 }); ok {
		m["peakBytes"] = float64(b.Peak())
	}
	r.Measure(m)
	return nil
}

// knn is the kNN accuracy of the samples at, whose features are f and of which k vote (0 is the usual number): of windows
// those behind the border are asked about by those before it, of other samples each by all others.
func (r *Run) knn(f probe.Features, at []int, labels []string, k int) probe.Accuracy {
	some := &data.Set{Of: r.set.Of, Recordings: r.set.Recordings}
	for _, i := range at {
		some.Labels = append(some.Labels, labels[i])
		if r.set.Windows != nil {
			some.Windows = append(some.Windows, r.set.Windows[i])
		}
	}
	white := probe.Labelled{Features: probe.Whiten(f), Labels: some.Labels}
	if r.set.Of != data.Series {
		return probe.KNN(white.Features, white.Labels, k)
	}
	given, asked := some.SplitByTime()
	d := probe.DrawLabelsFrom(some.Labels, given, asked, 0, rng.New(0))
	test := white.Pick(d.Test)
	return probe.AccuracyOf(probe.ScoreOf(probe.NewKNN(white.Pick(d.Train(0)), k).Predict(test.Features), test.Labels).Right)
}
