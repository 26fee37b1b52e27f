package evaluate

import (
	"errors"
	"slices"
	"testing"

	"autodidact/core/data"
	"autodidact/core/kernel/cpu"
	"autodidact/worker/testsets"
)

func TestSamplesThatAreNotUsedAreReported(t *testing.T) {
	set := testsets.Shapes(60, 1)
	labels := slices.Clone(set.Labels)
	for i := range 10 {
		labels[i] = ""
	}
	for i := range labels { // few crosses
		if labels[i] == "cross" && i > 20 {
			labels[i] = ""
		}
	}
	labels[12] = "lonely"
	var notes []data.Rejected
	m := Evaluation{Plan: Plan{Method: "centroid", Labels: []string{"2", "10", "500"}, Repeats: 2, Against: []string{"raw"}}, Model: shapesModel(t), Set: set, Given: labels, Backend: cpu.New(), Seed: 1,
		Note: func(n data.Rejected) { notes = append(notes, n) }}
	results, err := m.Results(t.Context())
	if err != nil || len(results) != 4 {
		t.Fatalf("%v, %v", results, err)
	}
	for _, want := range []string{"19 of 60 samples have none and are not used", "1 class of one sample left out, for it cannot both give its label and be tested: lonely",
		"no class has 500 to give", "1 of 4 classes has fewer than 10 to give: cross 1. It gives all it has"} {
		if !says(notes, "labels", want) {
			t.Errorf("%v does not say %q", notes, want)
		}
	}
	notes = nil
	test := testsets.Shapes(12, 2)
	test.Labels[0], test.Labels[1], test.Labels[2] = "", "zebra", "zebra"
	m.Test, m.noted, m.testable = test, nil, 0
	if _, err := m.Results(t.Context()); err != nil || !says(notes, "test samples", "1 of 12 have no label and are not tested") || !says(notes, "test samples", "2 are of classes that no sample gives a label of, and count as predicted wrong: zebra") {
		t.Errorf("%v, %v", notes, err)
	}
	clear(test.Labels)
	if _, err := m.Results(t.Context()); !errors.Is(err, data.ErrTooFew) {
		t.Errorf("with nothing to test: %v", err)
	}
}
