package tensor

import (
	"slices"

	"autodidact/core/kernel"
)

// broadcast lines up x and y from the right, as NumPy does.
func broadcast(op string, x, y Shape) (Shape, kernel.Layout) {
	n := max(len(x), len(y))
	out := make(Shape, n)
	l := kernel.Layout{Dims: out, X: spread(x, n), Y: spread(y, n)}
	for i := range n {
		dx, dy := axis(x, i-n+len(x)), axis(y, i-n+len(y))
		switch {
		case dx == dy, dy == 1:
			out[i] = dx
		case dx == 1:
			out[i] = dy
		default:
			panic(&ShapeError{op, []Shape{x, y}})
		}
	}
	return out, merge(l)
}

func axis(s Shape, i int) int {
	if i < 0 {
		return 1
	}
	return s[i]
}

// spread is the strides of s under n axes, 0 where s repeats.
func spread(s Shape, n int) []int {
	st := strides(s)
	for i, d := range s {
		if d == 1 {
			st[i] = 0
		}
	}
	return append(make([]int, n-len(s)), st...)
}

func strides(s Shape) []int {
	st := make([]int, len(s))
	n := 1
	for i, d := range slices.Backward(s) {
		st[i] = n
		n *= d
	}
	return st
}

// merge joins axes that step together, so that a backend sees few and long ones:
// two tensors of one shape come out as a single axis.
func merge(l kernel.Layout) kernel.Layout {
	var m kernel.Layout
	for i, d := range l.Dims {
		k := len(m.Dims) - 1
		switch {
		case d == 1:
		case k >= 0 && m.X[k] == d*l.X[i] && m.Y[k] == d*l.Y[i]:
			m.Dims[k], m.X[k], m.Y[k] = m.Dims[k]*d, l.X[i], l.Y[i]
		default:
			m.Dims, m.X, m.Y = append(m.Dims, d), append(m.X, l.X[i]), append(m.Y, l.Y[i])
		}
	}
	if len(m.Dims) == 0 {
		return kernel.Layout{Dims: []int{1}, X: []int{1}, Y: []int{1}}
	}
	return m
}
