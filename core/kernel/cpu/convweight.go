package cpu

import "autodidact/core/kernel"

// ConvWeight implements kernel.ConvWeightBackend:
//
//	dw[kh, kw, in, out] = Σ x[pixel·stride + (kh·step, kw) - pad, in] · dy[pixel, out]
//
// over all pixels of all images: a product of patches, transposed, and dy. For one kh
// the pair (kw, in) is one run of floats in the padded image.
func (b *Backend) ConvWeight(dw, x, dy kernel.Buffer, c kernel.Conv) {
	oh, ow := c.OutH(), c.OutW()
	W := words("ConvWeight", dw, c.KH*c.KW*c.In*c.Out)
	X := words("ConvWeight", x, c.Batch*c.H*c.W*c.In)
	Y := words("ConvWeight", dy, c.Batch*oh*ow*c.Out)
	if minimal(c) {
		b.winograd(c).weightGrad(W, X, Y)
		return
	}
	g := inputGrid(c)
	group := max(1, blockK/(oh*ow)) // images that fill one block together
	v := weightGrad{
		Backend: b, c: c, g: g, group: group, pixels: oh * ow,
		x: X, dy: Y, dyRows: multiples(blockK, c.Out), dwRows: multiples(c.KW*c.In, c.Out), xRows: make([]int, group*oh*ow),
	}
	for i := range v.xRows {
		img, p := i/v.pixels, i%v.pixels
		v.xRows[i] = img*g.size() + p/ow*c.Stride*g.width() + p%ow*c.Stride*c.In
	}
	const parts = 8 // whatever the number of cores
	per := up((c.Batch+parts-1)/parts, group)
	b.sumChunks(parallel, W, c.Batch, per, v.images)
}

type weightGrad struct {
	*Backend
	c             kernel.Conv
	g             grid
	group, pixels int
	x, dy         []float32
	xRows, dyRows []int // where the patches of a group, and the rows of dy, begin
	dwRows        []int // where the weights of one (kw, in) begin
}

// images adds the share of images lo to hi to acc.
func (v *weightGrad) images(acc []float32, lo, hi int) {
	run := v.c.KW * v.c.In
	xs := v.take(v.group * v.g.size())
	a, b := v.take(up(run, mr)*blockK), v.take(up(v.c.Out, nr)*blockK)
	n := v.g.h * v.g.w * v.g.ch
	for ; lo < hi; lo += v.group {
		imgs := min(v.group, hi-lo)
		for i := range imgs {
			v.g.pad(xs[i*v.g.size():(i+1)*v.g.size()], v.x[(lo+i)*n:(lo+i+1)*n])
		}
		dy := v.dy[lo*v.pixels*v.c.Out:]
		for p := 0; p < imgs*v.pixels; p += blockK {
			k := min(blockK, imgs*v.pixels-p)
			packColumns(b, dy[p*v.c.Out:], v.dyRows[:k], v.c.Out, nr)
			for kh := range v.c.KH {
				packColumns(a, xs[kh*v.c.Step()*v.g.width():], v.xRows[p:p+k], run, mr)
				v.product(acc[kh*run*v.c.Out:(kh+1)*run*v.c.Out], a, b, k)
			}
		}
	}
	v.put(xs)
	v.put(a)
	v.put(b)
}

// product adds k steps to the weights of one row of the kernel, dw [kw*in, out].
func (v *weightGrad) product(dw, a, b []float32, k int) {
	v.tiles(&sweep{c: dw, rows: v.dwRows, n: v.c.Out, add: true, a: a, k: k, segments: 1, b: b})
}
