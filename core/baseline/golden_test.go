package baseline

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"autodidact/core/data"
	"autodidact/core/probe"
)

// What scikit-learn answers, by testdata/golden.py.
//
//go:embed testdata/texts.json
var goldenJSON []byte

type golden struct {
	Texts, Labels []string
	TFIDF         []map[string]float64
	Answers       map[string]struct {
		Probabilities []float64
		Accuracy      float64
	}

	set          *data.Set
	v            vocabulary
	counts, rows *sparse
	train, test  []int
}

func readGolden(t *testing.T) *golden {
	t.Helper()
	g := &golden{set: &data.Set{Of: data.Text, Texts: &data.Texts{}}}
	if err := json.Unmarshal(goldenJSON, g); err != nil || len(g.Texts) != 160 || len(g.Answers) != 8 {
		t.Fatalf("%d texts, %d answers: %v", len(g.Texts), len(g.Answers), err)
	}
	for i, text := range g.Texts {
		g.set.Texts.Append(text)
		if i%5 == 4 {
			g.test = append(g.test, i)
		} else {
			g.train = append(g.train, i)
		}
	}
	g.set.Labels = g.Labels
	g.v, _ = newVocabulary(g.set, mostTerms)
	g.counts = g.v.count([]*data.Set{g.set})
	g.rows = g.v.tfidf(g.counts)
	return g
}

func pick(labels []string, at []int) (some []string) {
	for _, i := range at {
		some = append(some, labels[i])
	}
	return some
}

func TestTFIDFIsThatOfScikitLearn(t *testing.T) {
	g := readGolden(t)
	for i, want := range g.TFIDF {
		columns, values := g.rows.row(i)
		if len(columns) != len(want) {
			t.Errorf("text %d has %d terms, want %d", i, len(columns), len(want))
		}
		for term, v := range want {
			at, ok := slices.BinarySearch(columns, g.v.column[term])
			if !ok || math.Abs(float64(values[at])-v) > 1e-6 {
				t.Errorf("text %d: %q is not %v", i, term, v)
			}
		}
	}
}

func TestProbabilitiesAreThoseOfScikitLearn(t *testing.T) {
	g := readGolden(t)
	for name, want := range g.Answers {
		way, setting, _ := strings.Cut(name, " ")
		var s float64
		fmt.Sscan(setting, &s)
		labels, off := g.Labels, 1e-5
		fit := map[string]func(trainSet, []float64) []predictor{"logistic": g.rows.logistic, "several": g.rows.logistic, "multinomial": g.counts.multinomial, "complement": g.rows.complement}[way]
		if way == "logistic" || way == "several" { // L-BFGS ends at some gradient
			off = 3e-3
		}
		if way == "several" {
			labels = slices.Clone(g.Labels)
			for i, l := range labels { // sorted as golden.py's columns are
				labels[i] += map[bool]string{true: "|new", false: "|old"}[l == "Luke"]
			}
		}
		p := fit(trainSet{at: g.train, labels: pick(labels, g.train)}, []float64{s})[0](g.test)
		if len(p.Data) != len(want.Probabilities) {
			t.Errorf("%s: %d probabilities, want %d", name, len(p.Data), len(want.Probabilities))
			continue
		}
		worst := 0.0
		for k, v := range p.Data {
			worst = max(worst, math.Abs(float64(v)-want.Probabilities[k]))
		}
		if worst > off {
			t.Errorf("%s: a probability is off by %v", name, worst)
		}
		if a := probe.ScoreOf(p, pick(labels, g.test)).Accuracy; way != "several" && a != want.Accuracy {
			t.Errorf("%s: accuracy %v, want %v", name, a, want.Accuracy)
		}
	}
}
