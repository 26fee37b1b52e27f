package cpu

import "autodidact/core/kernel"

// grain is how many floats one call of a runner handles in elementwise work.
const grain = 1 << 15

func (*Backend) Fill(dst kernel.Buffer, v float32) { fill(dst.(kernel.Host), v) }

// fill doubles what is filled already: memory moves beat a loop.
func fill(d []float32, v float32) {
	if len(d) == 0 {
		return
	}
	d[0] = v
	for n := 1; n < len(d); n *= 2 {
		copy(d[n:], d[:n])
	}
}

func (b *Backend) Affine(dst, x kernel.Buffer, mul, add float32) {
	d, s := words("Affine", dst, x.Len()), x.(kernel.Host)
	spans(parallel, len(d), grain, func(lo, hi int) { b.affine(d[lo:hi], s[lo:hi], mul, add) })
}

func (b *Backend) Unary(op kernel.UnaryOp, dst, x kernel.Buffer) {
	d, s, f := words("Unary", dst, x.Len()), x.(kernel.Host), b.unary[op]
	spans(parallel, len(d), grain, func(lo, hi int) { f(d[lo:hi], s[lo:hi]) })
}

// Chain takes so little at a time that the slopes are in the first cache when dy comes.
func (b *Backend) Chain(op kernel.UnaryOp, dx, dy, x kernel.Buffer) {
	const little = 1 << 11
	d, g, s := words("Chain", dx, x.Len()), words("Chain", dy, x.Len()), x.(kernel.Host)
	slope, mul := b.unary[op], b.binary[kernel.Mul]
	spans(parallel, len(d), grain, func(lo, hi int) {
		for ; lo < hi; lo += little {
			end := min(lo+little, hi)
			slope(d[lo:end], s[lo:end])
			mul(d[lo:end], d[lo:end], g[lo:end])
		}
	})
}

// Binary works row by row, a row being the innermost axis once the layout is collapsed.
func (b *Backend) Binary(op kernel.BinaryOp, dst, x, y kernel.Buffer, l kernel.Layout) {
	w := collapse(l)
	d, p, q := words("Binary", dst, w.rows*w.n), x.(kernel.Host), y.(kernel.Host)
	if op == kernel.Add && w.repeats() {
		spans(parallel, w.rows, max(1, grain/w.n), func(lo, hi int) { b.addRow(d[lo*w.n:hi*w.n], p[lo*w.n:hi*w.n], q[:w.n]) })
		return
	}
	vv, vs := b.binary[op], b.binaryScalar[op]
	w.each(func(i, ix, iy int) {
		d := d[i : i+w.n]
		switch {
		case w.x == 1 && w.y == 1:
			vv(d, p[ix:ix+w.n], q[iy:iy+w.n])
		case w.x == 1 && w.y == 0:
			vs(d, p[ix:ix+w.n], q[iy])
		default:
			binaryStrided(op, d, p[ix:], q[iy:], w.x, w.y)
		}
	})
}

func binaryStrided(op kernel.BinaryOp, d, x, y []float32, sx, sy int) {
	for i := range d {
		a, b := x[i*sx], y[i*sy]
		switch op {
		case kernel.Add:
			d[i] = a + b
		case kernel.Sub:
			d[i] = a - b
		case kernel.Mul:
			d[i] = a * b
		case kernel.Div:
			d[i] = a / b
		}
	}
}

func (b *Backend) Copy(dst, x kernel.Buffer, l kernel.Layout) {
	l.Y = l.X
	w := collapse(l)
	d, p := words("Copy", dst, w.rows*w.n), x.(kernel.Host)
	w.each(func(i, ix, _ int) {
		d := d[i : i+w.n]
		switch w.x {
		case 1:
			copy(d, p[ix:ix+w.n])
		case 0:
			fill(d, p[ix])
		default:
			for j := range d {
				d[j] = p[ix+j*w.x]
			}
		}
	})
}
