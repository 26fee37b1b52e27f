package evaluate_test

import (
	"testing"

	"autodidact/core/data"
	"autodidact/core/kernel/cpu"
	"autodidact/worker/evaluate"
	"autodidact/worker/run"
	"autodidact/worker/testsets"
)

func TestFineTuningATextEncoderBeatsChanceAndAllContendersGetTheSameLabels(t *testing.T) {
	set := testsets.Weather(120)
	r, err := run.New(run.Config{Task: "maskedlm", Kind: data.Text, Encoder: "bert-1x16x2x32x32", Size: 32, Batch: 4, Steps: 40, Vocab: 200, Seed: 2}, set, cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range r.Steps(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
	}
	model, err := r.Model(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	of := func(p evaluate.Plan) *evaluate.Evaluation {
		return &evaluate.Evaluation{Plan: p, Model: model, Set: set, Backend: cpu.New(), Seed: 1}
	}
	results, err := of(evaluate.Plan{Method: "finetune", Labels: []string{"5"}, Repeats: 2, Against: []string{"scratch", "raw"}}).Results(t.Context())
	if err != nil || len(results) != 3 {
		t.Fatalf("%v, %v", results, err)
	}
	for i, contender := range []string{"pretrained", "scratch", "raw"} {
		if r := results[i]; r.Encoder != contender || r.Labels != 5 || r.Repeats != 2 || contender != "scratch" && r.Accuracy < 0.8 {
			t.Errorf("%s: %+v", contender, r)
		}
	}
	if _, err := of(evaluate.Plan{Against: []string{"magic"}}).Results(t.Context()); err == nil {
		t.Error("a contender that does not exist is evaluated")
	}
}
