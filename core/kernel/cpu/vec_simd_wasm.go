//go:build goexperiment.simd && !generic

package cpu

import "simd/archsimd"

// lanes is how many floats a vec holds.
const lanes = 4

type vec = archsimd.Float32x4

// haveSIMD is always true: a wasm module with SIMD does not load where there is none.
func haveSIMD() bool { return true }

func load(p *lane) vec       { return archsimd.LoadFloat32x4Array(p) }
func splat(x float32) vec    { return archsimd.BroadcastFloat32x4(x) }
func muladd(x, y, z vec) vec { return x.Mul(y).Add(z) }

// done ends every function that used vec; here there is nothing to clear.
func done() {}

// exponent is 2^n for whole n in [-126, 127].
func exponent(n vec) vec {
	return n.ConvertToInt32().Add(archsimd.BroadcastInt32x4(127)).ShiftAllLeft(23).ToBits().BitsToFloat32()
}

func transposeVec(dst, src []float32, rows, cols, from, to int) {
	transpose(dst, src, rows, cols, from, to)
}
