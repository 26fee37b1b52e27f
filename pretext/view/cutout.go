package view

import "autodidact/core/rng"

// CutOut makes a square of view v, [size, size, 3], gray: side pixels on a side, its middle anywhere, so that
// a part of it may lie outside (arXiv:1708.04552).
func CutOut(v []float32, r *rng.Rand, size, side int) {
	left, top := r.IntN(size)-side/2, r.IntN(size)-side/2
	right, bottom := min(left+side, size), min(top+side, size)
	left, top = max(left, 0), max(top, 0)
	for y := top; y < bottom; y++ {
		clear(v[(y*size+left)*3 : (y*size+right)*3])
	}
}
