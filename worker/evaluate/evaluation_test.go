package evaluate

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"autodidact/core/kernel/cpu"
	"autodidact/core/rng"
	"autodidact/worker/testsets"
)

func TestAllContendersGetTheSameLabelsAndTestSamples(t *testing.T) {
	for i, method := range []string{"knn", "linear", "centroid"} {
		if i > 0 && testing.Short() {
			break
		}
		checkFigures(t, Plan{Method: method, Repeats: 2, Against: []string{"random", "raw"}})
	}
}

func TestContendersThatLearnGetTheSameLabelsAndTestSamples(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	checkFigures(t, Plan{Method: "finetune", Repeats: 1, Against: []string{"scratch", "raw"}})
	checkFigures(t, Plan{Method: "fixmatch", Repeats: 1, Against: []string{"random", "raw"}})
}

// checkFigures evaluates with two labels of each class, with all, and with more than there are, and looks at all figures.
func checkFigures(t *testing.T, p Plan) {
	t.Helper()
	p.Labels = []string{"2", "all", "5000"}
	var heard []Result
	m := Evaluation{Plan: p, Model: shapesModel(t), Set: testsets.Shapes(120, 1), Backend: cpu.New(), Seed: 1, Each: func(d Progress) { heard = append(heard, d.Result) }}
	results, err := m.Results(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(results) != 6 || !reflect.DeepEqual(heard, results) { // nobody has 5,000 labels: that is all of them
		t.Fatalf("%s: %d results, %d heard of", p.Method, len(results), len(heard))
	}
	for i, r := range results {
		if want := append([]string{"pretrained"}, p.Against...)[i%3]; r.Encoder != want || r.Labels != []int{2, 0}[i/3] || !(r.Low <= r.Accuracy && r.Accuracy <= r.High) || r.F1 <= 0 || r.Balanced <= 0 {
			t.Errorf("%s: result %d is %+v", p.Method, i, r)
		}
	}
	if all := results[3]; all.Accuracy < 0.5 {
		t.Errorf("%s: accuracy %.2f of four classes with all labels", p.Method, all.Accuracy)
	}
	if s := m.Summary(results); !strings.Contains(s, "2 labels per class") {
		t.Errorf("summary %q", s)
	}
	if n := counted(results[3]); n != p.Repeats*24 { // a fifth of 120
		t.Errorf("%s: the confusion matrix counts %d answers", p.Method, n)
	}
}

// counted is how many answers a confusion matrix counts.
func counted(r Result) (n int) {
	for _, row := range r.Confusion {
		for _, k := range row {
			n += k
		}
	}
	return n
}

func TestAccuracyFallsToChanceWhenLabelsAreShuffled(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	set := testsets.Shapes(200, 3)
	rng.New(9).Shuffle(len(set.Labels), func(i, j int) { set.Labels[i], set.Labels[j] = set.Labels[j], set.Labels[i] })
	plans := []Plan{{Method: "finetune", Labels: []string{"10"}, Repeats: 2, Against: []string{"scratch"}}}
	for method, rival := range map[string]string{"knn": "raw", "linear": "random", "centroid": "random"} { // raw is the same beside each
		plans = append(plans, Plan{Method: method, Labels: []string{"10", "all"}, Repeats: 5, Against: []string{rival}})
	}
	for _, p := range plans {
		m := Evaluation{Plan: p, Model: shapesModel(t), Set: set, Backend: cpu.New(), Seed: 1}
		results, err := m.Results(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range results {
			if r.Accuracy > 0.38 || r.Accuracy < 0.12 {
				t.Errorf("%s, %d labels, %s: accuracy %.2f of labels that mean nothing; a quarter is chance", r.Method, r.Labels, r.Encoder, r.Accuracy)
			}
		}
		if s := m.Summary(results); strings.HasPrefix(s, "With") && !strings.Contains(s, "chance") {
			t.Errorf("summary %q", s)
		}
	}
}

func TestAnEvaluationThatIsStoppedKeepsWhatItHas(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	m := Evaluation{Plan: Plan{Method: "knn", Labels: []string{"1", "2", "5"}, Against: []string{"raw"}}, Model: shapesModel(t), Set: testsets.Shapes(120, 1), Backend: cpu.New(), Seed: 1}
	m.Each = func(d Progress) {
		if d.Done == 3 {
			stop()
		}
	}
	results, err := m.Results(ctx)
	if !errors.Is(err, context.Canceled) || len(results) != 3 {
		t.Errorf("%d results, error %v", len(results), err)
	}
}

func TestATestSetIsPredictedInsteadOfAFifth(t *testing.T) {
	m := Evaluation{Plan: Plan{Method: "knn", Labels: []string{"5", "all"}, Repeats: 3, Against: []string{"raw"}}, Model: shapesModel(t), Set: testsets.Shapes(120, 1), Test: testsets.Shapes(60, 2), Backend: cpu.New(), Seed: 1}
	results, err := m.Results(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if n := counted(r); r.Encoder == "pretrained" && n != 3*60 {
			t.Errorf("%d answers about 60 pictures in three repeats", n)
		}
	}
}

func TestSamplesOfSeveralClassesArePredicted(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	set := testsets.Shapes(160, 4)
	set.Labels = slices.Clone(set.Labels)
	for i := range set.Labels { // round ones, and those of stripes, are of a second class
		if i%4 == 1 || i%4 == 3 {
			set.Labels[i] += "|odd"
		}
	}
	for _, method := range []string{"finetune", "linear"} {
		m := Evaluation{Plan: Plan{Method: method, Labels: []string{"all"}, Repeats: 1, Against: []string{"raw"}}, Model: shapesModel(t), Set: set, Backend: cpu.New(), Seed: 1}
		results, err := m.Results(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if r := results[0]; r.F1 < 0.5 || r.Confusion != nil {
			t.Errorf("%s: %+v", method, r)
		}
	}
}
