//go:build goexperiment.simd && !generic

package cpu

import (
	"simd/archsimd"
	"unsafe"
)

// Both tiles take a by rows and by columns alike: what differs is where the rows of a
// begin and how far apart its steps are. Four instructions can begin a cycle here, or six,
// and only some of them multiply, so the loops are written for few others:
//
//   - A call the compiler inlines leaves a NOP behind unless its line has an instruction of
//     its own. So each line has a MulAdd, which is one, and calls nothing that calls
//     further. That splats and loads are written twice costs nothing: they are found to
//     be the same.
//   - MulAdd leaves its result in another register than its accumulator's, and at the end
//     of a turn all must be back where they were. So a turn is two steps.
//   - Loads are done as early as can be if they are plain indexing, and then there are not
//     enough registers; what spills a single float is slower than all the rest. If they
//     are inlined calls they stay in their place.

// float, eight and sixteen read what lies so many bytes from p.
func float(p unsafe.Pointer, i int) float32 { return *(*float32)(unsafe.Add(p, i)) }
func eight(p unsafe.Pointer, i int) archsimd.Float32x8 {
	return archsimd.LoadFloat32x8Array((*[8]float32)(unsafe.Add(p, i)))
}
func sixteen(p unsafe.Pointer, i int) archsimd.Float32x16 {
	return archsimd.LoadFloat32x16Array((*[16]float32)(unsafe.Add(p, i)))
}

// sweepVec does panels two by two where the processor has AVX-512, and what is left one
// by one. Either way the products are added in the same order.
func sweepVec(s sweep) {
	rest := s
	if archsimd.X86.AVX512() {
		pairs := s
		pairs.n = s.n / (2 * nr) * (2 * nr)
		pairs.each(2*nr, tile16, tile16)
		if pairs.n == s.n {
			return
		}
		rest.c, rest.b, rest.n = s.c[pairs.n:], s.b[pairs.n/nr*s.panel():], s.n-pairs.n
	}
	rest.each(nr, tile8, tile8)
}

// rows are where the four rows of c begin, all of width floats.
func (t *tile) rows(width int) (d0, d1, d2, d3 unsafe.Pointer) {
	c, row := t.c, &t.row
	for _, at := range row {
		_ = c[at : at+width]
	}
	return unsafe.Pointer(&c[row[0]]), unsafe.Pointer(&c[row[1]]), unsafe.Pointer(&c[row[2]]), unsafe.Pointer(&c[row[3]])
}

// operands are where the four rows of a begin, and b, which has so many panels.
func (t *tile) operands(panels int) (a0, a1, a2, a3, b unsafe.Pointer) {
	a, at, last := t.a, &t.at, (t.segments-1)*t.segment+(t.k-1)*t.aStep
	for _, i := range at {
		_ = a[i+last]
	}
	_ = t.b[(panels-1)*t.panel+(t.segments*t.k-1)*t.bStep+nr-1]
	return unsafe.Pointer(&a[at[0]]), unsafe.Pointer(&a[at[1]]), unsafe.Pointer(&a[at[2]]), unsafe.Pointer(&a[at[3]]), unsafe.Pointer(&t.b[0])
}

// tile8 is four rows by one panel: 8 accumulators of 8 floats.
func tile8(t *tile) {
	d0, d1, d2, d3 := t.rows(16)
	a0, a1, a2, a3, b := t.operands(1)
	aStep, bStep := 4*t.aStep, 4*t.bStep
	var c00, c01, c10, c11, c20, c21, c30, c31 archsimd.Float32x8
	if t.add {
		c00, c01 = eight(d0, 0), eight(d0, 32)
		c10, c11 = eight(d1, 0), eight(d1, 32)
		c20, c21 = eight(d2, 0), eight(d2, 32)
		c30, c31 = eight(d3, 0), eight(d3, 32)
	}
	j := 0
	for s := range t.segments {
		i := 4 * s * t.segment
		for range t.k / 2 {
			c00 = archsimd.BroadcastFloat32x8(float(a0, i)).MulAdd(eight(b, j), c00)
			c01 = archsimd.BroadcastFloat32x8(float(a0, i)).MulAdd(eight(b, j+32), c01)
			c10 = archsimd.BroadcastFloat32x8(float(a1, i)).MulAdd(eight(b, j), c10)
			c11 = archsimd.BroadcastFloat32x8(float(a1, i)).MulAdd(eight(b, j+32), c11)
			c20 = archsimd.BroadcastFloat32x8(float(a2, i)).MulAdd(eight(b, j), c20)
			c21 = archsimd.BroadcastFloat32x8(float(a2, i)).MulAdd(eight(b, j+32), c21)
			c30 = archsimd.BroadcastFloat32x8(float(a3, i)).MulAdd(eight(b, j), c30)
			c31 = archsimd.BroadcastFloat32x8(float(a3, i)).MulAdd(eight(b, j+32), c31)
			c00 = archsimd.BroadcastFloat32x8(float(a0, i+aStep)).MulAdd(eight(b, j+bStep), c00)
			c01 = archsimd.BroadcastFloat32x8(float(a0, i+aStep)).MulAdd(eight(b, j+bStep+32), c01)
			c10 = archsimd.BroadcastFloat32x8(float(a1, i+aStep)).MulAdd(eight(b, j+bStep), c10)
			c11 = archsimd.BroadcastFloat32x8(float(a1, i+aStep)).MulAdd(eight(b, j+bStep+32), c11)
			c20 = archsimd.BroadcastFloat32x8(float(a2, i+aStep)).MulAdd(eight(b, j+bStep), c20)
			c21 = archsimd.BroadcastFloat32x8(float(a2, i+aStep)).MulAdd(eight(b, j+bStep+32), c21)
			c30 = archsimd.BroadcastFloat32x8(float(a3, i+aStep)).MulAdd(eight(b, j+bStep), c30)
			c31 = archsimd.BroadcastFloat32x8(float(a3, i+aStep)).MulAdd(eight(b, j+bStep+32), c31)
			i, j = i+2*aStep, j+2*bStep
		}
		if t.k%2 == 1 {
			c00 = archsimd.BroadcastFloat32x8(float(a0, i)).MulAdd(eight(b, j), c00)
			c01 = archsimd.BroadcastFloat32x8(float(a0, i)).MulAdd(eight(b, j+32), c01)
			c10 = archsimd.BroadcastFloat32x8(float(a1, i)).MulAdd(eight(b, j), c10)
			c11 = archsimd.BroadcastFloat32x8(float(a1, i)).MulAdd(eight(b, j+32), c11)
			c20 = archsimd.BroadcastFloat32x8(float(a2, i)).MulAdd(eight(b, j), c20)
			c21 = archsimd.BroadcastFloat32x8(float(a2, i)).MulAdd(eight(b, j+32), c21)
			c30 = archsimd.BroadcastFloat32x8(float(a3, i)).MulAdd(eight(b, j), c30)
			c31 = archsimd.BroadcastFloat32x8(float(a3, i)).MulAdd(eight(b, j+32), c31)
			j += bStep
		}
	}
	c00.StoreArray((*[8]float32)(d0))
	c01.StoreArray((*[8]float32)(unsafe.Add(d0, 32)))
	c10.StoreArray((*[8]float32)(d1))
	c11.StoreArray((*[8]float32)(unsafe.Add(d1, 32)))
	c20.StoreArray((*[8]float32)(d2))
	c21.StoreArray((*[8]float32)(unsafe.Add(d2, 32)))
	c30.StoreArray((*[8]float32)(d3))
	c31.StoreArray((*[8]float32)(unsafe.Add(d3, 32)))
	done()
}

// tile16 is four rows by two panels: 8 accumulators of 16 floats.
func tile16(t *tile) {
	d0, d1, d2, d3 := t.rows(32)
	a0, a1, a2, a3, b := t.operands(2)
	aStep, bStep, second := 4*t.aStep, 4*t.bStep, 4*t.panel
	var c00, c01, c10, c11, c20, c21, c30, c31 archsimd.Float32x16
	if t.add {
		c00, c01 = sixteen(d0, 0), sixteen(d0, 64)
		c10, c11 = sixteen(d1, 0), sixteen(d1, 64)
		c20, c21 = sixteen(d2, 0), sixteen(d2, 64)
		c30, c31 = sixteen(d3, 0), sixteen(d3, 64)
	}
	j := 0
	for s := range t.segments {
		i := 4 * s * t.segment
		for range t.k / 2 {
			c00 = archsimd.BroadcastFloat32x16(float(a0, i)).MulAdd(sixteen(b, j), c00)
			c01 = archsimd.BroadcastFloat32x16(float(a0, i)).MulAdd(sixteen(b, j+second), c01)
			c10 = archsimd.BroadcastFloat32x16(float(a1, i)).MulAdd(sixteen(b, j), c10)
			c11 = archsimd.BroadcastFloat32x16(float(a1, i)).MulAdd(sixteen(b, j+second), c11)
			c20 = archsimd.BroadcastFloat32x16(float(a2, i)).MulAdd(sixteen(b, j), c20)
			c21 = archsimd.BroadcastFloat32x16(float(a2, i)).MulAdd(sixteen(b, j+second), c21)
			c30 = archsimd.BroadcastFloat32x16(float(a3, i)).MulAdd(sixteen(b, j), c30)
			c31 = archsimd.BroadcastFloat32x16(float(a3, i)).MulAdd(sixteen(b, j+second), c31)
			c00 = archsimd.BroadcastFloat32x16(float(a0, i+aStep)).MulAdd(sixteen(b, j+bStep), c00)
			c01 = archsimd.BroadcastFloat32x16(float(a0, i+aStep)).MulAdd(sixteen(b, j+bStep+second), c01)
			c10 = archsimd.BroadcastFloat32x16(float(a1, i+aStep)).MulAdd(sixteen(b, j+bStep), c10)
			c11 = archsimd.BroadcastFloat32x16(float(a1, i+aStep)).MulAdd(sixteen(b, j+bStep+second), c11)
			c20 = archsimd.BroadcastFloat32x16(float(a2, i+aStep)).MulAdd(sixteen(b, j+bStep), c20)
			c21 = archsimd.BroadcastFloat32x16(float(a2, i+aStep)).MulAdd(sixteen(b, j+bStep+second), c21)
			c30 = archsimd.BroadcastFloat32x16(float(a3, i+aStep)).MulAdd(sixteen(b, j+bStep), c30)
			c31 = archsimd.BroadcastFloat32x16(float(a3, i+aStep)).MulAdd(sixteen(b, j+bStep+second), c31)
			i, j = i+2*aStep, j+2*bStep
		}
		if t.k%2 == 1 {
			c00 = archsimd.BroadcastFloat32x16(float(a0, i)).MulAdd(sixteen(b, j), c00)
			c01 = archsimd.BroadcastFloat32x16(float(a0, i)).MulAdd(sixteen(b, j+second), c01)
			c10 = archsimd.BroadcastFloat32x16(float(a1, i)).MulAdd(sixteen(b, j), c10)
			c11 = archsimd.BroadcastFloat32x16(float(a1, i)).MulAdd(sixteen(b, j+second), c11)
			c20 = archsimd.BroadcastFloat32x16(float(a2, i)).MulAdd(sixteen(b, j), c20)
			c21 = archsimd.BroadcastFloat32x16(float(a2, i)).MulAdd(sixteen(b, j+second), c21)
			c30 = archsimd.BroadcastFloat32x16(float(a3, i)).MulAdd(sixteen(b, j), c30)
			c31 = archsimd.BroadcastFloat32x16(float(a3, i)).MulAdd(sixteen(b, j+second), c31)
			j += bStep
		}
	}
	c00.StoreArray((*[16]float32)(d0))
	c01.StoreArray((*[16]float32)(unsafe.Add(d0, 64)))
	c10.StoreArray((*[16]float32)(d1))
	c11.StoreArray((*[16]float32)(unsafe.Add(d1, 64)))
	c20.StoreArray((*[16]float32)(d2))
	c21.StoreArray((*[16]float32)(unsafe.Add(d2, 64)))
	c30.StoreArray((*[16]float32)(d3))
	c31.StoreArray((*[16]float32)(unsafe.Add(d3, 64)))
	done()
}
