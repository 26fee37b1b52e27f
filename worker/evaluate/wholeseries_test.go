package evaluate

import (
	"testing"

	"autodidact/core/data"
	"autodidact/core/kernel/cpu"
	"autodidact/worker/run"
	"autodidact/worker/testsets"
)

// strokes is a set of whole series whose collection marks every fourth as one to test with, and a model of it. A third class is only
// among those.
func strokes(t *testing.T) *Evaluation {
	t.Helper()
	set := testsets.Strokes(64)
	r := set.Recordings
	r.Classes = append(r.Classes, "circle")
	for i := range r.Of {
		if r.Of[i].Tests = i%4 == 3; i%32 == 31 {
			r.Of[i].Labels = []uint16{3}
		}
	}
	r.Settle()
	set.Cut(96)
	trained, err := run.New(run.Config{Task: "ts2vec", Batch: 8, Steps: 6}, set, cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range trained.Steps(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
	}
	model, err := trained.Model(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return &Evaluation{Model: model, Set: set, Backend: cpu.New(), Seed: 1}
}

func TestWholeSeriesGiveLabelsAndAreTestedAsTheCollectionSays(t *testing.T) {
	for _, method := range []string{"knn", "linear", "finetune"} {
		var notes []data.Rejected
		m := strokes(t)
		m.Plan = Plan{Method: method, Labels: []string{"all"}, Repeats: 1, Against: []string{"random", "raw"}}
		m.Note = func(n data.Rejected) { notes = append(notes, n) }
		results, err := m.Results(t.Context())
		if err != nil || len(results) != 3 {
			t.Fatalf("%s: %v, %v", method, results, err)
		}
		tested := 0
		for _, row := range results[0].Confusion {
			for _, n := range row {
				tested += n
			}
		}
		if tested != 16 {
			t.Errorf("%s: %d are tested", method, tested)
		}
		for _, r := range results {
			if r.Accuracy > 14./16 || r.Encoder == "raw" && r.Accuracy < 0.7 {
				t.Errorf("%s: %s %.3f", method, r.Encoder, r.Accuracy)
			}
		}
		if !says(notes, "test samples", "1 class is only in the test part: nothing can be learned of it, and they count as predicted wrong: circle (2 series)") {
			t.Errorf("%s: %v", method, notes)
		}
		for _, n := range notes {
			if n.Name == "long recordings" || n.Name == "series" {
				t.Errorf("%s: %v", method, n)
			}
		}
	}
}
