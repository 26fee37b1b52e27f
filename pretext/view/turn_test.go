package view

import (
	"slices"
	"testing"
)

func TestAQuarterTurnBringsTheRightEdgeToTheTop(t *testing.T) {
	const size = 4
	src := make([]float32, size*size*3)
	for i := range src {
		src[i] = float32(i)
	}
	dst := make([]float32, len(src))
	Turn(dst, src, size, 1)
	for k := range size {
		top, right := dst[k*3], src[(k*size+size-1)*3]
		if top != right {
			t.Errorf("pixel %d of the top is %g, of the right edge %g", k, top, right)
		}
	}
	for quarters := range 4 {
		back := make([]float32, len(src))
		Turn(dst, src, size, quarters)
		Turn(back, dst, size, 4-quarters)
		if !slices.Equal(back, src) {
			t.Errorf("%d quarters and %d more are not a full turn", quarters, 4-quarters)
		}
	}
}
