package probe

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"autodidact/core/rng"
)

func TestWideRowsGiveTheSameRegressionInTheDirectionsTheySpan(t *testing.T) {
	r := rng.New(3)
	const n, width = 30, 200
	train := Labelled{Features: Features{N: n, Width: width}}
	for i := range n {
		for range width {
			train.Data = append(train.Data, float32(r.NormFloat64()+float64(i%3)*0.3))
		}
		train.Labels = append(train.Labels, []string{"a", "b", "c"}[i%3])
	}
	l := newLinear(train)
	x, y := l.rows(train.Features), l.targets(train.Labels)
	if _, _, ok := spanned(x); !ok {
		t.Fatal("it is not taken")
	}
	for _, decay := range []float64{1, 0.01} {
		l.fit(x, y, decay)
		direct := mat.NewDense(width+1, 3, nil)
		rows, free := newDesign(x, nil)
		Regression{Decay: decay, Steps: 2000, End: 1e-7}.Fit(rows, y, direct)
		free()
		got, want := new(mat.Dense), new(mat.Dense)
		got.Mul(x, l.w)
		want.Mul(x, direct)
		for i := range n {
			Softmax(got.RawRowView(i), false)
			Softmax(want.RawRowView(i), false)
			for c, v := range want.RawRowView(i) {
				if math.Abs(got.At(i, c)-v) > 2e-3 {
					t.Fatalf("decay %g: sample %d is of class %d with %g, directly with %g", decay, i, c, got.At(i, c), v)
				}
			}
		}
	}
}

func TestRowsThatAreAllAlikeSpanNothing(t *testing.T) {
	if _, _, ok := spanned(mat.NewDense(4, 21, nil)); ok {
		t.Error("zeros span something")
	}
}
