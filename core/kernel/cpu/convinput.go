package cpu

import "autodidact/core/kernel"

// ConvInput implements kernel.ConvInputBackend:
//
//	dx[h] = Σ dy[o]·w[kh]ᵀ  over h = o·stride + kh·step - pad
//
// Pixels of one class, h mod stride, all see the same taps of the kernel, and see them
// backwards. So each class is a plain convolution of dy with those taps flipped.
func (b *Backend) ConvInput(dx, dy, w kernel.Buffer, c kernel.Conv) {
	oh, ow := c.OutH(), c.OutW()
	X := words("ConvInput", dx, c.Batch*c.H*c.W*c.In)
	Y := words("ConvInput", dy, c.Batch*oh*ow*c.Out)
	W := words("ConvInput", w, c.KH*c.KW*c.In*c.Out)
	if back := backwards(c); minimal(back) {
		filters := b.filters(W, c, true)
		b.winograd(back).convolve(X, Y, filters, nil)
		b.put(filters)
		return
	}
	if s, ok := b.series(c); ok {
		back := s.backwards()
		filters := back.filters(W, true)
		back.convolve(X, Y, filters, nil)
		b.put(filters)
		return
	}
	v, h := axis{c.KH, c.Above + c.Pad, c.Step()}, axis{c.KW, c.Pad, 1}
	g := grid{
		h: oh, w: ow, ch: c.Out,
		top: max(0, c.Reach()-1-v.pad) / c.Stride, left: max(0, c.KW-1-h.pad) / c.Stride,
		down: max(0, (c.H-1+v.pad)/c.Stride-oh+1), right: max(0, (c.W-1+h.pad)/c.Stride-ow+1),
	}
	var classes []class
	blind := false
	for py := range min(c.Stride, c.H) {
		for px := range min(c.Stride, c.W) {
			rows, cols := v.seen(py, c.Stride), h.seen(px, c.Stride)
			if rows.n == 0 || cols.n == 0 {
				blind = true
				continue
			}
			classes = append(classes, class{
				taps{rows.n, cols.n, v.step, b.flip(W, rows, cols, c)},
				place((c.H-py+c.Stride-1)/c.Stride, (c.W-px+c.Stride-1)/c.Stride,
					corner{(py*c.W + px) * c.In, c.Stride * c.W * c.In, c.Stride * c.In},
					corner{(g.top+rows.shift)*g.width() + (g.left+cols.shift)*c.Out, g.width(), c.Out}),
			})
		}
	}
	n := c.H * c.W * c.In
	b.eachImage(c.Batch, Y, g, func(i int, padded []float32) {
		x := X[i*n : (i+1)*n]
		if blind {
			clear(x)
		}
		for _, k := range classes {
			b.convolve(x, padded, g, k.pixels, k.taps, c.In)
		}
	})
	for _, k := range classes {
		b.put(k.packed)
	}
}

type class struct {
	taps
	pixels
}

// A line is what pixels p, p+stride, ... of one axis see of a kernel of size k: n taps,
// last, last-stride, ... in the order they are met, and the place of the first in dy
// relative to the pixel's number in its class.
type line struct{ n, last, shift int }

// An axis has a kernel of some taps, pixels step apart, and zeros before the first pixel.
type axis struct{ taps, pad, step int }

func (a axis) seen(p, stride int) line {
	first := (p + a.pad) % stride
	if first >= a.taps {
		return line{}
	}
	n := (a.taps-1-first)/stride + 1
	return line{n, first + (n-1)*stride, (p+a.pad-first)/stride - (n-1)*a.step}
}

// flip packs the taps of a class: [kh, kw, out] steps by panels of nr input channels.
func (b *Backend) flip(w []float32, rows, cols line, c kernel.Conv) []float32 {
	k := rows.n * cols.n * c.Out
	dst := b.take(k * up(c.In, nr))
	for j := 0; j < c.In; j += nr {
		panel := dst[j*k : (j+nr)*k]
		for u := range rows.n {
			for v := range cols.n {
				kh, kw := rows.last-u*c.Stride, cols.last-v*c.Stride
				tap := w[(kh*c.KW+kw)*c.In*c.Out:][:c.In*c.Out]
				at := (u*cols.n + v) * c.Out * nr
				b.packTransposed(panel[at:at+c.Out*nr], tap[j*c.Out:], c.Out, c.Out, min(nr, c.In-j))
			}
		}
	}
	return dst
}

// backwards is the convolution, of stride 1, that takes dy to dx.
func backwards(c kernel.Conv) kernel.Conv {
	back := c
	back.H, back.W, back.In, back.Out, back.Pad = c.OutH(), c.OutW(), c.Out, c.In, c.KH-1-c.Pad
	return back
}
