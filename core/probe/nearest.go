package probe

import "math"

// A Nearest tells the class of the single nearest sample by Euclidean distance: the baseline that
// time series classification is measured against (arXiv:1602.01711).
type Nearest struct {
	bank    Labelled
	classes []string
	member  []float32
}

// NewNearest keeps the samples of bank.
func NewNearest(bank Labelled) *Nearest {
	n := &Nearest{bank: bank, classes: Classes(bank.Labels)}
	n.member = Member(bank.Labels, n.classes)
	return n
}

// Tell is sure of what it says.
func (n *Nearest) Tell(queries Features) Shares {
	k := len(n.classes)
	s := Shares{Classes: n.classes, Several: Several(n.bank.Labels), Data: make([]float32, queries.N*k)}
	n.bank.Squares(queries, func(i int, squares []float64) {
		best, least := -1, math.Inf(1)
		for j, d := range squares {
			if d < least {
				best, least = j, d
			}
		}
		if best >= 0 {
			copy(s.Row(i), n.member[best*k:][:k])
		}
	})
	return s
}
