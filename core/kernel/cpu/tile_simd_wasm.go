//go:build goexperiment.simd && !generic

package cpu

import "unsafe"

// On wasm every branch but the last of a function goes through its one jump table,
// and what is in registers does not survive the trip. So the hot loops stand alone in
// the smallest functions there can be: one loop, no checks (all that is indexed is an
// array of known size), four steps of k a turn.
type (
	pair  [nr / lanes]lane // one row of a panel of b
	pairs [4]pair
	quad  [4]float32 // four steps along a row of a, or one row of a panel of a
	quads [4]quad
	block [mr]pair // of c
)

// rowSteps adds the product of four rows and a panel to c. All slices are as long as b.
func rowSteps(c *block, a0, a1, a2, a3 []quad, b []pairs) {
	a0, a1, a2, a3 = a0[:len(b)], a1[:len(b)], a2[:len(b)], a3[:len(b)]
	c00, c01 := load(&c[0][0]), load(&c[0][1])
	c10, c11 := load(&c[1][0]), load(&c[1][1])
	c20, c21 := load(&c[2][0]), load(&c[2][1])
	c30, c31 := load(&c[3][0]), load(&c[3][1])
	for i := range b {
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
	c00.StoreArray(&c[0][0])
	c01.StoreArray(&c[0][1])
	c10.StoreArray(&c[1][0])
	c11.StoreArray(&c[1][1])
	c20.StoreArray(&c[2][0])
	c21.StoreArray(&c[2][1])
	c30.StoreArray(&c[3][0])
	c31.StoreArray(&c[3][1])
}

// panelSteps is rowSteps for a packed panel of a.
func panelSteps(c *block, a []quads, b []pairs) {
	a = a[:len(b)]
	c00, c01 := load(&c[0][0]), load(&c[0][1])
	c10, c11 := load(&c[1][0]), load(&c[1][1])
	c20, c21 := load(&c[2][0]), load(&c[2][1])
	c30, c31 := load(&c[3][0]), load(&c[3][1])
	for i := range b {
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
	c00.StoreArray(&c[0][0])
	c01.StoreArray(&c[0][1])
	c10.StoreArray(&c[1][0])
	c11.StoreArray(&c[1][1])
	c20.StoreArray(&c[2][0])
	c21.StoreArray(&c[2][1])
	c30.StoreArray(&c[3][0])
	c31.StoreArray(&c[3][1])
}

// The views below reinterpret the slice itself: unsafe.Slice would call a function to
// check for overflow. n is never more than fits.

func viewQuads(x []float32, n int) []quad  { return (*(*[]quad)(unsafe.Pointer(&x)))[:n] }
func viewPairs(x []float32, n int) []pairs { return (*(*[]pairs)(unsafe.Pointer(&x)))[:n] }
func viewPanel(x []float32, n int) []quads { return (*(*[]quads)(unsafe.Pointer(&x)))[:n] }

func sweepVec(s sweep) { s.each(nr, rowTileVec, panelTileVec) }

func rowTileVec(t *tile) {
	var c block
	t.begin(&c)
	k, n := t.k, t.k/4
	for s := range t.segments {
		a, b := t.a[s*t.segment:], t.b[s*k*nr:(s+1)*k*nr]
		a0, a1, a2, a3 := a[t.at[0]:][:k], a[t.at[1]:][:k], a[t.at[2]:][:k], a[t.at[3]:][:k]
		rowSteps(&c, viewQuads(a0, n), viewQuads(a1, n), viewQuads(a2, n), viewQuads(a3, n), viewPairs(b, n))
		for i := n * 4; i < k; i++ {
			oneStep(&c, &quad{a0[i], a1[i], a2[i], a3[i]}, (*pair)(unsafe.Pointer((*[nr]float32)(b[i*nr:]))))
		}
	}
	t.end(&c)
}

func panelTileVec(t *tile) {
	var c block
	t.begin(&c)
	n := 0
	if t.segments == 1 && t.aStep == mr && t.bStep == nr {
		n = t.k / 4
		panelSteps(&c, viewPanel(t.a[:t.k*mr], n), viewPairs(t.b[:t.k*nr], n))
	}
	for i := n * 4; i < t.segments*t.k; i++ {
		a := t.a[i/t.k*t.segment+i%t.k*t.aStep:]
		oneStep(&c, (*quad)(a), (*pair)(unsafe.Pointer((*[nr]float32)(t.b[i*t.bStep:]))))
	}
	t.end(&c)
}

// oneStep does what k leaves over.
func oneStep(c *block, a *quad, b *pair) {
	b0, b1 := load(&b[0]), load(&b[1])
	for r := range c {
		x := splat(a[r])
		muladd(x, b0, load(&c[r][0])).StoreArray(&c[r][0])
		muladd(x, b1, load(&c[r][1])).StoreArray(&c[r][1])
	}
}

// begin and end carry c between the block and where it lies.
func (t *tile) begin(c *block) {
	if t.add {
		for r := range c {
			move(&c[r], (*pair)(unsafe.Pointer((*[nr]float32)(t.c[t.row[r]:]))))
		}
	}
}

func (t *tile) end(c *block) {
	for r := range c {
		move((*pair)(unsafe.Pointer((*[nr]float32)(t.c[t.row[r]:]))), &c[r])
	}
}

// move is an assignment that does not call memmove.
func move(dst, src *pair) {
	load(&src[0]).StoreArray(&dst[0])
	load(&src[1]).StoreArray(&dst[1])
}
