package cpu

// Each function turns all channels of all tiles of a strip, in two passes of the same
// one-dimensional turn; or a stack, in one. Points 0, ±1, ±2 and infinity.

func turnPatch(v, x []float32, s strip) {
	var d, t [spots]float32
	s.each(func(at, to int) {
		for i := range d {
			d[i] = x[at+i/patchSide*s.row+i%patchSide*s.ch]
		}
		for i := range patchSide {
			t[i], t[i+6], t[i+12], t[i+18], t[i+24], t[i+30] = patchLine(d[i], d[i+6], d[i+12], d[i+18], d[i+24], d[i+30])
		}
		for i := 0; i < spots; i += patchSide {
			d[i], d[i+1], d[i+2], d[i+3], d[i+4], d[i+5] = patchLine(t[i], t[i+1], t[i+2], t[i+3], t[i+4], t[i+5])
		}
		for i, d := range d {
			v[to+i*s.spot] = d
		}
	})
}

func turnBack(y, m []float32, s strip) {
	var d [spots]float32
	var t [tileSide * patchSide]float32
	s.each(func(at, from int) {
		for i := range d {
			d[i] = m[from+i*s.spot]
		}
		for i := range patchSide {
			t[i], t[i+6], t[i+12], t[i+18] = backLine(d[i], d[i+6], d[i+12], d[i+18], d[i+24], d[i+30])
		}
		for i := range tileSide {
			r, y := t[i*patchSide:], y[at+i*s.row:]
			y[0], y[s.ch], y[2*s.ch], y[3*s.ch] = backLine(r[0], r[1], r[2], r[3], r[4], r[5])
		}
	})
}

func turnBlame(g, dy []float32, s strip) {
	var t [patchSide * tileSide]float32
	s.each(func(at, to int) {
		for i := range tileSide {
			d := dy[at+i*s.ch:]
			t[i], t[i+4], t[i+8], t[i+12], t[i+16], t[i+20] = blameLine(d[0], d[s.row], d[2*s.row], d[3*s.row])
		}
		for i := range patchSide {
			r, g := t[i*tileSide:], g[to+i*patchSide*s.spot:]
			g[0], g[s.spot], g[2*s.spot], g[3*s.spot], g[4*s.spot], g[5*s.spot] = blameLine(r[0], r[1], r[2], r[3])
		}
	})
}

func stackPatch(v, x []float32, s stack) {
	for i := range s.tiles * s.row {
		x, v := x[i+3*(i/s.row)*s.row:], v[i:]
		v[0], v[s.spot], v[2*s.spot], v[3*s.spot], v[4*s.spot], v[5*s.spot] = patchLine(x[0], x[s.row], x[2*s.row], x[3*s.row], x[4*s.row], x[5*s.row])
	}
}

func stackBack(y, m []float32, s stack) {
	for i := range s.tiles * s.row {
		y, m := y[i+3*(i/s.row)*s.row:], m[i:]
		y[0], y[s.row], y[2*s.row], y[3*s.row] = backLine(m[0], m[s.spot], m[2*s.spot], m[3*s.spot], m[4*s.spot], m[5*s.spot])
	}
}

func stackBlame(g, dy []float32, s stack) {
	for i := range s.tiles * s.row {
		d, g := dy[i+3*(i/s.row)*s.row:], g[i:]
		g[0], g[s.spot], g[2*s.spot], g[3*s.spot], g[4*s.spot], g[5*s.spot] = blameLine(d[0], d[s.row], d[2*s.row], d[3*s.row])
	}
}

// each calls f with the place of every channel of every tile, in the picture and among
// what it is turned into.
func (s strip) each(f func(picture, turned int)) {
	for t := range s.tiles {
		for c := range s.ch {
			f(t*tileSide*s.ch+c, t*s.tile+c)
		}
	}
}

// patchLine is Bᵀ.
func patchLine(d0, d1, d2, d3, d4, d5 float32) (v0, v1, v2, v3, v4, v5 float32) {
	a, b := d4-4*d2, d3-4*d1
	c, d := d4-d2, 2*(d3-d1)
	return 4*d0 - 5*d2 + d4, a + b, a - b, c + d, c - d, 4*d1 - 5*d3 + d5
}

// backLine is Aᵀ.
func backLine(m0, m1, m2, m3, m4, m5 float32) (y0, y1, y2, y3 float32) {
	a, b, c, d := m1+m2, m1-m2, m3+m4, m3-m4
	return m0 + a + c, b + 2*d, a + 4*c, b + 8*d + m5
}

// blameLine is A.
func blameLine(y0, y1, y2, y3 float32) (w0, w1, w2, w3, w4, w5 float32) {
	a, b := y0+y2, y1+y3
	c, d := y0+4*y2, 2*(y1+4*y3)
	return y0, a + b, a - b, c + d, c - d, y3
}

func axpy(d, x []float32, a float32) {
	for i, x := range x {
		d[i] += a * x
	}
}
