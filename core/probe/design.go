package probe

import (
	"context"

	"gonum.org/v1/gonum/mat"

	"autodidact/core/kernel"
)

// A design is the matrix [n, d] of a regression, which it multiplies by again and again: on the features'
// backend in float32, where there is one and the rows are many, else in float64.
type design struct {
	x       *mat.Dense
	backend kernel.Backend
	rows    kernel.Buffer // x, where it is multiplied fast
}

// minProduct is the size of the matrix from which moving it to a backend pays off.
const minProduct = 1 << 12

// newDesign takes rows; free must be called when it is no longer needed.
func newDesign(x *mat.Dense, b kernel.Backend) (d *design, free func()) {
	n, width := x.Dims()
	d = &design{x: x}
	if b == nil || n*width < minProduct {
		return d, func() {}
	}
	d.backend, d.rows = b, b.Alloc(n*width)
	b.Write(d.rows, narrow(x))
	return d, func() { b.Free(d.rows) }
}

// Dims is the rows and their width.
func (d *design) Dims() (n, width int) { return d.x.Dims() }

// Times is x·w [n, k].
func (d *design) Times(w *mat.Dense) *mat.Dense {
	n, width := d.x.Dims()
	_, k := w.Dims()
	return d.product(d.x, w, kernel.Mat{Batch: 1, M: n, N: k, K: width})
}

// Across is xᵀ·p [d, k].
func (d *design) Across(p *mat.Dense) *mat.Dense {
	n, width := d.x.Dims()
	_, k := p.Dims()
	return d.product(d.x.T(), p, kernel.Mat{Batch: 1, M: width, N: k, K: n, TransA: true})
}

func (d *design) product(x mat.Matrix, y *mat.Dense, m kernel.Mat) *mat.Dense {
	out := mat.NewDense(m.M, m.N, nil)
	if b := d.backend; b != nil {
		right, to := b.Alloc(m.K*m.N), b.Alloc(m.M*m.N)
		defer func() { b.Free(right); b.Free(to) }()
		b.Write(right, narrow(y))
		b.MatMul(to, d.rows, right, m)
		z := make(kernel.Host, m.M*m.N)
		if b.Read(context.Background(), z, to) == nil {
			for i, v := range z {
				out.RawMatrix().Data[i] = float64(v)
			}
			return out
		} // else the device is gone
	}
	out.Mul(x, y)
	return out
}

func narrow(x *mat.Dense) kernel.Host {
	out := make(kernel.Host, len(x.RawMatrix().Data))
	for i, v := range x.RawMatrix().Data {
		out[i] = float32(v)
	}
	return out
}
