package cpu

import "sync"

// A sweep is all tiles of some rows of c by the panels of b.
type sweep struct {
	c    []float32
	rows []int // where each row of c begins
	n    int   // columns of c, from there
	add  bool  // to what c holds

	// Row i of a is k floats from a[at[i]], and so again each segment later.
	// b is packed: [ceil(n/nr), segments, k, nr].
	a, b              []float32
	at                []int
	k                 int
	segments, segment int // count, and their distance in a

	// Without at, c is a sum of products of a column of a and a row of b, k to a segment:
	// step i has its rows of c side by side at a[i*aStep], and so again each segment later.
	// What lies in b goes on from segment to segment.
	aStep int
	bCols columns
}

// columns says how far apart steps are, and panels of nr columns of c.
type columns struct{ step, panel int }

// panel is how many floats it is from one panel of b to the next.
func (s *sweep) panel() int {
	if s.at != nil {
		return s.segments * s.k * nr
	}
	return s.bCols.panel
}

// tilePool saves making a tile for each sweep.
var tilePool = sync.Pool{New: func() any { return new(tile) }}

// each runs the sweep tile by tile, width columns each: one panel, or two where n is
// a multiple of that.
func (s *sweep) each(width int, rowTile, panelTile func(*tile)) {
	t := tilePool.Get().(*tile)
	defer tilePool.Put(t)
	*t = tile{c: s.c, add: s.add, a: s.a, k: s.k, segments: s.segments, segment: s.segment, aStep: s.aStep, bStep: s.bCols.step, panel: s.panel()}
	last, kernel := len(s.rows)-1, panelTile
	if s.at != nil {
		kernel, t.aStep, t.bStep = rowTile, 1, nr
	}
	for j := 0; j < s.n; j += width {
		t.b = s.b[j/nr*t.panel:]
		for i := 0; i <= last; i += mr {
			for r := range mr {
				at := min(i+r, last)
				t.row[r], t.at[r] = s.rows[at]+j, at-i
				if s.at != nil {
					t.at[r] = s.at[at]
				}
			}
			if s.at == nil {
				t.a = s.a[i:]
			}
			if i+mr <= last+1 && j+width <= s.n {
				kernel(t)
			} else {
				t.hanging(kernel, width, min(mr, last+1-i), min(width, s.n-j))
			}
		}
	}
}
