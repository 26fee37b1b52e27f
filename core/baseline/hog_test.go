package baseline

import (
	"math"
	"testing"

	"autodidact/core/probe"
	"autodidact/core/rng"
)

// slowCell is the histogram of one cell by going over all pixels with an angle in degrees.
func slowCell(gray [][]float64, cy, cx int) (h [hogBins]float64) {
	for y := cy * 8; y < cy*8+8; y++ {
		for x := cx * 8; x < cx*8+8; x++ {
			var gx, gy float64
			if x > 0 && x < len(gray)-1 {
				gx = gray[y][x+1] - gray[y][x-1]
			}
			if y > 0 && y < len(gray)-1 {
				gy = gray[y+1][x] - gray[y-1][x]
			}
			degrees := math.Atan2(gy, gx) * 180 / math.Pi
			for degrees < 0 {
				degrees += 180
			}
			for b := range h { // middles at 10, 30, ... 170 degrees; votes fall off to zero at the next
				far := math.Abs(degrees - (10 + 20*float64(b)))
				far = min(far, 180-far)
				h[b] += math.Sqrt(gx*gx+gy*gy) * max(0, 1-far/20)
			}
		}
	}
	return h
}

func TestHOGIsThatOfASlowOne(t *testing.T) {
	r, f := rng.New(4), probe.Features{N: 1, Width: hogSide * hogSide}
	gray := make([][]float64, hogSide)
	for y := range gray {
		for range hogSide {
			v := float32(r.NormFloat64())
			f.Data, gray[y] = append(f.Data, v), append(gray[y], float64(v))
		}
	}
	got := gradientHistograms(f)
	if got.Width != 900 {
		t.Fatalf("%d features", got.Width)
	}
	for _, at := range [][2]int{{0, 0}, {2, 3}, {4, 4}} {
		var block []float64
		for _, cell := range [][2]int{{0, 0}, {0, 1}, {1, 0}, {1, 1}} {
			h := slowCell(gray, at[0]+cell[0], at[1]+cell[1])
			block = append(block, h[:]...)
		}
		for _, most := range []float64{0.2, 1} {
			sum := 1e-10
			for _, v := range block {
				sum += v * v
			}
			for k := range block {
				block[k] = min(block[k]/math.Sqrt(sum), most)
			}
		}
		for k, want := range block {
			if v := got.Data[(at[0]*5+at[1])*36+k]; math.Abs(float64(v)-want) > 1e-5 {
				t.Errorf("block %v, number %d: %v, want %v", at, k, v, want)
			}
		}
	}
}
