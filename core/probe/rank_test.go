package probe

import (
	"math"
	"testing"

	"autodidact/core/rng"
)

func near(a, b, tolerance float64) bool { return math.Abs(a-b) <= tolerance }

// spectrum builds features [n, len(sigma)] with the given singular values: a diagonal
// turned by two Householder mirrors, which leave them alone.
func spectrum(n int, sigma []float64) Features {
	width := len(sigma)
	r := rng.New(5)
	mirror := func(n int) []float64 {
		v, sum := make([]float64, n), 0.0
		for i := range v {
			v[i] = r.NormFloat64()
			sum += v[i] * v[i]
		}
		h := make([]float64, n*n)
		for i := range n {
			for j := range n {
				h[i*n+j] = -2 * v[i] * v[j] / sum
			}
			h[i*n+i]++
		}
		return h
	}
	left, right := mirror(n), mirror(width)
	f := Features{Data: make([]float32, n*width), N: n, Width: width}
	for i := range n {
		for j := range width {
			sum := 0.0
			for k, s := range sigma {
				if k < n {
					sum += left[i*n+k] * s * right[k*width+j]
				}
			}
			f.Data[i*width+j] = float32(sum)
		}
	}
	return f
}

func TestEffectiveRankOfKnownSpectra(t *testing.T) {
	// Shares 1/2, 1/4, 1/4 have entropy 1.5 ln 2.
	for _, c := range []struct {
		name  string
		n     int
		sigma []float64
		want  float64
	}{
		{"even", 40, []float64{3, 3, 3, 3, 3, 3, 3, 3}, 8},
		{"one direction", 40, []float64{9, 0, 0, 0, 0, 0, 0, 0}, 1},
		{"half and two quarters", 40, []float64{2, 1, 1, 0}, math.Pow(2, 1.5)},
		{"fewer rows than columns", 3, []float64{1, 1, 1, 0, 0, 0, 0, 0}, 3},
		{"tiny numbers", 40, []float64{2e-12, 1e-12, 1e-12, 0}, math.Pow(2, 1.5)},
	} {
		if got := EffectiveRank(spectrum(c.n, c.sigma)); !near(got, c.want, 1e-4) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestCollapseIsSeen(t *testing.T) {
	healthy := clouds(400, 32, 400, 0).Features
	h := HealthOf(healthy)
	if h.EffectiveRank < 28 || !near(h.Std, 1/math.Sqrt(32), 0.01) {
		t.Errorf("random directions look collapsed: %+v", h)
	}
	same := Features{Data: make([]float32, 400*32), N: 400, Width: 32}
	for i := range same.N {
		copy(same.Row(i), healthy.Row(0))
	}
	if h := HealthOf(same); !near(h.EffectiveRank, 1, 1e-3) || !near(h.Std, 0, 1e-6) {
		t.Errorf("one answer to everything looks healthy: %+v", h)
	}
}

func TestHealthOfNothingIsZero(t *testing.T) {
	nan := float32(math.NaN())
	for name, f := range map[string]Features{
		"no samples":  {Width: 4},
		"no features": {N: 4},
		"zeros":       {Data: make([]float32, 12), N: 3, Width: 4},
		"not numbers": {Data: []float32{nan, nan, nan, nan}, N: 2, Width: 2},
	} {
		if h := HealthOf(f); h != (Health{}) {
			t.Errorf("%s: %+v", name, h)
		}
	}
}

func TestPCAFindsTheAxesOfAnEllipse(t *testing.T) {
	// Points ±2 along (3, 4)/5, ±1 across it, around (10, -7): variances 2 and 1/2.
	f := Features{N: 4, Width: 2}
	for _, p := range [][2]float64{{2, 0}, {-2, 0}, {0, 1}, {0, -1}} {
		f.Data = append(f.Data, float32(10+(3*p[0]-4*p[1])/5), float32(-7+(4*p[0]+3*p[1])/5))
	}
	xy, explained := PCA(f, 2)
	// The larger part of (3, 4)/5 is positive, and so is that of (4, -3)/5.
	want := []float64{2, 0, -2, 0, 0, -1, 0, 1}
	for i, v := range xy.Data {
		if !near(float64(v), want[i], 1e-5) {
			t.Fatalf("got %v, want %v", xy.Data, want)
		}
	}
	if !near(explained[0], 0.8, 1e-6) || !near(explained[1], 0.2, 1e-6) {
		t.Errorf("shares %v, want 0.8 and 0.2", explained)
	}
}

func TestPCAOfFlatFeaturesIsZeros(t *testing.T) {
	for name, f := range map[string]Features{
		"one sample":    {Data: []float32{1, 2}, N: 1, Width: 2},
		"all alike":     {Data: []float32{1, 2, 1, 2, 1, 2}, N: 3, Width: 2},
		"nothing":       {},
		"not a number":  {Data: []float32{float32(math.NaN()), 1, 2, 3}, N: 2, Width: 2},
		"one dimension": {Data: []float32{4, 4}, N: 2, Width: 1},
	} {
		xy, explained := PCA(f, 2)
		if xy.N != f.N || len(xy.Data) != 2*f.N || len(explained) != 2 {
			t.Errorf("%s: %d of %d coordinates", name, len(xy.Data), 2*f.N)
		}
		for _, v := range xy.Data {
			if v != 0 {
				t.Errorf("%s: %v", name, xy.Data)
			}
		}
	}
}
