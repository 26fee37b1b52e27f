package cpu

import "autodidact/core/kernel"

// Winograd's minimal filtering, F(4x4, 3x3): Lavin and Gray, arXiv:1509.09308. A 3x3
// convolution makes a tile of 4x4 outputs from a patch of 6x6 inputs. Patch and kernel
// are turned into 36 numbers each, in which it is a product number by number; over
// channels that is 36 small matrix products, with a quarter of the multiplications:
//
//	y = Aᵀ [ (Bᵀ x B) · (G w Gᵀ) ] A
//	dw = Gᵀ [ (Bᵀ x B)ᵀ · (A dy Aᵀ) ] G
//
// The gradient of x is a convolution of dy with the kernel backwards.
const (
	tileSide  = 4
	patchSide = 6
	spots     = patchSide * patchSide
)

// filter is G.
var filter = [patchSide][3]float32{
	{1. / 4, 0, 0},
	{-1. / 6, -1. / 6, -1. / 6},
	{-1. / 6, 1. / 6, -1. / 6},
	{1. / 24, 1. / 12, 1. / 6},
	{1. / 24, -1. / 12, 1. / 6},
	{0, 0, 1},
}

// filterColumn is a row of Gᵀ.
func filterColumn(u int) (column [patchSide]float32) {
	for p := range column {
		column[p] = filter[p][u]
	}
	return column
}

// A strip is a row of tiles side by side in one picture.
type strip struct {
	tiles, ch int
	row       int // floats from one row of the picture to the next
	// The turned patches are [spot, tile, channel]: floats from one to the next.
	spot, tile int
}

// check panics unless the strip lies in both: rows of the picture, with so many pixels
// past the last tile, and the turned.
func (s strip) check(picture []float32, rows, past int, turned []float32) {
	_ = picture[(rows-1)*s.row+(s.tiles*tileSide+past)*s.ch-1]
	_ = turned[(spots-1)*s.spot+(s.tiles-1)*s.tile+s.ch-1]
}

// minimal says whether Winograd's way is open, and pays: tiles may hang over the edge.
func minimal(c kernel.Conv) bool {
	tiles := parts(c.OutH(), tileSide) * parts(c.OutW(), tileSide)
	return c.KH == 3 && c.KW == 3 && c.Stride == 1 && c.Step() == 1 && c.Above == 0 && c.Below == 0 && c.Pad >= 0 && c.Pad <= 2 &&
		c.In%8 == 0 && c.Out%8 == 0 && 3*spots*tiles <= 2*9*c.OutH()*c.OutW()
}

// parts is how many pieces of size make n.
func parts(n, size int) int { return (n + size - 1) / size }

// A winograd is such a convolution of some images.
type winograd struct {
	*Backend
	kernel.Conv
	th, tw int // tiles of an image
	group  int // images turned at once, so that what they turn into stays in the cache
	grid   grid
}

func (b *Backend) winograd(c kernel.Conv) *winograd {
	const words = 1 << 18 // a megabyte
	th, tw := parts(c.OutH(), tileSide), parts(c.OutW(), tileSide)
	return &winograd{
		Backend: b, Conv: c, th: th, tw: tw,
		group: min(c.Batch, parts(words, spots*(c.In+c.Out)*th*tw)),
		grid: grid{h: c.H, w: c.W, ch: c.In, top: c.Pad, left: c.Pad,
			down: tileSide*th + 2 - c.H - c.Pad, right: tileSide*tw + 2 - c.W - c.Pad},
	}
}

// groups calls each with every group of images, and how many it has.
func (w *winograd) groups(each runner, f func(first, n int)) {
	each(parts(w.Batch, w.group), func(i int) { f(i*w.group, min(w.group, w.Batch-i*w.group)) })
}

// convolve writes y [batch, outH, outW, out] from x and packed filters.
func (w *winograd) convolve(y, x, filters, bias []float32) {
	const whole = 12 // rows: a multiple of the height of every tile, so that none hangs over
	sizeIn, sizeOut := w.H*w.W*w.In, w.OutH()*w.OutW()*w.Out
	most := up(w.group*w.th*w.tw, whole)
	from, to := multiples(most, w.In), multiples(most, w.Out)
	one := len(filters) / spots
	w.groups(parallel, func(first, n int) {
		tiles := up(n*w.th*w.tw, whole)
		v, m := w.take(spots*tiles*w.In), w.take(spots*tiles*w.Out)
		w.patches(v, x[first*sizeIn:], n, tiles)
		for p := range spots {
			w.tiles(sweep{
				c: m[p*tiles*w.Out : (p+1)*tiles*w.Out], rows: to[:tiles], n: w.Out,
				a: v[p*tiles*w.In : (p+1)*tiles*w.In], at: from[:tiles], k: w.In, segments: 1,
				b: filters[p*one : (p+1)*one],
			})
		}
		w.put(v)
		for i := range n {
			w.outputs(y[(first+i)*sizeOut:(first+i+1)*sizeOut], m[i*w.th*w.tw*w.Out:], tiles)
		}
		w.put(m)
		w.addBias(y[first*sizeOut:(first+n)*sizeOut], bias)
	})
}

// patches turns n images into v [spots, tiles, in].
func (w *winograd) patches(v, x []float32, n, tiles int) {
	padded := w.take(w.grid.size())
	size, s := w.H*w.W*w.In, strip{w.tw, w.In, w.grid.width(), tiles * w.In, w.In}
	for i := range n {
		w.grid.pad(padded, x[i*size:(i+1)*size])
		for t := range w.th {
			w.turnPatch(v[(i*w.th+t)*w.tw*w.In:], padded[t*tileSide*s.row:], s)
		}
	}
	w.put(padded)
}

// outputs turns the tiles of one image back into y [outH, outW, out]. m begins at the
// first of them, among all tiles of a group.
func (w *winograd) outputs(y, m []float32, tiles int) {
	width := tileSide * w.tw * w.Out
	s := strip{w.tw, w.Out, width, tiles * w.Out, w.Out}
	whole, hangs := y, len(y) != tileSide*w.th*width
	if hangs {
		whole = w.take(tileSide * w.th * width)
	}
	for t := range w.th {
		w.turnBack(whole[t*tileSide*width:], m[t*w.tw*w.Out:], s)
	}
	if hangs {
		for r, n := 0, w.OutW()*w.Out; r < w.OutH(); r++ {
			copy(y[r*n:(r+1)*n], whole[r*width:])
		}
		w.put(whole)
	}
}

// filters turns w [3, 3, in, out] and packs it for sweeps: 36 times panels of nr columns.
// Backwards it is turned round, and in and out change places.
func (b *Backend) filters(w []float32, c kernel.Conv, backwards bool) []float32 {
	n, rows, cols := c.In*c.Out, c.In, c.Out
	if backwards {
		rows, cols = cols, rows
	}
	one := rows * up(cols, nr)
	packed := b.take(spots * one)
	lines, spot := b.take(patchSide*3*n), b.take(n) // [6, 3, in, out]: turned along the height
	for p := range patchSide {
		for v := range 3 {
			b.combine(lines[(3*p+v)*n:][:n], filter[p][:], func(u int) []float32 {
				if backwards {
					u = 2 - u
				}
				return w[(3*u+v)*n:][:n]
			})
		}
	}
	for p := range spots {
		b.combine(spot, filter[p%patchSide][:], func(v int) []float32 {
			if backwards {
				v = 2 - v
			}
			return lines[(p/patchSide*3+v)*n:][:n]
		})
		b.packFilter(packed[p*one:(p+1)*one], spot, rows, cols, backwards)
	}
	b.put(lines)
	b.put(spot)
	return packed
}

// packFilter packs one spot of turned filters, [rows, cols] or, backwards, [cols, rows].
func (b *Backend) packFilter(dst, spot []float32, rows, cols int, backwards bool) {
	if backwards {
		b.packTransposed(dst, spot, rows, rows, cols)
	} else {
		b.pack(dst, spot, rows, cols, cols)
	}
}

// combine adds up some slices, each times its factor.
func (b *Backend) combine(dst []float32, factors []float32, slice func(i int) []float32) {
	clear(dst)
	for i, f := range factors {
		if f != 0 {
			b.axpy(dst, slice(i), f)
		}
	}
}

// weightGrad writes dw [3, 3, in, out].
func (w *winograd) weightGrad(dw, x, dy []float32) {
	n, sizeIn, sizeOut := w.In*w.Out, w.H*w.W*w.In, w.OutH()*w.OutW()*w.Out
	acc := multiples(w.In, w.Out)
	sums := w.take(spots * n) // [6, 6, in, out]
	w.groups(serial, func(first, imgs int) {
		tiles := imgs * w.th * w.tw
		v, g := w.take(spots*tiles*w.In), w.take(spots*tiles*w.Out)
		w.patches(v, x[first*sizeIn:], imgs, tiles)
		w.blames(g, dy[first*sizeOut:], imgs)
		parallel(spots, func(p int) {
			w.outer(sweep{
				c: sums[p*n : (p+1)*n], rows: acc, n: w.Out, add: first > 0, k: tiles, segments: 1,
				a: v[p*tiles*w.In : (p+1)*tiles*w.In], aStep: w.In,
				b: g[p*tiles*w.Out : (p+1)*tiles*w.Out], bCols: columns{w.Out, nr},
			})
		})
		w.put(v)
		w.put(g)
	})
	lines := w.take(3 * patchSide * n) // [3, 6, in, out]
	for u := range 3 {
		column := filterColumn(u)
		for q := range patchSide {
			w.combine(lines[(u*patchSide+q)*n:][:n], column[:], func(p int) []float32 { return sums[(p*patchSide+q)*n:][:n] })
		}
	}
	for t := range 9 {
		column := filterColumn(t % 3)
		w.combine(dw[t*n:(t+1)*n], column[:], func(q int) []float32 { return lines[(t/3*patchSide+q)*n:][:n] })
	}
	w.put(lines)
	w.put(sums)
}

// blames turns the gradients of n images' outputs into g [spots, n*tiles, out].
func (w *winograd) blames(g, dy []float32, n int) {
	whole := grid{h: w.OutH(), w: w.OutW(), ch: w.Out, down: tileSide*w.th - w.OutH(), right: tileSide*w.tw - w.OutW()}
	size, s := whole.h*whole.w*w.Out, strip{w.tw, w.Out, whole.width(), n * w.th * w.tw * w.Out, w.Out}
	for i := range n {
		d := dy[i*size : (i+1)*size]
		if whole.padded() {
			d = w.take(whole.size())
			whole.pad(d, dy[i*size:(i+1)*size])
		}
		for t := range w.th {
			w.turnBlame(g[(i*w.th+t)*w.tw*w.Out:], d[t*tileSide*s.row:], s)
		}
		if whole.padded() {
			w.put(d)
		}
	}
}
