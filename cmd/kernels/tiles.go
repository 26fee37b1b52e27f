package main

// A shape is the register block of a tile: rows of c by vectors of four columns. What
// it holds and what a step loads fit the 15 vector registers that V8 has on x86:
// 6 x 2 sums, 2 vectors of b, 1 number of a.
type shape struct{ rows, vectors int }

// The vectors are nr of package cpu.
var tall, low = shape{6, 2}, shape{4, 2}

// A variant is one way to multiply and add.
type variant struct {
	name string
	madd func(x, y, z expr) expr // x*y + z
}

var variants = []variant{
	{"simd", func(x, y, z expr) expr { return vadd(vmul(x, y), z) }},
	{"relaxed", relaxedMadd},
}

// functions is what a module exports; ui/src/kernels/kernels.ts has the same list of names.
func (v variant) functions() []*function {
	return []*function{
		v.rowTiles("rows6", tall), v.rowTiles("rows4", low), v.columnTiles("columns6", tall), v.columnTiles("columns4", low),
		v.transpose(), v.pack(), v.turnPatch(), v.turnBack(), v.turnBlame(), v.stackPatch(), v.stackBack(), v.stackBlame(),
		v.add(), v.sub(), v.mul(), v.affine(), v.axpy(), v.relu(), v.step(), v.exp(), v.gelu(), v.geluSlope(), v.geluErf(), v.geluErfSlope(), v.softmax(),
		v.addRow(), v.addRows(), v.addSquares(), v.addProducts(), v.standardize(), v.normGrad(), v.layerNorm(), v.layerNormGrad(),
	}
}

func (v variant) module() []byte { return module(v.functions()...) }

// Sizes in bytes.
const (
	float  = 4
	vector = 16
	index  = 8 // an int in Go's memory, of which the lower half is all there is
)

const unroll = 4 // steps of k a turn

// Both functions below do count tiles of rows of c by some panels of columns:
//
//	c[row][j] (+)= Σ a[row][k] · b[k][j]
//
// Their parameters are what package cpu's sweep says.

// rowTiles: row i of a is k floats from a[at[i]], and so again each segment later; b is packed.
func (v variant) rowTiles(name string, s shape) *function {
	f := &function{name: name}
	c, rows, accumulate := f.param(), f.param(), f.param()
	a, at := f.param(), f.param()
	k, segments, segment := f.param(), f.param(), f.param()
	b, count, panels := f.param(), f.param(), f.param()
	row, from := f.variable(i32), f.variable(i32) // into rows and at
	t := newTile(f, v, s, s.rows)

	f.times(get(panels), func() {
		f.set(row, get(rows))
		f.set(from, get(at))
		f.times(get(count), func() {
			t.place(c, row)
			for r, p := range t.a {
				f.set(p, add(get(a), mul(load(from, r*index), number(float))))
			}
			f.set(t.b, get(b))
			f.when(get(accumulate), t.load, t.clear)
			f.times(get(segments), func() {
				f.times(shr(get(k), 2), func() { t.rowSteps(unroll) })
				f.times(and(get(k), unroll-1), func() { t.rowSteps(1) })
				for _, p := range t.a {
					f.move(p, mul(sub(get(segment), get(k)), number(float)))
				}
			})
			t.store()
			f.move(from, number(s.rows*index))
		})
		f.set(b, get(t.b)) // where the next panel begins
		f.move(c, number(s.vectors*vector))
	})
	return f
}

// columnTiles: step k has its rows side by side at a[k*aStep], and its columns at b[k*bStep].
func (v variant) columnTiles(name string, s shape) *function {
	f := &function{name: name}
	c, rows, accumulate := f.param(), f.param(), f.param()
	a, aStep := f.param(), f.param()
	k, segments, segment := f.param(), f.param(), f.param()
	b, bStep, bPanel := f.param(), f.param(), f.param()
	count, panels := f.param(), f.param()
	row, panel := f.variable(i32), f.variable(i32)
	t := newTile(f, v, s, 1)
	for _, p := range []local{aStep, segment, bStep, bPanel} { // in bytes
		f.set(p, mul(get(p), number(float)))
	}
	f.set(segment, sub(get(segment), mul(get(k), get(aStep))))

	f.times(get(panels), func() {
		f.set(row, get(rows))
		f.set(panel, get(a))
		f.times(get(count), func() {
			t.place(c, row)
			f.set(t.a[0], get(panel))
			f.set(t.b, get(b))
			f.when(get(accumulate), t.load, t.clear)
			f.times(get(segments), func() {
				step := func() { t.columnStep(aStep, bStep) }
				f.times(shr(get(k), 2), func() { step(); step(); step(); step() })
				f.times(and(get(k), unroll-1), step)
				f.move(t.a[0], get(segment))
			})
			t.store()
			f.move(panel, number(s.rows*float))
		})
		f.move(b, get(bPanel))
		f.move(c, number(s.vectors*vector))
	})
	return f
}

// tile is the innermost part: pointers into a, b and c, and sums in registers.
type tile struct {
	f *function
	variant
	shape

	a, c []local // pointers; of c one a row
	b    local
	sum  [][]local
	x    local   // a number of a, in all lanes
	y    []local // a row of b
}

// newTile declares a tile with so many pointers into a.
func newTile(f *function, v variant, s shape, pointers int) *tile {
	t := &tile{f: f, variant: v, shape: s, b: f.variable(i32), x: f.variable(v128)}
	t.a, t.c, t.y = f.variables(pointers, i32), f.variables(s.rows, i32), f.variables(s.vectors, v128)
	for range s.rows {
		t.sum = append(t.sum, f.variables(s.vectors, v128))
	}
	return t
}

// place points at the next rows of c, and moves on in their list.
func (t *tile) place(c, row local) {
	for r, p := range t.c {
		t.f.set(p, add(get(c), mul(load(row, r*index), number(float))))
	}
	t.f.move(row, number(t.rows*index))
}

// rowSteps adds n steps to the sums, and moves on.
func (t *tile) rowSteps(n int) {
	for i := range n {
		t.step(i*t.vectors*vector, func(r int) expr { return vsplat(t.a[r], i*float) })
	}
	for _, p := range t.a {
		t.f.move(p, number(n*float))
	}
	t.f.move(t.b, number(n*t.vectors*vector))
}

// columnStep adds one step, and moves on.
func (t *tile) columnStep(aStep, bStep local) {
	t.step(0, func(r int) expr { return vsplat(t.a[0], r*float) })
	t.f.move(t.a[0], get(aStep))
	t.f.move(t.b, get(bStep))
}

// step multiplies the row of b that lies ahead by one number of a for each row of c.
func (t *tile) step(ahead int, number func(r int) expr) {
	for v := range t.vectors {
		t.f.set(t.y[v], vload(t.b, ahead+v*vector))
	}
	for r := range t.rows {
		t.f.set(t.x, number(r))
		for v := range t.vectors {
			t.f.set(t.sum[r][v], t.madd(get(t.x), get(t.y[v]), get(t.sum[r][v])))
		}
	}
}

func (t *tile) load() {
	t.each(func(r, v int) { t.f.set(t.sum[r][v], vload(t.c[r], v*vector)) })
}

func (t *tile) clear() {
	t.each(func(r, v int) { t.f.set(t.sum[r][v], zero()) })
}

func (t *tile) store() {
	t.each(func(r, v int) { t.f.store(t.c[r], v*vector, get(t.sum[r][v])) })
}

func (t *tile) each(f func(r, v int)) {
	for r := range t.rows {
		for v := range t.vectors {
			f(r, v)
		}
	}
}
