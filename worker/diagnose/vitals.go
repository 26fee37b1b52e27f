package diagnose

import (
	"context"

	"autodidact/core/data"
	"autodidact/core/probe"
	"autodidact/worker/run"
)

// Vitals is what the doctor knows of a run: everything it says follows from these.
type Vitals struct {
	Config  run.Config
	Kind    data.Kind
	Samples int // there are
	Learned int // of which so many are learned from
	Step    int
	Width   int // of the features
	Curve   []run.Point
	// Now is what Monitor measured last.
	Now      map[string]float64
	Before   Before // of the encoder before learning, on the same samples
	Diverged bool

	Task       *Shortcuts       // to the task; nil if it has no right answers, or was not asked
	Labels     *Shortcuts       // to the samples' labels
	Duplicates [][]int          // samples that are nearly the same
	Names      []string         // of samples
	Fill       []data.FillValue // of series: values that may mean that nothing was read
}

// Before is what an encoder's features were like before it learned; zeros if that was not measured.
type Before struct{ Directions, Std float64 }

// before looks through the encoder as it was before learning.
func before(ctx context.Context, r *run.Run, tick func()) (Before, error) {
	l, err := run.Untrained(ctx, r.Config, r.Set(), r.Backend())
	if err != nil {
		return Before{}, err
	}
	f, err := l.Embed(ctx, r.Set(), probe.Evenly(probe.All(r.Set().Len()), run.MonitorSamples), func(int, int) { tick() })
	if err != nil {
		return Before{}, err
	}
	return Before{probe.EffectiveRank(f.Pooled().Centred()), probe.Std(f.Pooled())}, nil
}

// vitalsOf is what is known of the run without asking it anything new.
func vitalsOf(r *run.Run) Vitals {
	v := Vitals{Config: r.Config, Kind: r.Set().Of, Samples: r.Set().Len(), Learned: r.Source().Len(), Step: r.Done, Width: r.Task.Backbone().Width(),
		Curve: r.History, Names: r.Set().Names}
	for _, p := range r.History {
		if len(p.Metrics) == 0 {
			continue
		}
		v.Now = p.Metrics
	}
	return v
}
