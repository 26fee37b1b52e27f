package probe

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// A Cue is a possible shortcut: what a classifier predicts from it alone is no merit of an encoder,
// and a task that it solves teaches nothing else.
type Cue struct {
	Name string
	What string // for people, as the end of a sentence
	Of   func(x []float32, size int) []float32
}

// Cues are computed from pictures [size, size, 3] in [-1, 1].
var Cues = []Cue{
	{"colours", "how much there is of each colour", colours},
	{"border", "what colours there are along the edge", border},
	{"fringes", "how far the red and the blue edges lie beside the green ones, as a lens makes them", fringes},
}

// colours is the square roots of the proportions of 4x4x4 colours: rows of length one, in which rare colours count, too.
func colours(x []float32, _ int) []float32 {
	const levels = 4
	fractions := make([]float32, levels*levels*levels)
	for p := 0; p+3 <= len(x); p += 3 {
		bin := 0
		for _, v := range x[p : p+3] {
			bin = bin*levels + max(0, min(levels-1, int((v+1)/2*levels)))
		}
		fractions[bin]++
	}
	for i, n := range fractions {
		fractions[i] = float32(math.Sqrt(float64(n) / float64(max(len(x)/3, 1))))
	}
	return fractions
}

// border is the mean colours of the outermost ring, in parts, of the top, the bottom, the left and the right side.
func border(x []float32, size int) []float32 {
	const ring, parts = 2, 8
	var means []float32
	side := func(at func(along, in int) int) {
		for _, s := range boxes(size, parts) {
			var mean [3]float32
			for i, w := range s.share {
				for in := range min(ring, size) {
					for c, v := range x[at(s.from+i, in)*3:][:3] {
						mean[c] += w * v / float32(min(ring, size))
					}
				}
			}
			means = append(means, mean[:]...)
		}
	}
	side(func(along, in int) int { return in*size + along })
	side(func(along, in int) int { return (size-1-in)*size + along })
	side(func(along, in int) int { return along*size + in })
	side(func(along, in int) int { return along*size + size - 1 - in })
	return means
}

// fringes is chromatic aberration (Doersch et al., arXiv:1505.05192): a lens draws red and blue a little larger or
// smaller than green, so that a piece of a picture reveals its position. It is the shifts of red and of blue against
// green, of the whole and of each quadrant.
func fringes(x []float32, size int) []float32 {
	green, half := channel(x, size, 1), size/2
	var all []float32
	for _, c := range []int{0, 2} {
		other := channel(x, size, c)
		for _, r := range []region{{0, 0, size, size}, {0, 0, half, half}, {half, 0, size, half}, {0, half, half, size}, {half, half, size, size}} {
			shift := r.shift(green, other, size)
			all = append(all, shift[:]...)
		}
	}
	return all
}

// channel is one channel of x, blurred by 1 2 1 both ways: of what is coarser than a pixel, differences give slopes.
func channel(x []float32, size, c int) []float64 {
	plane, along := make([]float64, size*size), make([]float64, size*size)
	at := func(i int) int { return max(0, min(size-1, i)) }
	for y := range size {
		for i := range size {
			left, right := x[(y*size+at(i-1))*3+c], x[(y*size+at(i+1))*3+c]
			along[y*size+i] = float64(left+right+2*x[(y*size+i)*3+c]) / 4
		}
	}
	for y := range size {
		for i := range size {
			plane[y*size+i] = (along[at(y-1)*size+i] + 2*along[y*size+i] + along[at(y+1)*size+i]) / 4
		}
	}
	return plane
}

type region struct{ left, top, right, bottom int }

const (
	mostShift = 2.0  // pixels: what Lucas and Kanade find beyond is chance
	flatPlane = 1e-3 // of the 2 from black to white; a smaller spread has no edges to go by
)

// shift is how far other lies to the right of green and below it, in pixels, and by how many pixels more at the
// region's right and lower edge than in its middle (Lucas and Kanade, 1981), by least squares over its pixels:
//
//	green - other = (dx + r·u, dy + r·v) · slope of (green + other)/2
//
// with u and v from -1 to 1. Both have been brought to one mean and spread, as a colour is more than light and dark.
func (r region) shift(green, other []float64, size int) (d [3]float32) {
	meanG, spreadG, meanO, spreadO := r.spread(green, other, size)
	if math.Abs(spreadO) < flatPlane || spreadG < flatPlane {
		return d
	}
	g, o := 1/spreadG, 1/spreadO
	var products [3][3]float64
	var right [3]float64
	wide, high := float64(r.right-r.left)/2, float64(r.bottom-r.top)/2
	for y := max(r.top, 1); y < min(r.bottom, size-1); y++ {
		v := (float64(y-r.top)+0.5)/high - 1
		for x := max(r.left, 1); x < min(r.right, size-1); x++ {
			i, u := y*size+x, (float64(x-r.left)+0.5)/wide-1
			dx := ((green[i+1]-green[i-1])*g + (other[i+1]-other[i-1])*o) / 4
			dy := ((green[i+size]-green[i-size])*g + (other[i+size]-other[i-size])*o) / 4
			terms, apart := [3]float64{dx, dy, dx*u + dy*v}, (green[i]-meanG)*g-(other[i]-meanO)*o
			for a, s := range terms {
				right[a] += s * apart
				for b, t := range terms {
					products[a][b] += s * t
				}
			}
		}
	}
	return solved(products, right)
}

// solved is the least squares' answer, a little smaller where there are hardly any slopes one way.
func solved(products [3][3]float64, right [3]float64) (d [3]float32) {
	ridge := 1e-3 * (products[0][0] + products[1][1] + products[2][2]) / 3
	m := mat.NewSymDense(3, nil)
	for a := range 3 {
		for b := a; b < 3; b++ {
			m.SetSym(a, b, products[a][b])
		}
		m.SetSym(a, a, products[a][a]+ridge)
	}
	var root mat.Cholesky
	var answer mat.VecDense
	if !(ridge > 0) || !root.Factorize(m) || root.SolveVecTo(&answer, mat.NewVecDense(3, right[:])) != nil {
		return d
	}
	for a := range d {
		d[a] = float32(max(-mostShift, min(mostShift, answer.AtVec(a))))
	}
	return d
}

// spread is the means and spreads of two planes in a region, the second spread less than 0 if one is light where the
// other is dark.
func (r region) spread(green, other []float64, size int) (meanG, spreadG, meanO, spreadO float64) {
	var n, g, o, gg, oo, both float64
	for y := r.top; y < r.bottom; y++ {
		for x := r.left; x < r.right; x++ {
			a, b := green[y*size+x], other[y*size+x]
			n, g, o, gg, oo, both = n+1, g+a, o+b, gg+a*a, oo+b*b, both+a*b
		}
	}
	meanG, meanO = g/n, o/n
	spreadG, spreadO = math.Sqrt(max(0, gg/n-meanG*meanG)), math.Sqrt(max(0, oo/n-meanO*meanO))
	if both/n < meanG*meanO {
		spreadO = -spreadO
	}
	return meanG, spreadG, meanO, spreadO
}
