package cpu

// A sweep is all tiles of some rows of c by the panels of b.
type sweep struct {
	c    []float32
	rows []int // where each row of c begins
	n    int   // columns of c, from there
	add  bool  // to what c holds

	// Row i of a is k floats from a[at[i]], and so again each segment later.
	// Without at, a is panels of mr rows, packed: [ceil(rows/mr), k, mr].
	a                 []float32
	at                []int
	k                 int
	segments, segment int // count, and their distance in a

	b []float32 // [ceil(n/nr), segments, k, nr]
}

// each runs the sweep tile by tile.
func (s *sweep) each(rowTile, panelTile func(*tile)) {
	t := tile{c: s.c, add: s.add, a: s.a, k: s.k, segments: s.segments, segment: s.segment}
	run, last := s.segments*s.k, len(s.rows)-1
	for j := 0; j < s.n; j += nr {
		t.b = s.b[j*run : (j+nr)*run]
		for i := 0; i <= last; i += mr {
			kernel := rowTile
			for r := range mr {
				at := min(i+r, last)
				t.row[r] = s.rows[at] + j
				if s.at != nil {
					t.at[r] = s.at[at]
				}
			}
			if s.at == nil {
				kernel, t.a = panelTile, s.a[i*s.k:(i+mr)*s.k]
			}
			if i+mr <= last+1 && j+nr <= s.n {
				kernel(&t)
			} else {
				t.hanging(kernel, min(mr, last+1-i), min(nr, s.n-j))
			}
		}
	}
}
