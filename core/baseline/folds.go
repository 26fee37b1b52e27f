package baseline

import (
	"math"
	"slices"

	"autodidact/core/probe"
	"autodidact/core/rng"
)

// A fold is samples to learn from and others to be tested on.
type fold struct{ train, test trainSet }

// How many folds there are, and how many of them are tested: with more labels fewer, since each costs more and
// says more.
const (
	mostFolds  = 5
	allFolds   = 60  // labels up to which all are tested
	threeFolds = 300 // and up to which three
)

// makeFolds cuts samples into stratified folds: none if no class has two. Of more than most samples, if it is set, most take
// part.
func makeFolds(all trainSet, most int, r *rng.Rand) []fold {
	of := map[string][]int{}
	for _, k := range r.For("folds", 0).Perm(len(all.at)) {
		of[all.labels[k]] = append(of[all.labels[k]], k)
	}
	n, order := 0, []int(nil)
	for _, label := range sorted(of) {
		n = max(n, len(of[label]))
		order = append(order, of[label]...)
	}
	if n = min(n, mostFolds); n < 2 || len(of) < 2 {
		return nil
	}
	if most > 0 {
		order = probe.Evenly(order, most)
	}
	folds := make([]fold, testFolds(len(order), n))
	for f := range folds {
		var train, test []int
		for seen, k := range order { // classes lie side by side, so each is spread evenly
			if seen%n == f {
				test = append(test, k)
			} else {
				train = append(train, k)
			}
		}
		slices.Sort(train)
		folds[f] = fold{all.pick(train), all.pick(test)}
	}
	return folds
}

// testFolds is how many of n folds of so many labels are tested.
func testFolds(labels, n int) int {
	switch {
	case labels <= allFolds:
		return n
	case labels <= threeFolds:
		return min(n, 3)
	}
	return 1
}

func sorted(of map[string][]int) []string {
	var labels []string
	for label := range of {
		labels = append(labels, label)
	}
	slices.Sort(labels)
	return labels
}

// A score is the sum over samples of correct predictions, or over folds of macro F1 where samples are of several classes, and
// of log losses. Each is how right the prediction of each sample is.
type score struct {
	right, loss float64
	each        []float64
}

// leastProbability keeps one confident wrong prediction from an infinite loss.
const leastProbability = 1e-6

func (s *score) add(p probe.Probabilities, labels []string) {
	g := probe.ScoreOf(p, labels)
	s.each = append(s.each, g.Right...)
	if p.MultiLabel {
		s.right += g.F1
	} else {
		for _, v := range g.Right {
			s.right += v
		}
	}
	for i, v := range probe.MultiHot(labels, p.Classes) {
		if v == 1 {
			s.loss -= math.Log(max(float64(p.Data[i]), leastProbability))
		} else if p.MultiLabel {
			s.loss -= math.Log(max(1-float64(p.Data[i]), leastProbability))
		}
	}
}

// ahead says whether s is better on the same samples by more than so many standard errors of the difference; of none, by anything.
func (s score) ahead(than score, errors float64) bool {
	if errors == 0 || len(than.each) == 0 {
		return s.right > than.right
	}
	sum, squares := 0.0, 0.0
	for i, v := range s.each {
		sum += v - than.each[i]
		squares += (v - than.each[i]) * (v - than.each[i])
	}
	return sum > errors*math.Sqrt(squares)
}

func (s score) better(than score) bool {
	return s.right > than.right || s.right == than.right && s.loss < than.loss
}
