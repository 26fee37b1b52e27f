package probe

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// Whitening turns and stretches features so that every direction varies alike: PCA
// whitening (Jégou and Chum, "Negative evidences and co-occurrences in image
// retrieval", ECCV 2012). Without it a few directions, such as how much of a
// picture is background, decide every cosine, most of all early in training.
//
//	y = (x - mean) · V / sqrt(λ + mean(λ)·width/n),  V, λ of the covariance of n rows x
//
// The fewer samples there are for each direction the less a small variance is to be
// trusted, so the more is added to it: few samples are hardly more than centred.
type Whitening struct {
	mean []float64
	axes *mat.Dense // [width, width], stretched
}

// Whiten fits a Whitening to f and applies it.
func Whiten(f Features) Features { return FitWhitening(f).Apply(f) }

// FitWhitening learns from features. From fewer than two, or from features that are all
// alike, it learns to make everything zeros: they tell nothing apart.
func FitWhitening(f Features) Whitening {
	w := Whitening{mean: make([]float64, f.Width), axes: &mat.Dense{}}
	if f.N < 2 || f.Width == 0 {
		return w
	}
	x := dense(f)
	for j := range w.mean {
		w.mean[j] = stat.Mean(mat.Col(nil, j, x), nil)
	}
	center(x)
	var covariance mat.SymDense
	covariance.SymOuterK(1/float64(f.N), x.T())
	var eigen mat.EigenSym
	total := mat.Trace(&covariance)
	if !(total > 0) || math.IsInf(total, 0) || !eigen.Factorize(&covariance, true) {
		return w
	}
	eigen.VectorsTo(w.axes)
	shrink := total / float64(f.N) // mean(λ) * width / n
	for j, variance := range eigen.Values(nil) {
		axis := mat.Col(nil, j, w.axes)
		for i, v := range axis {
			w.axes.Set(i, j, v/math.Sqrt(max(variance, 0)+shrink))
		}
	}
	return w
}

// Apply gives f in the white directions.
func (w Whitening) Apply(f Features) Features {
	out := f
	out.Data = make([]float32, len(f.Data))
	if w.axes.IsEmpty() || f.N == 0 {
		return out
	}
	x := dense(f)
	for i := range f.N {
		floats.Sub(x.RawRowView(i), w.mean)
	}
	var white mat.Dense
	white.Mul(x, w.axes)
	for i := range f.N {
		for j, v := range white.RawRowView(i) {
			out.Row(i)[j] = float32(v)
		}
	}
	return out
}
