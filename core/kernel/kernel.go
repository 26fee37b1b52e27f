// Package kernel is the seam between mathematics and machines: the few
// operations a device must offer, on flat buffers, with no idea of gradients.
package kernel

import (
	"context"
	"unsafe"
)

// A Buffer is a run of 32-bit words on some device.
// Only the Backend that made it can look inside.
type Buffer interface{ Len() int }

// Host is a Buffer in Go memory. The CPU backend computes on it;
// every backend can copy to and from it.
type Host []float32

func (h Host) Len() int { return len(h) }

// Int32s reads the same words as integers.
func (h Host) Int32s() []int32 {
	return unsafe.Slice((*int32)(unsafe.Pointer(unsafe.SliceData(h))), len(h))
}

// Bytes is a Buffer that stays on the host: samples wait in it, four times
// smaller than as floats. No Backend computes on it.
type Bytes []byte

func (b Bytes) Len() int { return len(b) }

// A Backend computes. All calls but Read may return before the work is done;
// work happens in call order. A wrong length is a bug in the caller: it panics.
// dst may be the same buffer as an elementwise operand, and must not otherwise overlap one.
type Backend interface {
	Name() string

	Alloc(words int) Buffer
	Free(Buffer)
	Write(dst Buffer, src Host)
	Read(ctx context.Context, dst Host, src Buffer) error // the only call that waits, and so the only one that fails

	Fill(dst Buffer, v float32)
	Affine(dst, x Buffer, mul, add float32) // dst = x*mul + add
	Unary(op UnaryOp, dst, x Buffer)
	Binary(op BinaryOp, dst, x, y Buffer, l Layout)
	Copy(dst, x Buffer, l Layout)
	Reduce(op ReduceOp, dst, x Buffer, r Runs)
	MatMul(dst, a, b Buffer, m Mat)
	Gather(dst, table, rows Buffer, p Pick)
	Scatter(dst, src, rows Buffer, p Pick) // adds into dst
}

// UnaryOp is an elementwise function of one operand.
type UnaryOp uint8

const (
	Exp UnaryOp = iota
	Log
	Sqrt
	Tanh
	Relu
	Step      // 1 where x > 0, else 0: the slope of Relu
	Gelu      // x * Φ(x), tanh form (arXiv:1606.08415)
	GeluSlope // its derivative
	GeluErf   // x * Φ(x), exactly
	GeluErfSlope
	NumUnary // count of the above; tests range over it
)

// BinaryOp is an elementwise function of two operands.
type BinaryOp uint8

const (
	Add BinaryOp = iota
	Sub
	Mul
	Div
	NumBinary
)

// ReduceOp folds many words into one.
type ReduceOp uint8

const (
	Sum ReduceOp = iota
	Max
	NumReduce
)

// Layout walks dense dims of dst while stepping x and y by strides; 0 repeats.
type Layout struct{ Dims, X, Y []int }

// Runs reduces the middle of [Outer, N, Inner].
type Runs struct{ Outer, N, Inner int }

// Mat is Batch products of [M,K] by [K,N], either side stored transposed.
type Mat struct {
	Batch, M, N, K int
	TransA, TransB bool
}

// Pick names Width words at i*Step + rows[i]*Width.
type Pick struct{ Width, Step int }
