package probe

import (
	"maps"
	"slices"
)

// A Score is how good predictions are. Accuracy alone rewards predicting the majority class;
// balanced accuracy and macro F1 do not.
type Score struct {
	Accuracy float64 // proportion of samples predicted correctly; of samples with several classes, all of them
	Balanced float64 // balanced accuracy: the mean of recall over classes
	F1       float64 // macro F1, over classes that occur in the test set: 2·correct / (predicted + actual)
	Right    []float64
	Classes  []string
	// Confusion is the confusion matrix: counts by true class, then by predicted class; nil where samples are of several classes.
	Confusion [][]int
}

// ScoreOf compares predicted probabilities with labels, all of which are known.
func ScoreOf(s Probabilities, labels []string) Score {
	multiLabel := s.MultiLabel || MultiLabel(labels)
	g := Score{Right: make([]float64, len(labels)), Classes: slices.Clone(s.Classes)}
	for _, c := range Classes(labels) {
		if !slices.Contains(s.Classes, c) { // not in the training set: it is never predicted
			g.Classes = append(g.Classes, c)
		}
	}
	slices.Sort(g.Classes)
	k := len(g.Classes)
	right, said, are := make([]float64, k), make([]float64, k), make([]float64, k)
	if !multiLabel {
		g.Confusion = make([][]int, k)
		for c := range g.Confusion {
			g.Confusion[c] = make([]int, k)
		}
	}
	for i, label := range labels {
		is, says := set(g.Classes, label), set(g.Classes, s.Label(i))
		if maps.Equal(is, says) {
			g.Right[i] = 1
			g.Accuracy++
		}
		for c := range k {
			right[c] += one(is[c] && says[c])
			said[c] += one(says[c])
			are[c] += one(is[c])
			for d := range k {
				if !multiLabel && is[c] && says[d] {
					g.Confusion[c][d]++
				}
			}
		}
	}
	g.Accuracy /= float64(max(len(labels), 1))
	present := 0.0
	for c := range k {
		if are[c] > 0 {
			present++
			g.Balanced += right[c] / are[c]
			g.F1 += 2 * right[c] / (said[c] + are[c])
		}
	}
	if present > 0 {
		g.Balanced, g.F1 = g.Balanced/present, g.F1/present
	}
	return g
}

func set(classes []string, label string) map[int]bool {
	m := map[int]bool{}
	for _, tag := range Tags(label) {
		c, _ := slices.BinarySearch(classes, tag)
		m[c] = true
	}
	return m
}

func one(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// PooledScore is the score of the predictions of several scores, counted together.
func PooledScore(all []Score) Score {
	if len(all) == 0 {
		return Score{}
	}
	sum := Score{}
	for _, g := range all {
		sum.Accuracy += g.Accuracy / float64(len(all))
		sum.Balanced += g.Balanced / float64(len(all))
		sum.F1 += g.F1 / float64(len(all))
		sum.Right = append(sum.Right, g.Right...)
		for _, c := range g.Classes {
			if !slices.Contains(sum.Classes, c) {
				sum.Classes = append(sum.Classes, c)
			}
		}
	}
	slices.Sort(sum.Classes)
	if slices.ContainsFunc(all, func(g Score) bool { return g.Confusion == nil }) {
		return sum
	}
	sum.Confusion = make([][]int, len(sum.Classes))
	for c := range sum.Confusion {
		sum.Confusion[c] = make([]int, len(sum.Classes))
	}
	for _, g := range all {
		for c, row := range g.Confusion {
			to, _ := slices.BinarySearch(sum.Classes, g.Classes[c])
			for d, n := range row {
				at, _ := slices.BinarySearch(sum.Classes, g.Classes[d])
				sum.Confusion[to][at] += n
			}
		}
	}
	return sum
}
