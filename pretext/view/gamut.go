package view

import (
	"math"
	"slices"
)

// A Gamut is the colours there are at any lightness, in bins of Lab's a and b: 313 of
// them when a bin is 10 wide (arXiv:1603.08511, section 2.2).
type Gamut struct {
	A, B []float64 // centres of the bins

	width float64
}

// NewGamut lays a grid of bins, width wide, over all of sRGB.
func NewGamut(width float64) *Gamut {
	g := &Gamut{width: width}
	seen := map[[2]int]bool{}
	const steps = 32 // of each primary: fine enough to meet every bin that is 5 wide
	for i := range steps * steps * steps {
		c := ToLab([3]float64{float64(i/steps/steps) / (steps - 1), float64(i/steps%steps) / (steps - 1), float64(i%steps) / (steps - 1)})
		seen[[2]int{int(math.Round(c.A / width)), int(math.Round(c.B / width))}] = true
	}
	var bins [][2]int
	for bin := range seen {
		bins = append(bins, bin)
	}
	slices.SortFunc(bins, func(p, q [2]int) int { return slices.Compare(p[:], q[:]) })
	for _, bin := range bins {
		g.A, g.B = append(g.A, float64(bin[0])*width), append(g.B, float64(bin[1])*width)
	}
	return g
}

// Soft spreads the colour a, b over its five nearest bins by a bell half a bin wide, into
// share, one for each bin, and returns the nearest.
func (g *Gamut) Soft(share []float32, a, b float64) (nearest int) {
	clear(share)
	var at [5]int
	far := [5]float64{math.Inf(1), math.Inf(1), math.Inf(1), math.Inf(1), math.Inf(1)}
	for i := range g.A {
		d := (g.A[i]-a)*(g.A[i]-a) + (g.B[i]-b)*(g.B[i]-b)
		for k := range far {
			if d < far[k] {
				copy(far[k+1:], far[k:])
				copy(at[k+1:], at[k:])
				far[k], at[k] = d, i
				break
			}
		}
	}
	var weight [5]float64
	var all float64
	sigma := g.width / 2
	for k, d := range far {
		weight[k] = math.Exp((far[0] - d) / (2 * sigma * sigma))
		all += weight[k]
	}
	for k, w := range weight {
		share[at[k]] = float32(w / all)
	}
	return at[0]
}
