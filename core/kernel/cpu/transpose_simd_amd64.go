//go:build goexperiment.simd && !generic

package cpu

import (
	"simd/archsimd"
	"unsafe"
)

// transposeVec turns squares of four by four, and leaves what hangs over to transpose.
func transposeVec(dst, src []float32, rows, cols, from, to int) {
	r, c := rows/4*4, cols/4*4
	if r > 0 && c > 0 {
		_, _ = src[(r-1)*from+c-1], dst[(c-1)*to+r-1]
		for i := 0; i < r; i += 4 {
			for j := 0; j < c; j += 4 {
				square(unsafe.Pointer(&dst[j*to+i]), unsafe.Pointer(&src[i*from+j]), 4*from, 4*to)
			}
		}
		done()
	}
	if r < rows {
		transpose(dst[r:], src[r*from:], rows-r, cols, from, to)
	}
	if c < cols {
		transpose(dst[c*to:], src[c:], r, cols-c, from, to)
	}
}

// square transposes one; from and to are in bytes.
func square(dst, src unsafe.Pointer, from, to int) {
	a, b, c, d := word4(src, 0), word4(src, from), word4(src, 2*from), word4(src, 3*from)
	// Two rows of two: a0 b0 a1 b1, and so on.
	ab, cd := a.InterleaveLo(b).ReshapeToUint64s(), c.InterleaveLo(d).ReshapeToUint64s()
	AB, CD := a.InterleaveHi(b).ReshapeToUint64s(), c.InterleaveHi(d).ReshapeToUint64s()
	ab.InterleaveLo(cd).StoreArray((*[2]uint64)(dst))
	ab.InterleaveHi(cd).StoreArray((*[2]uint64)(unsafe.Add(dst, to)))
	AB.InterleaveLo(CD).StoreArray((*[2]uint64)(unsafe.Add(dst, 2*to)))
	AB.InterleaveHi(CD).StoreArray((*[2]uint64)(unsafe.Add(dst, 3*to)))
}

func word4(p unsafe.Pointer, i int) archsimd.Uint32x4 {
	return archsimd.LoadUint32x4Array((*[4]uint32)(unsafe.Add(p, i)))
}
