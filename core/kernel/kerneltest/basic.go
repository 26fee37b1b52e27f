package kerneltest

import (
	"math"
	"testing"

	"autodidact/core/kernel"
)

// lengths are odd, to catch what vectors leave over.
var lengths = []int{1, 3, 8, 31, 70, 1029, 33001}

func (s *suite) affine(t *testing.T) {
	for _, n := range lengths {
		s.same(t, 1e-6, job{[]kernel.Host{s.random(n)}, []int{0}, func(b kernel.Backend, x []kernel.Buffer) {
			b.Affine(x[0], x[0], -1.5, 0.25)
		}}, "affine of %d in place", n)
		s.same(t, 0, job{[]kernel.Host{s.random(n)}, []int{0}, func(b kernel.Backend, x []kernel.Buffer) {
			b.Fill(x[0], 2.5)
		}}, "fill of %d", n)
	}
}

func (s *suite) unary(t *testing.T) {
	for op := range kernel.NumUnary {
		for _, n := range lengths {
			x := s.random(n)
			for i := range x {
				x[i] *= 4
			}
			if op == kernel.Log || op == kernel.Sqrt {
				x = s.positive(n)
			}
			for name, out := range map[string]int{"": 0, " in place": 1} {
				s.same(t, 2e-6, job{[]kernel.Host{make(kernel.Host, n), x}, []int{out}, func(b kernel.Backend, x []kernel.Buffer) {
					b.Unary(op, x[out], x[1])
				}}, "unary %d of %d%s", op, n, name)
			}
		}
		s.relative(t, op)
	}
	// A masked logit must vanish, and a large one not turn into nonsense.
	for _, x := range []kernel.Host{{-1e9, -200, -100, 0, -88, -1e30, -0.5, 1e-30}, {80, 85, 88, 81, 80, 82, 83, 84}, {89, 100, 1e9, 500, 1e30, 200, 90, 99}} {
		s.same(t, 1e-6, job{[]kernel.Host{x}, []int{0}, func(b kernel.Backend, x []kernel.Buffer) { b.Unary(kernel.Exp, x[0], x[0]) }}, "exp near %g", x[0])
	}
	for _, op := range []kernel.UnaryOp{kernel.Tanh, kernel.Gelu, kernel.GeluSlope, kernel.GeluErf, kernel.GeluErfSlope, kernel.Relu} {
		x := kernel.Host{-1e4, -100, -10, 0, 10, 100, 1e4, 1e-30}
		s.same(t, 1e-6, job{[]kernel.Host{x}, []int{0}, func(b kernel.Backend, x []kernel.Buffer) { b.Unary(op, x[0], x[0]) }}, "unary %d far out", op)
	}
}

// relative demands digits of small results too, one vector at a time.
func (s *suite) relative(t *testing.T, op kernel.UnaryOp) {
	for e := -12; e <= 2; e++ {
		for _, sign := range []float32{1, -1} {
			x := make(kernel.Host, 8)
			for i := range x {
				x[i] = sign * (1 + float32(i)/16) * float32(math.Exp2(float64(e)))
			}
			if (op == kernel.Log || op == kernel.Sqrt) && sign < 0 {
				continue
			}
			tol := 2e-6
			switch op {
			case kernel.GeluSlope, kernel.GeluErfSlope: // cross 0
				tol = 2e-5
			case kernel.GeluErf: // far out it is e to a rounded square
				tol = 5e-6
			}
			s.same(t, tol, job{[]kernel.Host{x}, []int{0}, func(b kernel.Backend, x []kernel.Buffer) { b.Unary(op, x[0], x[0]) }}, "unary %d near %g", op, x[0])
		}
	}
}

func (s *suite) binary(t *testing.T) {
	for _, l := range []struct {
		name   string
		layout kernel.Layout
		nx, ny int
	}{
		{"same shape", kernel.Layout{Dims: []int{7, 33}, X: []int{33, 1}, Y: []int{33, 1}}, 231, 231},
		{"long", kernel.Layout{Dims: []int{131072}, X: []int{1}, Y: []int{1}}, 131072, 131072},
		{"a row over all", kernel.Layout{Dims: []int{9, 5, 36}, X: []int{180, 36, 1}, Y: []int{0, 0, 1}}, 1620, 36},
		{"a value per row", kernel.Layout{Dims: []int{9, 5, 13}, X: []int{65, 13, 1}, Y: []int{5, 1, 0}}, 585, 45},
		{"a row per image", kernel.Layout{Dims: []int{4, 25, 16}, X: []int{400, 16, 1}, Y: []int{16, 0, 1}}, 1600, 64},
		{"x repeated", kernel.Layout{Dims: []int{4, 25, 16}, X: []int{16, 0, 1}, Y: []int{400, 16, 1}}, 64, 1600},
		{"x a value per row", kernel.Layout{Dims: []int{6, 19}, X: []int{1, 0}, Y: []int{19, 1}}, 6, 114},
		{"outer product", kernel.Layout{Dims: []int{21, 34}, X: []int{1, 0}, Y: []int{0, 1}}, 21, 34},
		{"middle repeated", kernel.Layout{Dims: []int{3, 4, 5, 6}, X: []int{120, 30, 6, 1}, Y: []int{24, 6, 0, 1}}, 360, 72},
		{"axes of one", kernel.Layout{Dims: []int{1, 7, 1, 3}, X: []int{21, 3, 3, 1}, Y: []int{0, 3, 0, 1}}, 21, 21},
		{"y transposed", kernel.Layout{Dims: []int{11, 17}, X: []int{17, 1}, Y: []int{1, 11}}, 187, 187},
		{"scalar", kernel.Layout{Dims: []int{}, X: []int{}, Y: []int{}}, 1, 1},
		{"one value over all", kernel.Layout{Dims: []int{50, 40}, X: []int{40, 1}, Y: []int{0, 0}}, 2000, 1},
	} {
		n := size(l.layout.Dims)
		for op := range kernel.NumBinary {
			in := []kernel.Host{make(kernel.Host, n), s.random(l.nx), s.positive(l.ny)}
			outs := []int{0}
			if l.nx == n {
				outs = append(outs, 1)
			}
			if l.ny == n {
				outs = append(outs, 2)
			}
			for _, out := range outs {
				s.same(t, 1e-6, job{in, []int{out}, func(b kernel.Backend, x []kernel.Buffer) {
					b.Binary(op, x[out], x[1], x[2], l.layout)
				}}, "binary %d, %s, into operand %d", op, l.name, out)
			}
		}
	}
}

func (s *suite) copies(t *testing.T) {
	for _, l := range []struct {
		name   string
		layout kernel.Layout
		nx     int
	}{
		{"dense", kernel.Layout{Dims: []int{5, 7}, X: []int{7, 1}}, 35},
		{"transposed", kernel.Layout{Dims: []int{7, 5}, X: []int{1, 7}}, 35},
		{"heads apart", kernel.Layout{Dims: []int{3, 4, 9, 8}, X: []int{288, 8, 32, 1}}, 864},
		{"repeated rows", kernel.Layout{Dims: []int{6, 5}, X: []int{0, 1}}, 5},
		{"repeated values", kernel.Layout{Dims: []int{6, 5}, X: []int{1, 0}}, 6},
		{"every other", kernel.Layout{Dims: []int{4, 3}, X: []int{12, 2}}, 48},
		{"one", kernel.Layout{Dims: []int{1}, X: []int{1}}, 1},
	} {
		in := []kernel.Host{make(kernel.Host, size(l.layout.Dims)), s.random(l.nx)}
		s.same(t, 0, job{in, []int{0}, func(b kernel.Backend, x []kernel.Buffer) { b.Copy(x[0], x[1], l.layout) }}, "copy %s", l.name)
	}
}

func (s *suite) reduce(t *testing.T) {
	for _, r := range []kernel.Runs{
		{Outer: 1, N: 1, Inner: 1}, {Outer: 5, N: 37, Inner: 1}, {Outer: 3, N: 20001, Inner: 1}, {Outer: 1, N: 700, Inner: 33},
		{Outer: 4, N: 9, Inner: 24}, {Outer: 6, N: 1, Inner: 7}, {Outer: 2, N: 600, Inner: 3}, {Outer: 7, N: 3, Inner: 1}, {Outer: 2, N: 5, Inner: 40},
	} {
		for op := range kernel.NumReduce {
			x := s.random(r.Outer * r.N * r.Inner)
			if op == kernel.Max {
				for i := range x {
					x[i] -= 10 // a maximum of negatives: nothing may start from 0
				}
			}
			in := []kernel.Host{make(kernel.Host, r.Outer*r.Inner), x}
			s.same(t, 1e-5, job{in, []int{0}, func(b kernel.Backend, x []kernel.Buffer) { b.Reduce(op, x[0], x[1], r) }}, "reduce %d of %+v", op, r)
		}
	}
}

func (s *suite) matmul(t *testing.T) {
	var mats []kernel.Mat
	for n := 1; n <= 70; n += 3 {
		mats = append(mats, kernel.Mat{Batch: 1, M: n, N: 1 + s.rand.IntN(70), K: 1 + s.rand.IntN(70)})
	}
	mats = append(mats, kernel.Mat{Batch: 3, M: 5, N: 17, K: 9}, kernel.Mat{Batch: 6, M: 16, N: 32, K: 24},
		kernel.Mat{Batch: 1, M: 67, N: 300, K: 530}, kernel.Mat{Batch: 2, M: 130, N: 16, K: 257}, kernel.Mat{Batch: 1, M: 1, N: 1, K: 1})
	for _, m := range mats {
		for i := range 4 {
			m.TransA, m.TransB = i&1 != 0, i&2 != 0
			in := []kernel.Host{s.random(m.Batch * m.M * m.N), s.random(m.Batch * m.M * m.K), s.random(m.Batch * m.K * m.N)}
			s.same(t, 1e-5, job{in, []int{0}, func(b kernel.Backend, x []kernel.Buffer) { b.MatMul(x[0], x[1], x[2], m) }}, "matmul %+v", m)
		}
	}
}

func (s *suite) pick(t *testing.T) {
	for _, c := range []struct {
		name  string
		p     kernel.Pick
		rows  []int32
		table int
	}{
		{"rows of one table", kernel.Pick{Width: 7}, []int32{4, 0, 4, 2, 9}, 70},
		{"a value of each row", kernel.Pick{Width: 1, Step: 12}, []int32{3, 0, 11, 5}, 48},
		{"wide rows of each step", kernel.Pick{Width: 16, Step: 64}, []int32{3, 1, 0}, 192},
	} {
		ids := make(kernel.Host, len(c.rows))
		copy(ids.Int32s(), c.rows)
		in := []kernel.Host{s.random(len(c.rows) * c.p.Width), s.random(c.table), ids}
		s.same(t, 0, job{in, []int{0}, func(b kernel.Backend, x []kernel.Buffer) { b.Gather(x[0], x[1], x[2], c.p) }}, "gather %s", c.name)
		s.same(t, 1e-6, job{in, []int{1}, func(b kernel.Backend, x []kernel.Buffer) { b.Scatter(x[1], x[0], x[2], c.p) }}, "scatter %s", c.name)
	}
}
