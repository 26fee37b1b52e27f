package baseline

import (
	"cmp"
	"math"
	"slices"

	"autodidact/core/probe"
)

// mostWarped is the numbers in all tables of DTW, were each asked window compared with each given one, beyond which
// there is no DTW; so many windows are asked about at most.
const (
	mostWarped = 1e9
	mostTested = 2000
)

// cost is the numbers in the tables of one given window, with the widest band.
func (w windows) cost() float64 {
	return float64(min(len(w.x), mostTested)) * float64(w.rows*w.channels) * (1 + 2*0.2*float64(w.rows))
}

// nearestDTW is the nearest neighbour by dynamic time warping in a Sakoe-Chiba band, whose half width is a fraction of the rows
// (Sakoe and Chiba 1978; all channels are warped alike). Of equals it is the first.
func (w windows) nearestDTW(b trainSet, bands []float64) (out []predictor) {
	classes, multiLabel := probe.Classes(b.labels), probe.MultiLabel(b.labels)
	member := probe.MultiHot(b.labels, classes)
	for _, share := range bands {
		band := int(math.Round(share * float64(w.rows)))
		out = append(out, func(at []int) probe.Probabilities {
			s := probe.Probabilities{Classes: classes, MultiLabel: multiLabel, Data: make([]float32, len(at)*len(classes))}
			h := newWarp(w.rows, w.channels, band)
			for n, i := range at {
				if b.stopped != nil && b.stopped() {
					break
				}
				k := h.nearest(w.x[i], w.x, b.at)
				copy(s.Row(n), member[k*len(classes):][:len(classes)])
			}
			return s
		})
	}
	return out
}

// A warp computes distances of windows [channels, rows], with memory it uses again.
type warp struct {
	rows, channels, band int
	low, high            []float32 // the envelope of a query: least and most within the band
	before, row          []float64 // of the table
	rest                 []float64 // lower bound of what the rows from here on add
}

func newWarp(rows, channels, band int) *warp {
	return &warp{rows, channels, band, make([]float32, rows*channels), make([]float32, rows*channels),
		make([]float64, rows+1), make([]float64, rows+1), make([]float64, rows+1)}
}

// nearest is the number in train of the window nearest to q. Windows come in the order of a lower bound of their distance
// (LB_Keogh, Keogh and Ratanamahatana 2005), and it ends where that is no less than the least distance.
func (h *warp) nearest(q []float32, all [][]float32, train []int) int {
	h.envelope(q)
	type bound struct {
		k     int
		least float64
	}
	order := make([]bound, len(train))
	for k, i := range train {
		order[k] = bound{k, h.bound(all[i])}
	}
	slices.SortFunc(order, func(a, b bound) int { return cmp.Or(cmp.Compare(a.least, b.least), cmp.Compare(a.k, b.k)) })
	best, least := order[0].k, math.Inf(1)
	for _, o := range order {
		if o.least > least {
			break
		}
		h.bound(all[train[o.k]])
		if d := h.distance(all[train[o.k]], q, least); d < least || d == least && o.k < best {
			best, least = o.k, d
		}
	}
	return best
}

// envelope is of each row of q the least and the most of those within the band, by channel.
func (h *warp) envelope(q []float32) {
	for c := range h.channels {
		line := q[c*h.rows:][:h.rows]
		for t := range line {
			near := line[max(0, t-h.band):min(h.rows, t+h.band+1)]
			h.low[c*h.rows+t], h.high[c*h.rows+t] = slices.Min(near), slices.Max(near)
		}
	}
}

// bound is LB_Keogh of x and the query of the envelope; rest keeps what it is from each row on.
func (h *warp) bound(x []float32) float64 {
	h.rest[h.rows] = 0
	for t := h.rows - 1; t >= 0; t-- {
		sum := 0.0
		for k := t; k < len(x); k += h.rows {
			d := max(float64(x[k])-float64(h.high[k]), float64(h.low[k])-float64(x[k]), 0)
			sum += d * d
		}
		h.rest[t] = h.rest[t+1] + sum
	}
	return h.rest[0]
}

// distance is the least sum of squares along a path through the band. It gives up, with infinity, where that exceeds
// most; rest must be that of x.
func (h *warp) distance(x, q []float32, most float64) float64 {
	n := h.rows
	before, row := h.before, h.row
	for j := range before {
		before[j], row[j] = math.Inf(1), math.Inf(1)
	}
	before[0] = 0
	for i := 1; i <= n; i++ {
		from, until := max(1, i-h.band), min(n, i+h.band)
		row[from-1] = math.Inf(1)
		least := math.Inf(1)
		for j := from; j <= until; j++ {
			row[j] = h.pointDistance(x, q, i-1, j-1) + min(before[j], before[j-1], row[j-1])
			least = min(least, row[j])
		}
		if until < n {
			row[until+1] = math.Inf(1)
		}
		if least+h.rest[i] > most*(1+1e-9) { // the bound is summed in another order
			return math.Inf(1)
		}
		before, row = row, before
	}
	return before[n]
}

func (h *warp) pointDistance(x, q []float32, i, j int) (sum float64) {
	for c := 0; c < len(x); c += h.rows {
		d := float64(x[c+i]) - float64(q[c+j])
		sum += d * d
	}
	return sum
}
