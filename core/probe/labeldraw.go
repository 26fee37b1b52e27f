package probe

import (
	"fmt"
	"slices"
	"strconv"

	"autodidact/core/rng"
)

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

// folds is how many parts labelled samples are split into: one is the test set, the others may give labels.
const folds = 5

// A LabelDraw splits labelled samples: the pool that may give labels, in the order they are drawn, and the test set,
// ascending.
type LabelDraw struct {
	Pool, Test []int
	labels     []string
}

// DrawLabels is the draw of a repeat. Its test set is a fifth of each class, another one in each of five repeats, so that
// after those every sample was tested once. Samples without a label take no part, nor does a class of one.
func DrawLabels(labels []string, repeat int, r *rng.Rand) LabelDraw {
	of := map[string][]int{}
	for _, i := range r.For("folds", repeat/folds).Perm(len(labels)) {
		if labels[i] != "" {
			of[labels[i]] = append(of[labels[i]], i)
		}
	}
	d := LabelDraw{labels: labels}
	seen, multiLabel := 0, MultiLabel(labels) // seen goes on from class to class, so that small ones are not all tested in one repeat
	for _, label := range sorted(of) {
		if len(of[label]) == 1 && !multiLabel {
			continue
		}
		for _, i := range of[label] {
			if seen%folds == repeat%folds {
				d.Test = append(d.Test, i)
			} else {
				d.Pool = append(d.Pool, i)
			}
			seen++
		}
	}
	slices.Sort(d.Test)
	d.shuffle(repeat, r)
	return d
}

// DrawLabelsFrom is the draw of a repeat with a given pool and test set.
func DrawLabelsFrom(labels []string, pool, test []int, repeat int, r *rng.Rand) LabelDraw {
	known := func(at []int) (out []int) {
		for _, i := range at {
			if labels[i] != "" {
				out = append(out, i)
			}
		}
		return out
	}
	d := LabelDraw{known(pool), known(test), labels}
	d.shuffle(repeat, r)
	return d
}

func (d *LabelDraw) shuffle(repeat int, r *rng.Rand) {
	slices.Sort(d.Pool)
	r.For("draw", repeat).Shuffle(len(d.Pool), func(i, j int) { d.Pool[i], d.Pool[j] = d.Pool[j], d.Pool[i] })
}

// Train are the first perClass samples of each class in the pool (0: all of them), ascending: the samples for two labels per class
// contain those for one. A class that has fewer gives all it has; a sample of several classes counts for each.
func (d LabelDraw) Train(perClass int) []int {
	var train []int
	count := map[string]int{}
	for _, i := range d.Pool {
		wanted := perClass == 0
		for _, tag := range Tags(d.labels[i]) {
			wanted = wanted || count[tag] < perClass
		}
		if !wanted {
			continue
		}
		for _, tag := range Tags(d.labels[i]) {
			count[tag]++
		}
		train = append(train, i)
	}
	slices.Sort(train)
	return train
}

// Evenly is at most n of at, evenly spread.
func Evenly(at []int, n int) []int {
	if len(at) <= n || n <= 0 {
		return at
	}
	some := make([]int, n)
	for k := range some {
		some[k] = at[k*len(at)/n]
	}
	return some
}

func sorted(of map[string][]int) []string {
	var keys []string
	for k := range of {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
