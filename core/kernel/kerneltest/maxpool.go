package kerneltest

import (
	"math"
	"testing"

	"autodidact/core/kernel"
)

// maxPool holds the largest of windows, with ties, as after a ReLU, and with negatives at the borders.
func (s *suite) maxPool(t *testing.T) {
	b := s.make()
	_, there := b.(kernel.MaxPoolBackend)
	_, back := b.(kernel.MaxPoolGradBackend)
	if !there || !back {
		t.Skip("not offered")
	}
	for _, c := range []kernel.Conv{
		{Batch: 2, H: 6, W: 5, In: 3, KH: 3, KW: 3, Out: 3, Stride: 2, Pad: 1},
		{Batch: 3, H: 8, W: 8, In: 64, KH: 3, KW: 3, Out: 64, Stride: 2, Pad: 1},
		{Batch: 1, H: 5, W: 4, In: 17, KH: 2, KW: 2, Out: 17, Stride: 1},
		{Batch: 1, H: 1, W: 2, In: 1, KH: 3, KW: 3, Out: 1, Stride: 2, Pad: 1},
	} {
		x := s.random(c.Batch * c.H * c.W * c.In)
		for i := range x {
			if x[i] = max(x[i], -0.5); i%3 == 0 {
				x[i] -= 10
			}
		}
		n := c.Batch * c.OutH() * c.OutW() * c.In
		in := []kernel.Host{make(kernel.Host, len(x)), s.random(n), x, make(kernel.Host, n)}
		s.same(t, 1e-6, job{in, []int{0, 3}, func(b kernel.Backend, p []kernel.Buffer) {
			if b, ok := b.(kernel.MaxPoolBackend); ok {
				b.MaxPool(p[3], p[2], c)
				b.(kernel.MaxPoolGradBackend).MaxPoolGrad(p[0], p[1], p[2], p[3], c)
				return
			}
			plainMaxPool(f64(p[0]), f64(p[1]), f64(p[2]), f64(p[3]), c)
		}}, "max pool %+v", c)
	}
}

// plainMaxPool is both ways, one value at a time.
func plainMaxPool(dx, dy, x, y []float64, c kernel.Conv) {
	for at := range y {
		channel, j, i := at%c.In, at/c.In%c.OutW(), at/(c.In*c.OutW())
		batch, i := i/c.OutH(), i%c.OutH()
		top, first := math.Inf(-1), -1
		for k := range c.KH * c.KW {
			h, w := i*c.Stride+k/c.KW-c.Pad, j*c.Stride+k%c.KW-c.Pad
			if h < 0 || h >= c.H || w < 0 || w >= c.W {
				continue
			}
			if p := ((batch*c.H+h)*c.W+w)*c.In + channel; x[p] > top {
				top, first = x[p], p
			}
		}
		y[at] = top
		dx[first] += dy[at]
	}
}
