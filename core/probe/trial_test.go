package probe

import (
	"math"
	"reflect"
	"slices"
	"testing"

	"autodidact/core/rng"
)

func TestMoreLabelsClassifyBetter(t *testing.T) {
	l := clouds(600, 16, 6, 1.2)
	last := 0.0
	for _, labels := range []int{1, 5, 25} {
		a := Trial{PerClass: labels, Repeats: 5, Rand: rng.New(1)}.KNN(l, Labelled{})
		if a.Mean <= last || a.Repeats != 5 || a.Queries != 600-6*labels || !(a.Low < a.Mean && a.Mean < a.High) {
			t.Errorf("%d labels for each class: %+v after %v with fewer", labels, a, last)
		}
		last = a.Mean
	}
}

func TestTrialsRepeatFromTheirSeed(t *testing.T) {
	l := clouds(200, 8, 7, 1.5)
	draw := func(seed uint64) Accuracy {
		return Trial{PerClass: 3, Repeats: 4, Rand: rng.New(seed)}.KNN(l, Labelled{})
	}
	first := draw(1)
	for range 5 { // also whatever order maps are walked in
		if again := draw(1); !reflect.DeepEqual(again, first) {
			t.Fatalf("%+v, then %+v", first, again)
		}
	}
	if reflect.DeepEqual(draw(2), first) {
		t.Error("another seed drew the same labels")
	}
}

func TestDealKeepsASampleOfEachClassToAskAbout(t *testing.T) {
	labels := []string{"a", "a", "a", "b", "b", "c"}
	given, rest := Trial{PerClass: 5, Rand: rng.New(1)}.deal(labels, 0, false)
	count := func(at []int, l string) (n int) {
		for _, i := range at {
			if labels[i] == l {
				n++
			}
		}
		return n
	}
	if count(given, "a") != 2 || count(rest, "a") != 1 || count(given, "b") != 1 || count(rest, "b") != 1 {
		t.Errorf("given %v, rest %v", given, rest)
	}
	if slices.Contains(given, 5) || slices.Contains(rest, 5) {
		t.Error("a class of one sample took part")
	}
	if given, _ = (Trial{PerClass: 5, Rand: rng.New(1)}).deal(labels, 0, true); len(given) != 6 {
		t.Errorf("with a test set of its own %v were given, want all six", given)
	}
}

func TestATestSetIsAskedInsteadOfTheRest(t *testing.T) {
	l := clouds(120, 8, 3, 0.1)
	train, test := l.pick([]int{0, 1, 2, 3, 4, 5}), l.pick([]int{6, 7, 8, 9})
	for _, labels := range []int{0, 2} {
		a := Trial{PerClass: labels, Repeats: 3, Rand: rng.New(1)}.KNN(train, test)
		if a.Mean != 1 || a.Queries != 4 {
			t.Errorf("%d labels: %+v, want all of four right", labels, a)
		}
	}
}

func TestWilsonMatchesThePublishedInterval(t *testing.T) {
	// Newcombe 1998, table I: 81 of 263 and 0 of 20, method 3.
	for _, c := range []struct {
		right, n  int
		low, high float64
	}{{81, 263, 0.2553, 0.3662}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718}} {
		if a := wilson(c.right, c.n); math.Abs(a.Low-c.low) > 6e-5 || math.Abs(a.High-c.high) > 6e-5 {
			t.Errorf("%d of %d: %v to %v, want %v to %v", c.right, c.n, a.Low, a.High, c.low, c.high)
		}
	}
}

func TestTheBandOverRepeatsIsStudents(t *testing.T) {
	// Mean 0.5, deviation 0.1 over 5: half a band is 2.776 * 0.1 / sqrt 5.
	d := 0.1 * math.Sqrt(4.0/2)
	a := student([]float64{0.5 - d, 0.5, 0.5, 0.5, 0.5 + d}, 10)
	if want := 2.776445 * 0.1 / math.Sqrt(5); math.Abs(a.High-0.5-want) > 1e-6 || math.Abs(0.5-a.Low-want) > 1e-6 {
		t.Errorf("got %+v, want 0.5 ± %v", a, want)
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

func TestWhatBothFindHardDoesNotWidenHowFarOneIsAhead(t *testing.T) {
	// Half of 200 questions are hard for both; of the others b misses ten more.
	a, b := make([]float64, 200), make([]float64, 200)
	for i := range 100 {
		a[i], b[i] = 1, 1
		if i < 10 {
			b[i] = 0
		}
	}
	x, y := answered(a), answered(b)
	mean, low, high := x.Ahead(y)
	// Ten ones among 200: deviation sqrt(0.05·0.95·200/199), times 1.97 / sqrt 200.
	if half := 1.971957 * math.Sqrt(0.05*0.95/199); math.Abs(mean-0.05) > 1e-9 || math.Abs(low-mean+half) > 1e-6 || math.Abs(high-mean-half) > 1e-6 {
		t.Errorf("ahead by %v, %v to %v; want 0.05 ± %v", mean, low, high, half)
	}
	if x.Low > y.High {
		t.Error("even the bands of each keep apart: the example shows nothing")
	}
	if mean, low, high := x.Ahead(answered(a[:7])); mean != 0 || low != -1 || high != 1 {
		t.Errorf("of other questions it claims %v, %v to %v", mean, low, high)
	}
}
