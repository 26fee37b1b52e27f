package view

import (
	"math"
	"testing"
)

func TestTheGamutHasItsBinsAndEveryColourItsNearest(t *testing.T) {
	g := NewGamut(10)
	if n := len(g.A); n < 240 || n > 320 {
		t.Errorf("%d bins of 10, where the paper has 313 and sRGB itself some 260", n)
	}
	share := make([]float32, len(g.A))
	for _, rgb := range [][3]float64{{1, 0, 0}, {0.2, 0.9, 0.4}, {0.5, 0.5, 0.5}, {0, 0, 1}} {
		c := ToLab(rgb)
		at := g.Soft(share, c.A, c.B)
		if math.Abs(g.A[at]-c.A) > 5.01 || math.Abs(g.B[at]-c.B) > 5.01 {
			t.Errorf("%v lies in bin %g, %g", c, g.A[at], g.B[at])
		}
		var sum float32
		most := 0
		for i, s := range share {
			if sum += s; s > share[most] {
				most = i
			}
		}
		if math.Abs(float64(sum)-1) > 1e-5 || most != at {
			t.Errorf("shares add up to %g, most in bin %d, nearest %d", sum, most, at)
		}
	}
}
