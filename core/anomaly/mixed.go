package anomaly

import (
	"math"
	"slices"
)

// Mixed makes one score of several kinds: how rare each is among clean readings, the rarest of all.
type Mixed struct{ kinds []tail }

// tail is the distribution of one kind of score among clean readings.
type tail struct {
	sorted []float64
	from   float64 // where the exponential begins that goes on beyond what was seen
	share  float64 // fraction of readings above it
	scale  float64 // of the exponential
}

// leastScale is the least of an exponential: scores are to be in units of which a tenth is little. Else the first score that is
// not as all clean ones would be beyond all measure.
const leastScale = 0.1

// FitMixed learns from scores of clean readings, [kinds][readings]; NaN are skipped.
func FitMixed(clean [][]float64) *Mixed {
	m := &Mixed{}
	for _, kind := range clean {
		s := slices.DeleteFunc(slices.Clone(kind), func(v float64) bool { return v != v })
		slices.Sort(s)
		t := tail{sorted: s}
		if n := len(s); n > 0 {
			at := n - max(n/10, 1)
			t.from, t.share = s[at], float64(n-at)/float64(n+1)
			for _, v := range s[at:] {
				t.scale += (v - t.from) / float64(n-at)
			}
			t.scale = max(t.scale, 1e-3*(math.Abs(t.from)+s[n-1]-s[0]), leastScale)
		}
		m.kinds = append(m.kinds, t)
	}
	return m
}

// Sorted are the scores it learned from, of each kind in ascending order: FitMixed makes the same of them again.
func (m *Mixed) Sorted() [][]float64 {
	all := make([][]float64, len(m.kinds))
	for k, t := range m.kinds {
		all[k] = t.sorted
	}
	return all
}

// Score is -log10 of the fraction of clean readings whose score is as high, of the kind where that is least. Beyond
// what was seen the tail is an exponential, so that what is larger always scores more; from a fraction of 1e-10 on ever
// more slowly, for no tail is known so far. It is finite. NaN kinds are skipped.
func (m *Mixed) Score(s []float64) (most float64) {
	for k, v := range s {
		if v == v {
			most = max(most, m.kinds[k].surprise(v))
		}
	}
	return most
}

func (t tail) surprise(v float64) float64 {
	n := len(t.sorted)
	if n == 0 {
		return 0
	}
	at, _ := slices.BinarySearch(t.sorted, v) // how many are less
	if last := t.sorted[n-1]; v > last {
		return math.Log10(float64(n+1)) + tempered((v-last)/t.scale*math.Log10E)
	}
	return -math.Log10(float64(n-at+1) / float64(n+1))
}

// tempered is x up to 10, and above it grows as its logarithm: 11 at 100, 12 at 1000.
func tempered(x float64) float64 {
	if x <= 10 {
		return x
	}
	return 9 + math.Log10(min(x, math.MaxFloat64))
}
