package diagnose

import (
	"testing"

	"autodidact/core/data"
	"autodidact/core/kernel/cpu"
	"autodidact/worker/run"
)

// Runs of a few steps on the sets of package testsets.
var (
	tinyTexts  = run.Config{Task: "maskedlm", Kind: data.Text, Encoder: "bert-1x16x2x32x32", Size: 32, Batch: 4, Steps: 2, Vocab: 200, Seed: 2}
	tinySeries = run.Config{Task: "forecast", Kind: data.Series, Encoder: "tcn-small", Size: 32, Batch: 8, Steps: 2, Seed: 1, Options: []byte(`{"horizon":4}`)}
)

// trained is a run that has taken all its steps.
func trained(t *testing.T, c run.Config, set *data.Set) *run.Run {
	t.Helper()
	r, err := run.New(c, set, cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range r.Steps(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
	}
	return r
}
