// Package tensor gives shape to kernel buffers and does shaped arithmetic on
// any backend. It knows nothing of gradients.
package tensor

import (
	"fmt"
	"slices"

	"autodidact/core/kernel"
)

// Shape lists sizes, outermost first. A scalar's Shape is empty.
type Shape []int

// Size is the number of elements.
func (s Shape) Size() int {
	n := 1
	for _, d := range s {
		n *= d
	}
	return n
}

type DType uint8

const (
	Float32 DType = iota
	Int32
	Uint8 // on the host only
)

// A Tensor is a dense row-major array. Its contents may change; its shape never does.
type Tensor struct {
	Shape Shape
	DType DType
	Buf   kernel.Buffer

	lease *lease // nil when no Arena owns Buf
}

// Float32s makes a host tensor over data.
func Float32s(data []float32, shape ...int) *Tensor { return host(kernel.Host(data), Float32, shape) }

// Int32s makes a host tensor holding a copy of data.
func Int32s(data []int32, shape ...int) *Tensor {
	h := make(kernel.Host, len(data))
	copy(h.Int32s(), data)
	return host(h, Int32, shape)
}

// Bytes makes a host tensor over data, for samples at rest.
func Bytes(data []byte, shape ...int) *Tensor {
	if Shape(shape).Size() != len(data) {
		panic(&ShapeError{"new", []Shape{shape, {len(data)}}})
	}
	return &Tensor{Shape: shape, DType: Uint8, Buf: kernel.Bytes(data)}
}

func host(h kernel.Host, d DType, s Shape) *Tensor {
	if s.Size() != len(h) {
		panic(&ShapeError{"new", []Shape{s, {len(h)}}})
	}
	return &Tensor{Shape: s, DType: d, Buf: h}
}

// Reshape returns the same buffer under another shape.
func (x *Tensor) Reshape(shape ...int) *Tensor {
	if Shape(shape).Size() != x.Shape.Size() {
		panic(&ShapeError{"reshape", []Shape{x.Shape, shape}})
	}
	return &Tensor{shape, x.DType, x.Buf, x.lease}
}

// A ShapeError is what an operation panics with when its operands do not fit.
type ShapeError struct {
	Op     string
	Shapes []Shape
}

func (e *ShapeError) Error() string {
	return fmt.Sprintf("tensor: %s: shapes %v do not fit", e.Op, e.Shapes)
}

// Stack joins equal-shaped host tensors under a new first axis.
func Stack(xs ...*Tensor) *Tensor {
	h := make(kernel.Host, 0, len(xs)*xs[0].Shape.Size())
	for _, x := range xs {
		if !slices.Equal(x.Shape, xs[0].Shape) || x.DType != xs[0].DType {
			panic(&ShapeError{"stack", []Shape{xs[0].Shape, x.Shape}})
		}
		h = append(h, x.Buf.(kernel.Host)...)
	}
	return &Tensor{Shape: append(Shape{len(xs)}, xs[0].Shape...), DType: xs[0].DType, Buf: h}
}
