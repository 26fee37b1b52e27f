package pretext

import (
	"math"

	"autodidact/core/autograd"
	"autodidact/core/tensor"
)

// Quarters averages h [n, positions, width], square maps, over each quadrant: [n, 4·width]. A
// head that must know where in the picture something is learns nothing from one mean of all.
// The middle row and column of an odd map count half to either side.
func Quarters(h autograd.Var) autograd.Var {
	n, positions, width := h.Dim(0), h.Dim(1), h.Dim(2)
	side := int(math.Round(math.Sqrt(float64(positions))))
	if side*side != positions {
		panic(&tensor.ShapeError{Op: "quarters of a square map", Shapes: []tensor.Shape{h.Shape()}})
	}
	share := make([]float32, positions*4) // [positions, 4]
	half := float64(side) / 2
	for y := range side {
		for x := range side {
			for q := range 4 {
				inY, inX := overlap(y, q/2, half), overlap(x, q%2, half)
				share[(y*side+x)*4+q] = float32(inY * inX / (half * half))
			}
		}
	}
	return h.Transpose(0, 2, 1).Reshape(n*width, positions).MatMul(h.Tape().Input(tensor.Float32s(share, positions, 4))).Reshape(n, width*4)
}

// overlap is how much of cell at lies in the first or second half of a line.
func overlap(at, second int, half float64) float64 {
	before := min(max(half-float64(at), 0), 1)
	if second == 1 {
		return 1 - before
	}
	return before
}
