package nn

import "autodidact/core/autograd"

// MaxPool is the maximum over the positions of x [batch, positions, width]: [batch, width].
func MaxPool(x autograd.Var) autograd.Var {
	n, w := x.Dim(0), x.Dim(2)
	x = x.Transpose(1, 0, 2)
	for x.Dim(0) > 1 {
		half := (x.Dim(0) + 1) / 2 // of an odd number both halves have the middle one
		a, b := x.Rows(0, half), x.Rows(x.Dim(0)-half, half)
		x = a.Add(b.Sub(a).Relu())
	}
	return x.Reshape(n, w)
}
