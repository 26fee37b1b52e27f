package main

import "slices"

// Winograd's turns: see winograd.go of package cpu. A turn is a small matrix applied
// along the height and then along the width of a square of vectors.

// A line applies the matrix to values and gives as many results as it has rows.
type line func(f *function, d []local) []expr

// square writes a function that turns side x side vectors, for all channels of a row
// of tiles. Parameters: the two pointers, tiles, vectors of channels, and in bytes what lies
// between rows of the picture, its pixels, spots and tiles among the turned. If back, it
// reads the turned and writes the picture, and otherwise the other way round.
func square(name string, side int, back bool, apply line) *function {
	f := &function{name: name}
	to, from, tiles, vectors := f.param(), f.param(), f.param(), f.param()
	row, pixel, spot, tile := f.param(), f.param(), f.param(), f.param()
	picture, turned := from, to
	if back {
		picture, turned = to, from
	}
	src, dst := f.variable(i32), f.variable(i32)
	in, out := grid(f, src, row, pixel, side), spots(f, dst, spot)
	if back {
		in, out = spots(f, src, spot), grid(f, dst, row, pixel, 4)
	}
	f.times(get(tiles), func() {
		f.set(src, get(from))
		f.set(dst, get(to))
		f.times(get(vectors), func() {
			columns := make([][]local, side)
			for j := range side {
				var d []local
				for i := range side {
					d = append(d, f.variable(v128))
					f.set(d[i], in(i, j, nil))
				}
				for _, e := range apply(f, d) {
					t := f.variable(v128)
					f.set(t, e)
					columns[j] = append(columns[j], t)
				}
			}
			for i := range columns[0] {
				var d []local
				for j := range side {
					d = append(d, columns[j][i])
				}
				for j, e := range apply(f, d) {
					out(i, j, e)
				}
			}
			f.move(src, number(vector))
			f.move(dst, number(vector))
		})
		f.move(turned, get(tile))
		f.move(picture, mul(get(pixel), number(4)))
	})
	return f
}

// An access reads the vector at (i, j), or writes it.
type access func(i, j int, write expr) expr

// grid is a part of a picture, of so many columns.
func grid(f *function, base, row, pixel local, columns int) access {
	at := f.variable(i32)
	return func(i, j int, write expr) expr {
		f.set(at, add(add(get(base), mul(get(row), number(i))), mul(get(pixel), number(j))))
		return touch(f, at, write)
	}
}

// spots is the turned square, spot after spot.
func spots(f *function, base, spot local) access {
	at := f.variable(i32)
	return func(i, j int, write expr) expr {
		f.set(at, add(get(base), mul(get(spot), number(6*i+j))))
		return touch(f, at, write)
	}
}

func touch(f *function, at local, write expr) expr {
	if write == nil {
		return vload(at, 0)
	}
	f.store(at, 0, write)
	return nil
}

// upright writes a function that turns side vectors above one another, for all vectors of a
// stack of tiles. Parameters: the two pointers, tiles, vectors of a row, and the bytes
// between spots of the turned.
func upright(name string, side int, back bool, apply line) *function {
	f := &function{name: name}
	to, from, tiles, vectors, spot := f.param(), f.param(), f.param(), f.param(), f.param()
	image, row := from, f.variable(i32)
	if back {
		image = to
	}
	f.set(row, mul(get(vectors), number(vector)))
	src, dst := f.rungs(from, row, side), f.rungs(to, spot, 6)
	if back {
		src, dst = f.rungs(from, spot, side), f.rungs(to, row, 4)
	}
	f.times(get(tiles), func() {
		f.times(get(vectors), func() {
			d := f.variables(side, v128)
			for i := range d {
				f.set(d[i], vload(src.at(f, i), 0))
			}
			for i, e := range apply(f, d) {
				f.store(dst.at(f, i), 0, e)
			}
			f.move(from, number(vector))
			f.move(to, number(vector))
		})
		f.move(image, mul(get(row), number(3)))
	})
	return f
}

// A ladder is vectors evenly apart above a pointer that moves.
type ladder struct {
	base local
	up   []local // to each but the first
	here local
}

func (f *function) rungs(base, apart local, n int) ladder {
	l := ladder{base, f.variables(n-1, i32), f.variable(i32)}
	for i, up := range l.up {
		f.set(up, mul(get(apart), number(i+1)))
	}
	return l
}

// at points to rung i, until it is called again.
func (l ladder) at(f *function, i int) local {
	if i == 0 {
		return l.base
	}
	f.set(l.here, add(get(l.base), get(l.up[i-1])))
	return l.here
}

// turnPatch: v = Bᵀ x B.
func (v variant) turnPatch() *function { return square("turnPatch", 6, false, v.patchLine) }

// turnBack: y = Aᵀ m A.
func (v variant) turnBack() *function { return square("turnBack", 6, true, v.backLine) }

// turnBlame: A dy Aᵀ.
func (v variant) turnBlame() *function { return square("turnBlame", 4, false, v.blameLine) }

// stackPatch: v = Bᵀ x.
func (v variant) stackPatch() *function { return upright("stackPatch", 6, false, v.patchLine) }

// stackBack: y = Aᵀ m.
func (v variant) stackBack() *function { return upright("stackBack", 6, true, v.backLine) }

// stackBlame: A dy.
func (v variant) stackBlame() *function { return upright("stackBlame", 4, false, v.blameLine) }

// patchLine is Bᵀ.
func (v variant) patchLine(f *function, d []local) []expr {
	g := f.gets(d)
	four := constant(-4)
	a, b := f.keep(v.madd(four, g[2], g[4])), f.keep(v.madd(four, g[1], g[3]))
	c, e := f.keep(vsub(g[4], g[2])), f.keep(vmul(constant(2), vsub(g[3], g[1])))
	return []expr{
		v.madd(constant(4), g[0], v.madd(constant(-5), g[2], g[4])),
		vadd(a, b), vsub(a, b), vadd(c, e), vsub(c, e),
		v.madd(constant(4), g[1], v.madd(constant(-5), g[3], g[5])),
	}
}

// backLine is Aᵀ.
func (v variant) backLine(f *function, d []local) []expr {
	g := f.gets(d)
	a, b := f.keep(vadd(g[1], g[2])), f.keep(vsub(g[1], g[2]))
	c, e := f.keep(vadd(g[3], g[4])), f.keep(vsub(g[3], g[4]))
	return []expr{
		vadd(vadd(g[0], a), c),
		v.madd(constant(2), e, b),
		v.madd(constant(4), c, a),
		vadd(v.madd(constant(8), e, b), g[5]),
	}
}

// blameLine is A.
func (v variant) blameLine(f *function, d []local) []expr {
	g := f.gets(d)
	a, b := f.keep(vadd(g[0], g[2])), f.keep(vadd(g[1], g[3]))
	c, e := f.keep(v.madd(constant(4), g[2], g[0])), f.keep(vmul(constant(2), v.madd(constant(4), g[3], g[1])))
	return []expr{g[0], vadd(a, b), vsub(a, b), vadd(c, e), vsub(c, e), g[3]}
}

// keep computes x once, for several uses.
func (f *function) keep(x expr) expr {
	l := f.variable(v128)
	f.set(l, x)
	return get(l)
}

func (f *function) gets(locals []local) (all []expr) {
	for _, l := range locals {
		all = append(all, slices.Clone(get(l)))
	}
	return all
}
