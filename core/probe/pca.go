package probe

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// PCA turns features so that they spread most along the first axis, then the
// second, and keeps dims of them: [N, dims], with the fraction of variance explained by each.
// An axis that features do not have is zeros.
func PCA(f Features, dims int) (Features, []float64) {
	out := Features{Data: make([]float32, f.N*dims), N: f.N, Width: dims}
	explained := make([]float64, dims)
	if f.N < 2 || f.Width == 0 {
		return out, explained
	}
	fit := f
	if f.Width > mostMapped {
		fit = evenRows(f, mostMapped)
	}
	x := dense(fit)
	mean := center(x)
	axes, variance, total := principal(x, dims)
	for d, axis := range axes {
		explained[d] = max(0, variance[d]/total)
		point(axis)
		project(f, mean, axis, out, d)
	}
	return out, explained
}

// mostMapped is from how many samples the axes of features that are wider than that are learned, at most.
const mostMapped = 1024

// principal is the axes along which centred rows spread most, at most dims of them, the variance on each, and that on all;
// none if rows are all alike, or not finite. It solves whichever is smaller, xᵀ·x or x·xᵀ.
func principal(x *mat.Dense, dims int) (axes [][]float64, variance []float64, total float64) {
	n, width := x.Dims()
	var products mat.SymDense
	if width <= n {
		products.SymOuterK(1/float64(n), x.T())
	} else {
		products.SymOuterK(1/float64(n), x)
	}
	total = mat.Trace(&products)
	var eigen mat.EigenSym
	if !(total > 0) || math.IsInf(total, 0) || !eigen.Factorize(&products, true) {
		return nil, nil, 0
	}
	values := eigen.Values(nil) // smallest first
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	for from := len(values) - 1; from >= 0 && len(axes) < dims; from-- {
		axis := mat.Col(nil, from, &vectors)
		if width > n {
			if axis = across(x, axis); axis == nil {
				break
			}
		}
		axes, variance = append(axes, axis), append(variance, values[from])
	}
	return axes, variance, total
}

// across is xᵀ·q at length one; nil if that is zeros.
func across(x *mat.Dense, q []float64) []float64 {
	var axis mat.VecDense
	axis.MulVec(x.T(), mat.NewVecDense(len(q), q))
	long := mat.Norm(&axis, 2)
	if !(long > 0) {
		return nil
	}
	axis.ScaleVec(1/long, &axis)
	return axis.RawVector().Data
}

// project writes where the rows of f lie along an axis into column d of out.
func project(f Features, mean, axis []float64, out Features, d int) {
	for i := range f.N {
		sum := 0.0
		for j, v := range f.Row(i) {
			sum += (float64(v) - mean[j]) * axis[j]
		}
		out.Row(i)[d] = float32(sum)
	}
}

// center moves the mean of every column of x to zero, and returns what it was.
func center(x *mat.Dense) []float64 {
	n, width := x.Dims()
	column, means := make([]float64, n), make([]float64, width)
	for j := range width {
		means[j] = stat.Mean(mat.Col(column, j, x), nil)
		for i := range n {
			x.Set(i, j, column[i]-means[j])
		}
	}
	return means
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
