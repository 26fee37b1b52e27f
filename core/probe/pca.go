package probe

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// PCA turns features so that they spread most along the first axis, then the
// second, and keeps dims of them: [N, dims], with the share of all variance on each.
// An axis that features do not have is zeros.
func PCA(f Features, dims int) (Features, []float64) {
	out := Features{Data: make([]float32, f.N*dims), N: f.N, Width: dims}
	shares := make([]float64, dims)
	if f.N < 2 || f.Width == 0 {
		return out, shares
	}
	x := dense(f)
	center(x)
	var covariance mat.SymDense
	covariance.SymOuterK(1/float64(f.N), x.T())
	total := mat.Trace(&covariance)
	var eigen mat.EigenSym
	if !(total > 0) || math.IsInf(total, 0) || !eigen.Factorize(&covariance, true) {
		return out, shares
	}
	variance := eigen.Values(nil) // smallest first
	var axes, turned mat.Dense
	eigen.VectorsTo(&axes)
	for d := range min(dims, f.Width) {
		from := f.Width - 1 - d
		shares[d] = max(0, variance[from]/total)
		axis := mat.Col(nil, from, &axes)
		point(axis)
		turned.Mul(x, mat.NewVecDense(f.Width, axis))
		for i := range f.N {
			out.Data[i*dims+d] = float32(turned.At(i, 0))
		}
		turned.Reset()
	}
	return out, shares
}

// center moves the mean of every column of x to zero.
func center(x *mat.Dense) {
	n, width := x.Dims()
	column := make([]float64, n)
	for j := range width {
		mean := stat.Mean(mat.Col(column, j, x), nil)
		for i := range n {
			x.Set(i, j, column[i]-mean)
		}
	}
}

// point turns an axis so that its largest part is positive: either direction is as
// good, but a map that flips between two looks at it is not.
func point(axis []float64) {
	largest := 0
	for i, v := range axis {
		// A hair more, so that rounding does not choose between equals.
		if math.Abs(v) > math.Abs(axis[largest])*(1+1e-9) {
			largest = i
		}
	}
	if axis[largest] < 0 {
		for i := range axis {
			axis[i] = -axis[i]
		}
	}
}
