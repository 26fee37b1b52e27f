//go:build goexperiment.simd && !generic && (amd64 || wasm)

package cpu

import "unsafe"

// A strip's channels are whole vectors here (minimal sees to it). Pointers are
// checked once a tile. The room for what is turned in one direction only (half) is the
// caller's, so that it is cleared once a strip: it was a quarter of the time.

// at is the vector at float i of x.
func at(x unsafe.Pointer, i int) *lane { return (*lane)(unsafe.Add(x, 4*i)) }

func turnPatchVec(v, x []float32, s strip) {
	s.check(x, patchSide, 2, v)
	V, X := unsafe.Pointer(unsafe.SliceData(v)), unsafe.Pointer(unsafe.SliceData(x))
	var half [spots]lane
	for t := range s.tiles {
		for c := 0; c < s.ch; c += lanes {
			patchVec(at(V, t*s.tile+c), at(X, t*tileSide*s.ch+c), &s, &half)
		}
	}
	done()
}

func patchVec(v, x *lane, s *strip, t *[spots]lane) {
	for j := range patchSide {
		p := at(unsafe.Pointer(x), j*s.ch)
		d0, d1, d2 := load(p), load(at(unsafe.Pointer(p), s.row)), load(at(unsafe.Pointer(p), 2*s.row))
		d3, d4, d5 := load(at(unsafe.Pointer(p), 3*s.row)), load(at(unsafe.Pointer(p), 4*s.row)), load(at(unsafe.Pointer(p), 5*s.row))
		v0, v1, v2, v3, v4, v5 := patchLineVec(d0, d1, d2, d3, d4, d5)
		q := (*[31]lane)(t[j:])
		v0.StoreArray(&q[0])
		v1.StoreArray(&q[6])
		v2.StoreArray(&q[12])
		v3.StoreArray(&q[18])
		v4.StoreArray(&q[24])
		v5.StoreArray(&q[30])
	}
	for i := range patchSide {
		q := (*[6]lane)(t[i*patchSide:])
		v0, v1, v2, v3, v4, v5 := patchLineVec(load(&q[0]), load(&q[1]), load(&q[2]), load(&q[3]), load(&q[4]), load(&q[5]))
		p := unsafe.Pointer(at(unsafe.Pointer(v), i*patchSide*s.spot))
		v0.StoreArray(at(p, 0))
		v1.StoreArray(at(p, s.spot))
		v2.StoreArray(at(p, 2*s.spot))
		v3.StoreArray(at(p, 3*s.spot))
		v4.StoreArray(at(p, 4*s.spot))
		v5.StoreArray(at(p, 5*s.spot))
	}
}

func patchLineVec(d0, d1, d2, d3, d4, d5 vec) (v0, v1, v2, v3, v4, v5 vec) {
	two, four, minusFour, minusFive := splat(2), splat(4), splat(-4), splat(-5)
	a, b := muladd(minusFour, d2, d4), muladd(minusFour, d1, d3)
	c, d := d4.Sub(d2), d3.Sub(d1).Mul(two)
	v0 = muladd(four, d0, muladd(minusFive, d2, d4))
	v5 = muladd(four, d1, muladd(minusFive, d3, d5))
	return v0, a.Add(b), a.Sub(b), c.Add(d), c.Sub(d), v5
}

func turnBackVec(y, m []float32, s strip) {
	s.check(y, tileSide, 0, m)
	Y, M := unsafe.Pointer(unsafe.SliceData(y)), unsafe.Pointer(unsafe.SliceData(m))
	var half [tileSide * patchSide]lane
	for t := range s.tiles {
		for c := 0; c < s.ch; c += lanes {
			backVec(at(Y, t*tileSide*s.ch+c), at(M, t*s.tile+c), &s, &half)
		}
	}
	done()
}

func backVec(y, m *lane, s *strip, t *[tileSide * patchSide]lane) {
	for j := range patchSide {
		p := unsafe.Pointer(at(unsafe.Pointer(m), j*s.spot))
		row := patchSide * s.spot
		y0, y1, y2, y3 := backLineVec(load(at(p, 0)), load(at(p, row)), load(at(p, 2*row)), load(at(p, 3*row)), load(at(p, 4*row)), load(at(p, 5*row)))
		q := (*[19]lane)(t[j:])
		y0.StoreArray(&q[0])
		y1.StoreArray(&q[6])
		y2.StoreArray(&q[12])
		y3.StoreArray(&q[18])
	}
	for i := range tileSide {
		q := (*[6]lane)(t[i*patchSide:])
		y0, y1, y2, y3 := backLineVec(load(&q[0]), load(&q[1]), load(&q[2]), load(&q[3]), load(&q[4]), load(&q[5]))
		p := unsafe.Pointer(at(unsafe.Pointer(y), i*s.row))
		y0.StoreArray(at(p, 0))
		y1.StoreArray(at(p, s.ch))
		y2.StoreArray(at(p, 2*s.ch))
		y3.StoreArray(at(p, 3*s.ch))
	}
}

func backLineVec(m0, m1, m2, m3, m4, m5 vec) (y0, y1, y2, y3 vec) {
	a, b, c, d := m1.Add(m2), m1.Sub(m2), m3.Add(m4), m3.Sub(m4)
	return m0.Add(a).Add(c), muladd(splat(2), d, b), muladd(splat(4), c, a), muladd(splat(8), d, b).Add(m5)
}

func turnBlameVec(g, dy []float32, s strip) {
	s.check(dy, tileSide, 0, g)
	G, D := unsafe.Pointer(unsafe.SliceData(g)), unsafe.Pointer(unsafe.SliceData(dy))
	var half [patchSide * tileSide]lane
	for t := range s.tiles {
		for c := 0; c < s.ch; c += lanes {
			blameVec(at(G, t*s.tile+c), at(D, t*tileSide*s.ch+c), &s, &half)
		}
	}
	done()
}

func blameVec(g, dy *lane, s *strip, t *[patchSide * tileSide]lane) {
	for j := range tileSide {
		p := unsafe.Pointer(at(unsafe.Pointer(dy), j*s.ch))
		w0, w1, w2, w3, w4, w5 := blameLineVec(load(at(p, 0)), load(at(p, s.row)), load(at(p, 2*s.row)), load(at(p, 3*s.row)))
		q := (*[21]lane)(t[j:])
		w0.StoreArray(&q[0])
		w1.StoreArray(&q[4])
		w2.StoreArray(&q[8])
		w3.StoreArray(&q[12])
		w4.StoreArray(&q[16])
		w5.StoreArray(&q[20])
	}
	for i := range patchSide {
		q := (*[4]lane)(t[i*tileSide:])
		w0, w1, w2, w3, w4, w5 := blameLineVec(load(&q[0]), load(&q[1]), load(&q[2]), load(&q[3]))
		p := unsafe.Pointer(at(unsafe.Pointer(g), i*patchSide*s.spot))
		w0.StoreArray(at(p, 0))
		w1.StoreArray(at(p, s.spot))
		w2.StoreArray(at(p, 2*s.spot))
		w3.StoreArray(at(p, 3*s.spot))
		w4.StoreArray(at(p, 4*s.spot))
		w5.StoreArray(at(p, 5*s.spot))
	}
}

func blameLineVec(y0, y1, y2, y3 vec) (w0, w1, w2, w3, w4, w5 vec) {
	four := splat(4)
	a, b := y0.Add(y2), y1.Add(y3)
	c, d := muladd(four, y2, y0), muladd(four, y3, y1).Mul(splat(2))
	return y0, a.Add(b), a.Sub(b), c.Add(d), c.Sub(d), y3
}

func stackPatchVec(v, x []float32, s stack) {
	s.check(x, patchSide-tileSide, v)
	V, X := unsafe.Pointer(unsafe.SliceData(v)), unsafe.Pointer(unsafe.SliceData(x))
	for t := range s.tiles {
		for c := 0; c < s.row; c += lanes {
			p, q := unsafe.Pointer(at(X, t*tileSide*s.row+c)), unsafe.Pointer(at(V, t*s.row+c))
			v0, v1, v2, v3, v4, v5 := patchLineVec(load(at(p, 0)), load(at(p, s.row)), load(at(p, 2*s.row)), load(at(p, 3*s.row)), load(at(p, 4*s.row)), load(at(p, 5*s.row)))
			v0.StoreArray(at(q, 0))
			v1.StoreArray(at(q, s.spot))
			v2.StoreArray(at(q, 2*s.spot))
			v3.StoreArray(at(q, 3*s.spot))
			v4.StoreArray(at(q, 4*s.spot))
			v5.StoreArray(at(q, 5*s.spot))
		}
	}
	done()
}

func stackBackVec(y, m []float32, s stack) {
	s.check(y, 0, m)
	Y, M := unsafe.Pointer(unsafe.SliceData(y)), unsafe.Pointer(unsafe.SliceData(m))
	for t := range s.tiles {
		for c := 0; c < s.row; c += lanes {
			p, q := unsafe.Pointer(at(M, t*s.row+c)), unsafe.Pointer(at(Y, t*tileSide*s.row+c))
			y0, y1, y2, y3 := backLineVec(load(at(p, 0)), load(at(p, s.spot)), load(at(p, 2*s.spot)), load(at(p, 3*s.spot)), load(at(p, 4*s.spot)), load(at(p, 5*s.spot)))
			y0.StoreArray(at(q, 0))
			y1.StoreArray(at(q, s.row))
			y2.StoreArray(at(q, 2*s.row))
			y3.StoreArray(at(q, 3*s.row))
		}
	}
	done()
}

func stackBlameVec(g, dy []float32, s stack) {
	s.check(dy, 0, g)
	G, D := unsafe.Pointer(unsafe.SliceData(g)), unsafe.Pointer(unsafe.SliceData(dy))
	for t := range s.tiles {
		for c := 0; c < s.row; c += lanes {
			p, q := unsafe.Pointer(at(D, t*tileSide*s.row+c)), unsafe.Pointer(at(G, t*s.row+c))
			w0, w1, w2, w3, w4, w5 := blameLineVec(load(at(p, 0)), load(at(p, s.row)), load(at(p, 2*s.row)), load(at(p, 3*s.row)))
			w0.StoreArray(at(q, 0))
			w1.StoreArray(at(q, s.spot))
			w2.StoreArray(at(q, 2*s.spot))
			w3.StoreArray(at(q, 3*s.spot))
			w4.StoreArray(at(q, 4*s.spot))
			w5.StoreArray(at(q, 5*s.spot))
		}
	}
	done()
}

func axpyVec(d, x []float32, a float32) {
	D := vecs(d)
	X, v := vecs(x)[:len(D)], splat(a)
	for i := range D {
		muladd(v, load(&X[i]), load(&D[i])).StoreArray(&D[i])
	}
	done()
	if n := len(D) * lanes; n < len(d) {
		axpy(d[n:], x[n:], a)
	}
}
