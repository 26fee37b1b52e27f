package probe

import (
	"math"
	"testing"
)

func TestWilsonMatchesThePublishedInterval(t *testing.T) {
	// Newcombe 1998, table I: 81 of 263 and 0 of 20, method 3.
	for _, c := range []struct {
		right, n  int
		low, high float64
	}{{81, 263, 0.2553, 0.3662}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718}} {
		if a := wilson(c.right, c.n); math.Abs(a.Low-c.low) > 6e-5 || math.Abs(a.High-c.high) > 6e-5 {
			t.Errorf("%d of %d: %v to %v, want %v to %v", c.right, c.n, a.Low, a.High, c.low, c.high)
		}
	}
}

func TestTheBandOverRepeatsIsStudents(t *testing.T) {
	// Mean 0.5, deviation 0.1 over 5: half a band is 2.776 * 0.1 / sqrt 5.
	d := 0.1 * math.Sqrt(4.0/2)
	a := AccuracyOver([]float64{0.5 - d, 0.5, 0.5, 0.5, 0.5 + d}, 10)
	if want := 2.776445 * 0.1 / math.Sqrt(5); math.Abs(a.High-0.5-want) > 1e-6 || math.Abs(0.5-a.Low-want) > 1e-6 {
		t.Errorf("got %+v, want 0.5 ± %v", a, want)
	}
}

func TestWhatBothFindHardDoesNotWidenHowFarOneIsAhead(t *testing.T) {
	// Half of 200 questions are hard for both; of the others b misses ten more.
	a, b := make([]float64, 200), make([]float64, 200)
	for i := range 100 {
		a[i], b[i] = 1, 1
		if i < 10 {
			b[i] = 0
		}
	}
	x, y := AccuracyOf(a), AccuracyOf(b)
	mean, low, high := x.PairedDifference(y)
	// Ten ones among 200: deviation sqrt(0.05·0.95·200/199), times 1.97 / sqrt 200.
	if half := 1.971957 * math.Sqrt(0.05*0.95/199); math.Abs(mean-0.05) > 1e-9 || math.Abs(low-mean+half) > 1e-6 || math.Abs(high-mean-half) > 1e-6 {
		t.Errorf("ahead by %v, %v to %v; want 0.05 ± %v", mean, low, high, half)
	}
	if x.Low > y.High {
		t.Error("even the bands of each keep apart: the example shows nothing")
	}
	if mean, low, high := x.PairedDifference(AccuracyOf(a[:7])); mean != 0 || low != -1 || high != 1 {
		t.Errorf("of other questions it claims %v, %v to %v", mean, low, high)
	}
}
