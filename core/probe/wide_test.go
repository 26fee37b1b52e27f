package probe

import (
	"math"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"

	"autodidact/core/kernel/cpu"
	"autodidact/core/rng"
)

// uneven is features that vary in some directions more than in others.
func uneven(n, width int) Features {
	r := rng.New(7)
	f := Features{N: n, Width: width, Data: make([]float32, n*width)}
	for i := range n {
		shared := r.NormFloat64()
		for j := range width {
			f.Row(i)[j] = float32(3 + r.NormFloat64()*float64(j%7+1) + 5*shared*float64(j%3))
		}
	}
	return f
}

// Whitened inner products are those of the inverse of the covariance, computed here in full, in float64.
func TestWideWhiteningIsThatOfTheFullCovariance(t *testing.T) {
	f, queries := uneven(40, 90), uneven(55, 90)
	x := dense(f)
	means := center(x)
	var c, inverse mat.Dense
	c.Mul(x.T(), x)
	c.Scale(1/float64(f.N), &c)
	shrink := mat.Trace(&c) / float64(f.N)
	for j := range f.Width {
		c.Set(j, j, c.At(j, j)+shrink)
	}
	if err := inverse.Inverse(&c); err != nil {
		t.Fatal(err)
	}
	q := dense(queries)
	for i := range queries.N {
		for j := range queries.Width {
			q.Set(i, j, q.At(i, j)-means[j])
		}
	}
	var half, want mat.Dense
	half.Mul(q, &inverse)
	want.Mul(&half, q.T())
	for name, f := range map[string]Features{"plain": f, "on a backend": f.On(cpu.New())} {
		w := FitWhitening(f)
		if w.wide == nil || w.axes != nil {
			t.Fatal("features wider than there are samples took the covariance")
		}
		y := dense(w.Apply(queries))
		var got mat.Dense
		got.Mul(y, y.T())
		for i := range queries.N {
			for j := range queries.N {
				if off := math.Abs(got.At(i, j) - want.At(i, j)); off > 1e-4*math.Sqrt(want.At(i, i)*want.At(j, j)) {
					t.Fatalf("%s: product of %d and %d is %g, want %g", name, i, j, got.At(i, j), want.At(i, j))
				}
			}
		}
	}
}

func TestFeaturesOfAResNet50AreWhitenedAndMappedSoon(t *testing.T) {
	start, f := time.Now(), uneven(120, 8192).On(cpu.New())
	KNN(Whiten(f), make([]string, f.N), 5)
	PCA(f, 2)
	if took := time.Since(start); took > 20*time.Second { // the covariance took minutes and 2 GB
		t.Errorf("it took %v", took)
	}
}

func TestPCAOfWideFeaturesIsThatOfTheirCovariance(t *testing.T) {
	f := uneven(12, 30)
	x := dense(f)
	center(x)
	var c mat.SymDense
	c.SymOuterK(1/float64(f.N), x.T())
	var eigen mat.EigenSym
	if !eigen.Factorize(&c, true) {
		t.Fatal("no eigenvalues")
	}
	values := eigen.Values(nil)
	var axes mat.Dense
	eigen.VectorsTo(&axes)
	got, explained := PCA(f, 3)
	for d := range 3 {
		from := f.Width - 1 - d
		if want := values[from] / mat.Trace(&c); math.Abs(explained[d]-want) > 1e-9 {
			t.Errorf("share of axis %d is %g, want %g", d, explained[d], want)
		}
		axis := mat.Col(nil, from, &axes)
		point(axis)
		var want mat.VecDense
		want.MulVec(x, mat.NewVecDense(f.Width, axis))
		for i := range f.N {
			if math.Abs(float64(got.Row(i)[d])-want.AtVec(i)) > 1e-3 {
				t.Errorf("sample %d lies at %g on axis %d, want %g", i, got.Row(i)[d], d, want.AtVec(i))
			}
		}
	}
}

func TestMoreSamplesThanAreSolvedAtOnceAreAllWhitened(t *testing.T) {
	f := uneven(mostProducts+50, 40)
	f.Width, f.N, f.Data = f.Width*60, f.N/60, f.Data[:f.N/60*f.Width*60] // 2,400 wide
	if w := Whiten(f); w.N != f.N || len(w.Data) != len(f.Data) || !(math.Abs(float64(w.Data[0])) > 0) {
		t.Errorf("%d rows of %d", w.N, w.Width)
	}
	if got := evenRows(uneven(10, 1), 4); got.N != 4 || got.Data[1] != uneven(10, 1).Data[2] {
		t.Errorf("4 of 10 rows are %v", got.Data)
	}
}
