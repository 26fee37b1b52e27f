package probe

import (
	"fmt"
	"math"
	"reflect"
	"testing"

	"autodidact/core/rng"
)

// predictions is probabilities that are sure of these labels.
func predictions(labels ...string) Probabilities {
	s := Probabilities{Classes: Classes(labels), MultiLabel: MultiLabel(labels)}
	s.Data = MultiHot(labels, s.Classes)
	return s
}

func TestScoresAreThoseComputedByHand(t *testing.T) {
	// Of six a four are correct, of two b one, the only c is predicted as a.
	g := ScoreOf(predictions("a", "a", "a", "a", "b", "b", "b", "a", "a"), []string{"a", "a", "a", "a", "a", "a", "b", "b", "c"})
	near := func(name string, got, want float64) {
		if math.Abs(got-want) > 1e-12 {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	near("accuracy", g.Accuracy, 5./9)
	near("balanced accuracy", g.Balanced, (4./6+1./2+0)/3)
	near("macro F1", g.F1, (2*4./(6+6)+2*1./(3+2)+0)/3)
	if want := [][]int{{4, 2, 0}, {1, 1, 0}, {1, 0, 0}}; !reflect.DeepEqual(g.Confusion, want) {
		t.Errorf("confusion %v, want %v", g.Confusion, want)
	}
}

func TestTheMajorityClassHasAChanceBalancedAccuracy(t *testing.T) {
	labels := make([]string, 100)
	says := make([]string, 100)
	for i := range labels {
		labels[i], says[i] = "usual", "usual"
		if i >= 95 {
			labels[i] = "rare"
		}
	}
	if g := ScoreOf(predictions(says...), labels); g.Accuracy != 0.95 || g.Balanced != 0.5 || g.F1 > 0.49 {
		t.Errorf("%+v", g)
	}
}

func TestSeveralClassesAreRightTogetherOnly(t *testing.T) {
	g := ScoreOf(predictions("sea|night", "sea", "night", "forest"), []string{"night|sea", "sea|night", "night", "forest"})
	if g.Accuracy != 0.75 || g.Confusion != nil {
		t.Errorf("%+v", g)
	}
	// Sea 2 of 2 said and are 2; night said 2, are 3, right 2; forest all right.
	if want := (1 + 2*2./5 + 1) / 3; math.Abs(g.F1-want) > 1e-12 {
		t.Errorf("macro F1 %v, want %v", g.F1, want)
	}
}

func TestEveryMethodPredictsSeveralClassesAtOnce(t *testing.T) {
	// Each of three directions is a class, present or not by itself.
	r := rng.New(5)
	l := Labelled{Features: Features{N: 400, Width: 9}}
	for range l.N {
		row, label := make([]float32, 9), ""
		for j := range row {
			row[j] = float32(0.2 * r.NormFloat64())
		}
		for c := range 3 {
			if r.IntN(2) == 0 || c == 2 && label == "" {
				row[3*c] += 1
				label += fmt.Sprint("|class ", c)
			}
		}
		l.Data, l.Labels = append(l.Data, row...), append(l.Labels, label[1:])
	}
	trainAt, testAt := make([]int, 300), make([]int, 100)
	for i := range l.N {
		if i < 300 {
			trainAt[i] = i
		} else {
			testAt[i-300] = i
		}
	}
	for _, m := range Methods {
		test := l.Pick(testAt)
		g := ScoreOf(m.Fit(l.Pick(trainAt), rng.New(1)).Predict(test.Features), test.Labels)
		if g.F1 < 0.85 {
			t.Errorf("%s: macro F1 %.2f, all right %.2f", m.Name, g.F1, g.Accuracy)
		}
	}
}

func TestClassifiersOfOneClassOrOneSampleSayWhatTheyKnow(t *testing.T) {
	train := Labelled{Features{Data: []float32{1, 0, 0.5, 0.5}, N: 2, Width: 2}, []string{"a", ""}}
	for _, m := range Methods {
		if s := m.Fit(train, rng.New(1)).Predict(Features{Data: []float32{0, 1}, N: 1, Width: 2}); s.Label(0) != "a" {
			t.Errorf("%s says %q", m.Name, s.Label(0))
		}
	}
}

func TestPooledScoresAreThoseOfAllPredictions(t *testing.T) {
	a := ScoreOf(predictions("a", "b", "b"), []string{"a", "a", "b"})
	b := ScoreOf(predictions("c", "a"), []string{"c", "c"})
	sum := PooledScore([]Score{a, b})
	if want := [][]int{{1, 1, 0}, {0, 1, 0}, {1, 0, 1}}; !reflect.DeepEqual(sum.Confusion, want) || len(sum.Right) != 5 {
		t.Errorf("%+v, want %v", sum, want)
	}
}

func TestTheMarginIsSmallWhereTheAnswerIsInDoubt(t *testing.T) {
	s := Probabilities{Classes: []string{"a", "b", "c"}, Data: []float32{0.5, 0.4, 0.1, 0.9, 0.1, 0}}
	if near, far := s.Margin(0), s.Margin(1); math.Abs(near-0.1) > 1e-6 || math.Abs(far-0.8) > 1e-6 {
		t.Errorf("%v and %v", near, far)
	}
	s.MultiLabel = true
	if m := s.Margin(0); m != 0 {
		t.Errorf("an even chance has margin %v", m)
	}
}
