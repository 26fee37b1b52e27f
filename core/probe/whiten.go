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
//
// Features that are wider than there are samples are whitened by way of the products of
// the samples, [n, n], instead of those of the directions, [width, width]: see wide.go.
type Whitening struct {
	mean []float32
	axes []float32 // U⁻¹ [width, width]
	wide *wide     // instead; where both are nil, everything becomes zeros
}

// Whiten fits a Whitening to f and applies it.
func Whiten(f Features) Features { return FitWhitening(f).Apply(f) }

// FitWhitening learns from features. From fewer than two, or from features that are all
// alike, it learns to make everything zeros: they distinguish nothing. Of features wider than
// mostProducts it learns from that many rows, evenly picked.
func FitWhitening(f Features) Whitening {
	if f.Width > mostProducts {
		f = evenRows(f, mostProducts)
	}
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
	x := f
	x.Data = w.center(f)
	if f.Width > f.N {
		w.wide = fitWide(x)
	} else {
		w.axes = fitAxes(x)
	}
	return w
}

// fitAxes is U⁻¹ [width, width] of centred rows; nil if they are all alike, or not finite.
func fitAxes(f Features) []float32 {
	products := f.multiply(f.Data, f.Data, kernel.Mat{Batch: 1, M: f.Width, N: f.Width, K: f.N, TransA: true})
	covariance := mat.NewSymDense(f.Width, nil)
	total := 0.0
	for i := range f.Width {
		for j := i; j < f.Width; j++ {
			covariance.SetSym(i, j, float64(products[i*f.Width+j])/float64(f.N))
		}
		total += covariance.At(i, i)
	}
	if !(total > 0) || math.IsInf(total, 0) {
		return nil
	}
	shrink := total / float64(f.N) // mean(λ) * width / n
	for i := range f.Width {
		covariance.SetSym(i, i, covariance.At(i, i)+shrink)
	}
	var root mat.Cholesky
	var u mat.TriDense
	if !root.Factorize(covariance) {
		return nil
	}
	root.UTo(&u)
	if u.InverseTri(&u) != nil {
		return nil
	}
	return triangle(&u)
}

// triangle is an upper triangle [n, n] as numbers, with zeros below.
func triangle(u *mat.TriDense) []float32 {
	n, _ := u.Triangle()
	out := make([]float32, n*n)
	for i := range n {
		for j := i; j < n; j++ {
			out[i*n+j] = float32(u.At(i, j))
		}
	}
	return out
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
	switch {
	case f.N > 0 && w.wide != nil:
		out.Data = w.wide.apply(f, w.mean)
	case f.N > 0 && w.axes != nil:
		out.Data = f.multiply(w.center(f), w.axes, kernel.Mat{Batch: 1, M: f.N, N: f.Width, K: f.Width})
	default:
		out.Data = make([]float32, len(f.Data))
	}
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
	var z mat.Dense
	z.Mul(operand(x, m.M, m.K, m.TransA), operand(y, m.K, m.N, m.TransB))
	for i := range m.M {
		for j, v := range z.RawRowView(i) {
			out[i*m.N+j] = float32(v)
		}
	}
	return out
}

// operand is one side of a product, [rows, cols], which may lie in memory the other way round.
func operand(x []float32, rows, cols int, turned bool) mat.Matrix {
	if turned {
		return dense(Features{Data: x, N: cols, Width: rows}).T()
	}
	return dense(Features{Data: x, N: rows, Width: cols})
}
