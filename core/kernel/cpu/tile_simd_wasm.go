//go:build goexperiment.simd

package cpu

import "unsafe"

// Four steps of k at once: on wasm each turn of a loop costs like several multiplies.
// What the loops index are arrays of known size, so nothing is checked inside.
type (
	pair  [nr / lanes]lane // one row of a panel of b
	pairs [4]pair
	quad  [4]float32 // four steps along a row of a
	quads [4]quad    // four rows of a panel of a
)

func viewQuads(x []float32, n int) []quad {
	return unsafe.Slice((*quad)(unsafe.Pointer(unsafe.SliceData(x[:n*4]))), n)
}

func viewPairs(x []float32, n int) []pairs {
	return unsafe.Slice((*pairs)(unsafe.Pointer(unsafe.SliceData(x[:n*4*nr]))), n)
}

func rowTileVec(t *tile) {
	d0, d1 := (*pair)(unsafe.Pointer((*[nr]float32)(t.c[t.row[0]:]))), (*pair)(unsafe.Pointer((*[nr]float32)(t.c[t.row[1]:])))
	d2, d3 := (*pair)(unsafe.Pointer((*[nr]float32)(t.c[t.row[2]:]))), (*pair)(unsafe.Pointer((*[nr]float32)(t.c[t.row[3]:])))
	var c00, c01, c10, c11, c20, c21, c30, c31 vec
	if t.add {
		c00, c01, c10, c11 = load(&d0[0]), load(&d0[1]), load(&d1[0]), load(&d1[1])
		c20, c21, c30, c31 = load(&d2[0]), load(&d2[1]), load(&d3[0]), load(&d3[1])
	}
	k, n := t.k, t.k/4
	for s := range t.segments {
		a, panel := t.a[s*t.segment:], t.b[s*k*nr:(s+1)*k*nr]
		r0, r1, r2, r3 := a[t.at[0]:][:k], a[t.at[1]:][:k], a[t.at[2]:][:k], a[t.at[3]:][:k]
		a0, a1, a2, a3 := viewQuads(r0, n), viewQuads(r1, n), viewQuads(r2, n), viewQuads(r3, n)
		b := viewPairs(panel, n)[:len(a0)]
		a1, a2, a3 = a1[:len(a0)], a2[:len(a0)], a3[:len(a0)]
		for i := range a0 {
			p0, p1, p2, p3, q := &a0[i], &a1[i], &a2[i], &a3[i], &b[i]
			b0, b1 := load(&q[0][0]), load(&q[0][1])
			x0, x1, x2, x3 := splat(p0[0]), splat(p1[0]), splat(p2[0]), splat(p3[0])
			c00, c01 = muladd(x0, b0, c00), muladd(x0, b1, c01)
			c10, c11 = muladd(x1, b0, c10), muladd(x1, b1, c11)
			c20, c21 = muladd(x2, b0, c20), muladd(x2, b1, c21)
			c30, c31 = muladd(x3, b0, c30), muladd(x3, b1, c31)
			b0, b1 = load(&q[1][0]), load(&q[1][1])
			x0, x1, x2, x3 = splat(p0[1]), splat(p1[1]), splat(p2[1]), splat(p3[1])
			c00, c01 = muladd(x0, b0, c00), muladd(x0, b1, c01)
			c10, c11 = muladd(x1, b0, c10), muladd(x1, b1, c11)
			c20, c21 = muladd(x2, b0, c20), muladd(x2, b1, c21)
			c30, c31 = muladd(x3, b0, c30), muladd(x3, b1, c31)
			b0, b1 = load(&q[2][0]), load(&q[2][1])
			x0, x1, x2, x3 = splat(p0[2]), splat(p1[2]), splat(p2[2]), splat(p3[2])
			c00, c01 = muladd(x0, b0, c00), muladd(x0, b1, c01)
			c10, c11 = muladd(x1, b0, c10), muladd(x1, b1, c11)
			c20, c21 = muladd(x2, b0, c20), muladd(x2, b1, c21)
			c30, c31 = muladd(x3, b0, c30), muladd(x3, b1, c31)
			b0, b1 = load(&q[3][0]), load(&q[3][1])
			x0, x1, x2, x3 = splat(p0[3]), splat(p1[3]), splat(p2[3]), splat(p3[3])
			c00, c01 = muladd(x0, b0, c00), muladd(x0, b1, c01)
			c10, c11 = muladd(x1, b0, c10), muladd(x1, b1, c11)
			c20, c21 = muladd(x2, b0, c20), muladd(x2, b1, c21)
			c30, c31 = muladd(x3, b0, c30), muladd(x3, b1, c31)
		}
		for i := n * 4; i < k; i++ {
			q := (*pair)(unsafe.Pointer((*[nr]float32)(panel[i*nr:])))
			b0, b1 := load(&q[0]), load(&q[1])
			x0, x1, x2, x3 := splat(r0[i]), splat(r1[i]), splat(r2[i]), splat(r3[i])
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
	n := t.k / 4
	a := unsafe.Slice((*quads)(unsafe.Pointer(unsafe.SliceData(t.a[:t.k*mr]))), n)
	b := viewPairs(t.b, n)[:len(a)]
	for i := range a {
		p, q := &a[i], &b[i]
		b0, b1 := load(&q[0][0]), load(&q[0][1])
		x0, x1, x2, x3 := splat(p[0][0]), splat(p[0][1]), splat(p[0][2]), splat(p[0][3])
		c00, c01 = muladd(x0, b0, c00), muladd(x0, b1, c01)
		c10, c11 = muladd(x1, b0, c10), muladd(x1, b1, c11)
		c20, c21 = muladd(x2, b0, c20), muladd(x2, b1, c21)
		c30, c31 = muladd(x3, b0, c30), muladd(x3, b1, c31)
		b0, b1 = load(&q[1][0]), load(&q[1][1])
		x0, x1, x2, x3 = splat(p[1][0]), splat(p[1][1]), splat(p[1][2]), splat(p[1][3])
		c00, c01 = muladd(x0, b0, c00), muladd(x0, b1, c01)
		c10, c11 = muladd(x1, b0, c10), muladd(x1, b1, c11)
		c20, c21 = muladd(x2, b0, c20), muladd(x2, b1, c21)
		c30, c31 = muladd(x3, b0, c30), muladd(x3, b1, c31)
		b0, b1 = load(&q[2][0]), load(&q[2][1])
		x0, x1, x2, x3 = splat(p[2][0]), splat(p[2][1]), splat(p[2][2]), splat(p[2][3])
		c00, c01 = muladd(x0, b0, c00), muladd(x0, b1, c01)
		c10, c11 = muladd(x1, b0, c10), muladd(x1, b1, c11)
		c20, c21 = muladd(x2, b0, c20), muladd(x2, b1, c21)
		c30, c31 = muladd(x3, b0, c30), muladd(x3, b1, c31)
		b0, b1 = load(&q[3][0]), load(&q[3][1])
		x0, x1, x2, x3 = splat(p[3][0]), splat(p[3][1]), splat(p[3][2]), splat(p[3][3])
		c00, c01 = muladd(x0, b0, c00), muladd(x0, b1, c01)
		c10, c11 = muladd(x1, b0, c10), muladd(x1, b1, c11)
		c20, c21 = muladd(x2, b0, c20), muladd(x2, b1, c21)
		c30, c31 = muladd(x3, b0, c30), muladd(x3, b1, c31)
	}
	for i := n * 4; i < t.k; i++ {
		p, q := (*quad)(t.a[i*mr:]), (*pair)(unsafe.Pointer((*[nr]float32)(t.b[i*nr:])))
		b0, b1 := load(&q[0]), load(&q[1])
		x0, x1, x2, x3 := splat(p[0]), splat(p[1]), splat(p[2]), splat(p[3])
		c00, c01 = muladd(x0, b0, c00), muladd(x0, b1, c01)
		c10, c11 = muladd(x1, b0, c10), muladd(x1, b1, c11)
		c20, c21 = muladd(x2, b0, c20), muladd(x2, b1, c21)
		c30, c31 = muladd(x3, b0, c30), muladd(x3, b1, c31)
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
