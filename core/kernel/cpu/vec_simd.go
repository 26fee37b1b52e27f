//go:build goexperiment.simd && !generic && (amd64 || wasm)

package cpu

import "unsafe"

// lane is the memory of one vec. Loops run over slices of lane, not of float32:
// a pointer to an array needs no bounds check, and on wasm each check costs more
// than the arithmetic it guards.
type lane = [lanes]float32

// vecs views the leading whole vectors of x. It reinterprets the slice itself, since
// unsafe.Slice would call a function to check for overflow.
func vecs(x []float32) []lane { return (*(*[]lane)(unsafe.Pointer(&x)))[:len(x)/lanes] }
