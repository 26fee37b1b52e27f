package data

import "image"

// widened makes of colour that is stored for fx by fy pixels at a time, one or two each, that of
// each of w by h pixels: three quarters of the value it lies in and one of the next, in each
// direction that lacks any. That is the triangle filter of libjpeg ("fancy upsampling") and of
// libwebp; even and odd are what they add before sixteenths are cut off, by the pixel's number.
func widened(pix []byte, stride, w, h, fx, fy int, even, odd int) []byte {
	cw, ch := (w+fx-1)/fx, (h+fy-1)/fy
	out := make([]byte, 0, w*h)
	for y := range h {
		near := pix[y/fy*stride:][:cw]
		far := pix[neighbour(y, fy, ch)*stride:][:cw]
		for x := range w {
			i, j := x/fx, neighbour(x, fx, cw)
			add := even
			if fx == 2 && x%2 == 1 || fx == 1 && y%2 == 1 {
				add = odd
			}
			out = append(out, byte((9*int(near[i])+3*int(near[j])+3*int(far[i])+int(far[j])+add)>>4))
		}
	}
	return out
}

// neighbour is the value next to that which pixel i lies in, on the pixel's side: itself at the
// border, and where there is one value for each pixel.
func neighbour(i, f, n int) int {
	if f == 1 {
		return i
	}
	return min(max(i/2-1+i%2*2, 0), n-1)
}

// smooth gives each pixel of m its own colour, where a JPEG stores one for two or four.
// Rarer ratios stay as they are: libjpeg, too, repeats their values.
func smooth(m *image.YCbCr) *image.YCbCr {
	fx, fy, even, odd := 2, 2, 8, 7
	switch m.SubsampleRatio {
	case image.YCbCrSubsampleRatio420:
	case image.YCbCrSubsampleRatio422:
		fy, even, odd = 1, 4, 8
	case image.YCbCrSubsampleRatio440:
		fx, even, odd = 1, 4, 8
	default:
		return m
	}
	w, h := m.Rect.Dx(), m.Rect.Dy()
	if fx == 2 && w <= 4 {
		return m
	}
	return &image.YCbCr{
		Y: m.Y, YStride: m.YStride, Rect: m.Rect, SubsampleRatio: image.YCbCrSubsampleRatio444, CStride: w,
		Cb: widened(m.Cb, m.CStride, w, h, fx, fy, even, odd),
		Cr: widened(m.Cr, m.CStride, w, h, fx, fy, even, odd),
	}
}
