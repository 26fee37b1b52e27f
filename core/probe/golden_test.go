package probe

import (
	_ "embed"
	"encoding/json"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/optimize"
)

// What scikit-learn answers, by testdata/golden.py.
//
//go:embed testdata/sklearn.json
var goldenJSON []byte

type golden struct {
	Sets   map[string]goldenSet
	Uneven struct { // made up: classes that are only said, and that never are
		Labels []string
		goldenAnswer
	}
}

type goldenSet struct {
	Width       int
	Train, Test struct {
		Rows   []float32
		Labels []string
	}
	Answers map[string]goldenAnswer
	Alone   goldenAnswer // what the other training samples say of each
	Groups  struct {
		K                   int
		Of                  []int
		Inertia, Silhouette float64
	}
}

type goldenAnswer struct {
	Says                   []string
	Shares                 []float64 // [samples, classes]
	Doubtful               []int     // samples of which rounding decides who votes
	Accuracy, Balanced, F1 float64
	Confusion              [][]int
}

func readGolden(t *testing.T) (g golden) {
	t.Helper()
	if err := json.Unmarshal(goldenJSON, &g); err != nil {
		t.Fatal(err)
	}
	if len(g.Sets) != 4 || len(g.Uneven.Says) == 0 {
		t.Fatalf("%d sets, %d uneven answers", len(g.Sets), len(g.Uneven.Says))
	}
	return g
}

func (s goldenSet) train() Labelled {
	return Labelled{Features{Data: s.Train.Rows, N: len(s.Train.Labels), Width: s.Width}, s.Train.Labels}
}

func (s goldenSet) test() Labelled {
	return Labelled{Features{Data: s.Test.Rows, N: len(s.Test.Labels), Width: s.Width}, s.Test.Labels}
}

// goldenWays answer what scikit-learn was asked.
var goldenWays = map[string][]struct {
	off float64 // by which a share may be off
	fit func(train Labelled) Classifier
}{
	// Cosines in float32 are off by 1e-7, which a temperature of 0.07 makes a share of 1e-6.
	"knn":      {{2e-6, func(l Labelled) Classifier { return NewKNN(l, 0) }}},
	"centroid": {{2e-6, func(l Labelled) Classifier { return NewCentroid(l) }}},
	"nearest":  {{0, func(l Labelled) Classifier { return NewNearest(l) }}},
	// NewLinear's steps end at some gradient, farther off the less decay there is. A wrong formula would be off at the end too.
	"linear 0.1":  {{1e-3, regressed(0.1)}, {2e-6, settled(0.1)}},
	"linear 0.01": {{5e-3, regressed(0.01)}, {2e-6, settled(0.01)}},
}

// regressed learns a Linear of given decay, in the steps that NewLinear takes.
func regressed(decay float64) func(train Labelled) Classifier {
	return func(train Labelled) Classifier {
		l := newLinear(train)
		l.fit(l.rows(train.Features), l.targets(train.Labels), decay)
		return l
	}
}

// settled learns a Linear by the same loss, in steps until its gradient is next to nothing.
func settled(decay float64) func(train Labelled) Classifier {
	return func(train Labelled) Classifier {
		l := newLinear(train)
		o := &objective{x: &design{x: l.rows(train.Features)}, y: l.targets(train.Labels), decay: decay, multiLabel: l.multiLabel}
		problem := optimize.Problem{
			Func: func(w []float64) float64 { return o.at(w).loss },
			Grad: func(grad, w []float64) { copy(grad, o.at(w).grad) },
		}
		// Running out of digits, it leaves the best there is.
		result, _ := optimize.Minimize(problem, l.w.RawMatrix().Data, &optimize.Settings{GradientThreshold: 1e-8}, &optimize.LBFGS{})
		copy(l.w.RawMatrix().Data, result.X)
		return l
	}
}

func TestClassifiersPredictAsScikitLearnDoes(t *testing.T) {
	for name, set := range readGolden(t).Sets {
		for method, want := range set.Answers {
			train, test := set.train(), set.test()
			way, standardise := strings.CutSuffix(method, " standardised")
			if standardise {
				s := FitStandard(train.Features)
				train.Features, test.Features = s.Apply(train.Features), s.Apply(test.Features)
			}
			if len(goldenWays[way]) == 0 {
				t.Errorf("nobody answers %s", method)
			}
			for _, by := range goldenWays[way] {
				t.Run(name+" "+method, func(t *testing.T) { want.compare(t, by.fit(train).Predict(test.Features), test.Labels, by.off) })
			}
		}
	}
}

// compare holds shares of labelled samples to those of scikit-learn.
func (want goldenAnswer) compare(t *testing.T, s Probabilities, labels []string, off float64) {
	if len(s.Data) != len(want.Shares) || s.Len() != len(want.Says) || s.MultiLabel != MultiLabel(labels) {
		t.Fatalf("%d shares of %d samples, want %d of %d", len(s.Data), s.Len(), len(want.Shares), len(want.Says))
	}
	for i, says := range want.Says {
		if slices.Contains(want.Doubtful, i) {
			continue
		}
		probabilities := want.Shares[i*len(s.Classes):][:len(s.Classes)]
		for c, v := range s.Row(i) {
			if math.Abs(float64(v)-probabilities[c]) > off {
				t.Errorf("sample %d is %q by %v, want %v", i, s.Classes[c], v, probabilities[c])
			}
		}
		if s.Label(i) != says && !tied(probabilities, off, s.MultiLabel) {
			t.Errorf("sample %d is predicted as %q, want %q", i, s.Label(i), says)
		}
	}
	if a := ScoreOf(s, labels).Accuracy; math.Abs(a-want.Accuracy) > 1e-3 {
		t.Errorf("accuracy %v, want %v", a, want.Accuracy)
	}
}

// tied reports whether probabilities with this error may predict another label.
func tied(probabilities []float64, off float64, multiLabel bool) bool {
	if multiLabel {
		return slices.ContainsFunc(probabilities, func(v float64) bool { return math.Abs(v-0.5) <= off })
	}
	order := slices.Sorted(slices.Values(probabilities))
	return order[len(order)-1]-order[len(order)-2] <= 2*off
}

func TestLeaveOneOutPredictionsAreThoseOfScikitLearn(t *testing.T) {
	for name, set := range readGolden(t).Sets {
		if MultiLabel(set.Train.Labels) {
			continue
		}
		a := KNN(set.train().Features, set.Train.Labels, 0)
		right := 0.0
		for i, says := range set.Alone.Says {
			right += one(says == set.Train.Labels[i])
			if a.each[i] != one(says == set.Train.Labels[i]) && !slices.Contains(set.Alone.Doubtful, i) {
				t.Errorf("%s: sample %d, %q, is predicted as something else than %q", name, i, set.Train.Labels[i], says)
			}
		}
		if n := float64(a.Queries); a.Queries != len(set.Alone.Says) || math.Abs(a.Mean-right/n) > 1e-3 {
			t.Errorf("%s: %v of %d are right, want %v of %d", name, a.Mean, a.Queries, right/n, len(set.Alone.Says))
		}
	}
}

func TestScoresAreThoseOfScikitLearn(t *testing.T) {
	g := readGolden(t)
	check := func(name string, want goldenAnswer, labels []string) {
		got := ScoreOf(predictions(want.Says...), labels)
		for what, pair := range map[string][2]float64{"accuracy": {got.Accuracy, want.Accuracy}, "balanced accuracy": {got.Balanced, want.Balanced}, "macro F1": {got.F1, want.F1}} {
			if math.Abs(pair[0]-pair[1]) > 1e-12 {
				t.Errorf("%s: %s %v, want %v", name, what, pair[0], pair[1])
			}
		}
		if !reflect.DeepEqual(got.Confusion, want.Confusion) {
			t.Errorf("%s: confusion %v, want %v", name, got.Confusion, want.Confusion)
		}
	}
	check("uneven", g.Uneven.goldenAnswer, g.Uneven.Labels)
	for name, set := range g.Sets {
		for method, want := range set.Answers {
			check(name+" "+method, want, set.Test.Labels)
		}
	}
}

func TestKMeansEndsWhereScikitLearnDoes(t *testing.T) {
	sets := readGolden(t).Sets
	for _, name := range slices.Sorted(maps.Keys(sets)) {
		set, want := sets[name], sets[name].Groups
		if want.K == 0 {
			continue
		}
		f := set.train().Features
		first := make([]int, want.K)
		for i := range first {
			first[i] = i
		}
		c := lloyd(f, f.Pick(first))
		if !slices.Equal(c.Of, want.Of) || !near(c.Inertia, want.Inertia, 1e-4*want.Inertia) {
			t.Errorf("%s: inertia %v, want %v; groups\n%v, want\n%v", name, c.Inertia, want.Inertia, c.Of, want.Of)
		}
		if s := Silhouette(f, want.Of); !near(s, want.Silhouette, 1e-4) {
			t.Errorf("%s: silhouette %v, want %v", name, s, want.Silhouette)
		}
	}
}
