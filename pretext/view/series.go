package view

import (
	"math"

	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

// Series cuts windows of Long rows, and Ahead more to forecast, out of pieces of series [rows, channels].
type Series struct{ Long, Ahead int }

// Draw is a window of x that begins anywhere, and the rows to forecast: [Long+Ahead, channels],
// normalised. Where x is too short, readings are missing at the front.
func (s Series) Draw(r *rng.Rand, x *tensor.Tensor) []float32 {
	w, _ := s.DrawSpread(r, x)
	return w
}

// DrawSpread is Draw, and the standard deviations that normalising took out, [channels].
func (s Series) DrawSpread(r *rng.Rand, x *tensor.Tensor) (w, std []float32) {
	rows, need := x.Shape[0], s.Long+s.Ahead
	from := rows - need
	if from > 0 {
		from = r.IntN(from + 1)
	}
	w = s.Window(x, from)
	_, std = Normalise(w, x.Shape[1], s.Long)
	return w, std
}

// Window is x from a row on, [Long+Ahead, channels], NaN before the first.
func (s Series) Window(x *tensor.Tensor, from int) []float32 {
	c := x.Shape[1]
	w := make([]float32, (s.Long+s.Ahead)*c)
	before := max(-from, 0) * c
	for i := range w[:before] {
		w[i] = float32(math.NaN())
	}
	copy(w[before:], x.Buf.(kernel.Host)[max(from, 0)*c:])
	return w
}

// Part is so many rows of a window of x, [long, channels]: the window, of Long rows or all there are, is normalised as it will be
// for an encoder that looks at it, and begins anywhere, as the part in it does. Where the window is too short, readings are
// missing at the front.
func (s Series) Part(r *rng.Rand, x *tensor.Tensor, long int) []float32 {
	c := x.Shape[1]
	w := Series{Long: min(s.Long, x.Shape[0])}.Draw(r, x)
	if rows := len(w) / c; rows > long {
		return w[r.IntN(rows-long+1)*c:][:long*c]
	}
	return Series{Long: long}.Window(tensor.Float32s(w, len(w)/c, c), len(w)/c-long)
}

// Common is how many rows of series there are views of when they are in a batch together: as many as the shortest has, or half
// of the longest, where that is more.
func (s Series) Common(xs []data.Sample) int {
	least, most := math.MaxInt, 1
	for _, x := range xs {
		least, most = min(least, x.X.Shape[0]), max(most, x.X.Shape[0])
	}
	return min(s.Long, max(least, (most+1)/2))
}

// LeastSpread keeps a channel that hardly moves within a window from being blown up: a tenth of its standard
// deviation over all that is learned from, which is 1.
const LeastSpread = 0.1

// Normalise takes out of each channel of rows [any, channels] the mean and the standard deviation of its first upto
// rows, and returns both, [channels]: reversible instance normalisation (RevIN, Kim et al., ICLR 2022) without
// its learned part. Missing readings stay NaN; a channel without any reading has mean 0.
func Normalise(rows []float32, channels, upto int) (mean, std []float32) {
	mean, std = make([]float32, channels), make([]float32, channels)
	for c := range channels {
		var n, sum, squares float64
		for i := c; i < upto*channels; i += channels {
			if v := float64(rows[i]); v == v {
				n++
				sum += v
			}
		}
		m := sum / max(n, 1)
		for i := c; i < upto*channels; i += channels {
			if v := float64(rows[i]); v == v {
				squares += (v - m) * (v - m)
			}
		}
		s := math.Sqrt(squares/max(n, 1) + LeastSpread*LeastSpread)
		mean[c], std[c] = float32(m), float32(s)
		for i := c; i < len(rows); i += channels {
			rows[i] = (rows[i] - mean[c]) / std[c]
		}
	}
	return mean, std
}

// Marked lays rows [long, channels] out as an encoder reads them that looks at so many channels together: dst
// [channels/together, long, 2·together], of each time the values, 0 for a missing one, and which are there.
func Marked(dst, rows []float32, channels, together int) {
	long := len(rows) / channels
	for g := range channels / together {
		for i := range long {
			to, from := dst[(g*long+i)*2*together:][:2*together], rows[i*channels+g*together:][:together]
			for k, v := range from {
				to[k], to[together+k] = 0, 0
				if v == v {
					to[k], to[together+k] = v, 1
				}
			}
		}
	}
}
