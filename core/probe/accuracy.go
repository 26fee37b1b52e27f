package probe

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Accuracy is the proportion of correct predictions, with a 95 % confidence interval.
type Accuracy struct {
	Mean, Low, High float64
	Repeats         int
	Queries         int // test samples in each repeat; 0 means there was nothing to measure

	each []float64 // what the mean is of: predictions, 1 if correct, or the accuracies of repeats
}

// PairedDifference is the lead of a over b on the same test samples in the same order, with a 95 % confidence interval.
// What both find easy or hard does not widen it, as it widens the interval of each.
func (a Accuracy) PairedDifference(b Accuracy) (mean, low, high float64) {
	if len(a.each) != len(b.each) || len(a.each) < 2 {
		return 0, -1, 1
	}
	d := make([]float64, len(a.each))
	floats.SubTo(d, a.each, b.each)
	mean, half := studentHalf(d)
	return mean, max(-1, mean-half), min(1, mean+half)
}

const confidence = 0.95

// AccuracyOf is the accuracy of predictions, 1 if correct and 0 if not: the interval is Wilson's.
func AccuracyOf(right []float64) Accuracy {
	a := wilson(int(floats.Sum(right)), len(right))
	a.each = right
	return a
}

// AccuracyOver is the mean accuracy over repeats with queries test samples each: the interval is Student's over
// the repeats.
func AccuracyOver(accuracies []float64, queries int) Accuracy {
	if len(accuracies) < 2 {
		return Accuracy{Mean: floats.Sum(accuracies), High: 1, Repeats: len(accuracies), Queries: queries, each: accuracies}
	}
	mean, half := studentHalf(accuracies)
	return Accuracy{Mean: mean, Low: max(0, mean-half), High: min(1, mean+half), Repeats: len(accuracies), Queries: queries, each: accuracies}
}

// wilson is the interval of one measurement: Wilson's score interval of right out of n.
func wilson(right, n int) Accuracy {
	if n == 0 {
		return Accuracy{Repeats: 1, High: 1}
	}
	p, m := float64(right)/float64(n), float64(n)
	z := distuv.UnitNormal.Quantile((1 + confidence) / 2)
	middle := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	// Rounding must not push the interval off its mean.
	return Accuracy{Mean: p, Low: max(0, min(p, middle-half)), High: min(1, max(p, middle+half)), Repeats: 1, Queries: n}
}

// studentHalf is the mean of xs, at least two, and half the width of its interval.
func studentHalf(xs []float64) (mean, half float64) {
	n := float64(len(xs))
	mean, std := stat.MeanStdDev(xs, nil)
	return mean, distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile((1+confidence)/2) * std / math.Sqrt(n)
}
