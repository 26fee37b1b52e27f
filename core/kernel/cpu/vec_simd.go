//go:build goexperiment.simd && (amd64 || wasm)

package cpu

import "unsafe"

// lane is the memory of one vec. Loops run over slices of lane, not of float32:
// a pointer to an array needs no bounds check, and on wasm each check costs more
// than the arithmetic it guards.
type lane = [lanes]float32

// vecs views the leading whole vectors of x.
func vecs(x []float32) []lane {
	return unsafe.Slice((*lane)(unsafe.Pointer(unsafe.SliceData(x))), len(x)/lanes)
}
