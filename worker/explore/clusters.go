// Package explore groups samples that are alike.
package explore

import (
	"fmt"

	"autodidact/core/data"
	"autodidact/core/probe"
	"autodidact/core/rng"
	"autodidact/worker/report"
)

// A Clustering is which samples are alike.
type Clustering struct {
	K           int       `json:"k"`
	Of          []int     `json:"of"`          // the cluster of each sample, or recording; the largest is 0
	Exemplars   []int     `json:"exemplars"`   // the one nearest to the middle of each
	Silhouettes []float64 `json:"silhouettes"` // of 2, 3, 4... clusters, or of K: 1 is far apart, 0 is no clusters
}

// Clusters finds k clusters by k-means, or, where k is 0, as many as the silhouette says; with whole, of recordings of series, by
// the mean of their windows.
func Clusters(f probe.Features, set *data.Set, k int, whole bool, seed uint64) (Clustering, error) {
	if whole {
		if set.Recordings == nil || len(set.Recordings.Of) < 3 {
			return Clustering{}, report.Mismatch("there are too few series to cluster whole ones")
		}
		f = wholes(f, set)
	}
	if f.N < 3 {
		return Clustering{}, fmt.Errorf("%w: %d samples cannot be clustered", data.ErrTooFew, f.N)
	}
	if k < 0 || k > min(f.N, 100) || k == 1 {
		return Clustering{}, report.BadField("k", "k is %d; it must lie between 2 and %d", k, min(f.N, 100))
	}
	white := probe.Whiten(f.Pooled())
	r := rng.New(seed).For("clusters", 0)
	e := Clustering{Silhouettes: []float64{}}
	var found probe.Clusters
	if k == 0 {
		found, e.Silhouettes = probe.ChooseK(white, 2, min(10, f.N-1), r)
	} else {
		found = probe.KMeans(white, k, r)
		e.Silhouettes = []float64{probe.Silhouette(white, found.Of)}
	}
	e.K, e.Of, e.Exemplars = found.K, found.Of, found.Exemplars
	return e, nil
}

// wholes is the mean of the features of each recording's windows.
func wholes(f probe.Features, set *data.Set) probe.Features {
	w := f
	w.N, w.Data = len(set.Recordings.Of), make([]float32, len(set.Recordings.Of)*f.Width)
	count := make([]float32, w.N)
	for _, x := range set.Windows {
		count[x.Of]++
	}
	for i, x := range set.Windows {
		to := w.Row(x.Of)
		for k, v := range f.Row(i) {
			to[k] += v / count[x.Of]
		}
	}
	return w
}
