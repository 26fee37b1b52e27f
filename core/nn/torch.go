package nn

import (
	"slices"

	"autodidact/core/autograd"
	"autodidact/core/kernel"
	"autodidact/core/tensor"
)

// TorchShape is p's shape as PyTorch stores it.
func TorchShape(p *autograd.Param) tensor.Shape {
	s := slices.Clone(p.Value.Shape)
	for i, axis := range p.Torch {
		s[i] = p.Value.Shape[axis]
	}
	return s
}

// ToTorch puts the axes of x, the host copy of p, in PyTorch's order.
func ToTorch(p *autograd.Param, x *tensor.Tensor) *tensor.Tensor { return permute(x, p.Torch) }

// FromTorch is the way back of ToTorch.
func FromTorch(p *autograd.Param, x *tensor.Tensor) *tensor.Tensor {
	back := make([]int, len(p.Torch))
	for i, axis := range p.Torch {
		back[axis] = i
	}
	return permute(x, back)
}

// permute copies a host tensor with its axes in another order: axis i of the
// result is axes[i] of x. Without axes it is x itself.
func permute(x *tensor.Tensor, axes []int) *tensor.Tensor {
	if len(axes) == 0 {
		return x
	}
	if len(axes) != len(x.Shape) {
		panic(&tensor.ShapeError{Op: "permute", Shapes: []tensor.Shape{x.Shape, axes}})
	}
	n := len(axes)
	shape, stride := make(tensor.Shape, n), make([]int, n)
	for i, k := range axes {
		shape[i], stride[i] = x.Shape[k], x.Shape[k+1:].Size()
	}
	src, dst := x.Buf.(kernel.Host), make(kernel.Host, x.Shape.Size())
	for i := range dst {
		at, rest := 0, i
		for k, d := range slices.Backward(shape) {
			at += rest % d * stride[k]
			rest /= d
		}
		dst[i] = src[at]
	}
	return tensor.Float32s(dst, shape...)
}
