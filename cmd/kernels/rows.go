package main

// Loops over rows of whole vectors, some columns at a time down all rows, so that
// what belongs to a column stays in registers: see norm_simd.go of package cpu.

// down writes such a function. Its parameters are the number of rows, of vectors in
// a row, singles pointers to one row each and streams pointers to all rows. step does
// one vector of one row; with result, single 0 is stored when all rows are done. wide is
// how many columns of vectors go together: 1, 2 or 4.
func down(name string, wide, singles, streams int, result bool, step func(f *function, single []local, stream func(i int) slot)) *function {
	f := &function{name: name}
	rows, vectors := f.param(), f.param()
	single, stream := f.paramList(singles), f.paramList(streams)
	at := f.variables(streams, i32)
	held := make([][]local, wide)
	for c := range held {
		held[c] = f.variables(singles, v128)
	}
	turn := func(columns int) {
		for c := range columns {
			for i, p := range single {
				f.set(held[c][i], vload(p, c*vector))
			}
		}
		for i, p := range stream {
			f.set(at[i], get(p))
		}
		f.times(get(rows), func() {
			for c := range columns {
				step(f, held[c], func(i int) slot { return slot{at[i], c * vector} })
			}
			for _, p := range at {
				f.move(p, mul(get(vectors), number(vector)))
			}
		})
		for c := range columns {
			if result {
				f.store(single[0], c*vector, get(held[c][0]))
			}
		}
		for _, p := range append(single, stream...) {
			f.move(p, number(columns*vector))
		}
	}
	left := f.variable(i32)
	f.set(left, get(vectors))
	if wide > 1 {
		f.times(shr(get(left), wide/2), func() { turn(wide) })
		f.set(left, and(get(left), wide-1))
	}
	f.times(get(left), func() { turn(1) })
	return f
}

// A slot is a vector in memory.
type slot struct {
	at     local
	offset int
}

func (s slot) load() expr                    { return vload(s.at, s.offset) }
func (s slot) store(f *function, value expr) { f.store(s.at, s.offset, value) }

// addRows: acc += x.
func (v variant) addRows() *function {
	return down("addRows", 4, 1, 1, true, func(f *function, s []local, x func(int) slot) {
		f.set(s[0], vadd(get(s[0]), x(0).load()))
	})
}

// addSquares: acc += (x-mean)².
func (v variant) addSquares() *function {
	var d local
	return down("addSquares", 4, 2, 1, true, func(f *function, s []local, x func(int) slot) {
		d = f.variable(v128)
		f.set(d, vsub(x(0).load(), get(s[1])))
		f.set(s[0], v.madd(get(d), get(d), get(s[0])))
	})
}

// addProducts: acc += dy·(x-mean).
func (v variant) addProducts() *function {
	return down("addProducts", 4, 2, 2, true, func(f *function, s []local, x func(int) slot) {
		f.set(s[0], v.madd(x(0).load(), vsub(x(1).load(), get(s[1])), get(s[0])))
	})
}

// standardize: y = (x-mean)·mul + add.
func (v variant) standardize() *function {
	return down("standardize", 4, 3, 2, false, func(f *function, s []local, x func(int) slot) {
		x(0).store(f, v.madd(vsub(x(1).load(), get(s[0])), get(s[1]), get(s[2])))
	})
}

// normGrad: dx = dy·p + (x-mean)·q + r.
func (v variant) normGrad() *function {
	return down("normGrad", 2, 4, 3, false, func(f *function, s []local, x func(int) slot) {
		far := v.madd(vsub(x(2).load(), get(s[0])), get(s[2]), get(s[3]))
		x(0).store(f, v.madd(x(1).load(), get(s[1]), far))
	})
}

// addRow: y = x + row.
func (v variant) addRow() *function {
	return down("addRow", 4, 1, 2, false, func(f *function, s []local, x func(int) slot) {
		x(0).store(f, vadd(x(1).load(), get(s[0])))
	})
}
