package forecast

import (
	"bytes"
	"errors"
	"maps"
	"math"
	"strings"
	"testing"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel/cpu"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/worker/run"
	"autodidact/worker/testsets"
)

// packed is a detector with its model, written and read again.
func packed(t *testing.T, r *run.Run, w *Detector) *checkpoint.State {
	t.Helper()
	s, err := r.Model(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.Save(s)
	var raw bytes.Buffer
	if err := checkpoint.Encode(&raw, s); err != nil {
		t.Fatal(err)
	}
	again, err := checkpoint.Decode(&raw)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

func opened(t *testing.T, s *checkpoint.State) (*Detector, error) {
	t.Helper()
	look, _, err := run.OpenEmbedder(s, cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	head, err := OpenHead(t.Context(), s, look)
	if err != nil {
		t.Fatal(err)
	}
	return OpenDetector(s, look, head)
}

func TestASavedDetectorScoresOtherRecordingsAsItDid(t *testing.T) {
	set := testsets.Waves(600)
	r := trained(t, briefConfig, set)
	head, err := HeadOf(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	caster, err := FitForecaster(t.Context(), r.Embedder(), head, set.Recordings, 3, nil)
	if err != nil {
		t.Fatal(err)
	}
	was := fitDetector(t, caster, set)
	is, err := opened(t, packed(t, r, was))
	if err != nil {
		t.Fatal(err)
	}
	other := testsets.Recordings(rng.New(77), 1, 300)
	plants["level shift"](other.Of[0].X, 200)
	s, err := is.Score(t.Context(), other, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	stream := was.Stream(0.01) // which leaves no windows out of what it compares with
	for row := range 300 {
		fed, err := stream.Feed(t.Context(), other.Of[0].X[2*row:][:2])
		if err != nil {
			t.Fatal(err)
		}
		if row >= s.From && math.Abs(fed.Score-s.Score[row-s.From]) > 1e-3 {
			t.Fatalf("row %d scores %v, as it arrived %v", row, s.Score[row-s.From], fed.Score)
		}
	}
	ours, z := was.Threshold(0.01)
	if again, zAgain := is.Threshold(0.01); again != ours || zAgain != z {
		t.Errorf("threshold %+v, was %+v", again, ours)
	}
	alarms := is.Alarms(other, s, ours.At)
	if len(alarms) == 0 {
		t.Error("the level shift raises no alarm: the test tests little")
	}
	for _, a := range alarms {
		if a.Learned {
			t.Errorf("%+v: it learned from none of these rows", a)
		}
	}
}

func TestAFileIsNoDetectorUnlessAllOfItIsThere(t *testing.T) {
	set := testsets.Waves(400)
	r := trained(t, briefConfig, set)
	w := fitDetector(t, fitForecaster(t, r.Embedder(), set, 3), set)
	none, err := r.Model(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if d, err := opened(t, none); d != nil || err != nil {
		t.Errorf("of a model without one: %v, %v", d, err)
	}
	for says, damage := range map[string]func(s *checkpoint.State){
		"lacks 1.spread":      func(s *checkpoint.State) { delete(s.Tensors, "detector.1.spread") },
		"lacks clean":         func(s *checkpoint.State) { delete(s.Tensors, "detector.clean") },
		"lacks the windows":   func(s *checkpoint.State) { s.Tensors["detector.windows"] = tensor.Float32s(make([]float32, 4), 4) },
		"have 3 numbers each": func(s *checkpoint.State) { s.Tensors["detector.windows"] = tensor.Float32s(make([]float32, 6), 2, 3) },
		"lacks 0.readout.weight": func(s *checkpoint.State) {
			s.Tensors["detector.0.readout.weight"] = tensor.Float32s(make([]float32, 6), 3, 2)
		},
		"cannot be read": func(s *checkpoint.State) { s.Meta["detector"] = "{" },
		"of 0 channels":  func(s *checkpoint.State) { s.Meta["detector"] = `{"horizon":3}` },
		"by a head that it does": func(s *checkpoint.State) {
			s.Meta["detector"] = strings.Replace(s.Meta["detector"], `"channels":[{`, `"channels":[{"byHead":true,`, 1)
			maps.DeleteFunc(s.Tensors, func(name string, _ *tensor.Tensor) bool { return strings.HasPrefix(name, run.ForecastHead.Prefix) })
		},
		"looks back 9999999 rows": func(s *checkpoint.State) {
			s.Meta["detector"] = strings.Replace(s.Meta["detector"], `"long":`, `"long":9999999,"was":`, 1)
		},
		"0.dlinear.weight, or has": func(s *checkpoint.State) {
			s.Meta["detector"] = strings.Replace(s.Meta["detector"], `"long":`, `"long":7,"was":`, 1)
		},
	} {
		s := packed(t, r, w)
		damage(s)
		_, err := opened(t, s)
		if _, ok := errors.AsType[*checkpoint.FormatError](err); !ok || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %q", err, says)
		}
	}
	other := &data.Recordings{Channels: []string{"x"}, Of: []data.Recording{{X: make([]float32, 100)}}}
	is, err := opened(t, packed(t, r, w))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := is.Score(t.Context(), other, 0, nil); err == nil || !strings.Contains(err.Error(), "channels") {
		t.Errorf("other channels: %v", err)
	}
}
