package baseline

import (
	"math"

	"autodidact/core/probe"
)

// Histograms of oriented gradients (Dalal and Triggs 2005): of cells of 8x8 pixels, over nine orientations without a
// sign, in blocks of 2x2 cells whose length is made one, values above 0.2 cut, and made one again.
const (
	hogCell    = 8
	hogBins    = 9
	hogBlock   = 2
	hogClip    = 0.2
	hogEpsilon = 1e-5
)

// gradientHistograms is HOG of square pictures [n, side·side·channels], of three channels or one: [n, blocks·36].
func gradientHistograms(pixels probe.Features) probe.Features {
	channels := pixels.Width / (hogSide * hogSide)
	cells := hogSide / hogCell
	blocks := cells - hogBlock + 1
	f := probe.Features{N: pixels.N, Width: blocks * blocks * hogBlock * hogBlock * hogBins}
	f.Data = make([]float32, 0, f.N*f.Width)
	for i := range f.N {
		h := orientations(pixels.Row(i), channels)
		for y := range blocks {
			for x := range blocks {
				var block []float64
				for c := range hogBlock * hogBlock {
					cell := (y+c/hogBlock)*cells + x + c%hogBlock
					block = append(block, h[cell*hogBins:][:hogBins]...)
				}
				f.Data = append(f.Data, clipped(block)...)
			}
		}
	}
	return f
}

// orientations is the histogram of each cell, [cells, cells, bins]: a pixel adds the length of its gradient to the two
// bins nearest to its direction.
func orientations(pix []float32, channels int) []float64 {
	cells := hogSide / hogCell
	h := make([]float64, cells*cells*hogBins)
	for y := range hogSide {
		for x := range hogSide {
			dx, dy := gradient(pix, channels, y, x)
			length := math.Hypot(dx, dy)
			if length == 0 {
				continue
			}
			angle := math.Mod(math.Atan2(dy, dx)+math.Pi, math.Pi) / math.Pi * hogBins // in bins
			low := math.Floor(angle - 0.5)
			share := angle - 0.5 - low
			cell := h[(y/hogCell*cells+x/hogCell)*hogBins:][:hogBins]
			cell[(int(low)+hogBins)%hogBins] += length * (1 - share)
			cell[(int(low)+1)%hogBins] += length * share
		}
	}
	return h
}

// gradient is the difference of neighbours, 0 across the border, in the channel where it is longest.
func gradient(pix []float32, channels, y, x int) (dx, dy float64) {
	at := func(y, x, c int) float64 { return float64(pix[(y*hogSide+x)*channels+c]) }
	for c := range channels {
		var gx, gy float64
		if x > 0 && x < hogSide-1 {
			gx = at(y, x+1, c) - at(y, x-1, c)
		}
		if y > 0 && y < hogSide-1 {
			gy = at(y+1, x, c) - at(y-1, x, c)
		}
		if math.Hypot(gx, gy) > math.Hypot(dx, dy) {
			dx, dy = gx, gy
		}
	}
	return dx, dy
}

// clipped is L2-Hys.
func clipped(block []float64) []float32 {
	out := make([]float32, len(block))
	for _, most := range []float64{hogClip, math.Inf(1)} {
		sum := hogEpsilon * hogEpsilon
		for _, v := range block {
			sum += v * v
		}
		for k, v := range block {
			block[k] = min(v/math.Sqrt(sum), most)
		}
	}
	for k, v := range block {
		out[k] = float32(v)
	}
	return out
}
