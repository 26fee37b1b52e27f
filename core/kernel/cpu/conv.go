package cpu

import "autodidact/core/kernel"

// A convolution of channel-last images needs no patches laid out: for one row of the
// kernel, the patch of an output pixel is one run of kw*in floats in the padded image.
// So a sweep takes its rows of a straight from there, overlapping as they do, one
// segment for each row of the kernel.

// grid is a padded image and the pixels of the output in it.
type grid struct {
	h, w, ch        int // of the image
	top, left, down int // zeros above, on the left, and below
	right           int
}

func (g grid) width() int { return (g.left + g.w + g.right) * g.ch } // floats of a row
func (g grid) size() int  { return (g.top + g.h + g.down) * g.width() }

// padded says whether there is anything to pad.
func (g grid) padded() bool { return g.top+g.left+g.down+g.right > 0 }

// pad copies an image into dst, zeros around it.
func (g grid) pad(dst, src []float32) {
	w, row := g.width(), g.w*g.ch
	clear(dst[:g.top*w])
	for y := range g.h {
		d := dst[(g.top+y)*w : (g.top+y+1)*w]
		clear(d[:g.left*g.ch])
		copy(d[g.left*g.ch:], src[y*row:(y+1)*row])
		clear(d[g.left*g.ch+row:])
	}
	clear(dst[(g.top+g.h)*w:])
}

// taps is the part of a kernel that one class of output pixels sees.
type taps struct {
	kh, kw int
	step   int       // rows of the image from one row of the kernel to the next
	packed []float32 // panels of nr outputs, [kh, kw, in, nr] each
}

// pixels is a rectangle of output pixels: where each lies, and where its patch begins
// in the padded image.
type pixels struct{ to, from []int }

// place lists h x w pixels. Those of to and from are apart by the other arguments.
func place(h, w int, to, from corner) pixels {
	var p pixels
	for y := range h {
		for x := range w {
			p.to = append(p.to, to.at+y*to.y+x*to.x)
			p.from = append(p.from, from.at+y*from.y+x*from.x)
		}
	}
	return p
}

// corner is where the first of some pixels lies, and how far the next ones are.
type corner struct{ at, y, x int }

// convolve computes n output channels of the given pixels of one image.
func (b *Backend) convolve(y, x []float32, g grid, p pixels, k taps, n int) {
	b.tiles(sweep{
		c: y, rows: p.to, n: n,
		a: x, at: p.from, k: k.kw * g.ch, segments: k.kh, segment: k.step * g.width(),
		b: k.packed,
	})
}

// eachImage hands f every image of src in its padded form.
func (b *Backend) eachImage(batch int, src []float32, g grid, f func(i int, padded []float32)) {
	n := g.h * g.w * g.ch
	parallel(batch, func(i int) {
		x := src[i*n : (i+1)*n]
		if !g.padded() {
			f(i, x)
			return
		}
		buf := b.take(g.size())
		g.pad(buf, x)
		f(i, buf)
		b.put(buf)
	})
}

// Conv implements kernel.ConvBackend.
func (b *Backend) Conv(y, x, w kernel.Buffer, c kernel.Conv) { b.conv(y, x, w, nil, c) }

// ConvBias implements kernel.ConvBiasBackend.
func (b *Backend) ConvBias(y, x, w, bias kernel.Buffer, c kernel.Conv) {
	b.conv(y, x, w, words("ConvBias", bias, c.Out), c)
}

// conv adds bias, unless it is nil, to every pixel, while it is in the cache.
func (b *Backend) conv(y, x, w kernel.Buffer, bias []float32, c kernel.Conv) {
	oh, ow := c.OutH(), c.OutW()
	Y := words("Conv", y, c.Batch*oh*ow*c.Out)
	X := words("Conv", x, c.Batch*c.H*c.W*c.In)
	W := words("Conv", w, c.KH*c.KW*c.In*c.Out)
	if minimal(c) {
		filters := b.filters(W, c, false)
		b.winograd(c).convolve(Y, X, filters, bias)
		b.put(filters)
		return
	}
	if s, ok := b.series(c); ok {
		filters := s.filters(W, false)
		s.convolve(Y, X, filters, bias)
		b.put(filters)
		return
	}
	run := c.KH * c.KW * c.In
	k := taps{c.KH, c.KW, c.Step(), b.take(run * up(c.Out, nr))}
	b.pack(k.packed, W, run, c.Out, c.Out)
	g := inputGrid(c)
	p := place(oh, ow, corner{0, ow * c.Out, c.Out}, corner{0, c.Stride * g.width(), c.Stride * c.In})
	b.eachImage(c.Batch, X, g, func(i int, padded []float32) {
		y := Y[i*oh*ow*c.Out : (i+1)*oh*ow*c.Out]
		b.convolve(y, padded, g, p, k, c.Out)
		b.addBias(y, bias)
	})
	b.put(k.packed)
}

// addBias adds a bias, unless it is nil, to all rows.
func (b *Backend) addBias(rows, bias []float32) {
	if bias != nil {
		b.addRow(rows, rows, bias)
	}
}

// inputGrid is the input of a convolution.
func inputGrid(c kernel.Conv) grid {
	return grid{h: c.H, w: c.W, ch: c.In, top: c.Above + c.Pad, left: c.Pad, down: c.Below + c.Pad, right: c.Pad}
}
