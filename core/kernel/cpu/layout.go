package cpu

import "autodidact/core/kernel"

// walk is a layout in its shortest form: rows of n floats, stepped by x and y
// inside a row and by outer from row to row.
type walk struct {
	rows, n, x, y int
	outer         kernel.Layout
}

// collapse drops axes of size 1 and joins neighbours that one stride walks through.
// A layout left with one long axis is cut into rows again, for the runner to share.
func collapse(l kernel.Layout) walk {
	var o kernel.Layout
	push := func(d, x, y int) {
		o.Dims, o.X, o.Y = append(o.Dims, d), append(o.X, x), append(o.Y, y)
	}
	for i, d := range l.Dims {
		k := len(o.Dims) - 1
		switch {
		case d == 1:
		case k >= 0 && o.X[k] == l.X[i]*d && o.Y[k] == l.Y[i]*d:
			o.Dims[k], o.X[k], o.Y[k] = o.Dims[k]*d, l.X[i], l.Y[i]
		default:
			push(d, l.X[i], l.Y[i])
		}
	}
	if len(o.Dims) == 0 {
		push(1, 1, 1)
	}
	k := len(o.Dims) - 1
	w := walk{rows: 1, n: o.Dims[k], x: o.X[k], y: o.Y[k]}
	if w.n >= 2*grain && w.n%grain == 0 {
		o.Dims[k], o.X[k], o.Y[k] = w.n/grain, w.x*grain, w.y*grain
		w.n = grain
		k++
	}
	w.outer = kernel.Layout{Dims: o.Dims[:k], X: o.X[:k], Y: o.Y[:k]}
	for _, d := range w.outer.Dims {
		w.rows *= d
	}
	return w
}

// repeats says whether x is rows as dense as dst's, and y one row that meets them all.
func (w walk) repeats() bool {
	o := w.outer
	return w.x == 1 && w.y == 1 && len(o.Dims) == 1 && o.X[0] == w.n && o.Y[0] == 0
}

// each calls f for every row with where it starts in dst, x and y.
func (w walk) each(f func(i, ix, iy int)) {
	per := max(1, grain/max(1, w.n))
	spans(parallel, w.rows, per, func(lo, hi int) {
		o, at := w.outer, make([]int, len(w.outer.Dims))
		ix, iy := 0, 0
		for k, r := len(at)-1, lo; k >= 0; k-- {
			at[k], r = r%o.Dims[k], r/o.Dims[k]
			ix += at[k] * o.X[k]
			iy += at[k] * o.Y[k]
		}
		for i := lo; i < hi; i++ {
			f(i*w.n, ix, iy)
			for k := len(at) - 1; k >= 0; k-- {
				at[k]++
				ix += o.X[k]
				iy += o.Y[k]
				if at[k] < o.Dims[k] {
					break
				}
				ix -= o.X[k] * at[k]
				iy -= o.Y[k] * at[k]
				at[k] = 0
			}
		}
	})
}
