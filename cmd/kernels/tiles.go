package main

// A shape is the register block of a tile: rows of c by vectors of four columns. What
// it holds and what a step loads fit the 15 vector registers that V8 has on x86:
// 6 x 2 sums, 2 vectors of b, 1 number of a.
type shape struct{ rows, vectors int }

// The vectors are nr of package cpu, and the rows its moduleHeight and mr.
var (
	rowShape    = shape{6, 2}
	packedShape = shape{4, 2}
)

// A variant is one way to multiply and add.
type variant struct {
	name string
	madd func(x, y, z expr) expr // x*y + z
}

var variants = []variant{
	{"simd", func(x, y, z expr) expr { return vadd(vmul(x, y), z) }},
	{"relaxed", relaxedMadd},
}

// functions is what a module exports; ui/src/kernels.ts has the same list of names.
func (v variant) functions() []*function {
	return []*function{
		v.tiles("rows", rowShape, false), v.tiles("packed", packedShape, true),
		v.addRows(), v.addSquares(), v.addProducts(), v.standardize(), v.normGrad(),
		v.turnPatch(), v.turnBack(), v.turnBlame(), v.axpy(),
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

// tiles writes the function that does count tiles of rows of c by some panels of b:
//
//	c[row][j] (+)= Σ a[row][k] · b[k][j]
//
// Its parameters are what package cpu's sweep says. If packed, a is panels of k rows of
// shape.rows floats; if not, row i is k floats from a[at[i]], and again each segment later.
func (v variant) tiles(name string, s shape, packed bool) *function {
	f := &function{name: name}
	c, rows, accumulate := f.param(), f.param(), f.param()
	a, at := f.param(), f.param()
	k, segments, segment := f.param(), f.param(), f.param()
	b, count, panels := f.param(), f.param(), f.param()
	row, from := f.variable(i32), f.variable(i32) // into rows and at
	t := newTile(f, v, s, packed)

	f.times(get(panels), func() {
		f.set(row, get(rows))
		f.set(from, get(at))
		f.set(t.a[0], get(a))
		f.times(get(count), func() {
			for r := range s.rows {
				f.set(t.c[r], add(get(c), mul(load(row, r*index), number(float))))
				if !packed {
					f.set(t.a[r], add(get(a), mul(load(from, r*index), number(float))))
				}
			}
			f.set(t.b, get(b))
			f.when(get(accumulate), t.load, t.clear)
			f.times(get(segments), func() {
				f.times(shr(get(k), 2), func() { t.steps(unroll) })
				f.times(and(get(k), unroll-1), func() { t.steps(1) })
				if !packed {
					t.advance(mul(sub(get(segment), get(k)), number(float)))
				}
			})
			t.store()
			f.set(row, add(get(row), number(s.rows*index)))
			f.set(from, add(get(from), number(s.rows*index)))
		})
		f.set(b, get(t.b)) // where the next panel begins
		f.set(c, add(get(c), number(s.vectors*vector)))
	})
	return f
}

// tile is the innermost part: pointers into a, b and c, and sums in registers.
type tile struct {
	f *function
	variant
	shape
	packed bool

	a, c []local // a is one pointer if packed, otherwise one a row
	b    local
	sum  [][]local
	x    local   // a number of a, in all lanes
	y    []local // a row of b
}

func newTile(f *function, v variant, s shape, packed bool) *tile {
	t := &tile{f: f, variant: v, shape: s, packed: packed, b: f.variable(i32), x: f.variable(v128)}
	for r := range s.rows {
		if r == 0 || !packed {
			t.a = append(t.a, f.variable(i32))
		}
		t.c = append(t.c, f.variable(i32))
		t.sum = append(t.sum, nil)
		for range s.vectors {
			t.sum[r] = append(t.sum[r], f.variable(v128))
		}
	}
	for range s.vectors {
		t.y = append(t.y, f.variable(v128))
	}
	return t
}

// steps adds n steps of k to the sums, and moves on.
func (t *tile) steps(n int) {
	for i := range n {
		for v := range t.vectors {
			t.f.set(t.y[v], vload(t.b, (i*t.vectors+v)*vector))
		}
		for r := range t.rows {
			t.f.set(t.x, t.splat(i, r))
			for v := range t.vectors {
				t.f.set(t.sum[r][v], t.madd(get(t.x), get(t.y[v]), get(t.sum[r][v])))
			}
		}
	}
	t.f.set(t.b, add(get(t.b), number(n*t.vectors*vector)))
	if t.packed {
		t.advance(number(n * t.rows * float))
	} else {
		t.advance(number(n * float))
	}
}

// splat is the number of a for row r, i steps ahead, in all lanes.
func (t *tile) splat(i, r int) expr {
	if t.packed {
		return vsplat(t.a[0], (i*t.rows+r)*float)
	}
	return vsplat(t.a[r], i*float)
}

func (t *tile) advance(bytes expr) {
	for _, a := range t.a {
		t.f.set(a, add(get(a), bytes))
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
