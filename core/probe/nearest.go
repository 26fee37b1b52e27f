package probe

import "math"

// Nearest gives the classifier labels from train and asks it about test for the label of the single nearest sample
// by Euclidean distance: the baseline that time series classification is measured against (arXiv:1602.01711).
func (t Trial) Nearest(train, test Labelled) Accuracy {
	train, test = train.known(), test.known()
	if t.PerClass == 0 && test.N > 0 {
		return answered(Nearest(train, test))
	}
	if t.PerClass == 0 {
		t.PerClass = math.MaxInt // all but one of each class
	}
	return t.repeated(train, test, Nearest)
}

// Nearest says of each query whether the sample of bank at the least Euclidean distance has its label, 1 or 0.
func Nearest(bank, queries Labelled) []float64 {
	right := make([]float64, queries.N)
	bank.Squares(queries.Features, func(i int, squares []float64) {
		best, least := -1, math.Inf(1)
		for k, d := range squares {
			if d < least {
				best, least = k, d
			}
		}
		if best >= 0 && bank.Labels[best] == queries.Labels[i] {
			right[i] = 1
		}
	})
	return right
}
