package worker

import (
	"context"

	"autodidact/core/data"
	"autodidact/core/probe"
	"autodidact/core/rng"
	"autodidact/pretext"
)

// Vitals is what the doctor knows of a run: everything it says follows from these.
type Vitals struct {
	Config  Config
	Kind    data.Kind
	Samples int // there are
	Learned int // of which so many are learned from
	Step    int
	Width   int // of the features
	Curve   []Point
	// Now is what Monitor measured last.
	Now      map[string]float64
	Before   Before // of the encoder before learning, on the same samples
	Diverged bool

	Questions  *Asked           // of the exercise; nil if it has no right answers, or was not asked
	Labels     *Asked           // of the samples' labels
	Duplicates [][]int          // samples that are nearly the same
	Names      []string         // of samples
	Fill       []data.FillValue // of series: values that may mean that nothing was read
}

// Before is what an encoder's features were like before it learned; zeros if that was not measured.
type Before struct{ Directions, Std float64 }

// twinned is alignment and uniformity (arXiv:2005.10242) of the encoder's features: of two views of samples each.
func (r *Run) twinned(ctx context.Context, m map[string]float64) error {
	task, ok := r.Task.(pretext.QuestionTask)
	if !ok {
		return nil
	}
	n := min(checkedPictures, r.from.Len())
	b, err := some(r.from, r.Config.Kind, n, 0, n)
	if err != nil {
		return err
	}
	q := task.Questions(r.Task.Views(rng.New(r.Config.Seed).For("twins", 0), b))
	if !q.Pairs {
		return nil
	}
	f, err := r.seen(ctx, q)
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

// before looks through the encoder as it was before learning.
func (r *Run) before(ctx context.Context, tick func()) (Before, error) {
	l, err := Random(ctx, r.Config, r.set, r.backend)
	if err != nil {
		return Before{}, err
	}
	f, err := l.Embed(ctx, r.set, probe.Evenly(all(r.set.Len()), monitorSamples), func(int, int) { tick() })
	if err != nil {
		return Before{}, err
	}
	return Before{probe.EffectiveRank(centred(f.Pooled())), probe.Std(f.Pooled())}, nil
}

// vitals is what is known of the run without asking it anything new.
func (r *Run) vitals() Vitals {
	v := Vitals{Config: r.Config, Kind: r.set.Of, Samples: r.set.Len(), Learned: r.from.Len(), Step: r.Done, Width: r.Task.Backbone().Width(),
		Curve: r.History, Names: r.set.Names}
	for _, p := range r.History {
		if len(p.Metrics) == 0 {
			continue
		}
		v.Now = p.Metrics
	}
	return v
}
