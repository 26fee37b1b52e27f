package probe

// A Neighbor is a sample and how much it resembles the one asked about.
type Neighbor struct {
	Index  int
	Cosine float32
}

// Neighbors finds the k samples most like sample i by cosine, nearest first,
// without i itself. Of equals the one that comes first in f wins.
func Neighbors(f Features, i, k int) []Neighbor {
	u := f.unit()
	query := u.Pick([]int{i})
	u.backend = nil // one row is not worth the way to a device
	var near []Neighbor
	u.compare(query, func(_ int, dots []float32) { near = nearest(make([]Neighbor, 0, max(k, 0)), dots, i) })
	return near
}

// NearestTo finds the k samples of f most like query, one row of the same width.
func NearestTo(f, query Features, k int) []Neighbor {
	u := f.unit()
	u.backend = nil
	var near []Neighbor
	u.compare(query.unit(), func(_ int, dots []float32) { near = nearest(make([]Neighbor, 0, max(k, 0)), dots, -1) })
	return near
}

// Closest is, for each row of f, the other row most like it by cosine.
func Closest(f Features) []int { u := f.unit(); return u.closest(u, true) }

// ClosestTo is, for each row of queries, the row of f most like it by cosine.
func ClosestTo(f, queries Features) []int { return f.unit().closest(queries.unit(), false) }

// closest is -1 where there is none.
func (f Features) closest(queries Features, others bool) []int {
	at, near := make([]int, queries.N), make([]Neighbor, 0, 1)
	f.compare(queries, func(i int, dots []float32) {
		skip := -1
		if others {
			skip = i
		}
		at[i] = -1
		if near = nearest(near, dots, skip); len(near) > 0 {
			at[i] = near[0].Index
		}
	})
	return at
}

// nearest fills near, up to its capacity, with the largest dots, skipping one index
// (-1 for none). Insertion keeps it sorted: most dots fail the first comparison.
func nearest(near []Neighbor, dots []float32, skip int) []Neighbor {
	near = near[:0]
	k := cap(near)
	if k == 0 {
		return near
	}
	for j, d := range dots {
		if j == skip || len(near) == k && !(d > near[k-1].Cosine) {
			continue
		}
		if len(near) < k {
			near = append(near, Neighbor{})
		}
		at := len(near) - 1
		for ; at > 0 && d > near[at-1].Cosine; at-- {
			near[at] = near[at-1]
		}
		near[at] = Neighbor{j, d}
	}
	return near
}
