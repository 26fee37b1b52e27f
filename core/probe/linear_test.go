package probe

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"autodidact/core/rng"
)

// bearings are samples of three classes, told apart by a line but by no one feature, among
// features that say nothing and are large.
func bearings(n int, r *rng.Rand) Labelled {
	l := Labelled{Features: Features{N: n, Width: 12}}
	for i := range n {
		angle := 2 * math.Pi * float64(i%3) / 3
		row := make([]float32, 12)
		for j := range row {
			row[j] = float32(50 * r.NormFloat64())
		}
		row[3], row[7] = float32(2*math.Cos(angle)+0.5*r.NormFloat64()), float32(2*math.Sin(angle)+0.5*r.NormFloat64())
		l.Data = append(l.Data, row...)
		l.Labels = append(l.Labels, string(rune('a'+i%3)))
	}
	return l
}

func TestALinearProbeTellsWhatALineCanTell(t *testing.T) {
	train, test := bearings(300, rng.New(1)), bearings(150, rng.New(2))
	for name, a := range map[string]Accuracy{
		"all labels, a test set":          Trial{Rand: rng.New(3)}.Linear(train, test),
		"all labels, five folds":          Trial{Rand: rng.New(3)}.Linear(train, Labelled{}),
		"twenty labels a class, the rest": Trial{PerClass: 20, Repeats: 3, Rand: rng.New(3)}.Linear(train, Labelled{}),
	} {
		if a.Mean < 0.9 || a.Low > a.Mean || a.High < a.Mean {
			t.Errorf("%s: %+v", name, a)
		}
	}
	if knn := (Trial{Rand: rng.New(3)}).KNN(train, test); knn.Mean > 0.6 {
		t.Errorf("neighbours tell them too (%.2f): the test tests nothing", knn.Mean)
	}
	shuffled := bearings(300, rng.New(1))
	rng.New(4).Shuffle(len(shuffled.Labels), func(i, j int) {
		shuffled.Labels[i], shuffled.Labels[j] = shuffled.Labels[j], shuffled.Labels[i]
	})
	if a := (Trial{Rand: rng.New(3)}).Linear(shuffled, test); a.Mean > 0.5 {
		t.Errorf("labels dealt at random are told with %.2f", a.Mean)
	}
}

func TestTheGradientOfALinearProbeIsThatOfItsLoss(t *testing.T) {
	bank := bearings(9, rng.New(1))
	l := newLogistic(bank)
	o := &objective{x: l.rows(bank.Features), y: l.indices(bank.Labels), decay: 0.1, classes: 3}
	w, r := make([]float64, 13*3), rng.New(2)
	for i := range w {
		w[i] = r.NormFloat64()
	}
	grad := append([]float64(nil), o.at(w).grad...)
	for i := range w {
		const h = 1e-5
		w[i] += h
		up := o.at(w).loss
		w[i] -= 2 * h
		down := o.at(w).loss
		w[i] += h
		if want := (up - down) / (2 * h); math.Abs(grad[i]-want) > 1e-7 {
			t.Errorf("weight %d: gradient %g, by differences %g", i, grad[i], want)
		}
	}
}

func TestALinearProbeEndsWhereItsGradientIsNothing(t *testing.T) {
	bank := bearings(60, rng.New(5))
	l := newLogistic(bank)
	x, y, w := l.rows(bank.Features), l.indices(bank.Labels), mat.NewDense(13, 3, nil)
	l.fit(w, x, y, 0.1)
	o := &objective{x: x, y: y, decay: 0.1, classes: 3}
	for i, g := range o.at(w.RawMatrix().Data).grad {
		if math.Abs(g) > 2e-4 {
			t.Errorf("weight %d still has gradient %g", i, g)
		}
	}
}
