package probe

import (
	"autodidact/core/data"
	"autodidact/core/kernel"
)

// RawPixels is the baseline without an encoder: the pixels of each picture's, or clip's middle frame's,
// central square, averaged down to [side, side, channels], in -1 to 1. An encoder must be better
// than these.
func RawPixels(set *data.Set, side int) Features {
	f := Features{N: set.Len()}
	for i, x := range set.X {
		x = data.Frames(x, 1)[0]
		height, width, channels := x.Shape[0], x.Shape[1], x.Shape[2]
		if i == 0 {
			f.Width = side * side * channels
			f.Data = make([]float32, f.N*f.Width)
		}
		square := min(height, width)
		top, left := (height-square)/2, (width-square)/2
		p := picture{x.Buf.(kernel.Bytes)[(top*width+left)*channels:], width * channels, channels}
		p.shrink(f.Row(i), square, side)
	}
	return f
}

// picture is bytes [height, width, channels] with stride bytes a row.
type picture struct {
	pix      []byte
	stride   int
	channels int
}

// shrink averages the square picture's pixels over side × side equal boxes; a pixel that
// lies across a border counts for each box by its fraction in it.
func (p picture) shrink(to []float32, square, side int) {
	spans := boxes(square, side)
	for by, rows := range spans {
		for bx, cols := range spans {
			out := to[(by*side+bx)*p.channels:][:p.channels]
			for y, wy := range rows.share {
				line := p.pix[(rows.from+y)*p.stride:]
				for x, wx := range cols.share {
					pixel := line[(cols.from+x)*p.channels:]
					for c := range out {
						out[c] += wy * wx * float32(pixel[c])
					}
				}
			}
			for c := range out {
				out[c] = out[c]/127.5 - 1
			}
		}
	}
}

// A span is the pixels one box covers along an axis, with weights that add up to one.
type span struct {
	from  int
	share []float32
}

// boxes cuts an axis of n pixels into side equal spans. It counts in units of 1/side
// pixel, where pixel i covers [i*side, (i+1)*side) and box b covers [b*n, (b+1)*n).
func boxes(n, side int) []span {
	spans := make([]span, side)
	for b := range spans {
		low, high := b*n, (b+1)*n
		s := span{from: low / side}
		for i := s.from; i*side < high; i++ {
			covered := min(high, (i+1)*side) - max(low, i*side)
			s.share = append(s.share, float32(covered)/float32(n))
		}
		spans[b] = s
	}
	return spans
}
