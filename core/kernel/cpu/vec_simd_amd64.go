//go:build goexperiment.simd && !generic

package cpu

import "simd/archsimd"

// lanes is how many floats a vec holds.
const lanes = 8

type vec = archsimd.Float32x8

func haveSIMD() bool { return archsimd.X86.AVX2() && archsimd.X86.FMA() }

func load(p *lane) vec       { return archsimd.LoadFloat32x8Array(p) }
func splat(x float32) vec    { return archsimd.BroadcastFloat32x8(x) }
func muladd(x, y, z vec) vec { return x.MulAdd(y, z) }
func exponent(n vec) vec {
	return n.ConvertToInt32().Add(archsimd.BroadcastInt32x8(127)).ShiftAllLeft(23).ToBits().BitsToFloat32()
}

// done must end every function that used vec: scalar float code is many times
// slower while the upper halves of the registers are in use.
func done() { archsimd.ClearAVXUpperBits() }
