package view

import "math"

// A box is a part of a picture, in pixels.
type box struct{ x, y, w, h int }

// resize samples the box of a picture, bytes [.., stride, 3], into dst [size, size, 3],
// scaled from 0..255 to -1..1: columns first, then rows.
func resize(dst []float32, size int, src []byte, stride int, b box, mirror bool) {
	across, down := newTaps(b.w, size), newTaps(b.h, size)
	narrow := make([]float32, b.h*size*3) // [b.h, size, 3]
	for y := range b.h {
		row := src[3*((b.y+y)*stride+b.x):][:3*b.w]
		out := narrow[3*size*y:][:3*size]
		for x := range size {
			to := x
			if mirror {
				to = size - 1 - x
			}
			var red, green, blue float32
			at := 3 * across.first[x]
			for _, k := range across.of(x) {
				px := row[at : at+3 : at+3]
				red += k * float32(px[0])
				green += k * float32(px[1])
				blue += k * float32(px[2])
				at += 3
			}
			px := out[3*to : 3*to+3 : 3*to+3]
			px[0], px[1], px[2] = red, green, blue
		}
	}
	for y := range size {
		out := dst[3*size*y:][:3*size]
		for i := range out {
			out[i] = -1
		}
		at := down.first[y]
		for j, k := range down.of(y) {
			addScaled(out, narrow[3*size*(at+j):][:3*size], k/127.5)
		}
	}
}

// addScaled is dst += k*x.
func addScaled(dst, x []float32, k float32) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] += k * x[i]
	}
}

// taps says which of n pixels each of size pixels is made from, and how much of each.
type taps struct {
	first   []int
	weights []float32 // [size, most]
	most    int
}

func (t taps) of(i int) []float32 { return t.weights[i*t.most:][:t.most] }

// newTaps is bilinear interpolation, a triangle one pixel wide to each side. When
// shrinking the triangle widens with the scale, so that no pixel is passed over.
func newTaps(n, size int) taps {
	scale := float64(n) / float64(size)
	reach := max(scale, 1)
	most := min(int(math.Ceil(2*reach))+1, n)
	t := taps{make([]int, size), make([]float32, size*most), most}
	for i := range size {
		center := (float64(i)+0.5)*scale - 0.5
		first := min(max(int(math.Ceil(center-reach)), 0), n-most)
		t.first[i] = first
		w, sum := t.of(i), float32(0)
		for j := range w {
			w[j] = float32(max(0, 1-math.Abs(float64(first+j)-center)/reach))
			sum += w[j]
		}
		for j := range w {
			w[j] /= sum // the picture's edge cuts the triangle off
		}
	}
	return t
}
