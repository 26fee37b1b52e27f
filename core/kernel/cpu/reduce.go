package cpu

import "autodidact/core/kernel"

// chunk is how many rows are summed in one go. Short sums of sums keep their digits.
const chunk = 256

func (b *Backend) Reduce(op kernel.ReduceOp, dst, x kernel.Buffer, r kernel.Runs) {
	d, s := words("Reduce", dst, r.Outer*r.Inner), words("Reduce", x, r.Outer*r.N*r.Inner)
	if r.Inner == 1 {
		f := b.max
		if op == kernel.Sum {
			f = b.sumLong
		}
		spans(parallel, r.Outer, max(1, grain/r.N), func(lo, hi int) {
			for o := lo; o < hi; o++ {
				d[o] = f(s[o*r.N : (o+1)*r.N])
			}
		})
		return
	}
	outer, inner := runner(parallel), runner(serial)
	if r.Outer == 1 {
		outer, inner = serial, parallel
	}
	outer(r.Outer, func(o int) {
		d, s := d[o*r.Inner:(o+1)*r.Inner], s[o*r.N*r.Inner:(o+1)*r.N*r.Inner]
		if op == kernel.Sum {
			b.sumRows(inner, d, s)
			return
		}
		copy(d, s)
		for k := 1; k < r.N; k++ {
			b.maxInto(d, s[k*r.Inner:(k+1)*r.Inner])
		}
	})
}

// sumRows adds up the rows of x, each as long as dst.
func (b *Backend) sumRows(each runner, dst, x []float32) {
	n := len(dst)
	b.sumChunks(each, dst, len(x)/n, chunk, func(acc []float32, lo, hi int) { b.addRows(acc, x[lo*n:hi*n]) })
}

// sumLong adds up blocks of x in float64.
func (b *Backend) sumLong(x []float32) float32 {
	const block = 4096
	if len(x) <= block {
		return b.sum(x)
	}
	var s float64
	for len(x) > block {
		s += float64(b.sum(x[:block]))
		x = x[block:]
	}
	return float32(s + float64(b.sum(x)))
}
