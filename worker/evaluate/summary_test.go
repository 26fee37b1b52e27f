package evaluate

import (
	"strings"
	"testing"
)

// measured is results of an evaluation: by contender, accuracy with each number of labels; ahead is how sure one may be.
func measured(ahead float64, curves map[string]map[int]float64) []Result {
	var out []Result
	for _, n := range []int{1, 10, 50, 0} {
		for _, c := range append([]string{pretrained}, contenders...) {
			a, ok := curves[c][n]
			if !ok {
				continue
			}
			r := Result{Labels: n, Encoder: c, Accuracy: a, Low: a - 0.02, High: a + 0.02}
			if c == "raw" {
				r.Baseline = "HOG with logistic regression"
			}
			if c != pretrained {
				d := curves[pretrained][n] - a
				r.Ahead = &Band{d, d - ahead, d + ahead}
			}
			out = append(out, r)
		}
	}
	return out
}

func TestASummaryClaimsNoMoreThanWasMeasured(t *testing.T) {
	ours := map[int]float64{1: 0.3, 10: 0.6, 50: 0.7, 0: 0.8}
	for _, c := range []struct {
		name   string
		ahead  float64
		others map[string]map[int]float64
		want   string
	}{
		{"scratch needs more", 0.03, map[string]map[int]float64{"scratch": {1: 0.2, 10: 0.4, 50: 0.58, 0: 0.75}, "raw": {10: 0.5}}, "With 10 labels per class the pretrained encoder reaches 60 % accuracy; training from scratch needs about 54 for that."},
		{"scratch needs as many as lie between", 0.03, map[string]map[int]float64{"scratch": {1: 0.2, 10: 0.4, 50: 0.65, 0: 0.75}}, "training from scratch needs about 36 for that"},
		{"scratch never gets there", 0.03, map[string]map[int]float64{"scratch": {1: 0.2, 10: 0.4, 50: 0.45, 0: 0.5}}, "training from scratch does not reach that, even with all labels."},
		{"scratch was not measured with all", 0.03, map[string]map[int]float64{"scratch": {1: 0.2, 10: 0.4, 50: 0.45}}, "training from scratch does not reach that with 50."},
		{"one rival may be as good", 0.03, map[string]map[int]float64{"scratch": {10: 0.4}, "raw": {10: 0.58}}, "may be chance: HOG with logistic regression reaches 58 %"},
		{"a rival is better", 0.03, map[string]map[int]float64{"scratch": {10: 0.4}, "raw": {10: 0.64}}, "Pretraining did not help here: with 10 labels per class HOG with logistic regression reaches 64 % accuracy, the pretrained encoder 60 %."},
		{"a baseline overtakes", 0.03, map[string]map[int]float64{"scratch": {10: 0.3, 50: 0.4, 0: 0.5}, "raw": {10: 0.5, 50: 0.76, 0: 0.88}}, "reaches 60 % accuracy; training from scratch does not reach that, even with all labels. From 50 labels per class on it is behind (all labels: 80 % against 88 %, HOG with logistic regression)."},
		{"a baseline overtakes at last", 0.03, map[string]map[int]float64{"raw": {10: 0.5, 50: 0.7, 0: 0.84}}, "With all labels it is behind (80 % against 84 %, HOG with logistic regression)."},
		{"a baseline comes near", 0.03, map[string]map[int]float64{"raw": {10: 0.5, 50: 0.68, 0: 0.79}}, "From 50 labels per class on it is no longer clearly ahead (all labels: 80 % against 79 %, HOG with logistic regression)."},
		{"a baseline stays behind", 0.03, map[string]map[int]float64{"raw": {10: 0.5, 50: 0.55, 0: 0.59}}, "HOG with logistic regression does not reach that, even with all labels."},
		{"all are right", 0.03, map[string]map[int]float64{"raw": {10: 1}}, "too easy"},
		{"nothing beside it", 0, nil, "nothing was measured beside it"},
	} {
		curves := map[string]map[int]float64{pretrained: ours}
		if c.name == "all are right" {
			curves[pretrained] = map[int]float64{10: 0.99}
		}
		for name, curve := range c.others {
			curves[name] = curve
		}
		v := summary{measured(c.ahead, curves), 0.25, 100}
		if got := v.words(); !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestASummarySaysWhenNothingPredictsTheLabels(t *testing.T) {
	v := summary{measured(0.05, map[string]map[int]float64{pretrained: {10: 0.24}, "scratch": {10: 0.2}, "raw": {10: 0.22}}), 0.3, 100}
	if got := v.words(); !strings.Contains(got, "neither") || !strings.Contains(got, "30 %") {
		t.Errorf("%q", got)
	}
}

func TestASummaryIsOfTenLabelsOrOfTheNearestThatWereTried(t *testing.T) {
	for _, c := range []struct {
		tried []int
		want  int
	}{{[]int{1, 10, 0}, 10}, {[]int{1, 5, 20, 0}, 5}, {[]int{20, 50}, 20}, {[]int{0}, 0}} {
		var v summary
		for _, n := range c.tried {
			v.results = append(v.results, Result{Encoder: pretrained, Labels: n})
		}
		if got := v.few(); got != c.want {
			t.Errorf("of %v it is of %d, want %d", c.tried, got, c.want)
		}
	}
}
