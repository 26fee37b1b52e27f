package run

import (
	"slices"
	"strings"
	"testing"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/core/nn"
	"autodidact/core/tensor"
)

// Runs of a few steps on the sets of package testsets.
var (
	tinyPictures = Config{Task: "simclr", Encoder: "resnet6", Size: 16, Batch: 32, Steps: 2, Seed: 2}
	tinyTexts    = Config{Task: "maskedlm", Kind: data.Text, Encoder: "bert-1x16x2x32x32", Size: 32, Batch: 4, Steps: 4, Vocab: 200, Seed: 2}
	tinySeries   = Config{Task: "forecast", Kind: data.Series, Encoder: "tcn-small", Size: 32, Batch: 8, Steps: 4, Seed: 1, Options: []byte(`{"horizon":12}`)}
)

// trained is a run that has taken all its steps.
func trained(t *testing.T, c Config, set *data.Set) *Run {
	t.Helper()
	r, err := New(c, set, cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	finish(t, r)
	return r
}

// finish takes the steps that a run has left.
func finish(t *testing.T, r *Run) {
	t.Helper()
	for _, err := range r.Steps(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func stateOf(t *testing.T, r *Run) *checkpoint.State {
	t.Helper()
	s, err := r.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func modelOf(t *testing.T, r *Run) *checkpoint.State {
	t.Helper()
	s, err := r.Model(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// weightsOf copies the weights of a run's task, or of a part of it, by name.
func weightsOf(t *testing.T, r *Run, part any) map[string][]float32 {
	t.Helper()
	all := map[string][]float32{}
	for name, p := range nn.Params(part) {
		x, err := r.host(t.Context(), p.Value)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = floats(x)
	}
	return all
}

func floats(x *tensor.Tensor) []float32 { return x.Buf.(kernel.Host) }

func zeros(shape ...int) *tensor.Tensor {
	return tensor.Float32s(make([]float32, tensor.Shape(shape).Size()), shape...)
}

// says finds a notice about something that has some words in it.
func says(notes []data.Rejected, name, words string) bool {
	return slices.ContainsFunc(notes, func(n data.Rejected) bool {
		return n.Name == name && n.Code == data.Notice && strings.Contains(n.Reason, words)
	})
}
