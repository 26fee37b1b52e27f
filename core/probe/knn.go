package probe

import "math"

// The weighted k-nearest-neighbours classifier of Wu et al., arXiv:1805.01978: a
// neighbour at cosine s votes for its classes with weight exp(s / knnTemperature).
const (
	knnTemperature = 0.07
	knnDefault     = 20 // neighbours that vote when a caller does not say
)

// NearestNeighbors is samples that vote.
type NearestNeighbors struct {
	K          int
	train      Labelled // unit rows
	classes    []string
	multiLabel bool
	member     []float32 // [train.N, classes]
}

// NewKNN lets the k samples of train nearest to a query vote (20 when k is 0).
func NewKNN(train Labelled, k int) *NearestNeighbors {
	if k <= 0 {
		k = knnDefault
	}
	n := &NearestNeighbors{K: k, train: Labelled{train.unit(), train.Labels}, classes: Classes(train.Labels), multiLabel: MultiLabel(train.Labels)}
	n.member = MultiHot(train.Labels, n.classes)
	return n
}

// Predict gives each class its proportion of the votes.
func (n *NearestNeighbors) Predict(queries Features) Probabilities {
	return n.vote(queries.unit(), false)
}

// vote is Predict of unit rows; with leaveOut the queries are the training samples themselves and no sample votes on itself.
func (n *NearestNeighbors) vote(queries Features, leaveOut bool) Probabilities {
	s := Probabilities{Classes: n.classes, MultiLabel: n.multiLabel, Data: make([]float32, queries.N*len(n.classes))}
	near, votes := make([]Neighbor, 0, min(n.K, n.train.N)), make([]float64, len(n.classes))
	n.train.compare(queries, func(i int, dots []float32) {
		skip := -1
		if leaveOut {
			skip = i
		}
		clear(votes)
		near = nearest(near, dots, skip)
		sum := 0.0
		for _, one := range near {
			weight := math.Exp(float64(one.Cosine-1) / knnTemperature)
			sum += weight
			for c, is := range n.member[one.Index*len(n.classes):][:len(n.classes)] {
				votes[c] += weight * float64(is)
			}
		}
		if sum == 0 { // nobody else is there
			return
		}
		for c, v := range votes {
			s.Row(i)[c] = float32(v / sum)
		}
	})
	return s
}

// KNN predicts every labelled sample, by a vote of the k labelled samples
// nearest to it (20 when k is 0), leaving itself out. Samples without a label count for nothing.
func KNN(f Features, labels []string, k int) Accuracy {
	known := Labelled{f, labels}.labelledOnly()
	n := NewKNN(known, k)
	right := ScoreOf(n.vote(n.train.Features, true), known.Labels).Right
	if known.N == 1 { // it has no neighbours
		right[0] = 0
	}
	return AccuracyOf(right)
}
