package run

import (
	"slices"
	"strings"
	"testing"

	"autodidact/core/data"
	"autodidact/core/kernel/cpu"
	"autodidact/pretext"
	"autodidact/worker/testsets"
)

func TestEveryTaskLearnsFromWholeSeriesOfUnequalLength(t *testing.T) {
	for _, spec := range pretext.Catalog {
		if !slices.Contains(spec.Kinds, data.Series) {
			continue
		}
		for _, encoder := range []string{"tcn-small", "patchtst", "tcn-mixing"} {
			if spec.Encoders != nil && !slices.Contains(spec.Encoders, encoder) {
				continue
			}
			c := Config{Task: spec.Name, Encoder: encoder, Batch: 4, Steps: 4, Seed: 3}
			set := testsets.Strokes(80)
			r := trained(t, c, set)
			if long := r.Config.Size; long < 48 || long > 59 || encoder == "patchtst" && long != 56 {
				t.Errorf("%s, %s: windows of %d rows", spec.Name, encoder, long)
			}
			if n, held := r.Source().Len(), r.held.Len(); n != 56 || held != 8 {
				t.Errorf("%s: trained on %d series, validated on %d", spec.Name, n, held)
			}
			if err := r.Monitor(t.Context(), nil); err != nil {
				t.Errorf("%s: %v", spec.Name, err)
			}
			if m := r.History[len(r.History)-1].Metrics; m["heldOut"] == 0 || m["knn"] == 0 {
				t.Errorf("%s, %s: %v", spec.Name, encoder, m)
			}
			if shown, err := r.Show(t.Context(), 3); err != nil || len(shown) != 3 || !strings.HasPrefix(shown[0].Name, "strokes.ts, line ") {
				t.Errorf("%s: %v %v", spec.Name, shown, err)
			}
		}
	}
}

func TestARunOnWholeSeriesKeepsTheLengthOfItsWindows(t *testing.T) {
	c := Config{Task: "ts2vec", Batch: 4, Steps: 6, Seed: 3}
	if resolved, err := c.Resolve(); err != nil || resolved.Size != 0 {
		t.Fatalf("size %d before there are data, %v", resolved.Size, err)
	}
	set := testsets.Strokes(40)
	whole := trained(t, c, set)
	half, err := New(c, testsets.Strokes(40), cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	for range half.Steps(t.Context()) {
		if half.Done == 3 {
			break
		}
	}
	saved := stateOf(t, half)
	if was, err := ConfigOf(saved); err != nil || was.Size != whole.Config.Size {
		t.Errorf("saved with windows of %d rows, not %d: %v", was.Size, whole.Config.Size, err)
	}
	again, err := Open(saved, testsets.Strokes(40), cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	finish(t, again)
	for i, p := range whole.History[3:] {
		if q := again.History[3+i]; p.Loss != q.Loss {
			t.Errorf("step %d: loss %v, resumed %v", p.Step, p.Loss, q.Loss)
		}
	}
	longer := testsets.Strokes(40)
	longer.Recordings.Of = append(longer.Recordings.Of, data.Recording{Name: "long.ts, line 1", X: make([]float32, 2*5000), Labels: []uint16{1}, Line: true})
	longer.Recordings.Settle()
	longer.Cut(whole.Config.Size)
	if _, err := Open(saved, longer, cpu.New()); err != ErrOtherData {
		t.Errorf("on other series: %v", err)
	}
	e, _, err := OpenEmbedder(modelOf(t, whole), cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	if f, err := e.Embed(t.Context(), longer, nil, nil); err != nil || f.N != 41 {
		t.Errorf("%d of 41 embedded: %v", f.N, err)
	}
}

func TestTooFewSeriesAreCalledSo(t *testing.T) {
	set := testsets.Strokes(2)
	set.Recordings.Of = set.Recordings.Of[:1]
	set.Recordings.Settle()
	set.Cut(96)
	if _, err := New(Config{Task: "ts2vec"}, set, cpu.New()); err == nil || !strings.Contains(err.Error(), "1 series to learn from") {
		t.Errorf("%v", err)
	}
	if _, err := New(Config{Task: "ts2vec", Batch: 64}, testsets.Strokes(10), cpu.New()); err == nil || !strings.Contains(err.Error(), "there are 8 series to learn from, so that at most 8 fits") {
		t.Errorf("%v", err)
	}
}

func TestAModelThatDoesNotSayItsLengthHasTheUsualOne(t *testing.T) {
	model := modelOf(t, trained(t, Config{Task: "ts2vec", Batch: 4, Steps: 1}, testsets.Strokes(20)))
	config := model.Meta[metaConfig]
	at := strings.Index(config, `"size":`)
	model.Meta[metaConfig] = config[:at] + config[at+strings.Index(config[at:], ",")+1:]
	e, c, err := OpenEmbedder(model, cpu.New())
	if err != nil || c.Size != 96 {
		t.Fatalf("size %d, %v", c.Size, err)
	}
	if f, err := e.Embed(t.Context(), testsets.Strokes(20), nil, nil); err != nil || f.N != 20 {
		t.Errorf("%d of 20 embedded: %v", f.N, err)
	}
}
