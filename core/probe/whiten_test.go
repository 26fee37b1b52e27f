package probe

import (
	"math"
	"testing"

	"autodidact/core/kernel/cpu"
	"autodidact/core/rng"
)

func TestWhiteFeaturesVaryAlikeInEveryDirection(t *testing.T) {
	r := rng.New(2)
	f := Features{N: 400, Width: 3, Data: make([]float32, 1200)}
	for i := range f.N {
		a, b, c := r.NormFloat64(), r.NormFloat64(), r.NormFloat64()
		row := f.Row(i)
		row[0], row[1], row[2] = float32(100+4*a), float32(5+3*a+2*b), float32(a-b+c)
	}
	w := Whiten(f)
	for j := range 3 {
		for k := range 3 {
			sum := 0.0
			for i := range w.N {
				sum += float64(w.Row(i)[j]) * float64(w.Row(i)[k]) / float64(w.N)
			}
			if j == k && (sum < 0.8 || sum > 1.001) || j != k && math.Abs(sum) > 0.05 {
				t.Errorf("covariance of %d and %d is %.3f, want that of white features", j, k, sum)
			}
		}
	}
}

// One direction shouts and says nothing; the label is in the quiet one.
func TestWhiteningLetsQuietDirectionsBeHeard(t *testing.T) {
	r := rng.New(3)
	f := Features{N: 200, Width: 2, Data: make([]float32, 400)}
	labels := make([]string, f.N)
	for i := range f.N {
		side := float64(i % 2)
		labels[i] = []string{"left", "right"}[i%2]
		f.Row(i)[0], f.Row(i)[1] = float32(5*r.NormFloat64()), float32(0.6*side+0.1*r.NormFloat64())
	}
	loud, white := KNN(f, labels, 5).Mean, KNN(Whiten(f), labels, 5).Mean
	if loud > 0.9 || white < 0.95 {
		t.Errorf("kNN is %.2f on features as they are and %.2f on white ones", loud, white)
	}
}

func TestWhiteningSurvivesFeaturesThatAreAllAlike(t *testing.T) {
	f := Features{N: 4, Width: 3, Data: make([]float32, 12)}
	for i := range f.Data {
		f.Data[i] = 7
	}
	for _, v := range Whiten(f).Data {
		if v != 0 {
			t.Fatalf("alike features became %v", v)
		}
	}
}

// Cosines of white features are those of the inverse of the covariance, whatever its root.
func TestWhiteCosinesAreTheSameOnABackend(t *testing.T) {
	r := rng.New(4)
	f := Features{N: 50, Width: 12, Data: make([]float32, 600)}
	for i := range f.Data {
		f.Data[i] = float32(r.NormFloat64() * float64(i%12+1))
	}
	plain, fast := Whiten(f).unit(), Whiten(f.On(cpu.New())).unit()
	for i, v := range plain.Data {
		if math.Abs(float64(v-fast.Data[i])) > 1e-4 {
			t.Fatalf("number %d is %g on a backend and %g without", i, fast.Data[i], v)
		}
	}
}
