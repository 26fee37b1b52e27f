package view

import (
	"math"

	"autodidact/core/rng"
	"autodidact/core/tensor"
)

// Patches says how a picture is cut into a grid (arXiv:1505.05192). Between cells there
// are gaps, and within its cell each patch lies where chance puts it: so a line that goes on
// from one patch to the next does not reveal that they are neighbours.
type Patches struct {
	Grid      int     // patches on a side
	Side      int     // of a patch, in pixels
	Gap       float32 // share of a cell's side that lies outside its patch
	Crop      float32 // smallest part of the picture that is cut
	Gray      float32 // chance of losing all colour, which lenses fringe differently at the rim
	Normalise bool    // give each patch the same mean and contrast: so that vignetting does not reveal its position
}

// Into writes Grid·Grid patches of x, bytes [h, w, 3], to dst, [Grid·Grid, Side, Side, 3],
// row by row.
func (o Patches) Into(dst []float32, r *rng.Rand, x *tensor.Tensor) {
	cell := int(math.Round(float64(o.Side) / (1 - float64(o.Gap))))
	whole := Image{Size: o.Grid * cell, Crop: o.Crop, Gray: o.Gray}
	picture := make([]float32, whole.Size*whole.Size*3)
	whole.Into(picture, r, x)
	px := o.Side * o.Side * 3
	for i := range o.Grid * o.Grid {
		left, top := i%o.Grid*cell+r.IntN(cell-o.Side+1), i/o.Grid*cell+r.IntN(cell-o.Side+1)
		patch := dst[i*px:][:px]
		for y := range o.Side {
			copy(patch[y*o.Side*3:][:o.Side*3], picture[((top+y)*whole.Size+left)*3:])
		}
		if o.Normalise {
			normalise(patch)
		}
	}
}

// normalise gives patch mean 0 and standard deviation 1/2, about what pictures have.
func normalise(patch []float32) {
	var sum, squares float64
	for _, v := range patch {
		sum += float64(v)
		squares += float64(v) * float64(v)
	}
	n := float64(len(patch))
	mean := sum / n
	scale := 0.5 / math.Sqrt(max(squares/n-mean*mean, 1e-4)) // a flat patch stays nearly flat
	for i, v := range patch {
		patch[i] = float32((float64(v) - mean) * scale)
	}
}
