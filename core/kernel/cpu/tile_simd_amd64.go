//go:build goexperiment.simd

package cpu

import "unsafe"

// pair is one row of a panel.
type pair [nr / lanes]lane

func pairs(b []float32, n int) []pair {
	return unsafe.Slice((*pair)(unsafe.Pointer(unsafe.SliceData(b[:n*nr]))), n)
}

// Both kernels step k by one. Unrolling them makes the compiler spill scalar
// floats with instructions of the old encoding, and everything runs 100 times slower.

func rowTileVec(t *tile) {
	d0, d1 := (*pair)(unsafe.Pointer((*[nr]float32)(t.c[t.row[0]:]))), (*pair)(unsafe.Pointer((*[nr]float32)(t.c[t.row[1]:])))
	d2, d3 := (*pair)(unsafe.Pointer((*[nr]float32)(t.c[t.row[2]:]))), (*pair)(unsafe.Pointer((*[nr]float32)(t.c[t.row[3]:])))
	var c00, c01, c10, c11, c20, c21, c30, c31 vec
	if t.add {
		c00, c01, c10, c11 = load(&d0[0]), load(&d0[1]), load(&d1[0]), load(&d1[1])
		c20, c21, c30, c31 = load(&d2[0]), load(&d2[1]), load(&d3[0]), load(&d3[1])
	}
	k := t.k
	for s := range t.segments {
		a := t.a[s*t.segment:]
		a0, a1, a2, a3 := a[t.at[0]:][:k], a[t.at[1]:][:k], a[t.at[2]:][:k], a[t.at[3]:][:k]
		b := pairs(t.b[s*k*nr:], k)[:k]
		for i := range b {
			q := &b[i]
			b0, b1 := load(&q[0]), load(&q[1])
			x0, x1, x2, x3 := splat(a0[i]), splat(a1[i]), splat(a2[i]), splat(a3[i])
			c00, c01 = muladd(x0, b0, c00), muladd(x0, b1, c01)
			c10, c11 = muladd(x1, b0, c10), muladd(x1, b1, c11)
			c20, c21 = muladd(x2, b0, c20), muladd(x2, b1, c21)
			c30, c31 = muladd(x3, b0, c30), muladd(x3, b1, c31)
		}
	}
	c00.StoreArray(&d0[0])
	c01.StoreArray(&d0[1])
	c10.StoreArray(&d1[0])
	c11.StoreArray(&d1[1])
	c20.StoreArray(&d2[0])
	c21.StoreArray(&d2[1])
	c30.StoreArray(&d3[0])
	c31.StoreArray(&d3[1])
	done()
}

func panelTileVec(t *tile) {
	d0, d1 := (*pair)(unsafe.Pointer((*[nr]float32)(t.c[t.row[0]:]))), (*pair)(unsafe.Pointer((*[nr]float32)(t.c[t.row[1]:])))
	d2, d3 := (*pair)(unsafe.Pointer((*[nr]float32)(t.c[t.row[2]:]))), (*pair)(unsafe.Pointer((*[nr]float32)(t.c[t.row[3]:])))
	var c00, c01, c10, c11, c20, c21, c30, c31 vec
	if t.add {
		c00, c01, c10, c11 = load(&d0[0]), load(&d0[1]), load(&d1[0]), load(&d1[1])
		c20, c21, c30, c31 = load(&d2[0]), load(&d2[1]), load(&d3[0]), load(&d3[1])
	}
	k, n := t.k, t.segments
	_, _ = t.a[(n-1)*t.segment+(k-1)*t.aStep+mr-1], t.b[(n*k-1)*t.bStep+nr-1]
	b := unsafe.Pointer(unsafe.SliceData(t.b))
	for s := range n {
		a := unsafe.Pointer(&t.a[s*t.segment])
		for range k {
			p, q := (*[mr]float32)(a), (*pair)(b)
			a, b = unsafe.Add(a, 4*t.aStep), unsafe.Add(b, 4*t.bStep)
			b0, b1 := load(&q[0]), load(&q[1])
			x0, x1, x2, x3 := splat(p[0]), splat(p[1]), splat(p[2]), splat(p[3])
			c00, c01 = muladd(x0, b0, c00), muladd(x0, b1, c01)
			c10, c11 = muladd(x1, b0, c10), muladd(x1, b1, c11)
			c20, c21 = muladd(x2, b0, c20), muladd(x2, b1, c21)
			c30, c31 = muladd(x3, b0, c30), muladd(x3, b1, c31)
		}
	}
	c00.StoreArray(&d0[0])
	c01.StoreArray(&d0[1])
	c10.StoreArray(&d1[0])
	c11.StoreArray(&d1[1])
	c20.StoreArray(&d2[0])
	c21.StoreArray(&d2[1])
	c30.StoreArray(&d3[0])
	c31.StoreArray(&d3[1])
	done()
}
