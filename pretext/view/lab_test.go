package view

import (
	"math"
	"testing"
)

// The values are those of Bruce Lindbloom's CIE calculator for sRGB under D65.
func TestKnownColoursHaveTheirLab(t *testing.T) {
	for rgb, want := range map[[3]float64]Lab{
		{1, 1, 1}:       {100, 0, 0},
		{0, 0, 0}:       {0, 0, 0},
		{1, 0, 0}:       {53.24, 80.09, 67.20},
		{0, 1, 0}:       {87.73, -86.18, 83.18},
		{0, 0, 1}:       {32.30, 79.19, -107.86},
		{0.5, 0.5, 0.5}: {53.39, 0, 0},
	} {
		got := ToLab(rgb)
		if math.Abs(got.L-want.L) > 0.02 || math.Abs(got.A-want.A) > 0.02 || math.Abs(got.B-want.B) > 0.02 {
			t.Errorf("%v is %+v, want %+v", rgb, got, want)
		}
	}
}

func TestLabComesBackToTheSameColour(t *testing.T) {
	for r := 0.; r <= 1; r += 0.125 {
		for g := 0.; g <= 1; g += 0.125 {
			for b := 0.; b <= 1; b += 0.125 {
				want := [3]float64{r, g, b}
				got := ToLab(want).ToRGB()
				for c := range got {
					if math.Abs(got[c]-want[c]) > 1e-9 {
						t.Fatalf("%v came back as %v", want, got)
					}
				}
			}
		}
	}
}
