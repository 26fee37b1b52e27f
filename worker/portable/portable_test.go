package portable

import (
	"bytes"
	"errors"
	"image/jpeg"
	"math"
	"slices"
	"strings"
	"testing"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel/cpu"
	"autodidact/core/probe"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/worker/label"
	"autodidact/worker/report"
	"autodidact/worker/run"
	"autodidact/worker/testsets"
)

var configs = map[data.Kind]run.Config{
	data.Images: {Task: "simclr", Encoder: "resnet6", Size: 16, Batch: 4, Steps: 2, Seed: 2},
	data.Text:   {Task: "maskedlm", Kind: data.Text, Encoder: "bert-1x16x2x32x32", Size: 32, Batch: 4, Steps: 2, Vocab: 200, Seed: 2},
}

// source is a run on set, brief, with the embedding of set.
func source(t *testing.T, set *data.Set) Source {
	t.Helper()
	r, err := run.New(configs[set.Of], set, cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range r.Steps(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
	}
	s := Source{Title: "Mine", Set: set, Labels: slices.Clone(set.Labels), References: set.Len(), Chance: rng.New(1)}
	if s.Model, err = r.Model(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s.Features, err = r.Embedder().Embed(t.Context(), set, nil, nil); err != nil {
		t.Fatal(err)
	}
	return s
}

// sent packs, writes, reads and opens.
func sent(t *testing.T, s Source) *Model {
	t.Helper()
	state, _, err := Pack(s)
	if err != nil {
		t.Fatal(err)
	}
	var raw bytes.Buffer
	if err := checkpoint.Encode(&raw, state); err != nil {
		t.Fatal(err)
	}
	if state, err = checkpoint.Decode(&raw); err != nil {
		t.Fatal(err)
	}
	m, err := Open(t.Context(), state, cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestASentModelFindsWhatTheRunFinds(t *testing.T) {
	for name, set := range map[string]*data.Set{"pictures": testsets.Shapes(80, 1), "texts": testsets.Weather(80)} {
		t.Run(name, func(t *testing.T) {
			s := source(t, set)
			for i := 60; i < 80; i++ { // these are to be predicted
				s.Labels[i] = ""
			}
			m := sent(t, s)
			want, err := label.Predict(s.Features, s.Labels, label.Method, rng.New(1))
			if err != nil {
				t.Fatal(err)
			}
			fresh := map[string]func(int, uint64) *data.Set{"pictures": testsets.Shapes, "texts": func(n int, _ uint64) *data.Set { return testsets.Weather(n) }}[name](80, 1)
			got, err := m.Apply(t.Context(), fresh, 3, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got.Len() != 80 || got.Among != "references" {
				t.Fatalf("%d samples, among %s", got.Len(), got.Among)
			}
			for i, v := range want.Probabilities.Data {
				if math.Abs(float64(v-got.Data[i])) > 1e-4 {
					t.Fatalf("probability %d is %v, by the run %v", i, got.Data[i], v)
				}
			}
			white := probe.Whiten(s.Features)
			for i := range 80 {
				near := probe.Neighbors(white, i, 2)
				// All samples are references: each is nearest to itself, or to one that reads the same.
				if n := got.Near[i]; math.Abs(float64(n[0].Cosine-1)) > 1e-3 || math.Abs(float64(n[1].Cosine-near[0].Cosine)) > 1e-3 && n[0].Index == i {
					t.Fatalf("sample %d: %v, by the run %v", i, n, near)
				}
			}
			if m.Samples != 80 || !m.Trained || m.Labelled != 60 || m.Title != "Mine" || len(m.Classes) < 2 || m.Step != 2 {
				t.Errorf("%+v", m.About)
			}
			if a := m.Accuracy; a == nil || a.Tests != 12 || !(a.Low <= a.Mean && a.Mean <= a.High) {
				t.Errorf("accuracy %+v", a)
			}
		})
	}
}

func TestReferencesHaveWhatAPersonSeesAndNoMore(t *testing.T) {
	s := source(t, testsets.Shapes(40, 1))
	s.References = 8
	m := sent(t, s)
	if len(m.References) != 8 || m.References[1].Name != s.Set.Names[5] || m.References[1].Label != s.Set.Labels[5] || m.References[1].Excerpt != "" {
		t.Fatalf("%+v", m.References)
	}
	if img, err := jpeg.Decode(bytes.NewReader(m.References[1].Picture)); err != nil || img.Bounds().Dx() != thumbnail {
		t.Errorf("a picture that is none: %v", err)
	}
	if _, notes, err := Pack(s); err != nil || len(notes) != 1 || !strings.Contains(notes[0].Reason, "8 of 40") {
		t.Errorf("%v, %v", notes, err)
	}
	s = source(t, testsets.Weather(40))
	if r := sent(t, s).References[3]; r.Picture != nil || !strings.HasPrefix(s.Set.Texts.At(3), strings.TrimSuffix(r.Excerpt, "…")) || r.Excerpt == "" {
		t.Errorf("%+v", r)
	}
	s.References = 0
	packed, _, err := Pack(s)
	if err != nil {
		t.Fatal(err)
	}
	if packed.Tensors[prefix+"references"] != nil || strings.Contains(packed.Meta[metaAbout], s.Set.Names[3]) {
		t.Error("without references there is something of the samples")
	}
	s.References = MostReferences + 1
	if _, _, err := Pack(s); err == nil || !strings.Contains(err.Error(), "references is 2001") {
		t.Errorf("%v", err)
	}
}

func TestWithoutReferencesSamplesAreComparedWithEachOther(t *testing.T) {
	s := source(t, testsets.Shapes(40, 1))
	m := sent(t, Source{Model: s.Model}) // without data: the encoder alone
	some := testsets.Shapes(20, 9)
	first := some.Subset(func(i int) bool { return i < 5 })
	if a, err := m.Apply(t.Context(), first, 3, nil); err != nil || a.Among != "samples" || len(a.Near) != 5 || a.Len() != 0 {
		t.Fatalf("%+v, %v", a, err)
	}
	a, err := m.Apply(t.Context(), some, 3, nil) // more came
	if err != nil || len(a.Near) != 20 {
		t.Fatalf("%+v, %v", a, err)
	}
	whole, err := m.Look.Embed(t.Context(), some, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range whole.Data {
		if math.Abs(float64(v-m.seen.Data[i])) > 1e-5 {
			t.Fatalf("feature %d is %v, at once %v", i, m.seen.Data[i], v)
		}
	}
	one := testsets.Shapes(1, 3)
	if a, err := m.Apply(t.Context(), one, 3, nil); err != nil || len(a.Near) != 1 || len(a.Near[0]) != 0 {
		t.Errorf("one sample alone: %+v, %v", a, err)
	}
}

func TestAModelThatIsDamagedSaysWhere(t *testing.T) {
	s := source(t, testsets.Shapes(40, 1))
	for says, damage := range map[string]func(*checkpoint.State){
		"was not exported to be used by itself": func(s *checkpoint.State) { delete(s.Meta, metaAbout) },
		"cannot be read":                        func(s *checkpoint.State) { s.Meta[metaAbout] = "{" },
		"names 40 references and has 7":         func(s *checkpoint.State) { s.Tensors[prefix+"references"] = tensor.Float32s(make([]float32, 7), 7) },
		"does not fit together":                 func(s *checkpoint.State) { delete(s.Tensors, prefix+"classifier.std") },
	} {
		state, _, err := Pack(s)
		if err != nil {
			t.Fatal(err)
		}
		damage(state)
		_, err = Open(t.Context(), state, cpu.New())
		if _, ok := errors.AsType[*checkpoint.FormatError](err); !ok || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %q", err, says)
		}
	}
	state, _, _ := Pack(s)
	state.Tensors[prefix+"references"] = tensor.Float32s(make([]float32, 80), 40, 2)
	m, err := Open(t.Context(), state, cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Apply(t.Context(), testsets.Shapes(2, 1), 3, nil); err == nil || !strings.Contains(err.Error(), "features") {
		t.Errorf("references of another width: %v", err)
	}
	many := s
	many.Labels = make([]string, 40)
	for i := range many.Labels {
		many.Labels[i] = strings.Repeat("x", i+1)
	}
	if _, _, err := Pack(many); err != nil {
		t.Errorf("forty classes: %v", err)
	}
	var field *report.ConfigError
	many.References = -1
	if _, _, err := Pack(many); !errors.As(err, &field) || field.Field != "references" {
		t.Errorf("%v", err)
	}
}
