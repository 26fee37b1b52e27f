package cpu

import "autodidact/core/kernel"

// ConvWeight implements kernel.ConvWeightBackend:
//
//	dw[kh, kw, in, out] = Σ x[pixel·stride + (kh·step, kw) - pad, in] · dy[pixel, out]
//
// over all pixels of all images: a sum of products of patch and dy. For one kh the
// pair (kw, in) is one run of floats in the padded image, so nothing is laid out.
func (b *Backend) ConvWeight(dw, x, dy kernel.Buffer, c kernel.Conv) {
	W := words("ConvWeight", dw, c.KH*c.KW*c.In*c.Out)
	X := words("ConvWeight", x, c.Batch*c.H*c.W*c.In)
	Y := words("ConvWeight", dy, c.Batch*c.OutH()*c.OutW()*c.Out)
	if minimal(c) {
		b.winograd(c).weightGrad(W, X, Y)
		return
	}
	if s, ok := b.series(c); ok {
		s.weightGrad(W, X, Y)
		return
	}
	const cached = 1 << 13 // floats of x and dy that stay in the first cache
	v := weightGrad{
		Backend: b, Conv: c, grid: inputGrid(c), x: X, dy: Y, dwRows: multiples(c.KW*c.In, c.Out),
		lines: max(1, cached/(c.OutW()*(c.Stride*c.In+c.Out))),
	}
	const parts = 8 // whatever the number of cores
	b.sumChunks(parallel, W, c.Batch, max(1, (c.Batch+parts-1)/parts), v.images)
}

type weightGrad struct {
	*Backend
	kernel.Conv
	grid   grid
	x, dy  []float32
	dwRows []int // where the weights of one (kw, in) begin
	lines  int   // of dy taken at a time
}

// images adds the share of images lo to hi to acc.
func (v *weightGrad) images(acc []float32, lo, hi int) {
	padded := v.take(v.grid.size() + mr) // a tile may read past the last row
	size, sizeOut := v.H*v.W*v.In, v.OutH()*v.OutW()*v.Out
	for i := lo; i < hi; i++ {
		v.grid.pad(padded, v.x[i*size:(i+1)*size])
		for line := 0; line < v.OutH(); line += v.lines {
			v.add(acc, padded, v.dy[i*sizeOut:(i+1)*sizeOut], line, min(v.OutH(), line+v.lines))
		}
	}
	v.put(padded)
}

// add adds the share of the lines lo to hi of one image.
func (v *weightGrad) add(acc, padded, dy []float32, lo, hi int) {
	width, one := v.grid.width(), v.KW*v.In*v.Out
	s := sweep{
		rows: v.dwRows, n: v.Out, add: true,
		aStep: v.Stride * v.In, k: v.OutW(), segments: hi - lo, segment: v.Stride * width,
		b: dy[lo*v.OutW()*v.Out : hi*v.OutW()*v.Out], bCols: columns{v.Out, nr},
	}
	if s.k == 1 { // a single column of pixels is as good as a line
		s.k, s.segments, s.aStep = s.segments, 1, s.segment
	}
	for kh := range v.KH {
		s.c, s.a = acc[kh*one:(kh+1)*one], padded[(lo*v.Stride+kh*v.Step())*width:]
		v.outer(s)
	}
}
