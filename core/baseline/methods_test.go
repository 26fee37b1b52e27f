package baseline

import (
	"math"
	"slices"
	"testing"

	"autodidact/core/probe"
	"autodidact/core/rng"
)

// drawn is n windows that move slowly.
func drawn(n, rows, channels int, r *rng.Rand) windows {
	w := windows{rows: rows, channels: channels}
	for range n {
		x, at := make([]float32, rows*channels), float32(0)
		for k := range x {
			at += float32(r.NormFloat64())
			x[k] = at
		}
		w.x = append(w.x, x)
	}
	return w
}

// slowWarp is DTW by the whole table.
func slowWarp(a, b []float32, rows, channels, band int) float64 {
	d := make([][]float64, rows+1)
	for i := range d {
		d[i] = slices.Repeat([]float64{math.Inf(1)}, rows+1)
	}
	d[0][0] = 0
	for i := 1; i <= rows; i++ {
		for j := 1; j <= rows; j++ {
			if max(i-j, j-i) > band {
				continue
			}
			cost := 0.0
			for c := range channels {
				cost += math.Pow(float64(a[c*rows+i-1])-float64(b[c*rows+j-1]), 2)
			}
			d[i][j] = cost + min(d[i-1][j], d[i][j-1], d[i-1][j-1])
		}
	}
	return d[rows][rows]
}

func TestDTWIsThatOfTheWholeTable(t *testing.T) {
	r := rng.New(1)
	for _, c := range []struct{ rows, channels, band int }{{20, 1, 0}, {20, 1, 3}, {33, 2, 5}, {16, 3, 16}, {1, 1, 0}} {
		w := drawn(40, c.rows, c.channels, r)
		train := make([]int, 30)
		for k := range train {
			train[k] = 10 + k
		}
		h := newWarp(c.rows, c.channels, c.band)
		for q := range 10 {
			best, least := -1, math.Inf(1)
			h.envelope(w.x[q])
			for k, i := range train {
				want := slowWarp(w.x[i], w.x[q], c.rows, c.channels, c.band)
				if want < least {
					best, least = k, want
				}
				if bound := h.bound(w.x[i]); bound > want*(1+1e-9) {
					t.Errorf("%v: the bound %v is above the distance %v", c, bound, want)
				}
				if got := h.distance(w.x[i], w.x[q], math.Inf(1)); math.Abs(got-want) > 1e-9*want {
					t.Errorf("%v: distance %v, want %v", c, got, want)
				}
			}
			if got := h.nearest(w.x[q], w.x, train); got != best {
				t.Errorf("%v: window %d is nearest to %d, want %d", c, q, got, best)
			}
		}
	}
}

func TestConvolutionsAreThoseOfTheFormula(t *testing.T) {
	x := drawn(1, 50, 1, rng.New(2)).x[0]
	for _, dilation := range []int{1, 3, 6} {
		for _, kernel := range kernels()[:20] {
			got := make([]float32, 50)
			convolve(got, x, kernel, dilation)
			for at := range x {
				want := 0.0
				for j := range 9 {
					k := at + (j-4)*dilation
					if k < 0 || k >= 50 {
						continue
					}
					if j == kernel[0] || j == kernel[1] || j == kernel[2] {
						want += 2 * float64(x[k])
					} else {
						want -= float64(x[k])
					}
				}
				if math.Abs(float64(got[at])-want) > 1e-4 {
					t.Fatalf("kernel %v, dilation %d, position %d: %v, want %v", kernel, dilation, at, got[at], want)
				}
			}
		}
	}
	if n := len(kernels()); n != 84 {
		t.Errorf("%d kernels", n)
	}
	if d := dilations(97); d[0] != 1 || d[len(d)-1] != 12 || !slices.IsSorted(d) {
		t.Errorf("dilations %v", d)
	}
}

func TestMiniRocketDistinguishesFrequencies(t *testing.T) {
	r, w := rng.New(3), windows{rows: 64, channels: 1}
	var labels []string
	for i := range 80 {
		x, phase := make([]float32, 64), 7*r.Float64()
		for k := range x {
			x[k] = float32(math.Sin(phase+float64(k)*[]float64{0.4, 0.6}[i%2]) + 0.3*r.NormFloat64())
		}
		w.x, labels = append(w.x, x), append(labels, []string{"slow", "fast"}[i%2])
	}
	c := linearCandidate("MiniRocket", w.rocket(40), nil)
	train, test := make([]int, 40), make([]int, 40)
	for i := range 40 {
		train[i], test[i] = i, 40+i
	}
	p := c.fit(trainSet{at: train, labels: labels[:40]}, []float64{0.1})[0]
	if a := probe.ScoreOf(p(test), labels[40:]).Accuracy; a < 0.95 {
		t.Errorf("accuracy %v", a)
	}
}

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
