package cpu

import "autodidact/core/kernel"

// Winograd's minimal filtering along one axis, F(4, 3): arXiv:1509.09308. A convolution
// in time makes a tile of 4 outputs from a patch of 6 inputs. Turned, as in two dimensions
// (winograd.go) but in one direction only, it takes half the multiplications:
//
//	y = Aᵀ [ (Bᵀ x) · (G w) ]
//	dw = Gᵀ [ (Bᵀ x)ᵀ · (A dy) ]
//
// A dilation changes nothing: let a row be as many positions as it says, side by side. Then
// the taps are one row apart, and each float of a row meets only those above and below it.

// A series is such a convolution of some images of width 1.
type series struct {
	*Backend
	batch, in, out int
	from, to       int // positions of the input and of the output
	step           int // positions of a row: the dilation
	above          int // zeros before the first position
	floors         int // tiles above one another; step of them are side by side
	group          int // images turned at once, so that what they turn into stays in the cache
}

// series makes one, and says whether this way is open, and pays: tiles may hang over the end.
func (b *Backend) series(c kernel.Conv) (series, bool) {
	s := series{Backend: b, batch: c.Batch, in: c.In, out: c.Out, from: c.H, to: c.OutH(), step: c.Step(), above: c.Above}
	s.fit()
	open := c.KH == 3 && c.KW == 1 && c.W == 1 && c.Stride == 1 && c.Pad == 0 && c.Above <= 2*c.Step() && c.In%8 == 0 && c.Out%8 == 0
	return s, open && 3*s.tiles() <= s.to
}

// backwards is the series that takes the gradient of the output to that of the input.
func (s series) backwards() series {
	s.in, s.out, s.from, s.to, s.above = s.out, s.in, s.to, s.from, 2*s.step-s.above
	s.fit()
	return s
}

func (s *series) fit() {
	const words = 1 << 17 // half a megabyte
	s.floors = parts(parts(s.to, s.step), tileSide)
	s.group = max(1, words/max(1, patchSide*(s.in+s.out)*s.tiles()))
}

// tiles of an image.
func (s *series) tiles() int { return s.floors * s.step }

// convolve writes y [batch, to, out] from x and packed filters.
func (s *series) convolve(y, x, filters, bias []float32) {
	const whole = 4 // rows: so that no tile of a sweep hangs over
	most := up(s.group*s.tiles(), whole)
	from, to := multiples(most, s.in), multiples(most, s.out)
	one := len(filters) / patchSide
	spans(parallel, s.batch, s.group, func(lo, hi int) {
		tiles := up((hi-lo)*s.tiles(), whole)
		v, m := s.take(patchSide*tiles*s.in), s.take(patchSide*tiles*s.out)
		for i := lo; i < hi; i++ {
			s.patches(v[(i-lo)*s.tiles()*s.in:], s.image(x, i, s.from*s.in), tiles)
		}
		for p := range patchSide {
			s.Backend.tiles(sweep{
				c: m[p*tiles*s.out : (p+1)*tiles*s.out], rows: to[:tiles], n: s.out,
				a: v[p*tiles*s.in : (p+1)*tiles*s.in], at: from[:tiles], k: s.in, segments: 1,
				b: filters[p*one : (p+1)*one],
			})
		}
		for i := lo; i < hi; i++ {
			s.outputs(s.image(y, i, s.to*s.out), m[(i-lo)*s.tiles()*s.out:], tiles)
		}
		s.put(v)
		s.put(m)
		s.addBias(y[lo*s.to*s.out:hi*s.to*s.out], bias)
	})
}

func (*series) image(x []float32, i, size int) []float32 { return x[i*size : (i+1)*size] }

// A stack is tiles above one another in an image: rows of so many floats, of which a tile
// has four. The turned are [spot, tile, row], spot floats from one spot to the next.
type stack struct{ tiles, row, spot int }

// check panics unless the stack lies in both: the image, with so many rows past the
// last tile, and the turned.
func (s stack) check(image []float32, past int, turned []float32) {
	_ = image[(s.tiles*tileSide+past)*s.row-1]
	_ = turned[(patchSide-1)*s.spot+s.tiles*s.row-1]
}

// patches turns an image into v [6, tiles, in], which begins at its first tile among so many.
func (s *series) patches(v, x []float32, tiles int) {
	s.turn(s.stackPatch, v, x, patchSide, s.above, stack{s.floors, s.step * s.in, tiles * s.in})
}

// blames turns the gradient of an image's outputs into g [6, tiles, out].
func (s *series) blames(g, dy []float32, tiles int) {
	s.turn(s.stackBlame, g, dy, tileSide, 0, stack{s.floors, s.step * s.out, tiles * s.out})
}

// turn turns patches so many rows high, the first of which begins above the image. They are
// taken from where they lie, but for those that hang over.
func (s *series) turn(turn func(v, x []float32, s stack), v, x []float32, rows, above int, all stack) {
	tile, shift := tileSide*all.row, above*all.row/s.step
	lo := min(all.tiles, parts(shift, tile))
	hi := max(lo, min(all.tiles, (len(x)+shift-rows*all.row+tile)/tile))
	if hi > lo {
		turn(v[lo*all.row:], x[lo*tile-shift:], stack{hi - lo, all.row, all.spot})
	}
	edge := s.take(rows * all.row)
	for t := range all.tiles {
		if lo <= t && t < hi {
			continue
		}
		at := t*tile - shift
		clear(edge)
		if begin, end := max(0, at), min(len(x), at+len(edge)); begin < end {
			copy(edge[begin-at:], x[begin:end])
		}
		turn(v[t*all.row:], edge, stack{1, all.row, all.spot})
	}
	s.put(edge)
}

// outputs turns the tiles of one image back into y. m begins at the first of so many.
func (s *series) outputs(y, m []float32, tiles int) {
	row := s.step * s.out
	tile := tileSide * row
	whole := len(y) / tile
	if whole > 0 {
		s.stackBack(y, m, stack{whole, row, tiles * s.out})
	}
	if whole == s.floors {
		return
	}
	edge := s.take(tile) // there is but one that hangs over
	s.stackBack(edge, m[whole*row:], stack{1, row, tiles * s.out})
	copy(y[whole*tile:], edge)
	s.put(edge)
}

// filters turns w [3, in, out] and packs it for sweeps: 6 times panels of nr columns.
// Backwards it is turned round, and in and out are those of w the other way round.
func (s *series) filters(w []float32, backwards bool) []float32 {
	n, one := s.in*s.out, s.in*up(s.out, nr)
	packed, spot := s.take(patchSide*one), s.take(n)
	for p := range patchSide {
		s.combine(spot, filter[p][:], func(u int) []float32 {
			if backwards {
				u = 2 - u
			}
			return w[u*n:][:n]
		})
		s.packFilter(packed[p*one:(p+1)*one], spot, s.in, s.out, backwards)
	}
	s.put(spot)
	return packed
}

// weightGrad writes dw [3, in, out].
func (s *series) weightGrad(dw, x, dy []float32) {
	const parts = 8 // whatever the number of cores
	n, acc := s.in*s.out, multiples(s.in, s.out)
	sums := s.take(patchSide * n) // [6, in, out]
	s.sumChunks(parallel, sums, s.batch, (s.batch+parts-1)/parts, func(sums []float32, lo, hi int) {
		spans(serial, hi-lo, s.group, func(first, end int) {
			tiles := (end - first) * s.tiles()
			v, g := s.take(patchSide*tiles*s.in), s.take(patchSide*tiles*s.out)
			for i := first; i < end; i++ {
				at := (i - first) * s.tiles()
				s.patches(v[at*s.in:], s.image(x, lo+i, s.from*s.in), tiles)
				s.blames(g[at*s.out:], s.image(dy, lo+i, s.to*s.out), tiles)
			}
			for p := range patchSide {
				s.outer(sweep{
					c: sums[p*n : (p+1)*n], rows: acc, n: s.out, add: true, k: tiles, segments: 1,
					a: v[p*tiles*s.in : (p+1)*tiles*s.in], aStep: s.in,
					b: g[p*tiles*s.out : (p+1)*tiles*s.out], bCols: columns{s.out, nr},
				})
			}
			s.put(v)
			s.put(g)
		})
	})
	for u := range 3 {
		column := filterColumn(u)
		s.combine(dw[u*n:(u+1)*n], column[:], func(p int) []float32 { return sums[p*n:][:n] })
	}
	s.put(sums)
}
