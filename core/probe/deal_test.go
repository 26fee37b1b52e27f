package probe

import (
	"reflect"
	"slices"
	"testing"

	"autodidact/core/rng"
)

func TestFiveDealsAskAboutEverySampleOnceAndNeverAboutOneThatGivesItsLabel(t *testing.T) {
	labels := clouds(103, 2, 4, 1).Labels
	labels[7], labels[50] = "", "alone"
	asked := make([]int, len(labels))
	for repeat := range 5 {
		d := Dealt(labels, repeat, rng.New(1))
		if n := len(d.Asked); n < 19 || n > 22 {
			t.Errorf("repeat %d asks about %d of 101", repeat, n)
		}
		for _, i := range d.Asked {
			asked[i]++
			if slices.Contains(d.Pool, i) {
				t.Fatalf("sample %d is asked about and gives its label", i)
			}
		}
	}
	for i, n := range asked {
		want := 1
		if i == 7 || i == 50 {
			want = 0
		}
		if n != want {
			t.Errorf("sample %d (%q) was asked about %d times", i, labels[i], n)
		}
	}
	if reflect.DeepEqual(Dealt(labels, 5, rng.New(1)), Dealt(labels, 0, rng.New(1))) {
		t.Error("the sixth repeat is the first again")
	}
}

func TestMoreLabelsHoldThoseOfFewer(t *testing.T) {
	labels := clouds(200, 2, 5, 1).Labels
	d := Dealt(labels, 2, rng.New(3))
	var before []int
	for _, n := range []int{1, 2, 5, 20, 0} {
		given := d.Given(n)
		count := map[string]int{}
		for _, i := range given {
			count[labels[i]]++
		}
		for c, got := range count {
			if n > 0 && got != n {
				t.Errorf("%d of class %s instead of %d", got, c, n)
			}
		}
		for _, i := range before {
			if !slices.Contains(given, i) {
				t.Errorf("sample %d is gone with %d labels a class", i, n)
			}
		}
		before = given
	}
	if len(before) != len(d.Pool) {
		t.Errorf("all labels are %d of %d", len(before), len(d.Pool))
	}
}

func TestDealsRepeatFromTheirSeed(t *testing.T) {
	labels := clouds(120, 2, 7, 1).Labels
	first := Dealt(labels, 1, rng.New(1))
	for range 5 { // also whatever order maps are walked in
		if !reflect.DeepEqual(Dealt(labels, 1, rng.New(1)), first) {
			t.Fatal("the same seed deals otherwise")
		}
	}
	if reflect.DeepEqual(Dealt(labels, 1, rng.New(2)), first) {
		t.Error("another seed deals the same")
	}
}

func TestASampleOfSeveralClassesCountsForEach(t *testing.T) {
	labels := []string{"sea|night", "sea", "night", "sea|night", "forest", "forest", "sea", "night|forest"}
	d := DealtFrom(labels, []int{0, 1, 2, 3, 4, 5, 6, 7}, nil, 0, rng.New(1))
	count := map[string]int{}
	for _, i := range d.Given(1) {
		for _, tag := range Tags(labels[i]) {
			count[tag]++
		}
	}
	for _, c := range []string{"sea", "night", "forest"} {
		if count[c] == 0 {
			t.Errorf("nobody gives %s", c)
		}
	}
	if n := len(d.Given(1)); n > 3 {
		t.Errorf("%d samples for one label of each of three classes", n)
	}
}

func TestMoreLabelsClassifyBetter(t *testing.T) {
	l := clouds(600, 16, 6, 1.2)
	for _, m := range Methods {
		last := 0.0
		for _, n := range []int{1, 5, 25} {
			var shares []float64
			for repeat := range 5 {
				d := Dealt(l.Labels, repeat, rng.New(1))
				g := Graded(m.Learn(l.Pick(d.Given(n)), rng.New(2)).Tell(l.Features.Pick(d.Asked)), l.Pick(d.Asked).Labels)
				shares = append(shares, g.Accuracy)
			}
			a := Repeated(shares, 120)
			if a.Mean <= last || a.Repeats != 5 || !(a.Low < a.Mean && a.Mean < a.High) {
				t.Errorf("%s, %d labels for each class: %+v after %v with fewer", m.Name, n, a, last)
			}
			last = a.Mean
		}
	}
}

func TestShuffledLabelsAreToldByChance(t *testing.T) {
	l := clouds(1000, 16, 5, 0.3).shuffled()
	for _, m := range Methods {
		var shares []float64
		for repeat := range 5 {
			d := Dealt(l.Labels, repeat, rng.New(1))
			shares = append(shares, Graded(m.Learn(l.Pick(d.Given(20)), rng.New(2)).Tell(l.Features.Pick(d.Asked)), l.Pick(d.Asked).Labels).Accuracy)
		}
		if a := Repeated(shares, 200); a.Mean < 0.13 || a.Mean > 0.27 {
			t.Errorf("%s tells %.2f of labels dealt at random, want a fifth", m.Name, a.Mean)
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
