package baseline

import (
	"cmp"
	"math"
	"slices"

	"autodidact/core/probe"
	"autodidact/core/rng"
)

// How long DTW may take: without more labels than are affordable.
const (
	mostWarped  = 1e9  // differences of readings in all tables, for one number of labels
	mostTested  = 2000 // series are predicted at most
	asked       = 4    // series, compared with
	compared    = 256  // others, or at least
	fewCompared = 8    // where they are long, tell how long it takes
	mostTried   = 1e8  // differences of readings that this takes, about
)

// shares are the half widths of the band that are tried, of the longer series; 0 is Euclidean distance where lengths are equal.
// The UCR archive (arXiv:1810.07758) chooses one of 0 to 20 % on the training part.
var shares = []float64{0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.1, 0.12, 0.15, 0.2}

// bands are the shares that differ for series as long as these.
func (w windows) bands() (some []float64) {
	for _, share := range shares {
		if len(some) == 0 || halfWidth(share, w.longest) > halfWidth(some[len(some)-1], w.longest) {
			some = append(some, share)
		}
	}
	return some
}

func halfWidth(share float64, rows int) int { return int(math.Round(share * float64(rows))) }

// affordable is how many labels there may be, where up to so many give labels and others are tested. All bands together take
// 3.5 times as long as the widest, and cross-validation compares half of all pairs.
func (w windows) affordable(labels, tests int) int {
	of := float64(min(tests, mostTested)) + 3.5/2*float64(min(labels, seriesChooseBy))
	return int(mostWarped/(w.pairCost()*of)) + 1
}

// pairCost is the differences of readings that comparing two series in the widest band takes, as tried on some; of very
// long ones as many as there are.
func (w windows) pairCost() float64 {
	h, r := newWarp(w, shares[len(shares)-1]), rng.New(0).For("warp", w.longest)
	all := float64(w.longest*w.channels) * (1 + 2*h.share*float64(w.longest))
	order := r.Perm(len(w.x))
	q := order[:min(asked, len(order))]
	others := order[len(q):min(len(order), len(q)+max(fewCompared, min(compared, int(mostTried/all/asked))))]
	if len(others) == 0 || all > mostTried {
		return all
	}
	for _, i := range q {
		h.nearest(w.x[i], w.x, others, -1)
	}
	return float64(h.cells*w.channels)/float64(len(q)*len(others)) + 1
}

// nearestDTW is the nearest neighbour by dynamic time warping in a Sakoe-Chiba band, whose half width is a share of the longer
// series (Sakoe and Chiba 1978; all channels are warped alike). Of unequal lengths both ends are matched, and the band lies
// around the line between them. Of equals it is the first.
func (w windows) nearestDTW(b trainSet, bands []float64) (out []predictor) {
	classes, multiLabel := probe.Classes(b.labels), probe.MultiLabel(b.labels)
	member := probe.MultiHot(b.labels, classes)
	last := map[int]int{} // the nearest of a series in the band before: mostly it is in the next, too
	for _, share := range bands {
		out = append(out, func(at []int) probe.Probabilities {
			s := probe.Probabilities{Classes: classes, MultiLabel: multiLabel, Data: make([]float32, len(at)*len(classes))}
			h := newWarp(w, share)
			for n, i := range at {
				if b.stopped != nil && b.stopped() {
					break
				}
				k, known := last[i]
				if !known {
					k = -1
				}
				last[i] = h.nearest(w.x[i], w.x, b.at, k)
				copy(s.Row(n), member[last[i]*len(classes):][:len(classes)])
			}
			return s
		})
	}
	return out
}

// A warp computes distances of series [channels, rows], with memory it uses again.
type warp struct {
	channels    int
	share       float64   // of the longer series that the band is wide, to each side
	cells       int       // of tables that were computed
	low, high   []float32 // the envelope of a query: least and most within the band of each row of another series
	before, row []float64 // of the table
	rest        []float64 // lower bound of what the rows from here on add
	queue       []int
}

func newWarp(w windows, share float64) *warp {
	n := w.longest + 2
	line := func() []float64 { return make([]float64, n) }
	return &warp{channels: w.channels, share: share, low: make([]float32, n*w.channels), high: make([]float32, n*w.channels),
		before: line(), row: line(), rest: line(), queue: make([]int, 0, n)}
}

// nearest is the number in train of the series nearest to q. Series come in the order of a lower bound of their distance
// (LB_Keogh, Keogh and Ratanamahatana 2005), first the one with the number likely, and it ends where that exceeds the
// least distance.
func (h *warp) nearest(q []float32, all [][]float32, train []int, likely int) int {
	type bound struct {
		k     int
		least float64
	}
	order := make([]bound, len(train))
	rows := 0
	toward := func(x []float32) float64 {
		if n := len(x) / h.channels; n != rows {
			rows = n
			h.envelope(q, n)
		}
		return h.bound(x)
	}
	for k, i := range train {
		order[k] = bound{k, toward(all[i])}
		if k == likely {
			order[k].least = -1
		}
	}
	slices.SortFunc(order, func(a, b bound) int { return cmp.Or(cmp.Compare(a.least, b.least), cmp.Compare(a.k, b.k)) })
	best, least := order[0].k, math.Inf(1)
	for _, o := range order {
		if o.least > least {
			break
		}
		x := all[train[o.k]]
		toward(x)
		if d := h.distance(x, q, least); d < least || d == least && o.k < best {
			best, least = o.k, d
		}
	}
	return best
}

// span is the rows of m that row i of n may be matched with, all counted from 1.
func (h *warp) span(i, n, m int) (from, until int) {
	band := halfWidth(h.share, max(n, m))
	return max(1, (i-1)*m/n+1-band), min(m, (i*m+n-1)/n+band)
}

// envelope is, of each of n rows of another series, the least and the most of q within the band, by channel.
func (h *warp) envelope(q []float32, n int) {
	m := len(q) / h.channels
	for c := range h.channels {
		line := q[c*m:][:m]
		h.extremes(h.high[c*n:][:n], line, func(a, b float32) bool { return a >= b })
		h.extremes(h.low[c*n:][:n], line, func(a, b float32) bool { return a <= b })
	}
}

// extremes are the readings of line within the band that none there beats (Lemire, arXiv:0811.3301).
func (h *warp) extremes(to, line []float32, beats func(a, b float32) bool) {
	queue, next, first := h.queue[:0], 0, 0
	for i := range to {
		from, until := h.span(i+1, len(to), len(line))
		for ; next < until; next++ {
			for len(queue) > first && beats(line[next], line[queue[len(queue)-1]]) {
				queue = queue[:len(queue)-1]
			}
			queue = append(queue, next)
		}
		for queue[first] < from-1 {
			first++
		}
		to[i] = line[queue[first]]
	}
}

// bound is LB_Keogh of x and the query of the envelope; rest keeps what it is from each row on.
func (h *warp) bound(x []float32) float64 {
	n := len(x) / h.channels
	h.rest[n] = 0
	for t := n - 1; t >= 0; t-- {
		sum := 0.0
		for k := t; k < len(x); k += n {
			d := max(float64(x[k])-float64(h.high[k]), float64(h.low[k])-float64(x[k]), 0)
			sum += d * d
		}
		h.rest[t] = h.rest[t+1] + sum
	}
	return h.rest[0]
}

// distance is the least sum of squares along a path through the band, or infinity where that exceeds most; rest must be
// that of x. Columns to which every path is too long are left out (Herrmann and Webb, arXiv:2010.05371).
func (h *warp) distance(x, q []float32, most float64) float64 {
	n, m := len(x)/h.channels, len(q)/h.channels
	h.before[0], h.before[1] = 0, math.Inf(1)
	most *= 1 + 1e-9    // the bound is summed in another order
	first, last := 0, 0 // columns of the row before that are not too far
	for i := 1; i <= n; i++ {
		from, until := h.span(i, n, m)
		first, last = h.tableRow(i, max(from, first), until, last, x, q, most-h.rest[i])
		if first > last {
			return math.Inf(1)
		}
		h.before, h.row = h.row, h.before
	}
	if last < m {
		return math.Inf(1)
	}
	return h.before[m]
}

// tableRow computes row i of the table from one column to another, or as far as is near enough, and returns the first
// and the last column that are. Of the row before, last is the last.
func (h *warp) tableRow(i, from, until, last int, x, q []float32, most float64) (first, end int) {
	n, m := len(x)/h.channels, len(q)/h.channels
	left, j := math.Inf(1), from
	first, h.row[from-1] = m+1, left
	for ; j <= min(until, last+1); j++ {
		if v := h.before[j-1]; v < left {
			left = v
		}
		if v := h.before[j]; v < left {
			left = v
		}
		if left += squared(x, q, i-1, j-1, n, m); left <= most {
			first, end = min(first, j), j
		} else {
			left = math.Inf(1)
		}
		h.row[j] = left
	}
	for ; j <= until && left <= most; j++ { // from here on only from the left
		if left += squared(x, q, i-1, j-1, n, m); left <= most {
			first, end, h.row[j] = min(first, j), j, left
		}
	}
	h.row[end+1] = math.Inf(1)
	h.cells += j - from
	return first, end
}

// squared is the squared distance of row i of x [channels, n] and row j of q [channels, m].
func squared(x, q []float32, i, j, n, m int) float64 {
	d := float64(x[i]) - float64(q[j])
	sum := d * d
	for i, j = i+n, j+m; i < len(x); i, j = i+n, j+m {
		d := float64(x[i]) - float64(q[j])
		sum += d * d
	}
	return sum
}
