package tensor

import (
	"slices"

	"autodidact/core/kernel"
)

// Dot multiplies the last two axes, either side read transposed. Leading axes are
// a batch and must be equal; a y of rank 2 meets an untransposed x of any rank.
func (a *Arena) Dot(x, y *Tensor, transX, transY bool) *Tensor {
	z, mat := a.fit(x, y, transX, transY)
	a.MatMul(z.Buf, x.Buf, y.Buf, mat)
	return z
}

// Linear is x·w + bias for a w [in, out] and a bias [out].
func (a *Arena) Linear(x, w, bias *Tensor) *Tensor {
	y, mat := a.fit(x, w, false, false)
	if len(w.Shape) != 2 || len(bias.Shape) != 1 || bias.Shape[0] != mat.N {
		panic(&ShapeError{"linear", []Shape{x.Shape, w.Shape, bias.Shape}})
	}
	if b, ok := a.Backend.(kernel.LinearBackend); ok {
		b.Linear(y.Buf, x.Buf, w.Buf, bias.Buf, mat)
		return y
	}
	a.MatMul(y.Buf, x.Buf, w.Buf, mat)
	a.Update(kernel.Add, y, bias)
	return y
}

// fit makes room for a product, or panics when x and y have none.
func (a *Arena) fit(x, y *Tensor, transX, transY bool) (*Tensor, kernel.Mat) {
	if len(x.Shape) < 2 || len(y.Shape) < 2 {
		panic(&ShapeError{"matmul", []Shape{x.Shape, y.Shape}})
	}
	lead, m, k := matrix(x.Shape, transX)
	batch, k2, n := matrix(y.Shape, transY)
	shared := len(y.Shape) == 2 && !transX
	if k != k2 || !shared && !slices.Equal(lead, batch) {
		panic(&ShapeError{"matmul", []Shape{x.Shape, y.Shape}})
	}
	z := a.New(append(slices.Clone(lead), m, n)...)
	mat := kernel.Mat{Batch: lead.Size(), M: m, N: n, K: k, TransA: transX, TransB: transY}
	if shared {
		mat.Batch, mat.M = 1, lead.Size()*m
	}
	return z, mat
}

// matrix splits s into a batch of matrices and the size of one as it is read.
func matrix(s Shape, trans bool) (lead Shape, rows, cols int) {
	n := len(s)
	if trans {
		return s[:n-2], s[n-1], s[n-2]
	}
	return s[:n-2], s[n-2], s[n-1]
}
