package run

import (
	"context"
	"slices"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/nn"
	"autodidact/core/probe"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/pretext"
	"autodidact/worker/kind"
)

// MonitorSamples are enough for a curve: kNN over 400 samples is right to about 2 %.
const MonitorSamples = 400

// Monitor measures the encoder as it is by now, and adds that to the latest point of the curve: the signs of collapse "rank",
// "std" and "directions", which is the effective rank of centred features, "alignment" and "uniformity" of two views of a sample,
// "norm" of the gradient, the losses of Validate, and, on samples spread evenly over the data, the kNN accuracy "knn" where there
// are labels. tick is called now and then, if set.
func (r *Run) Monitor(ctx context.Context, tick func()) error {
	if tick == nil {
		tick = func() {}
	}
	kernel.Trim(r.backend) // what is measured needs buffers of other sizes than a step
	defer kernel.Trim(r.backend)
	m, err := r.Validate(ctx)
	if err != nil {
		return err
	}
	tick()
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := r.alignment(ctx, m); err != nil {
		return err
	}
	at := probe.Evenly(probe.All(r.set.Len()), MonitorSamples)
	f, err := r.Embedder().Embed(ctx, r.set, at, func(int, int) { tick() })
	if err != nil {
		return err
	}
	h := probe.HealthOf(f.Pooled())
	m["rank"], m["std"], m["norm"] = h.EffectiveRank, h.Std, r.norm
	m["directions"] = probe.EffectiveRank(f.Pooled().Centred())
	if len(r.set.Classes()) >= 2 {
		m["knn"] = r.KNN(f, at, r.set.Labels, 0).Mean
	}
	if b, ok := r.backend.(interface{ Peak() int64 }); ok {
		m["peakBytes"] = float64(b.Peak())
	}
	r.Measure(m)
	return nil
}

// KNN is the kNN accuracy of the samples at, whose features are f and of which k vote (0 is the usual number): of windows
// those behind the border are predicted by those before it, of other samples each by all others.
func (r *Run) KNN(f probe.Features, at []int, labels []string, k int) probe.Accuracy {
	some := &data.Set{Of: r.set.Of, Recordings: r.set.Recordings}
	for _, i := range at {
		some.Labels = append(some.Labels, labels[i])
		if r.set.Windows != nil {
			some.Windows = append(some.Windows, r.set.Windows[i])
		}
	}
	white := probe.Labelled{Features: probe.Whiten(f), Labels: some.Labels}
	train, test, fixed := kind.Of(some.Of).Split(some)
	if !fixed {
		return probe.KNN(white.Features, white.Labels, k)
	}
	d := probe.DrawLabelsFrom(some.Labels, train, test, 0, rng.New(0))
	queries := white.Pick(d.Test)
	return probe.AccuracyOf(probe.ScoreOf(probe.NewKNN(white.Pick(d.Train(0)), k).Predict(queries.Features), queries.Labels).Right)
}

// QuestionSamples is how many samples a task makes questions of, to measure its views or its shortcuts.
const QuestionSamples = 64

// inOnePass is how many pictures go through an encoder together.
const inOnePass = 16

// alignment is alignment and uniformity (arXiv:2005.10242) of the encoder's features: of two views of samples each.
func (r *Run) alignment(ctx context.Context, m map[string]float64) error {
	task, ok := r.Task.(pretext.QuestionTask)
	if !ok {
		return nil
	}
	n := min(QuestionSamples, r.from.Len())
	b, err := r.Batch(n)
	if err != nil {
		return err
	}
	q := task.Questions(r.Task.Views(rng.New(r.Config.Seed).For("twins", 0), b))
	if !q.Pairs {
		return nil
	}
	f, err := r.FeaturesOf(ctx, q)
	if err != nil {
		return err
	}
	half := func(from int) probe.Features {
		h := f
		h.N, h.Data = f.N/2, f.Data[from*f.Width:][:f.N/2*f.Width]
		return h
	}
	m["alignment"] = probe.Alignment(half(0), half(f.N/2))
	m["uniformity"] = probe.Uniformity(half(0))
	return nil
}

// FeaturesOf is the encoder's features of what questions show, averaged over positions.
func (r *Run) FeaturesOf(ctx context.Context, q pretext.Questions) (probe.Features, error) {
	enc := r.Task.Backbone()
	f := probe.Features{N: len(q.Images), Width: enc.Width()}
	for some := range slices.Chunk(q.Images, inOnePass) {
		if err := ctx.Err(); err != nil {
			return f, err
		}
		x := make([]float32, 0, len(some)*q.Side*q.Side*3)
		for _, one := range some {
			x = append(x, one...)
		}
		t := autograd.NewTape(r.backend, rng.New(0))
		t.Training = false
		rows, err := t.Download(ctx, nn.Pool(enc.Encode(t.Input(tensor.Float32s(x, len(some), q.Side, q.Side, 3)))).Value())
		t.Free()
		if err != nil {
			return f, err
		}
		f.Data = append(f.Data, rows...)
	}
	return f.On(r.backend), nil
}
