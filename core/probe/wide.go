package probe

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"autodidact/core/kernel"
)

// mostProducts bounds what is solved at once: covariances of features, or products of samples, are of this many rows and
// columns at most. Wider features (those of a ResNet-50's quadrants are 8,192) are learned from through that many samples.
const mostProducts = 2048

// A wide is a Whitening of features that are wider than there are samples. With X [n, width] the centred samples and s what
// is added to their variances, the root of the inverse of XᵀX/n + s is, but for a factor,
//
//	I - Xᵀ·K·X  with  L·Lᵀ = X·Xᵀ + n·s  and  K = L⁻ᵀ·(L + √(n·s))⁻¹
//
// (Andrews, "A square root formulation of the Kalman covariance equations", 1968). Only products of samples are solved, so
// it takes n·width + n² numbers, where the covariance takes width².
type wide struct {
	x    []float32 // X
	n    int
	k    []float32 // K [n, n]
	grow float32   // 1/√s
}

// fitWide learns from centred rows; nil if they are all alike, or not finite.
func fitWide(f Features) *wide {
	products := f.multiply(f.Data, f.Data, kernel.Mat{Batch: 1, M: f.N, N: f.N, K: f.Width, TransB: true})
	gram, trace := mat.NewSymDense(f.N, nil), 0.0
	for i := range f.N {
		for j := i; j < f.N; j++ {
			gram.SetSym(i, j, float64(products[i*f.N+j]))
		}
		trace += gram.At(i, i)
	}
	if !(trace > 0) || math.IsInf(trace, 0) {
		return nil
	}
	added := trace / float64(f.N) // n times what is added: the total variance is trace/n, and the n-th part of it is
	for i := range f.N {
		gram.SetSym(i, i, gram.At(i, i)+added)
	}
	k := andrews(gram, math.Sqrt(added))
	if k == nil {
		return nil
	}
	return &wide{x: f.Data, n: f.N, k: k, grow: float32(math.Sqrt(float64(f.N) / added))}
}

// andrews is L⁻ᵀ·(L + r)⁻¹ with L·Lᵀ = g, [n, n]; nil if there is none.
func andrews(g *mat.SymDense, r float64) []float32 {
	var root mat.Cholesky
	if !root.Factorize(g) {
		return nil
	}
	var u, more mat.TriDense
	root.UTo(&u) // Lᵀ
	root.UTo(&more)
	n, _ := u.Triangle()
	for i := range n {
		more.SetTri(i, i, more.At(i, i)+r)
	}
	if u.InverseTri(&u) != nil || more.InverseTri(&more) != nil {
		return nil
	}
	var k mat.Dense
	k.Mul(&u, more.T())
	out := make([]float32, n*n)
	for i := range n {
		for j, v := range k.RawRowView(i) {
			out[i*n+j] = float32(v)
		}
	}
	return out
}

// apply gives f, less mean, in the white directions, some rows at a time.
func (w *wide) apply(f Features, mean []float32) []float32 {
	out := make([]float32, 0, len(f.Data))
	for from := 0; from < f.N; from += mostProducts {
		part := f
		part.N = min(mostProducts, f.N-from)
		part.Data = f.Data[from*f.Width:][:part.N*f.Width]
		out = append(out, w.block(part, mean)...)
	}
	return out
}

// block is (x - x·Xᵀ·K·X) / √s of the rows of f less their mean.
func (w *wide) block(f Features, mean []float32) []float32 {
	x := Whitening{mean: mean}.center(f)
	like := f.multiply(x, w.x, kernel.Mat{Batch: 1, M: f.N, N: w.n, K: f.Width, TransB: true})
	like = f.multiply(like, w.k, kernel.Mat{Batch: 1, M: f.N, N: w.n, K: w.n})
	for i, v := range f.multiply(like, w.x, kernel.Mat{Batch: 1, M: f.N, N: f.Width, K: w.n}) {
		x[i] = (x[i] - v) * w.grow
	}
	return x
}

// evenRows is f, or so many of its rows, evenly picked.
func evenRows(f Features, most int) Features {
	if f.N <= most {
		return f
	}
	at := make([]int, most)
	for i := range at {
		at[i] = i * f.N / most
	}
	return f.Pick(at)
}
