// Package kerneltest holds every backend to one meaning: a slow, obvious Backend
// in float64 (Reference) and the suite that compares others with it (Run).
package kerneltest

import (
	"context"
	"fmt"
	"math"

	"autodidact/core/kernel"
)

// Reference computes in float64 with naive loops. It offers no shortcut, so
// whatever runs on it is composed of basic operations. Fresh buffers hold NaN and
// freed ones panic, so reading either shows.
type Reference struct{}

var _ kernel.Backend = (*Reference)(nil)

func NewReference() *Reference { return &Reference{} }

// Floats is a Buffer of Reference. Tests may look into F and change it.
// A float64 holds every 32-bit word exactly, so integers written as words survive
// as the tiny floats that share their bits.
type Floats struct{ F []float64 }

func (f *Floats) Len() int { return len(f.F) }

// int32s reads the words as integers.
func (f *Floats) int32s() []int32 {
	r := make([]int32, len(f.F))
	for i, v := range f.F {
		r[i] = int32(math.Float32bits(float32(v)))
	}
	return r
}

func (*Reference) Name() string { return "reference" }

func (*Reference) Alloc(words int) kernel.Buffer {
	f := &Floats{make([]float64, words)}
	for i := range f.F {
		f.F[i] = math.NaN()
	}
	return f
}

func (*Reference) Free(b kernel.Buffer) { b.(*Floats).F = nil }

func (*Reference) Write(dst kernel.Buffer, src kernel.Host) {
	d := floats("Write", dst, len(src))
	for i, v := range src {
		d[i] = float64(v)
	}
}

func (*Reference) Read(ctx context.Context, dst kernel.Host, src kernel.Buffer) error {
	for i, v := range floats("Read", src, len(dst)) {
		dst[i] = float32(v)
	}
	return ctx.Err()
}

func (*Reference) Fill(dst kernel.Buffer, v float32) {
	d := dst.(*Floats).F
	for i := range d {
		d[i] = float64(v)
	}
}

func (*Reference) Affine(dst, x kernel.Buffer, mul, add float32) {
	d := floats("Affine", dst, x.Len())
	for i, v := range x.(*Floats).F {
		d[i] = v*float64(mul) + float64(add)
	}
}

func (*Reference) Unary(op kernel.UnaryOp, dst, x kernel.Buffer) {
	d := floats("Unary", dst, x.Len())
	for i, v := range x.(*Floats).F {
		d[i] = unary(op, v)
	}
}

func unary(op kernel.UnaryOp, x float64) float64 {
	const a, b = 0.7978845608028654, 0.044715 // a = sqrt(2/π)
	switch op {
	case kernel.Exp:
		return math.Exp(x)
	case kernel.Log:
		return math.Log(x)
	case kernel.Sqrt:
		return math.Sqrt(x)
	case kernel.Tanh:
		return math.Tanh(x)
	case kernel.Relu:
		return max(x, 0)
	case kernel.Step:
		if x > 0 {
			return 1
		}
		return 0
	case kernel.Gelu:
		return 0.5 * x * (1 + math.Tanh(a*(x+b*x*x*x)))
	case kernel.GeluSlope:
		t := math.Tanh(a * (x + b*x*x*x))
		return 0.5*(1+t) + 0.5*x*(1-t*t)*a*(1+3*b*x*x)
	case kernel.GeluErf:
		return x * normal(x)
	case kernel.GeluErfSlope:
		return normal(x) + x*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi)
	}
	panic(fmt.Sprintf("kerneltest: no unary op %d", op))
}

// normal is Φ(x), the standard normal distribution.
func normal(x float64) float64 { return 0.5 * math.Erfc(-x/math.Sqrt2) }

func (*Reference) Binary(op kernel.BinaryOp, dst, x, y kernel.Buffer, l kernel.Layout) {
	d, a, b := floats("Binary", dst, size(l.Dims)), x.(*Floats).F, y.(*Floats).F
	for i := range d {
		d[i] = binary(op, a[offset(i, l.Dims, l.X)], b[offset(i, l.Dims, l.Y)])
	}
}

func binary(op kernel.BinaryOp, x, y float64) float64 {
	switch op {
	case kernel.Add:
		return x + y
	case kernel.Sub:
		return x - y
	case kernel.Mul:
		return x * y
	case kernel.Div:
		return x / y
	}
	panic(fmt.Sprintf("kerneltest: no binary op %d", op))
}

func (*Reference) Copy(dst, x kernel.Buffer, l kernel.Layout) {
	d, a := floats("Copy", dst, size(l.Dims)), x.(*Floats).F
	for i := range d {
		d[i] = a[offset(i, l.Dims, l.X)]
	}
}

func (*Reference) Reduce(op kernel.ReduceOp, dst, x kernel.Buffer, r kernel.Runs) {
	d, s := floats("Reduce", dst, r.Outer*r.Inner), floats("Reduce", x, r.Outer*r.N*r.Inner)
	for o := range r.Outer {
		for i := range r.Inner {
			acc := s[o*r.N*r.Inner+i]
			for k := 1; k < r.N; k++ {
				v := s[(o*r.N+k)*r.Inner+i]
				if op == kernel.Sum {
					acc += v
				} else {
					acc = max(acc, v)
				}
			}
			d[o*r.Inner+i] = acc
		}
	}
}

func (*Reference) MatMul(dst, a, b kernel.Buffer, m kernel.Mat) {
	x, y := floats("MatMul", a, m.Batch*m.M*m.K), floats("MatMul", b, m.Batch*m.K*m.N)
	d := floats("MatMul", dst, m.Batch*m.M*m.N)
	ai, ak, bk, bj := m.K, 1, m.N, 1
	if m.TransA {
		ai, ak = 1, m.M
	}
	if m.TransB {
		bk, bj = 1, m.K
	}
	for z := range m.Batch {
		for i := range m.M {
			for j := range m.N {
				var s float64
				for k := range m.K {
					s += x[z*m.M*m.K+i*ai+k*ak] * y[z*m.K*m.N+k*bk+j*bj]
				}
				d[(z*m.M+i)*m.N+j] = s
			}
		}
	}
}

func (*Reference) Gather(dst, table, rows kernel.Buffer, p kernel.Pick) {
	d, t := floats("Gather", dst, rows.Len()*p.Width), table.(*Floats).F
	for i, r := range rows.(*Floats).int32s() {
		at := i*p.Step + int(r)*p.Width
		copy(d[i*p.Width:(i+1)*p.Width], t[at:at+p.Width])
	}
}

func (*Reference) Scatter(dst, src, rows kernel.Buffer, p kernel.Pick) {
	d, s := dst.(*Floats).F, floats("Scatter", src, rows.Len()*p.Width)
	for i, r := range rows.(*Floats).int32s() {
		for j := range p.Width {
			d[i*p.Step+int(r)*p.Width+j] += s[i*p.Width+j]
		}
	}
}

// floats opens a buffer that must have n words.
func floats(op string, b kernel.Buffer, n int) []float64 {
	f := b.(*Floats).F
	if len(f) != n {
		panic(fmt.Sprintf("kerneltest: %s: buffer of %d words where %d are needed", op, len(f), n))
	}
	return f
}

func size(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}

// offset is where strides lead for the i-th element of dense dims.
func offset(i int, dims, strides []int) int {
	at := 0
	for k := len(dims) - 1; k >= 0; k-- {
		at += i % dims[k] * strides[k]
		i /= dims[k]
	}
	return at
}
