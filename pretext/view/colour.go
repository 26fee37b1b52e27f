package view

import "math"

// A colour map is affine: [r g b] to m·[r g b] + add. Its colours go from -1 to 1.
type affine struct {
	m   [3][3]float64
	add [3]float64
}

// An effect is a colour map that may depend on the mean colour of what it changes.
type effect func(mean [3]float64) affine

// luma is how bright each primary looks (ITU-R BT.601), as in torchvision.
var luma = [3]float64{0.299, 0.587, 0.114}

// brightness scales towards black: f·x for colours from 0 to 1.
func brightness(f float64) effect {
	return func([3]float64) affine { return scaled(f, [3]float64{-1, -1, -1}) }
}

// contrast scales towards the picture's mean gray.
func contrast(f float64) effect {
	return func(mean [3]float64) affine {
		gray := luma[0]*mean[0] + luma[1]*mean[1] + luma[2]*mean[2]
		return scaled(f, [3]float64{gray, gray, gray})
	}
}

// scaled is f·x + (1-f)·towards.
func scaled(f float64, towards [3]float64) (a affine) {
	for i := range 3 {
		a.m[i][i] = f
		a.add[i] = (1 - f) * towards[i]
	}
	return a
}

// saturation scales towards each pixel's own gray; 0 leaves only that.
func saturation(f float64) effect {
	return func([3]float64) (a affine) {
		for i := range 3 {
			for j := range 3 {
				a.m[i][j] = (1 - f) * luma[j]
			}
			a.m[i][i] += f
		}
		return a
	}
}

// hue turns colours by a share of a full turn about the gray axis of YIQ. Unlike
// torchvision's trip to HSV and back this keeps luma, and is linear.
func hue(turn float64) effect {
	sin, cos := math.Sincos(2 * math.Pi * turn)
	rotate := [3][3]float64{{1, 0, 0}, {0, cos, -sin}, {0, sin, cos}}
	m := dot(fromYIQ, dot(rotate, toYIQ))
	return func([3]float64) affine { return affine{m: m} }
}

// toYIQ and its inverse; chroma is scaled so that I and Q come from b-y and r-y.
var (
	toYIQ = [3][3]float64{
		luma,
		{0.595716, -0.274453, -0.321263},
		{0.211456, -0.522591, 0.311135},
	}
	fromYIQ = inverse(toYIQ)
)

func dot(a, b [3][3]float64) (c [3][3]float64) {
	for i := range 3 {
		for j := range 3 {
			c[i][j] = a[i][0]*b[0][j] + a[i][1]*b[1][j] + a[i][2]*b[2][j]
		}
	}
	return c
}

// inverse is the adjugate over the determinant.
func inverse(a [3][3]float64) (b [3][3]float64) {
	var det float64
	for i := range 3 {
		for j := range 3 {
			j1, j2, i1, i2 := (j+1)%3, (j+2)%3, (i+1)%3, (i+2)%3
			b[j][i] = a[i1][j1]*a[i2][j2] - a[i1][j2]*a[i2][j1]
		}
		det += a[0][i] * b[i][0]
	}
	for i := range 3 {
		for j := range 3 {
			b[i][j] /= det
		}
	}
	return b
}

// recolour applies effects to pixels [n, 3] in order. As each is affine, so are they
// all together, and the mean follows along: one look at the pixels, one pass, and
// colours are cut off to what can be shown once, at the end.
func recolour(pixels []float32, effects []effect) {
	if len(effects) == 0 {
		return
	}
	mean := meanColour(pixels)
	all := scaled(1, mean)
	for _, e := range effects {
		a := e(all.of(mean))
		all = affine{dot(a.m, all.m), a.of(all.add)}
	}
	var k [12]float32
	for i := range 3 {
		k[4*i], k[4*i+1], k[4*i+2], k[4*i+3] = float32(all.m[i][0]), float32(all.m[i][1]), float32(all.m[i][2]), float32(all.add[i])
	}
	for len(pixels) >= 3 {
		r, g, b := pixels[0], pixels[1], pixels[2]
		pixels[0] = min(max(k[0]*r+k[1]*g+k[2]*b+k[3], -1), 1)
		pixels[1] = min(max(k[4]*r+k[5]*g+k[6]*b+k[7], -1), 1)
		pixels[2] = min(max(k[8]*r+k[9]*g+k[10]*b+k[11], -1), 1)
		pixels = pixels[3:]
	}
}

// of applies the map to one colour.
func (a affine) of(c [3]float64) (out [3]float64) {
	for i := range 3 {
		out[i] = a.m[i][0]*c[0] + a.m[i][1]*c[1] + a.m[i][2]*c[2] + a.add[i]
	}
	return out
}

func meanColour(pixels []float32) [3]float64 {
	var r, g, b float32
	n := float64(len(pixels) / 3)
	for len(pixels) >= 3 {
		r += pixels[0]
		g += pixels[1]
		b += pixels[2]
		pixels = pixels[3:]
	}
	return [3]float64{float64(r) / n, float64(g) / n, float64(b) / n}
}
