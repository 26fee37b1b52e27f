package forecast

import (
	"testing"

	"autodidact/core/kernel/cpu"
	"autodidact/worker/run"
	"autodidact/worker/testsets"
)

func TestEachWholeSeriesIsInOnePart(t *testing.T) {
	set := testsets.Strokes(40)
	r, err := run.New(run.Config{Task: "forecast", Batch: 4, Steps: 2, Options: []byte(`{"horizon":5}`)}, set, cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range r.Steps(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
	}
	of, in := set.Recordings, map[int]int{}
	for part := range 3 {
		some := origins(of, r.Config.Size, 5, part)
		if len(some) == 0 {
			t.Errorf("part %d has no origins", part)
		}
		for _, o := range some {
			if was, known := in[o.of]; known && was != part {
				t.Fatalf("series %d is in parts %d and %d", o.of, was, part)
			}
			in[o.of] = part
		}
	}
	if len(in) != 40 {
		t.Errorf("%d of 40 series are in a part", len(in))
	}
	caster, err := FitForecaster(t.Context(), r.Embedder(), nil, of, 5, nil)
	if err != nil {
		t.Fatal(err)
	}
	tested, err := caster.Test(t.Context(), of, 0.9, nil)
	if err != nil || tested.Scores[0].N == 0 || tested.Scores[0].MSE > 2*tested.Scores[1].MSE {
		t.Errorf("%+v, %v", tested, err)
	}
	detector, err := FitDetector(t.Context(), caster, of, nil)
	if err != nil {
		t.Fatal(err)
	}
	if scores, err := detector.Score(t.Context(), of, 2, nil); err != nil || len(scores.Score) == 0 {
		t.Errorf("%d rows scored, %v", len(scores.Score), err)
	}
}
