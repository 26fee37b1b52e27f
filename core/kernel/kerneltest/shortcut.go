package kerneltest

import (
	"math"
	"testing"

	"autodidact/core/kernel"
)

// A shortcut has no counterpart in the Reference, so its job has two branches: the
// shortcut where the backend offers it, its definition on the Reference.

// f64 looks into a buffer of the Reference.
func f64(b kernel.Buffer) []float64 { return b.(*Floats).F }

func (s *suite) softmax(t *testing.T) {
	if _, ok := s.make().(kernel.SoftmaxBackend); !ok {
		t.Skip("not offered")
	}
	for _, n := range []int{1, 3, 8, 33, 128, 5000} {
		const rows = 9
		x := s.random(rows * n)
		for i := range x {
			x[i] *= 10
		}
		if n > 3 {
			x[1] = -1e9 // masked
		}
		s.same(t, 2e-6, job{[]kernel.Host{make(kernel.Host, rows*n), x}, []int{0}, func(b kernel.Backend, x []kernel.Buffer) {
			if b, ok := b.(kernel.SoftmaxBackend); ok {
				b.Softmax(x[0], x[1], n)
				return
			}
			top, e, sum := b.Alloc(rows), b.Alloc(rows*n), b.Alloc(rows)
			runs := kernel.Runs{Outer: rows, N: n, Inner: 1}
			perRow := kernel.Layout{Dims: []int{rows, n}, X: []int{n, 1}, Y: []int{1, 0}}
			b.Reduce(kernel.Max, top, x[1], runs)
			b.Binary(kernel.Sub, e, x[1], top, perRow)
			b.Unary(kernel.Exp, e, e)
			b.Reduce(kernel.Sum, sum, e, runs)
			b.Binary(kernel.Div, x[0], e, sum, perRow)
		}}, "softmax of rows of %d", n)
	}
}

func (s *suite) chain(t *testing.T) {
	if _, ok := s.make().(kernel.ChainBackend); !ok {
		t.Skip("not offered")
	}
	for _, op := range []kernel.UnaryOp{kernel.Step, kernel.GeluSlope, kernel.GeluErfSlope} {
		for _, n := range []int{1, 7, 64, 5003} {
			s.same(t, 2e-6, job{[]kernel.Host{make(kernel.Host, n), s.random(n), s.random(n)}, []int{0}, func(b kernel.Backend, x []kernel.Buffer) {
				if b, ok := b.(kernel.ChainBackend); ok {
					b.Chain(op, x[0], x[1], x[2])
					return
				}
				b.Unary(op, x[0], x[2])
				b.Binary(kernel.Mul, x[0], x[0], x[1], kernel.Layout{Dims: []int{n}, X: []int{1}, Y: []int{1}})
			}}, "chain %d of %d", op, n)
		}
	}
}

func (s *suite) linear(t *testing.T) {
	if _, ok := s.make().(kernel.LinearBackend); !ok {
		t.Skip("not offered")
	}
	for _, m := range []kernel.Mat{
		{Batch: 1, M: 1, N: 1, K: 1}, {Batch: 1, M: 7, N: 5, K: 3}, {Batch: 1, M: 50, N: 33, K: 300}, {Batch: 1, M: 97, N: 520, K: 40}, {Batch: 1, M: 3, N: 4},
	} {
		s.same(t, 1e-5, job{[]kernel.Host{make(kernel.Host, m.M*m.N), s.random(m.M * m.K), s.random(m.K * m.N), s.random(m.N)}, []int{0}, func(b kernel.Backend, x []kernel.Buffer) {
			if b, ok := b.(kernel.LinearBackend); ok {
				b.Linear(x[0], x[1], x[2], x[3], m)
				return
			}
			b.MatMul(x[0], x[1], x[2], m)
			b.Binary(kernel.Add, x[0], x[0], x[3], kernel.Layout{Dims: []int{m.M, m.N}, X: []int{m.N, 1}, Y: []int{0, 1}})
		}}, "linear %+v", m)
	}
}

// convolutions are shapes that take every way through a backend.
var convolutions = []kernel.Conv{
	{Batch: 2, H: 5, W: 7, In: 3, KH: 3, KW: 3, Out: 8, Stride: 1, Pad: 1},
	{Batch: 3, H: 8, W: 8, In: 4, KH: 3, KW: 3, Out: 17, Stride: 2, Pad: 1},
	{Batch: 1, H: 7, W: 9, In: 8, KH: 3, KW: 3, Out: 5, Stride: 2, Pad: 1},
	{Batch: 2, H: 6, W: 6, In: 16, KH: 1, KW: 1, Out: 24, Stride: 1},
	{Batch: 2, H: 7, W: 6, In: 5, KH: 1, KW: 1, Out: 9, Stride: 2},
	{Batch: 2, H: 6, W: 5, In: 2, KH: 3, KW: 3, Out: 3, Stride: 1},
	{Batch: 2, H: 9, W: 9, In: 1, KH: 5, KW: 3, Out: 4, Stride: 3, Pad: 2},
	{Batch: 5, H: 1, W: 20, In: 6, KH: 1, KW: 3, Out: 7, Stride: 1},
	{Batch: 1, H: 4, W: 4, In: 3, KH: 4, KW: 4, Out: 32, Stride: 4},
	{Batch: 1, H: 2, W: 2, In: 3, KH: 1, KW: 1, Out: 2, Stride: 3},
	{Batch: 20, H: 6, W: 6, In: 8, KH: 3, KW: 3, Out: 16, Stride: 1, Pad: 1},
	{Batch: 5, H: 8, W: 12, In: 24, KH: 3, KW: 3, Out: 8, Stride: 1, Pad: 1},
	{Batch: 3, H: 7, W: 11, In: 8, KH: 3, KW: 3, Out: 40, Stride: 1, Pad: 1},
	{Batch: 70, H: 4, W: 4, In: 16, KH: 3, KW: 3, Out: 16, Stride: 1, Pad: 1},
	{Batch: 2, H: 14, W: 9, In: 16, KH: 3, KW: 3, Out: 24, Stride: 1},
	{Batch: 1, H: 10, W: 13, In: 8, KH: 3, KW: 3, Out: 8, Stride: 1, Pad: 2},
	{Batch: 1, H: 20, W: 19, In: 4, KH: 3, KW: 3, Out: 8, Stride: 1, Pad: 2},
	{Batch: 3, H: 40, W: 1, In: 5, KH: 3, KW: 1, Out: 18, Stride: 1, Above: 16, Dilation: 8},
	{Batch: 2, H: 7, W: 1, In: 16, KH: 3, KW: 1, Out: 16, Stride: 1, Above: 64, Dilation: 32}, // reaches past the start
	{Batch: 2, H: 23, W: 1, In: 1, KH: 4, KW: 1, Out: 7, Stride: 1, Dilation: 3},
	{Batch: 2, H: 9, W: 5, In: 3, KH: 2, KW: 3, Out: 6, Stride: 1, Pad: 1, Above: 1, Dilation: 2},
	{Batch: 2, H: 11, W: 6, In: 3, KH: 3, KW: 3, Out: 4, Stride: 2, Pad: 1, Above: 3},
	causal(2, 64, 8, 8, 1), causal(11, 37, 8, 24, 1), causal(2, 61, 16, 8, 2), causal(3, 32, 24, 40, 4), // minimal filtering along time
	causal(1, 65, 8, 16, 8), causal(2, 50, 8, 8, 16), causal(2, 100, 16, 8, 32), causal(9, 120, 8, 72, 32),
	causal(300, 4, 8, 8, 1), causal(2, 3, 8, 8, 1), causal(2, 48, 8, 8, 5), causal(1, 256, 64, 64, 16), causal(3, 70, 12, 8, 2),
	{Batch: 2, H: 41, W: 1, In: 8, KH: 3, KW: 1, Out: 16, Stride: 1, Dilation: 3},           // looks ahead
	{Batch: 2, H: 40, W: 1, In: 16, KH: 3, KW: 1, Out: 8, Stride: 1, Above: 4, Dilation: 3}, // looks both ways
	{Batch: 2, H: 40, W: 1, In: 16, KH: 3, KW: 1, Out: 8, Stride: 1, Above: 4, Below: 4, Dilation: 4},
	{Batch: 3, H: 30, W: 1, In: 5, KH: 3, KW: 1, Out: 18, Stride: 1, Above: 16, Below: 16, Dilation: 16},
	{Batch: 2, H: 9, W: 1, In: 8, KH: 3, KW: 1, Out: 8, Stride: 1, Above: 32, Below: 32, Dilation: 32}, // reaches past both ends
	{Batch: 2, H: 9, W: 5, In: 3, KH: 2, KW: 3, Out: 6, Stride: 1, Pad: 1, Below: 2},
}

func (s *suite) conv(t *testing.T) {
	for _, c := range convolutions {
		y, x, w := s.random(c.Batch*c.OutH()*c.OutW()*c.Out), s.random(c.Batch*c.H*c.W*c.In), s.random(c.KH*c.KW*c.In*c.Out)
		in := []kernel.Host{y, x, w}
		b := s.make()
		if _, ok := b.(kernel.ConvBackend); ok {
			s.same(t, 1e-5, job{in, []int{0}, func(b kernel.Backend, p []kernel.Buffer) {
				if b, ok := b.(kernel.ConvBackend); ok {
					b.Conv(p[0], p[1], p[2], c)
					return
				}
				Y, X, W := f64(p[0]), f64(p[1]), f64(p[2])
				clear(Y)
				eachTap(c, func(y, x, w int) { Y[y] += X[x] * W[w] })
			}}, "conv %+v", c)
		}
		if _, ok := b.(kernel.ConvBiasBackend); ok {
			s.same(t, 1e-5, job{append(in, s.random(c.Out)), []int{0}, func(b kernel.Backend, p []kernel.Buffer) {
				if b, ok := b.(kernel.ConvBiasBackend); ok {
					b.ConvBias(p[0], p[1], p[2], p[3], c)
					return
				}
				Y, X, W, bias := f64(p[0]), f64(p[1]), f64(p[2]), f64(p[3])
				for i := range Y {
					Y[i] = bias[i%c.Out]
				}
				eachTap(c, func(y, x, w int) { Y[y] += X[x] * W[w] })
			}}, "conv with bias %+v", c)
		}
		if _, ok := b.(kernel.ConvInputBackend); ok {
			s.same(t, 1e-5, job{in, []int{1}, func(b kernel.Backend, p []kernel.Buffer) {
				if b, ok := b.(kernel.ConvInputBackend); ok {
					b.ConvInput(p[1], p[0], p[2], c)
					return
				}
				Y, X, W := f64(p[0]), f64(p[1]), f64(p[2])
				clear(X)
				eachTap(c, func(y, x, w int) { X[x] += Y[y] * W[w] })
			}}, "conv input %+v", c)
		}
		if _, ok := b.(kernel.ConvWeightBackend); ok {
			s.same(t, 1e-5, job{in, []int{2}, func(b kernel.Backend, p []kernel.Buffer) {
				if b, ok := b.(kernel.ConvWeightBackend); ok {
					b.ConvWeight(p[2], p[1], p[0], c)
					return
				}
				Y, X, W := f64(p[0]), f64(p[1]), f64(p[2])
				clear(W)
				eachTap(c, func(y, x, w int) { W[w] += X[x] * Y[y] })
			}}, "conv weight %+v", c)
		}
	}
}

// causal is a convolution in time with three taps.
func causal(batch, length, in, out, dilation int) kernel.Conv {
	return kernel.Conv{Batch: batch, H: length, W: 1, In: in, KH: 3, KW: 1, Out: out, Stride: 1, Above: 2 * dilation, Dilation: dilation}
}

// eachTap names every product of a convolution by its places in y, x and w.
func eachTap(c kernel.Conv, f func(y, x, w int)) {
	oh, ow := c.OutH(), c.OutW()
	for i := range c.Batch * oh * ow * c.KH * c.KW {
		kw, kh := i%c.KW, i/c.KW%c.KH
		p := i / c.KW / c.KH
		px, py, img := p%ow, p/ow%oh, p/ow/oh
		h, w := py*c.Stride+kh*c.Step()-c.Above-c.Pad, px*c.Stride+kw-c.Pad
		if h < 0 || h >= c.H || w < 0 || w >= c.W {
			continue
		}
		for ci := range c.In {
			for co := range c.Out {
				f(((img*oh+py)*ow+px)*c.Out+co, ((img*c.H+h)*c.W+w)*c.In+ci, ((kh*c.KW+kw)*c.In+ci)*c.Out+co)
			}
		}
	}
}

func (s *suite) norm(t *testing.T) {
	for name, n := range map[string]kernel.Norm{
		"group":        {A: 3, B: 25, C: 8, D: 4, Eps: 1e-5},
		"wide group":   {A: 2, B: 300, C: 4, D: 16, Eps: 1e-5},
		"ragged group": {A: 5, B: 7, C: 3, D: 5, Eps: 1e-5},
		"layer":        {A: 40, B: 1, C: 1, D: 48, Eps: 1e-5},
		"ragged layer": {A: 6, B: 1, C: 1, D: 37, Eps: 1e-5},
		"batch":        {A: 1, B: 700, C: 24, D: 1, Eps: 1e-5},
		"ragged batch": {A: 1, B: 9, C: 7, D: 1, Eps: 1e-5},
	} {
		row := n.C * n.D
		x := s.random(n.A * n.B * row)
		for i := range x {
			x[i] = x[i]*0.1 + 30 // far from 0: a careless variance fails here
		}
		y, mean, rstd := s.random(len(x)), make(kernel.Host, n.A*n.C), make(kernel.Host, n.A*n.C)
		if _, ok := s.make().(kernel.NormBackend); ok {
			s.same(t, 1e-4, job{[]kernel.Host{y, mean, rstd, x, s.random(row), s.random(row)}, []int{0, 1, 2}, func(b kernel.Backend, p []kernel.Buffer) {
				if b, ok := b.(kernel.NormBackend); ok {
					b.Norm(p[0], p[1], p[2], p[3], p[4], p[5], n)
					return
				}
				normalize(n, f64(p[0]), f64(p[1]), f64(p[2]), f64(p[3]), f64(p[4]), f64(p[5]))
			}}, "%s norm", name)
		}
		if _, ok := s.make().(kernel.NormGradBackend); ok {
			ref := make([]float64, len(x))
			m, r, x64 := make([]float64, len(mean)), make([]float64, len(rstd)), make([]float64, len(x))
			for i, v := range x {
				x64[i] = float64(v)
			}
			normalize(n, ref, m, r, x64, make([]float64, row), make([]float64, row))
			for i := range m {
				mean[i], rstd[i] = float32(m[i]), float32(r[i])
			}
			in := []kernel.Host{make(kernel.Host, len(x)), make(kernel.Host, row), make(kernel.Host, row), y, x, mean, rstd, s.random(row)}
			s.same(t, 1e-4, job{in, []int{0, 1, 2}, func(b kernel.Backend, p []kernel.Buffer) {
				if b, ok := b.(kernel.NormGradBackend); ok {
					b.NormGrad(p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], n)
					return
				}
				normalizeGrad(n, f64(p[0]), f64(p[1]), f64(p[2]), f64(p[3]), f64(p[4]), f64(p[5]), f64(p[6]), f64(p[7]))
			}}, "gradient of %s norm", name)
		}
	}
}

// eachGroup calls f with a group's number and where its elements are in x; at%(C*D)
// is their place in gamma and beta.
func eachGroup(n kernel.Norm, f func(group int, at []int)) {
	for a := range n.A {
		for c := range n.C {
			var at []int
			for b := range n.B {
				for d := range n.D {
					at = append(at, ((a*n.B+b)*n.C+c)*n.D+d)
				}
			}
			f(a*n.C+c, at)
		}
	}
}

func normalize(n kernel.Norm, y, mean, rstd, x, gamma, beta []float64) {
	eachGroup(n, func(g int, at []int) {
		var m, v float64
		for _, i := range at {
			m += x[i] / float64(len(at))
		}
		for _, i := range at {
			v += (x[i] - m) * (x[i] - m) / float64(len(at))
		}
		mean[g], rstd[g] = m, 1/math.Sqrt(v+float64(n.Eps))
		for _, i := range at {
			y[i] = (x[i]-m)*rstd[g]*gamma[i%len(gamma)] + beta[i%len(gamma)]
		}
	})
}

func normalizeGrad(n kernel.Norm, dx, dgamma, dbeta, dy, x, mean, rstd, gamma []float64) {
	clear(dgamma)
	clear(dbeta)
	eachGroup(n, func(g int, at []int) {
		var s1, s2 float64
		for _, i := range at {
			c, h := i%len(gamma), (x[i]-mean[g])*rstd[g]
			dbeta[c] += dy[i]
			dgamma[c] += dy[i] * h
			s1 += gamma[c] * dy[i] / float64(len(at))
			s2 += gamma[c] * dy[i] * h / float64(len(at))
		}
		for _, i := range at {
			dx[i] = rstd[g] * (gamma[i%len(gamma)]*dy[i] - s1 - (x[i]-mean[g])*rstd[g]*s2)
		}
	})
}

func (s *suite) adamw(t *testing.T) {
	if _, ok := s.make().(kernel.AdamWBackend); !ok {
		t.Skip("not offered")
	}
	a := kernel.AdamW{LR: 0.01, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Decay: 0.05, Bias1: 0.19, Bias2: 0.002}
	for _, n := range lengths {
		s.same(t, 1e-5, job{[]kernel.Host{s.random(n), s.random(n), s.positive(n), s.random(n)}, []int{0, 1, 2}, func(b kernel.Backend, p []kernel.Buffer) {
			if b, ok := b.(kernel.AdamWBackend); ok {
				b.AdamW(p[0], p[1], p[2], p[3], a)
				return
			}
			P, M, V := f64(p[0]), f64(p[1]), f64(p[2])
			b1, b2 := float64(a.Beta1), float64(a.Beta2)
			for i, g := range f64(p[3]) {
				M[i] = b1*M[i] + (1-b1)*g
				V[i] = b2*V[i] + (1-b2)*g*g
				u := M[i] / float64(a.Bias1) / (math.Sqrt(V[i]/float64(a.Bias2)) + float64(a.Eps))
				P[i] -= float64(a.LR) * (u + float64(a.Decay)*P[i])
			}
		}}, "adamw of %d", n)
	}
}
