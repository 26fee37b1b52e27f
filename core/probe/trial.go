package probe

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"autodidact/core/rng"
)

// A Trial says how a probe rations labels.
type Trial struct {
	K        int       // neighbours that vote; 0 means 20
	PerClass int       // labels a classifier is given of each class; 0 means all
	Repeats  int       // draws of those labels; 0 means 1
	Rand     *rng.Rand // which labels are drawn; needed only when PerClass is set
}

// PerClass reads a number of labels for each class: "all" is 0.
func PerClass(s string) (int, error) {
	if s == "all" {
		return 0, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("labels for each class: %q is neither a number above 0 nor \"all\"", s)
	}
	return n, nil
}

// Accuracy is the share of right answers and the band that holds it in 95 of 100 cases.
type Accuracy struct {
	Mean, Low, High float64
	Repeats         int
	Queries         int // samples asked about in each repeat; 0 means there was nothing to measure

	each []float64 // what the mean is of: answers, 1 if right, or shares of repeats
}

// Ahead is how far a is ahead of b, asked the same in the same order, and the band that holds it in 95 of
// 100 cases. What both find easy or hard does not widen it, as it widens the bands of each.
func (a Accuracy) Ahead(b Accuracy) (mean, low, high float64) {
	if len(a.each) != len(b.each) || len(a.each) < 2 {
		return 0, -1, 1
	}
	d := make([]float64, len(a.each))
	floats.SubTo(d, a.each, b.each)
	mean, half := studentHalf(d)
	return mean, max(-1, mean-half), min(1, mean+half)
}

// KNN gives the classifier labels from train and asks it about test. Without a test
// set it is asked about the samples of train whose labels it was not given; given
// all of them, about each sample by the others.
func (t Trial) KNN(train, test Labelled) Accuracy {
	train, test = train.known(), test.known()
	train.Features, test.Features = train.unit(), test.unit()
	if t.PerClass == 0 {
		if test.N > 0 {
			return answered(vote(train, test, t.K, false))
		}
		return answered(vote(train, train, t.K, true))
	}
	return t.repeated(train, test, func(bank, queries Labelled) []float64 { return vote(bank, queries, t.K, false) })
}

// repeated deals labels out as often as Repeats says, and asks about test, or about the rest.
func (t Trial) repeated(train, test Labelled, ask func(bank, queries Labelled) []float64) Accuracy {
	shares, answers := make([]float64, max(t.Repeats, 1)), []float64(nil)
	for i := range shares {
		given, rest := t.deal(train.Labels, i, test.N > 0)
		asked := test
		if test.N == 0 {
			asked = train.pick(rest)
		}
		answers = ask(train.pick(given), asked)
		shares[i] = floats.Sum(answers) / float64(max(len(answers), 1))
	}
	if len(shares) == 1 {
		return answered(answers)
	}
	return student(shares, len(answers))
}

// Ask deals labels out to ask, which learns from the samples given and answers about the rest, 1 where it
// is right. Given all labels, it learns from four fifths of them. No more than most of the rest are asked
// about, evenly; 0 is any number.
func (t Trial) Ask(labels []string, most int, ask func(repeat int, given, rest []int) ([]float64, error)) (Accuracy, error) {
	shares, answers := make([]float64, max(t.Repeats, 1)), []float64(nil)
	for i := range shares {
		var given, rest []int
		if t.PerClass > 0 {
			given, rest = t.deal(labels, i, false)
		} else {
			for k, at := range t.Rand.For("labels", i).Perm(len(labels)) {
				if k%5 == 4 {
					rest = append(rest, at)
				} else {
					given = append(given, at)
				}
			}
			slices.Sort(given)
			slices.Sort(rest)
		}
		if n := len(rest); most > 0 && n > most {
			some := make([]int, most)
			for k := range some {
				some[k] = rest[k*n/most]
			}
			rest = some
		}
		var err error
		if answers, err = ask(i, given, rest); err != nil {
			return Accuracy{}, err
		}
		shares[i] = floats.Sum(answers) / float64(max(len(answers), 1))
	}
	if len(shares) == 1 {
		return answered(answers), nil
	}
	return student(shares, len(answers)), nil
}

// deal draws PerClass samples of each class, and the rest. Unless whole classes may
// be given away, one sample of each is kept to ask about, and a class of a single
// sample takes no part.
func (t Trial) deal(labels []string, repeat int, whole bool) (given, rest []int) {
	of := map[string][]int{}
	for _, i := range t.Rand.For("labels", repeat).Perm(len(labels)) {
		of[labels[i]] = append(of[labels[i]], i)
	}
	for _, at := range of {
		n := min(t.PerClass, len(at))
		if !whole {
			n = min(n, len(at)-1)
			if n == 0 {
				continue
			}
		}
		given, rest = append(given, at[:n]...), append(rest, at[n:]...)
	}
	slices.Sort(given) // maps have no order, and equals are told apart by theirs
	slices.Sort(rest)
	return given, rest
}

const confidence = 0.95

// answered is the accuracy of one measurement.
func answered(answers []float64) Accuracy {
	a := wilson(int(floats.Sum(answers)), len(answers))
	a.each = answers
	return a
}

// wilson is the band of one measurement: Wilson's score interval of right out of n.
func wilson(right, n int) Accuracy {
	if n == 0 {
		return Accuracy{Repeats: 1, High: 1}
	}
	p, m := float64(right)/float64(n), float64(n)
	z := distuv.UnitNormal.Quantile((1 + confidence) / 2)
	middle := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	// Rounding must not push the band off what it was measured around.
	return Accuracy{Mean: p, Low: max(0, min(p, middle-half)), High: min(1, max(p, middle+half)), Repeats: 1, Queries: n}
}

// student is the band of a mean over repeats, by Student's t.
func student(shares []float64, queries int) Accuracy {
	mean, half := studentHalf(shares)
	return Accuracy{Mean: mean, Low: max(0, mean-half), High: min(1, mean+half), Repeats: len(shares), Queries: queries, each: shares}
}

// studentHalf is the mean of xs, at least two, and half the width of its band.
func studentHalf(xs []float64) (mean, half float64) {
	n := float64(len(xs))
	mean, std := stat.MeanStdDev(xs, nil)
	return mean, distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile((1+confidence)/2) * std / math.Sqrt(n)
}
