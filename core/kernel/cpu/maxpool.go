package cpu

import "autodidact/core/kernel"

// MaxPool goes through the pictures side by side, and takes all channels of a pixel at once.
func (b *Backend) MaxPool(y, x kernel.Buffer, c kernel.Conv) {
	d, s := words("MaxPool", y, c.Batch*c.OutH()*c.OutW()*c.In), words("MaxPool", x, c.Batch*c.H*c.W*c.In)
	out, in := c.OutH()*c.OutW()*c.In, c.H*c.W*c.In
	parallel(c.Batch, func(i int) {
		d, s := d[i*out:][:out], s[i*in:][:in]
		for at := range c.OutH() * c.OutW() {
			top, first := d[at*c.In:][:c.In], true
			eachUnder(c, at, func(pixel int) bool {
				if pixel := s[pixel*c.In:][:c.In]; first {
					copy(top, pixel)
				} else {
					b.maxInto(top, pixel)
				}
				first = false
				return true
			})
		}
	})
}

// MaxPoolGrad gives what a square had to the first pixel that is as large as its largest.
func (b *Backend) MaxPoolGrad(dx, dy, x, y kernel.Buffer, c kernel.Conv) {
	in, out := c.H*c.W*c.In, c.OutH()*c.OutW()*c.In
	g, s := words("MaxPoolGrad", dx, c.Batch*in), words("MaxPoolGrad", x, c.Batch*in)
	d, t := words("MaxPoolGrad", dy, c.Batch*out), words("MaxPoolGrad", y, c.Batch*out)
	parallel(c.Batch, func(i int) {
		g, s, d, t := g[i*in:][:in], s[i*in:][:in], d[i*out:][:out], t[i*out:][:out]
		clear(g)
		taken := make([]bool, c.In)
		for at := range c.OutH() * c.OutW() {
			clear(taken)
			d, t := d[at*c.In:][:c.In], t[at*c.In:][:c.In]
			eachUnder(c, at, func(pixel int) bool {
				s, g, left := s[pixel*c.In:][:c.In], g[pixel*c.In:][:c.In], false
				for k, v := range s {
					if !taken[k] && v == t[k] {
						g[k] += d[k]
						taken[k] = true
					}
					left = left || !taken[k]
				}
				return left
			})
		}
	})
}

// eachUnder calls f with the pixels of a picture that lie under the window of output position at, row by row, until f says no.
func eachUnder(c kernel.Conv, at int, f func(pixel int) bool) {
	top, left := at/c.OutW()*c.Stride-c.Pad, at%c.OutW()*c.Stride-c.Pad
	for h := max(top, 0); h < min(top+c.KH, c.H); h++ {
		for w := max(left, 0); w < min(left+c.KW, c.W); w++ {
			if !f(h*c.W + w) {
				return
			}
		}
	}
}
