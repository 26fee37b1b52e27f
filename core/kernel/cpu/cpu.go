// Package cpu is the Backend that runs everywhere Go runs.
package cpu

import (
	"context"
	"math"

	"autodidact/core/kernel"
)

// Backend computes on kernel.Host buffers. Freed buffers wait in a pool by size.
type Backend struct{ free map[int][]kernel.Host }

var _ kernel.Backend = (*Backend)(nil)

// New makes a Backend with an empty pool.
func New() *Backend { return &Backend{free: map[int][]kernel.Host{}} }

func (*Backend) Name() string { return "cpu" }

// Alloc returns n words whose contents are arbitrary.
func (b *Backend) Alloc(n int) kernel.Buffer {
	if l := b.free[n]; len(l) > 0 {
		b.free[n] = l[:len(l)-1]
		return l[len(l)-1]
	}
	return make(kernel.Host, n)
}

func (b *Backend) Free(buf kernel.Buffer) {
	h := buf.(kernel.Host)
	b.free[len(h)] = append(b.free[len(h)], h)
}

func (*Backend) Write(dst kernel.Buffer, s kernel.Host) { copy(dst.(kernel.Host), s) }
func (*Backend) Read(ctx context.Context, dst kernel.Host, src kernel.Buffer) error {
	copy(dst, src.(kernel.Host))
	return ctx.Err()
}

func (*Backend) Fill(dst kernel.Buffer, v float32) {
	d := dst.(kernel.Host)
	for i := range d {
		d[i] = v
	}
}

func (*Backend) Affine(dst, x kernel.Buffer, mul, add float32) {
	d, s := dst.(kernel.Host), x.(kernel.Host)
	for i := range d {
		d[i] = s[i]*mul + add
	}
}

var unary = [kernel.NumUnary]func(float32) float32{
	kernel.Exp:  func(x float32) float32 { return float32(math.Exp(float64(x))) },
	kernel.Log:  func(x float32) float32 { return float32(math.Log(float64(x))) },
	kernel.Sqrt: func(x float32) float32 { return float32(math.Sqrt(float64(x))) },
	kernel.Tanh: func(x float32) float32 { return float32(math.Tanh(float64(x))) },
	kernel.Relu: func(x float32) float32 { return max(x, 0) },
	kernel.Step: func(x float32) float32 {
		if x > 0 {
			return 1
		}
		return 0
	},
	kernel.Gelu:      gelu,
	kernel.GeluSlope: geluSlope,
}

const (
	geluA = 0.7978845608028654 // sqrt(2/pi)
	geluB = 0.044715
)

func gelu(x float32) float32 {
	v := float64(x)
	return float32(0.5 * v * (1 + math.Tanh(geluA*(v+geluB*v*v*v))))
}

func geluSlope(x float32) float32 {
	v := float64(x)
	t := math.Tanh(geluA * (v + geluB*v*v*v))
	return float32(0.5*(1+t) + 0.5*v*(1-t*t)*geluA*(1+3*geluB*v*v))
}

func (*Backend) Unary(op kernel.UnaryOp, dst, x kernel.Buffer) {
	d, s, f := dst.(kernel.Host), x.(kernel.Host), unary[op]
	for i := range d {
		d[i] = f(s[i])
	}
}

var binary = [kernel.NumBinary]func(a, b float32) float32{
	kernel.Add: func(a, b float32) float32 { return a + b },
	kernel.Sub: func(a, b float32) float32 { return a - b },
	kernel.Mul: func(a, b float32) float32 { return a * b },
	kernel.Div: func(a, b float32) float32 { return a / b },
}

func (*Backend) Binary(op kernel.BinaryOp, dst, x, y kernel.Buffer, l kernel.Layout) {
	d, a, b, f := dst.(kernel.Host), x.(kernel.Host), y.(kernel.Host), binary[op]
	walk(l, func(i, ix, iy int) { d[i] = f(a[ix], b[iy]) })
}

func (*Backend) Copy(dst, x kernel.Buffer, l kernel.Layout) {
	d, a := dst.(kernel.Host), x.(kernel.Host)
	l.Y = l.X
	walk(l, func(i, ix, _ int) { d[i] = a[ix] })
}

func walk(l kernel.Layout, f func(i, ix, iy int)) {
	at := make([]int, len(l.Dims))
	n := 1
	for _, d := range l.Dims {
		n *= d
	}
	ix, iy := 0, 0
	for i := range n {
		f(i, ix, iy)
		for k := len(at) - 1; k >= 0; k-- {
			at[k]++
			ix += l.X[k]
			iy += l.Y[k]
			if at[k] < l.Dims[k] {
				break
			}
			ix -= l.X[k] * at[k]
			iy -= l.Y[k] * at[k]
			at[k] = 0
		}
	}
}

func (*Backend) Reduce(op kernel.ReduceOp, dst, x kernel.Buffer, r kernel.Runs) {
	d, s := dst.(kernel.Host), x.(kernel.Host)
	for o := range r.Outer {
		for in := range r.Inner {
			acc := s[o*r.N*r.Inner+in]
			for k := 1; k < r.N; k++ {
				v := s[(o*r.N+k)*r.Inner+in]
				if op == kernel.Sum {
					acc += v
				} else {
					acc = max(acc, v)
				}
			}
			d[o*r.Inner+in] = acc
		}
	}
}

func (*Backend) MatMul(dst, a, b kernel.Buffer, m kernel.Mat) {
	d, x, y := dst.(kernel.Host), a.(kernel.Host), b.(kernel.Host)
	ai, ak, bk, bj := m.K, 1, m.N, 1
	if m.TransA {
		ai, ak = 1, m.M
	}
	if m.TransB {
		bk, bj = 1, m.K
	}
	for z := range m.Batch {
		x, y, d := x[z*m.M*m.K:], y[z*m.K*m.N:], d[z*m.M*m.N:]
		for i := range m.M {
			for j := range m.N {
				var s float32
				for k := range m.K {
					s += x[i*ai+k*ak] * y[k*bk+j*bj]
				}
				d[i*m.N+j] = s
			}
		}
	}
}

func (*Backend) Gather(dst, table, rows kernel.Buffer, p kernel.Pick) {
	d, t := dst.(kernel.Host), table.(kernel.Host)
	for i, r := range rows.(kernel.Host).Int32s() {
		copy(d[i*p.Width:(i+1)*p.Width], t[i*p.Step+int(r)*p.Width:])
	}
}

func (*Backend) Scatter(dst, src, rows kernel.Buffer, p kernel.Pick) {
	d, s := dst.(kernel.Host), src.(kernel.Host)
	for i, r := range rows.(kernel.Host).Int32s() {
		for j := range p.Width {
			d[i*p.Step+int(r)*p.Width+j] += s[i*p.Width+j]
		}
	}
}

// AdamW implements kernel.AdamWBackend.
func (*Backend) AdamW(p, m, v, g kernel.Buffer, a kernel.AdamW) {
	P, M, V, G := p.(kernel.Host), m.(kernel.Host), v.(kernel.Host), g.(kernel.Host)
	for i, g := range G {
		M[i] = a.Beta1*M[i] + (1-a.Beta1)*g
		V[i] = a.Beta2*V[i] + (1-a.Beta2)*g*g
		u := M[i] / a.Bias1 / (float32(math.Sqrt(float64(V[i]/a.Bias2))) + a.Eps)
		P[i] -= a.LR * (u + a.Decay*P[i])
	}
}
