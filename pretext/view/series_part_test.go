package view

import (
	"math"
	"testing"

	"autodidact/core/data"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

// ramp is a series of one channel that rises by one a row.
func ramp(rows int) *tensor.Tensor {
	x := make([]float32, rows)
	for i := range x {
		x[i] = float32(i)
	}
	return tensor.Float32s(x, rows, 1)
}

func TestAPartIsOfANormalisedWindow(t *testing.T) {
	r := rng.New(1)
	x := ramp(40)
	whole := make([]float32, 40)
	copy(whole, Series{Long: 40}.Window(x, 0))
	Normalise(whole, 1, 40)
	seen := map[float32]bool{}
	for range 500 {
		part := Series{Long: 64}.Part(r, x, 10) // all of it is a window
		at := -1
		for i, v := range whole {
			if v == part[0] {
				at = i
			}
		}
		if at < 0 || at > 30 || len(part) != 10 || part[9] != whole[at+9] {
			t.Fatalf("%v is no part of the normalised series", part)
		}
		seen[part[0]] = true
	}
	if len(seen) != 31 {
		t.Errorf("parts begin at %d of 31 rows", len(seen))
	}
	for range 100 { // a window of 16 rows is normalised by itself
		part := Series{Long: 16}.Part(r, x, 16)
		if mean := sum(part) / 16; math.Abs(mean) > 1e-5 {
			t.Fatalf("a window of 16 rows has mean %v", mean)
		}
	}
	short := Series{Long: 64}.Part(r, ramp(6), 10)
	for i, v := range short {
		if (v != v) != (i < 4) {
			t.Fatalf("six rows in a part of ten: %v", short)
		}
	}
}

func sum(x []float32) (s float64) {
	for _, v := range x {
		s += float64(v)
	}
	return s
}

func TestCommonRows(t *testing.T) {
	for _, c := range []struct {
		rows       []int
		long, want int
	}{{[]int{30, 40, 50}, 96, 30}, {[]int{8, 40, 50}, 96, 25}, {[]int{150, 150}, 96, 96}, {[]int{9}, 96, 9}} {
		var xs []data.Sample
		for _, n := range c.rows {
			xs = append(xs, data.Sample{X: ramp(n)})
		}
		if got := (Series{Long: c.long}).Common(xs); got != c.want {
			t.Errorf("series of %v rows, windows of %d: %d rows in common, want %d", c.rows, c.long, got, c.want)
		}
	}
}
