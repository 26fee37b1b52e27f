package probe

import (
	"math"
	"testing"

	"autodidact/core/kernel/cpu"
	"autodidact/core/rng"
)

// bearings are samples of three classes that are linearly separable but not by any one feature, among
// large features that are noise.
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

func TestALinearProbePredictsWhatALineCan(t *testing.T) {
	train, test := bearings(300, rng.New(1)), bearings(150, rng.New(2))
	predict := func(some Labelled) float64 {
		return ScoreOf(NewLinear(some, rng.New(3)).Predict(test.Features), test.Labels).Accuracy
	}
	if a := predict(train); a < 0.9 {
		t.Errorf("with all labels %.2f", a)
	}
	if a := predict(train.Pick(DrawLabels(train.Labels, 0, rng.New(3)).Train(20))); a < 0.85 {
		t.Errorf("with twenty labels a class %.2f", a)
	}
	if knn := ScoreOf(NewKNN(train, 0).Predict(test.Features), test.Labels).Accuracy; knn > 0.6 {
		t.Errorf("neighbours separate them too (%.2f): the test tests nothing", knn)
	}
}

func TestALinearProbeOnABackendIsTheSame(t *testing.T) {
	train, test := bearings(6000, rng.New(1)), bearings(300, rng.New(2)) // enough to be worth the way there
	plain := NewLinear(train, rng.New(3)).Predict(test.Features)
	train.Features = train.On(cpu.New())
	for i, v := range NewLinear(train, rng.New(3)).Predict(test.Features).Data {
		if math.Abs(float64(v-plain.Data[i])) > 2e-3 {
			t.Fatalf("share %d is %v on the backend, %v in plain Go", i, v, plain.Data[i])
		}
	}
}

func TestTheGradientOfALinearProbeIsThatOfItsLoss(t *testing.T) {
	train := bearings(9, rng.New(1))
	l := newLinear(train)
	for _, multiLabel := range []bool{false, true} {
		o := &objective{x: &design{x: l.rows(train.Features)}, y: l.targets(train.Labels), decay: 0.1, multiLabel: multiLabel}
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
}

func TestALinearProbeEndsWhereItsGradientIsNothing(t *testing.T) {
	train := bearings(60, rng.New(5))
	l := newLinear(train)
	x, y := l.rows(train.Features), l.targets(train.Labels)
	l.fit(x, y, 0.1)
	o := &objective{x: &design{x: x}, y: y, decay: 0.1}
	for i, g := range o.at(l.w.RawMatrix().Data).grad {
		if math.Abs(g) > 2e-4 {
			t.Errorf("weight %d still has gradient %g", i, g)
		}
	}
}
