package probe

import (
	"reflect"
	"slices"
	"testing"

	"autodidact/core/rng"
)

func TestFiveDrawsTestEverySampleOnceAndNeverOneThatIsTrainedOn(t *testing.T) {
	labels := clouds(103, 2, 4, 1).Labels
	labels[7], labels[50] = "", "alone"
	test := make([]int, len(labels))
	for repeat := range 5 {
		d := DrawLabels(labels, repeat, rng.New(1))
		if n := len(d.Test); n < 19 || n > 22 {
			t.Errorf("repeat %d asks about %d of 101", repeat, n)
		}
		for _, i := range d.Test {
			test[i]++
			if slices.Contains(d.Pool, i) {
				t.Fatalf("sample %d is asked about and gives its label", i)
			}
		}
	}
	for i, n := range test {
		want := 1
		if i == 7 || i == 50 {
			want = 0
		}
		if n != want {
			t.Errorf("sample %d (%q) was asked about %d times", i, labels[i], n)
		}
	}
	if reflect.DeepEqual(DrawLabels(labels, 5, rng.New(1)), DrawLabels(labels, 0, rng.New(1))) {
		t.Error("the sixth repeat is the first again")
	}
}

func TestMoreLabelsHoldThoseOfFewer(t *testing.T) {
	labels := clouds(200, 2, 5, 1).Labels
	d := DrawLabels(labels, 2, rng.New(3))
	var before []int
	for _, n := range []int{1, 2, 5, 20, 0} {
		train := d.Train(n)
		count := map[string]int{}
		for _, i := range train {
			count[labels[i]]++
		}
		for c, got := range count {
			if n > 0 && got != n {
				t.Errorf("%d of class %s instead of %d", got, c, n)
			}
		}
		for _, i := range before {
			if !slices.Contains(train, i) {
				t.Errorf("sample %d is gone with %d labels a class", i, n)
			}
		}
		before = train
	}
	if len(before) != len(d.Pool) {
		t.Errorf("all labels are %d of %d", len(before), len(d.Pool))
	}
}

func TestLabelDrawsRepeatFromTheirSeed(t *testing.T) {
	labels := clouds(120, 2, 7, 1).Labels
	first := DrawLabels(labels, 1, rng.New(1))
	for range 5 { // also whatever order maps are walked in
		if !reflect.DeepEqual(DrawLabels(labels, 1, rng.New(1)), first) {
			t.Fatal("the same seed deals otherwise")
		}
	}
	if reflect.DeepEqual(DrawLabels(labels, 1, rng.New(2)), first) {
		t.Error("another seed deals the same")
	}
}

func TestASampleOfSeveralClassesCountsForEach(t *testing.T) {
	labels := []string{"sea|night", "sea", "night", "sea|night", "forest", "forest", "sea", "night|forest"}
	d := DrawLabelsFrom(labels, []int{0, 1, 2, 3, 4, 5, 6, 7}, nil, 0, rng.New(1))
	count := map[string]int{}
	for _, i := range d.Train(1) {
		for _, tag := range Tags(labels[i]) {
			count[tag]++
		}
	}
	for _, c := range []string{"sea", "night", "forest"} {
		if count[c] == 0 {
			t.Errorf("nobody gives %s", c)
		}
	}
	if n := len(d.Train(1)); n > 3 {
		t.Errorf("%d samples for one label of each of three classes", n)
	}
}

func TestMoreLabelsClassifyBetter(t *testing.T) {
	l := clouds(600, 16, 6, 1.2)
	for _, m := range Methods {
		last := 0.0
		for _, n := range []int{1, 5, 25} {
			var accuracies []float64
			for repeat := range 5 {
				d := DrawLabels(l.Labels, repeat, rng.New(1))
				g := ScoreOf(m.Fit(l.Pick(d.Train(n)), rng.New(2)).Predict(l.Features.Pick(d.Test)), l.Pick(d.Test).Labels)
				accuracies = append(accuracies, g.Accuracy)
			}
			a := AccuracyOver(accuracies, 120)
			if a.Mean <= last || a.Repeats != 5 || !(a.Low < a.Mean && a.Mean < a.High) {
				t.Errorf("%s, %d labels for each class: %+v after %v with fewer", m.Name, n, a, last)
			}
			last = a.Mean
		}
	}
}

func TestShuffledLabelsArePredictedAtChance(t *testing.T) {
	l := clouds(1000, 16, 5, 0.3).shuffled()
	for _, m := range Methods {
		var accuracies []float64
		for repeat := range 5 {
			d := DrawLabels(l.Labels, repeat, rng.New(1))
			accuracies = append(accuracies, ScoreOf(m.Fit(l.Pick(d.Train(20)), rng.New(2)).Predict(l.Features.Pick(d.Test)), l.Pick(d.Test).Labels).Accuracy)
		}
		if a := AccuracyOver(accuracies, 200); a.Mean < 0.13 || a.Mean > 0.27 {
			t.Errorf("%s has an accuracy of %.2f on random labels, want a fifth", m.Name, a.Mean)
		}
	}
}

func TestPerClassReadsNumbersAndAll(t *testing.T) {
	for s, want := range map[string]int{"1": 1, "10": 10, "all": 0} {
		if n, err := PerClass(s); n != want || err != nil {
			t.Errorf("%q: %d, %v", s, n, err)
		}
	}
	for _, s := range []string{"", "0", "-1", "many", "1.5"} {
		if _, err := PerClass(s); err == nil {
			t.Errorf("%q was taken", s)
		}
	}
}
