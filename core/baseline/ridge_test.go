package baseline

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"autodidact/core/kernel/cpu"
	"autodidact/core/probe"
	"autodidact/core/rng"
)

// What scikit-learn's RidgeClassifierCV answers, by testdata/golden.py.
//
//go:embed testdata/ridge.json
var ridgeJSON []byte

func TestARidgeIsThatOfScikitLearn(t *testing.T) {
	var want struct {
		X               []float32
		Penalty         float64
		Scores, Squares []float64
	}
	if err := json.Unmarshal(ridgeJSON, &want); err != nil || len(want.X) != 40*60 || len(want.Squares) != len(penalties) {
		t.Fatal(err)
	}
	x := probe.Features{Data: want.X, N: 40, Width: 60}
	given, labels := x.Pick(probe.All(30)), make([]string, 30)
	for i := range labels {
		labels[i] = string(rune('a' + i%3))
	}
	y := targets(labels, []string{"a", "b", "c"})
	y.Apply(func(_, _ int, v float64) float64 { return 2*v - 1 }, y)
	var gram mat.SymDense
	gram.SymOuterK(1, operand(given.Data, 30, 60, false))
	for i, p := range penalties {
		c := centred(&gram)
		if _, _, squares := leaveOneOut(c, y, p*unit(c)); math.Abs(squares-want.Squares[i]) > 1e-4 {
			t.Errorf("penalty %v: squares %v, want %v", p, squares, want.Squares[i])
		}
	}
	if got := choosePenalty(&gram, y, penalties); got != want.Penalty || got == usualPenalty {
		t.Errorf("penalty %v, want %v", got, want.Penalty)
	}
	r := newRidge(given, labels, penalties, nil)
	for i := range 10 {
		for c := range 3 {
			got := r.bias[c]
			for j, v := range x.Row(30 + i) {
				got += float64(v) * float64(r.w[j*3+c])
			}
			if math.Abs(got-want.Scores[i*3+c]) > 1e-5 {
				t.Errorf("sample %d: score %v, want %v", i, got, want.Scores[i*3+c])
			}
		}
	}
}

func noise(n, width int, r *rng.Rand) probe.Features {
	x := probe.Features{N: n, Width: width}
	for range n * width {
		x.Data = append(x.Data, float32(r.NormFloat64()))
	}
	return x
}

// Of many samples some choose the penalty, which leaves the errors as they are.
func TestLeaveOneOutIsLeavingOneOut(t *testing.T) {
	x, y := noise(12, 30, rng.New(1)), mat.NewDense(12, 2, nil)
	for i := range 12 {
		y.Set(i, i%2, 1)
	}
	product := func(at []int) *mat.SymDense {
		var g mat.SymDense
		g.SymOuterK(1, operand(x.Pick(at).Data, len(at), 30, false))
		return &g
	}
	_, left, _ := leaveOneOut(centred(product(probe.All(12))), y, 5)
	for out := range 12 {
		var at []int
		rest := mat.NewDense(11, 2, nil)
		for i := range 12 {
			if i != out {
				rest.SetRow(len(at), y.RawRowView(i))
				at = append(at, i)
			}
		}
		dual, _, _ := leaveOneOut(centred(product(at)), rest, 5)
		mean, center := means(rest), columnMeans(x.Pick(at))
		for c := range 2 {
			want := mean[c]
			for a, i := range at {
				for j, v := range x.Row(i) {
					want += dual.At(a, c) * float64(v) * (float64(x.Row(out)[j]) - center[j])
				}
			}
			if got := left.At(out, c); math.Abs(got-want) > 1e-9 {
				t.Errorf("sample %d, class %d: %v, want %v", out, c, got, want)
			}
		}
	}
}

func TestARidgeOnABackendIsTheSame(t *testing.T) {
	x, labels := noise(500, 300, rng.New(2)), make([]string, 500) // more than choose the penalty
	for i := range labels {
		labels[i] = fmt.Sprint(x.Row(i)[0] > x.Row(i)[1])
	}
	plain, fast := newRidge(x, labels, penalties, nil), newRidge(x, labels, penalties, cpu.New())
	want, got := plain.predict(x, nil), fast.predict(x, cpu.New())
	for i := range want {
		if math.Abs(float64(want[i]-got[i])) > 1e-3 {
			t.Fatalf("probability %d: %v, want %v", i, got[i], want[i])
		}
	}
	if a := probe.ScoreOf(probe.Probabilities{Classes: plain.classes, Data: want}, labels).Accuracy; a < 0.9 {
		t.Errorf("accuracy %v", a)
	}
}

func TestARidgeOfFewOrEqualSamplesPredicts(t *testing.T) {
	r := rng.New(3)
	for name, labels := range map[string][]string{
		"one sample": {"a"}, "one class": {"a", "a", "a"}, "one of each": {"a", "b", "c"}, "one of a class": {"a", "a", "a", "b"},
		"several classes": {"a|b", "b", "a", "b|c"}, "all of a class": {"a|b", "a", "a|c"},
	} {
		for _, x := range []probe.Features{noise(len(labels), 50, r), {Data: make([]float32, len(labels)*50), N: len(labels), Width: 50}} {
			m := newRidge(x, labels, penalties, nil)
			p := m.none()
			p.Data = m.predict(x, nil)
			for i := range labels {
				sum := float32(0)
				for _, v := range p.Row(i) {
					sum += v
					if !(v >= 0 && v <= 1) {
						t.Errorf("%s: probabilities %v", name, p.Row(i))
					}
				}
				if !p.MultiLabel && math.Abs(float64(sum-1)) > 1e-5 {
					t.Errorf("%s: probabilities add up to %v", name, sum)
				}
				if x.Data[0] != 0 && p.Label(i) != labels[i] {
					t.Errorf("%s: sample %d, seen before, is %q, want %q", name, i, p.Label(i), labels[i])
				}
			}
		}
	}
}

// Probabilities are about as high as they are right; of few samples they are lower.
func TestProbabilitiesOfARidgeAreCalibrated(t *testing.T) {
	for _, n := range []int{12, 60, 300} {
		sure, right, loss := 0.0, 0.0, 0.0
		for seed := range 8 {
			r := rng.New(uint64(10 + seed))
			x, labels := noise(n+200, 400, r), make([]string, n+200)
			for i := range labels {
				labels[i] = []string{"a", "b"}[i%2]
				for j := range 40 {
					x.Row(i)[j] += 0.35 * float32(2*(i%2)-1)
				}
			}
			m := newRidge(x.Pick(probe.All(n)), labels[:n], penalties, nil)
			p := m.none()
			p.Data = m.predict(x.Pick(probe.All(n + 200)[n:]), nil)
			var s score
			s.add(p, labels[n:])
			right += s.right / 1600
			loss += s.loss / 1600
			for i := range 200 {
				sure += float64(p.Row(i)[p.Best(i)]) / 1600
			}
		}
		t.Logf("%d samples: accuracy %.3f, mean probability %.3f, log loss %.3f", n, right, sure, loss)
		if sure > right+0.05 || sure < right-0.2 || loss > math.Ln2 {
			t.Errorf("%d samples: accuracy %.3f, mean probability %.3f, log loss %.3f", n, right, sure, loss)
		}
	}
}
