package view

import (
	"testing"

	"autodidact/core/rng"
)

func TestACutIsOneGraySquareWithItsMiddleAnywhere(t *testing.T) {
	const size, side = 12, 4
	middles, most := map[[2]int]bool{}, 0
	for n := range 2000 {
		v := make([]float32, size*size*3)
		for i := range v {
			v[i] = 1
		}
		CutOut(v, rng.New(1).For("cut", n), size, side)
		left, top, right, bottom, gray := size, size, 0, 0, 0
		for i := range size * size {
			px := v[3*i:][:3]
			if px[0] != px[1] || px[1] != px[2] || px[0] != 1 && px[0] != 0 {
				t.Fatalf("cut %d leaves %v", n, px)
			}
			if px[0] == 0 {
				gray++
				left, right = min(left, i%size), max(right, i%size+1)
				top, bottom = min(top, i/size), max(bottom, i/size+1)
			}
		}
		if gray == 0 || gray != (right-left)*(bottom-top) || right-left > side || bottom-top > side {
			t.Fatalf("cut %d is %d gray pixels between %d, %d and %d, %d", n, gray, left, top, right, bottom)
		}
		most = max(most, gray)
		middles[[2]int{left + right, top + bottom}] = true
	}
	if most != side*side || len(middles) < size*size*9/10 {
		t.Errorf("the largest cut is %d pixels; they lie in %d places", most, len(middles))
	}
}
