package probe

import (
	"math"
	"slices"
)

// The weighted k-nearest-neighbours classifier of Wu et al., arXiv:1805.01978: a
// neighbour at cosine s votes for its label with weight exp(s / knnTemperature).
const (
	knnTemperature = 0.07
	knnDefault     = 20 // neighbours that vote when a caller does not say
)

// Labelled is features beside the label of each sample, "" where there is none.
type Labelled struct {
	Features
	Labels []string
}

// known is the samples that have a label.
func (l Labelled) known() Labelled {
	var at []int
	for i, label := range l.Labels {
		if label != "" {
			at = append(at, i)
		}
	}
	return l.pick(at)
}

func (l Labelled) pick(at []int) Labelled {
	p := Labelled{Features: l.Features.pick(at), Labels: make([]string, len(at))}
	for i, j := range at {
		p.Labels[i] = l.Labels[j]
	}
	return p
}

// KNN asks every labelled sample for its label, by a vote of the k labelled samples
// nearest to it (20 when k is 0), itself left out. Samples without a label count for nothing.
func KNN(f Features, labels []string, k int) Accuracy {
	return Trial{K: k}.KNN(Labelled{f, labels}, Labelled{})
}

// vote classifies the queries by bank and says of each whether that is right, 1 or 0; both hold unit
// rows, all labelled. When leaveOut is set the queries are the bank itself and no sample votes on itself.
func vote(bank, queries Labelled, k int, leaveOut bool) []float64 {
	classes := slices.Compact(slices.Sorted(slices.Values(bank.Labels)))
	class := make([]int, bank.N)
	for i, l := range bank.Labels {
		class[i], _ = slices.BinarySearch(classes, l)
	}
	if k <= 0 {
		k = knnDefault
	}
	right := make([]float64, queries.N)
	near := make([]Neighbor, 0, min(k, bank.N))
	votes := make([]float64, len(classes))
	bank.compare(queries.Features, func(i int, dots []float32) {
		skip := -1
		if leaveOut {
			skip = i
		}
		clear(votes)
		near = nearest(near, dots, skip)
		for _, n := range near {
			votes[class[n.Index]] += math.Exp(float64(n.Cosine) / knnTemperature)
		}
		best := 0 // of equals the first in alphabetical order
		for c, v := range votes {
			if v > votes[best] {
				best = c
			}
		}
		if len(near) > 0 && classes[best] == queries.Labels[i] {
			right[i] = 1
		}
	})
	return right
}
