package cpu

import "autodidact/core/kernel"

// Softmax turns each row of n into e^(x-max) / Σ e^(x-max).
func (b *Backend) Softmax(dst, x kernel.Buffer, n int) {
	d, s := words("Softmax", dst, x.Len()), x.(kernel.Host)
	spans(parallel, len(d)/n, max(1, grain/n), func(lo, hi int) {
		if b.softmax != nil && b.softmax(d[lo*n:hi*n], s[lo*n:hi*n], n) {
			return
		}
		for i := lo; i < hi; i++ {
			d, s := d[i*n:(i+1)*n], s[i*n:(i+1)*n]
			b.binaryScalar[kernel.Sub](d, s, b.max(s))
			b.unary[kernel.Exp](d, d)
			b.binaryScalar[kernel.Div](d, d, b.sumLong(d))
		}
	})
}
