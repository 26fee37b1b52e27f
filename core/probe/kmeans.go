package probe

import (
	"cmp"
	"math"
	"slices"

	"autodidact/core/rng"
)

// Clusters are samples that are alike, numbered by size, the largest first.
type Clusters struct {
	K         int
	Of        []int     // the cluster of each sample
	Centres   []float32 // [K, width]
	Exemplars []int     // the sample nearest to each centre
	Inertia   float64   // sum of squared distances to the centres
}

const (
	restarts = 6
	rounds   = 100 // of Lloyd's algorithm; it is done when nothing changes
)

// KMeans parts samples into k clusters: Lloyd's algorithm from seeds far apart (k-means++, Arthur and Vassilvitskii, 2007), the
// best of six.
func KMeans(f Features, k int, r *rng.Rand) Clusters {
	k = max(1, min(k, f.N))
	var best Clusters
	for n := range restarts {
		if c := lloyd(f, seeds(f, k, r.For("k-means", n))); n == 0 || c.Inertia < best.Inertia {
			best = c
		}
	}
	return best.bySize(f)
}

// seeds draws k samples, each with a chance as its squared distance from those before.
func seeds(f Features, k int, r *rng.Rand) Features {
	at := []int{r.IntN(f.N)}
	far := make([]float64, f.N)
	for i := range far {
		far[i] = math.Inf(1)
	}
	for len(at) < k {
		sum := 0.0
		f.Squares(f.Pick(at[len(at)-1:]), func(_ int, squares []float64) {
			for i, d := range squares {
				far[i] = min(far[i], d)
				sum += far[i]
			}
		})
		next, left := 0, r.Float64()*sum
		for i, d := range far {
			if next = i; left < d {
				break
			}
			left -= d
		}
		at = append(at, next)
	}
	return f.Pick(at)
}

func squaredDistance(a, b []float32) (d float64) {
	for i, v := range a {
		e := float64(v - b[i])
		d += e * e
	}
	return d
}

// lloyd moves centres to the mean of the samples that are nearest to them, until none moves.
func lloyd(f, centres Features) Clusters {
	c := Clusters{K: centres.N, Of: make([]int, f.N)}
	for round := range rounds {
		if f.stopped() {
			break
		}
		moved := round == 0
		c.Inertia = 0
		centres.Squares(f, func(i int, squares []float64) {
			best := 0
			for k, d := range squares {
				if d < squares[best] {
					best = k
				}
			}
			moved = moved || best != c.Of[i]
			c.Of[i] = best
			c.Inertia += squares[best]
		})
		if !moved {
			break
		}
		sums, n := make([]float64, c.K*f.Width), make([]float64, c.K)
		for i, k := range c.Of {
			n[k]++
			for j, v := range f.Row(i) {
				sums[k*f.Width+j] += float64(v)
			}
		}
		for k := range c.K {
			if n[k] == 0 { // one that nobody is nearest to stays where it is
				continue
			}
			for j := range f.Width {
				centres.Data[k*f.Width+j] = float32(sums[k*f.Width+j] / n[k])
			}
		}
	}
	c.Centres = centres.Data
	return c
}

// bySize numbers clusters by size and finds their exemplars.
func (c Clusters) bySize(f Features) Clusters {
	size, order := make([]int, c.K), make([]int, c.K)
	for _, k := range c.Of {
		size[k]++
	}
	for k := range order {
		order[k] = k
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(size[b], size[a]) })
	out := Clusters{K: c.K, Of: make([]int, len(c.Of)), Exemplars: make([]int, c.K), Inertia: c.Inertia}
	number := make([]int, c.K)
	for at, k := range order {
		number[k] = at
		out.Centres = append(out.Centres, c.Centres[k*f.Width:][:f.Width]...)
	}
	least := make([]float64, c.K)
	for k := range least {
		least[k] = math.Inf(1)
	}
	for i, k := range c.Of {
		out.Of[i] = number[k]
		if d := squaredDistance(f.Row(i), c.Centres[k*f.Width:][:f.Width]); d < least[k] {
			least[k], out.Exemplars[number[k]] = d, i
		}
	}
	return out
}

// mostCompared is how many samples a silhouette is measured on.
const mostCompared = 1000

// Silhouette is how much nearer samples are to their own cluster than to the next, from -1 to 1 (Rousseeuw, 1987), in
// the mean over samples, of many over some, evenly picked.
func Silhouette(f Features, of []int) float64 {
	n := min(f.N, mostCompared)
	at, k := make([]int, n), 0
	for i := range at {
		at[i] = i * f.N / n
		k = max(k, of[at[i]]+1)
	}
	some := f.Pick(at)
	size := make([]float64, k)
	for i := range at {
		size[of[at[i]]]++
	}
	sum := 0.0
	some.Squares(some, func(i int, squares []float64) {
		to := make([]float64, k) // distance to all of each cluster
		for j, d := range squares {
			if j != i {
				to[of[at[j]]] += math.Sqrt(d)
			}
		}
		own := of[at[i]]
		if size[own] < 2 {
			return // alone: 0
		}
		a, b := to[own]/(size[own]-1), math.Inf(1)
		for other := range k {
			if other != own && size[other] > 0 {
				b = min(b, to[other]/size[other])
			}
		}
		if most := max(a, b); most > 0 && !math.IsInf(b, 1) {
			sum += (b - a) / most
		}
	})
	return sum / float64(max(n, 1))
}

// ChooseK tries numbers of clusters from least to most, of many samples on some, and takes the one with the highest
// silhouette; it returns all of these.
func ChooseK(f Features, least, most int, r *rng.Rand) (best Clusters, silhouettes []float64) {
	some, at := f, make([]int, min(f.N, mostCompared))
	if f.N > len(at) {
		for i := range at {
			at[i] = i * f.N / len(at)
		}
		some = f.Pick(at)
	}
	highest, chosen := math.Inf(-1), least
	for k := least; k <= most; k++ {
		s := Silhouette(some, KMeans(some, k, r).Of)
		if silhouettes = append(silhouettes, s); s > highest {
			chosen, highest = k, s
		}
	}
	return KMeans(f, chosen, r), silhouettes
}
