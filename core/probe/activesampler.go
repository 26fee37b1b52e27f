package probe

import (
	"cmp"
	"math"
	"slices"

	"autodidact/core/rng"
)

const (
	typicalDefault = 20 // neighbours that a typicality is computed from, by default
	leastTypical   = 5  // samples; a cluster of fewer is outliers, as in the authors' code
	loose          = 2  // times less dense than the middle cluster: outliers, too, that share a centre for want of a nearer one
	mostClusters   = 60
	tooNear        = 5 // neighbours of an uncertain sample that would be redundant
)

// Typicality is one over the mean Euclidean distance of each sample to the k nearest others (20 when k is 0). It is
// infinite in a heap of copies, and 0 of what is not finite or alone.
func Typicality(f Features, k int) []float64 {
	if k <= 0 {
		k = typicalDefault
	}
	typical, close := make([]float64, f.N), make([]float32, f.N)
	near := make([]Neighbor, 0, max(0, min(k, f.N-1)))
	f.Squares(f, func(i int, squares []float64) {
		for j, d := range squares {
			close[j] = -float32(d)
			if math.IsNaN(d) {
				close[j] = float32(math.Inf(-1))
			}
		}
		near = nearest(near, close, i)
		sum, n := 0.0, 0.0
		for _, o := range near {
			if d := math.Sqrt(-float64(o.Cosine)); !math.IsInf(d, 1) {
				sum, n = sum+d, n+1
			}
		}
		if n > 0 {
			typical[i] = n / sum
		}
	})
	return typical
}

// ActiveSampler chooses the most informative samples to label: typical ones while few labels are known, which is
// TypiClust (arXiv:2202.02794), uncertain ones afterwards. On few labels uncertainty is mostly that of knowing nothing,
// and what it picks is outliers.
type ActiveSampler struct {
	Features
	Known   []bool    // which samples have a label
	Margin  []float64 // probability of each sample's likeliest class less that of its second; nil: not known, so typical samples are chosen
	Classes int
	Rand    *rng.Rand
}

// Next is n samples without a label, fewer if there are not so many, the most informative first, and whether they were
// chosen for being typical.
func (p ActiveSampler) Next(n int) (at []int, typical bool) {
	known := 0
	for _, is := range p.Known {
		if is {
			known++
		}
	}
	n = max(0, min(n, p.N-known))
	if known < max(10, 4*p.Classes) || p.Margin == nil {
		return p.typical(n, known), true
	}
	return p.uncertain(n), false
}

// typical goes round the clusters, those with the fewest known samples first and of these the largest, and takes
// the most typical sample of each.
func (p ActiveSampler) typical(n, known int) []int {
	if n == 0 {
		return nil
	}
	// The number of clusters grows by tens, so that they stay what they were from one call to the next.
	k := min((known+9)/10*10+10, mostClusters, max(p.N/(2*leastTypical), 2)) // of fewer samples all would be outliers
	of := kmeansOnce(p.Features, k, p.Rand.For("proposals", k)).Of
	clusters := make([]cluster, slices.Max(of)+1)
	for i, c := range of {
		clusters[c].all = append(clusters[c].all, i)
	}
	var dense []float64
	for c := range clusters {
		x := &clusters[c]
		if x.most, x.left = p.byTypicality(x.all); len(x.all) >= leastTypical {
			dense = append(dense, x.most)
		}
	}
	slices.Sort(dense)
	outliers := func(x cluster) bool { return len(x.all) < leastTypical || x.most < dense[len(dense)/2]/loose }
	slices.SortStableFunc(clusters, func(a, b cluster) int {
		return cmp.Or(cmp.Compare(len(a.all)-len(a.left), len(b.all)-len(b.left)), cmp.Compare(len(b.all), len(a.all)))
	})
	at := make([]int, 0, n)
	for _, last := range []bool{false, true} { // outliers when nothing else is left
		for taken := true; taken; {
			taken = false
			for c := range clusters {
				x := &clusters[c]
				if len(at) < n && len(x.left) > 0 && outliers(*x) == last {
					at, x.left, taken = append(at, x.left[0]), x.left[1:], true
				}
			}
		}
	}
	return at
}

type cluster struct {
	all, left []int   // all samples; those without a label, the most typical first
	most      float64 // the highest typicality in it
}

// byTypicality is the samples of a cluster that have no label, the most typical in it first, and the highest typicality.
func (p ActiveSampler) byTypicality(all []int) (most float64, order []int) {
	typical := Typicality(p.Pick(all), max(1, min(typicalDefault, len(all)/2)))
	for k, i := range all {
		if !p.Known[i] {
			order = append(order, k)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(typical[b], typical[a]) })
	for o, k := range order {
		order[o] = all[k]
	}
	return slices.Max(append(typical, 0)), order
}

// uncertain is samples with the smallest margins. One that is near another of them by cosine would be redundant,
// and comes only when there are no others.
func (p ActiveSampler) uncertain(n int) []int {
	var order []int
	for i, is := range p.Known {
		if !is {
			order = append(order, i)
		}
	}
	margin := func(i int) float64 {
		if m := p.Margin[i]; !math.IsNaN(m) {
			return m
		}
		return math.Inf(1)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(margin(a), margin(b)) })
	u := p.unit()
	taken, beside := make([]bool, p.N), make([]bool, p.N)
	at, near := make([]int, 0, n), make([]Neighbor, 0, tooNear)
	for from := 0; from < len(order) && len(at) < n; from += blockRows { // most calls are done after a block
		block := order[from:min(from+blockRows, len(order))]
		u.compare(u.Pick(block), func(k int, dots []float32) {
			i := block[k]
			near = nearest(near, dots, i)
			if len(at) == n || beside[i] || slices.ContainsFunc(near, func(o Neighbor) bool { return taken[o.Index] }) {
				return
			}
			at, taken[i] = append(at, i), true
			for _, o := range near {
				beside[o.Index] = true
			}
		})
	}
	for _, i := range order {
		if len(at) < n && !taken[i] {
			at = append(at, i)
		}
	}
	return at
}

// kmeansOnce is k-means from one start, of many samples on some, evenly picked: quick enough to wait for, and what is
// typical hardly depends on where exactly the borders run.
func kmeansOnce(f Features, k int, r *rng.Rand) Clusters {
	k = max(1, min(k, f.N))
	at := make([]int, min(f.N, mostCompared))
	for i := range at {
		at[i] = i * f.N / len(at)
	}
	some := f.Pick(at)
	c := lloyd(some, seeds(some, k, r))
	c.Of = make([]int, f.N)
	centres := Features{Data: c.Centres, N: k, Width: f.Width}.On(f.backend)
	centres.Squares(f, func(i int, squares []float64) {
		for j, d := range squares {
			if d < squares[c.Of[i]] {
				c.Of[i] = j
			}
		}
	})
	return c
}
