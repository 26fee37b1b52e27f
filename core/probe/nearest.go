package probe

import "math"

// A Nearest predicts the class of the single nearest sample by Euclidean distance (1-NN): the baseline that
// time series classification is measured against (arXiv:1602.01711).
type Nearest struct {
	train   Labelled
	classes []string
	member  []float32
}

// NewNearest keeps the samples of train.
func NewNearest(train Labelled) *Nearest {
	n := &Nearest{train: train, classes: Classes(train.Labels)}
	n.member = MultiHot(train.Labels, n.classes)
	return n
}

// Predict is sure of what it says.
func (n *Nearest) Predict(queries Features) Probabilities {
	k := len(n.classes)
	s := Probabilities{Classes: n.classes, MultiLabel: MultiLabel(n.train.Labels), Data: make([]float32, queries.N*k)}
	n.train.Squares(queries, func(i int, squares []float64) {
		best := nearestOf(queries.Row(i), n.train.Features, squares)
		if best >= 0 {
			copy(s.Row(i), n.member[best*k:][:k])
		}
	})
	return s
}

// nearestOf is the row of train nearest to x, of equals the first, and -1 if none is at a finite distance. Squares come
// from products in float32: of rows that are alike but for little beside their length, rounding would choose, so all
// that may be nearest are compared anew.
func nearestOf(x []float32, train Features, squares []float64) int {
	least, own := math.Inf(1), 0.0
	for _, d := range squares {
		if d < least {
			least = d
		}
	}
	for _, v := range x {
		own += float64(v) * float64(v)
	}
	// A product is off by at most width·2⁻²⁴ of both lengths, of which the other is at most x's and their distance.
	off := 2 * float64(len(x)) * 0x1p-24 * (own + math.Sqrt(own*least))
	best, closest := -1, math.Inf(1)
	for j, d := range squares {
		if d <= least+2*off {
			if e := squaredDistance(x, train.Row(j)); e < closest {
				best, closest = j, e
			}
		}
	}
	return best
}
