//go:build js && wasm && goexperiment.simd && wasmkernel

package cpu

import (
	"unsafe"

	"autodidact/core/kernel"
)

// The module's elementwise loops take whole vectors; the rest, fewer than lanes floats, is
// left to their generic twins.

//go:wasmimport kernels add
//go:noescape
func moduleAdd(n int32, d, x, y unsafe.Pointer)

//go:wasmimport kernels sub
//go:noescape
func moduleSub(n int32, d, x, y unsafe.Pointer)

//go:wasmimport kernels mul
//go:noescape
func moduleMul(n int32, d, x, y unsafe.Pointer)

//go:wasmimport kernels affine
//go:noescape
func moduleAffine(n int32, mul, add float32, d, x unsafe.Pointer)

//go:wasmimport kernels axpy
//go:noescape
func moduleAxpy(n int32, a float32, d, x, y unsafe.Pointer)

//go:wasmimport kernels relu
//go:noescape
func moduleRelu(n int32, d, x unsafe.Pointer)

//go:wasmimport kernels step
//go:noescape
func moduleStep(n int32, d, x unsafe.Pointer)

//go:wasmimport kernels exp
//go:noescape
func moduleExp(n int32, d, x unsafe.Pointer)

//go:wasmimport kernels gelu
//go:noescape
func moduleGelu(n int32, d, x unsafe.Pointer)

//go:wasmimport kernels geluSlope
//go:noescape
func moduleGeluSlope(n int32, d, x unsafe.Pointer)

//go:wasmimport kernels geluErf
//go:noescape
func moduleGeluErf(n int32, d, x unsafe.Pointer)

//go:wasmimport kernels geluErfSlope
//go:noescape
func moduleGeluErfSlope(n int32, d, x unsafe.Pointer)

func moduleElementwise(l *loops) {
	l.binary[kernel.Add] = pairsThen(moduleAdd, add)
	l.binary[kernel.Sub] = pairsThen(moduleSub, sub)
	l.binary[kernel.Mul] = pairsThen(moduleMul, mul)
	l.binaryScalar[kernel.Add] = func(d, x []float32, y float32) { affineModule(d, x, 1, y) }
	l.binaryScalar[kernel.Sub] = func(d, x []float32, y float32) { affineModule(d, x, 1, -y) }
	l.binaryScalar[kernel.Mul] = func(d, x []float32, y float32) { affineModule(d, x, y, 0) }
	l.unary[kernel.Relu] = eachThen(moduleRelu, relu)
	l.unary[kernel.Step] = eachThen(moduleStep, step)
	l.unary[kernel.Exp] = eachThen(moduleExp, exp)
	l.unary[kernel.Gelu] = eachThen(moduleGelu, gelu)
	l.unary[kernel.GeluSlope] = eachThen(moduleGeluSlope, geluSlope)
	l.unary[kernel.GeluErf] = eachThen(moduleGeluErf, geluErf)
	l.unary[kernel.GeluErfSlope] = eachThen(moduleGeluErfSlope, geluErfSlope)
	l.affine, l.axpy = affineModule, axpyModule
}

func eachThen(whole func(n int32, d, x unsafe.Pointer), rest func(d, x []float32)) func(d, x []float32) {
	return func(d, x []float32) {
		n := len(d) / lanes
		x = x[:len(d)]
		whole(int32(n), first(d), first(x))
		rest(d[n*lanes:], x[n*lanes:])
	}
}

func pairsThen(whole func(n int32, d, x, y unsafe.Pointer), rest func(d, x, y []float32)) func(d, x, y []float32) {
	return func(d, x, y []float32) {
		n := len(d) / lanes
		x, y = x[:len(d)], y[:len(d)]
		whole(int32(n), first(d), first(x), first(y))
		rest(d[n*lanes:], x[n*lanes:], y[n*lanes:])
	}
}

func affineModule(d, x []float32, mul, add float32) {
	n := len(d) / lanes
	x = x[:len(d)]
	moduleAffine(int32(n), mul, add, first(d), first(x))
	affine(d[n*lanes:], x[n*lanes:], mul, add)
}

func axpyModule(d, x []float32, a float32) {
	n := len(d) / lanes
	x = x[:len(d)]
	moduleAxpy(int32(n), a, first(d), first(x), first(d))
	axpy(d[n*lanes:], x[n*lanes:], a)
}
