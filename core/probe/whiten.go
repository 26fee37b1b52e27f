package probe

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"

	"autodidact/core/kernel"
)

// Whitening turns and stretches features so that every direction varies alike (Jégou and
// Chum, "Negative evidences and co-occurrences in image retrieval", ECCV 2012). Without it
// a few directions, such as how much of a picture is background, decide every cosine, most
// of all early in training.
//
//	y = (x - mean) · U⁻¹ with Uᵀ·U = covariance of n rows x + mean(λ)·width/n
//
// Whatever root of the covariance U is, cosines are the same; Cholesky's is the quickest.
// The fewer samples there are for each direction the less a small variance is to be
// trusted, so the more is added to it: few samples are hardly more than centred.
type Whitening struct {
	mean []float32
	axes []float32 // U⁻¹ [width, width]; nil makes zeros of everything
}

// Whiten fits a Whitening to f and applies it.
func Whiten(f Features) Features { return FitWhitening(f).Apply(f) }

// FitWhitening learns from features. From fewer than two, or from features that are all
// alike, it learns to make everything zeros: they tell nothing apart.
func FitWhitening(f Features) Whitening {
	w := Whitening{mean: make([]float32, f.Width)}
	if f.N < 2 || f.Width == 0 {
		return w
	}
	sums := make([]float64, f.Width)
	for i := range f.N {
		for j, v := range f.Row(i) {
			sums[j] += float64(v)
		}
	}
	for j, s := range sums {
		w.mean[j] = float32(s / float64(f.N))
	}
	x := w.center(f)
	products := f.multiply(x, x, kernel.Mat{Batch: 1, M: f.Width, N: f.Width, K: f.N, TransA: true})
	covariance := mat.NewSymDense(f.Width, nil)
	total := 0.0
	for i := range f.Width {
		for j := i; j < f.Width; j++ {
			covariance.SetSym(i, j, float64(products[i*f.Width+j])/float64(f.N))
		}
		total += covariance.At(i, i)
	}
	if !(total > 0) || math.IsInf(total, 0) {
		return w
	}
	shrink := total / float64(f.N) // mean(λ) * width / n
	for i := range f.Width {
		covariance.SetSym(i, i, covariance.At(i, i)+shrink)
	}
	var root mat.Cholesky
	var u mat.TriDense
	if !root.Factorize(covariance) {
		return w
	}
	root.UTo(&u)
	if u.InverseTri(&u) != nil {
		return w
	}
	w.axes = make([]float32, f.Width*f.Width)
	for i := range f.Width {
		for j := i; j < f.Width; j++ {
			w.axes[i*f.Width+j] = float32(u.At(i, j))
		}
	}
	return w
}

// center is f less the mean.
func (w Whitening) center(f Features) []float32 {
	x := make([]float32, len(f.Data))
	for i := range f.N {
		for j, v := range f.Row(i) {
			x[i*f.Width+j] = v - w.mean[j]
		}
	}
	return x
}

// Apply gives f in the white directions.
func (w Whitening) Apply(f Features) Features {
	out := f
	if w.axes == nil || f.N == 0 {
		out.Data = make([]float32, len(f.Data))
		return out
	}
	out.Data = f.multiply(w.center(f), w.axes, kernel.Mat{Batch: 1, M: f.N, N: f.Width, K: f.Width})
	return out
}

// multiply is one product, on f's backend if it has one.
func (f Features) multiply(x, y []float32, m kernel.Mat) []float32 {
	out := make(kernel.Host, m.M*m.N)
	if b := f.backend; b != nil {
		left, right, to := b.Alloc(len(x)), b.Alloc(len(y)), b.Alloc(len(out))
		defer func() { b.Free(left); b.Free(right); b.Free(to) }()
		b.Write(left, x)
		b.Write(right, y)
		b.MatMul(to, left, right, m)
		if b.Read(context.Background(), out, to) == nil {
			return out
		} // else the device is gone
	}
	var left mat.Matrix
	if m.TransA {
		left = dense(Features{Data: x, N: m.K, Width: m.M}).T()
	} else {
		left = dense(Features{Data: x, N: m.M, Width: m.K})
	}
	var z mat.Dense
	z.Mul(left, dense(Features{Data: y, N: m.K, Width: m.N}))
	for i := range m.M {
		for j, v := range z.RawRowView(i) {
			out[i*m.N+j] = float32(v)
		}
	}
	return out
}
