package portable

import (
	"maps"
	"slices"
	"testing"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/core/rng"
	"autodidact/worker/forecast"
	"autodidact/worker/run"
	"autodidact/worker/testsets"
)

// packedSeries is a model of series with a detector.
func packedSeries(f *testing.F, set *data.Set) *checkpoint.State {
	f.Helper()
	ctx := f.Context()
	r, err := run.New(run.Config{Task: "forecast", Kind: data.Series, Encoder: "tcn-small", Size: 32, Batch: 8, Steps: 2, Seed: 1, Options: []byte(`{"horizon":3}`)}, set, cpu.New())
	if err != nil {
		f.Fatal(err)
	}
	for _, err := range r.Steps(ctx) {
		if err != nil {
			f.Fatal(err)
		}
	}
	s := Source{Set: set, Chance: rng.New(1)}
	if s.Model, err = r.Model(ctx); err != nil {
		f.Fatal(err)
	}
	head, err := forecast.HeadOf(ctx, r)
	if err != nil {
		f.Fatal(err)
	}
	caster, err := forecast.FitForecaster(ctx, r.Embedder(), head, set.Recordings, 3, nil)
	if err != nil {
		f.Fatal(err)
	}
	if s.Detector, err = forecast.FitDetector(ctx, caster, set.Recordings, nil); err != nil {
		f.Fatal(err)
	}
	packed, _, err := Pack(s)
	if err != nil {
		f.Fatal(err)
	}
	return packed
}

// FuzzPortable changes what a packed model says of itself, takes a tensor away, and cuts another short: it opens and scores, or is
// refused.
func FuzzPortable(f *testing.F) {
	set := testsets.Waves(400)
	whole := packedSeries(f, set)
	names := slices.Sorted(maps.Keys(whole.Tensors))
	f.Add(whole.Meta[metaAbout], whole.Meta["detector"], whole.Meta["readings"], uint8(255), uint8(255))
	f.Add(whole.Meta[metaAbout], whole.Meta["detector"], whole.Meta["readings"], uint8(3), uint8(7))
	f.Add(`{"classes":["a","b"],"references":[{"name":"x"}]}`, `{"horizon":1000000000}`, "", uint8(255), uint8(255))
	f.Fuzz(func(t *testing.T, about, detector, readings string, drop, cut uint8) {
		s := &checkpoint.State{Meta: maps.Clone(whole.Meta), Tensors: maps.Clone(whole.Tensors)}
		s.Meta[metaAbout], s.Meta["detector"], s.Meta["readings"] = about, detector, readings
		if int(drop) < len(names) {
			delete(s.Tensors, names[drop])
		}
		if int(cut) < len(names) {
			x := *whole.Tensors[names[cut]]
			if x.Shape = slices.Clone(x.Shape); len(x.Shape) > 0 && x.Shape[0] > 1 {
				x.Shape[0]--
				x.Buf = x.Buf.(kernel.Host)[:x.Shape.Size()]
				s.Tensors[names[cut]] = &x
			}
		}
		m, err := Open(t.Context(), s, cpu.New())
		if err != nil || m.Detector == nil {
			return
		}
		if _, err := m.Detector.Score(t.Context(), set.Recordings, 0, nil); err != nil {
			t.Log(err)
		}
	})
}
