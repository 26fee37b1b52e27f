package anomaly

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func chance(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

func TestTheMovingZScoreIsItsDefinition(t *testing.T) {
	r := chance(1)
	x := make([]float64, 200)
	for i := range x {
		x[i] = 1e6 + r.NormFloat64()
		if i%7 == 0 {
			x[i] = math.NaN()
		}
	}
	got := MovingZ(x, 20)
	for at := 20; at < len(x); at++ {
		var n, sum, squares float64
		for _, v := range x[at-20 : at] {
			if v == v {
				n++
				sum += v - 1e6
				squares += (v - 1e6) * (v - 1e6)
			}
		}
		want := 0.0
		if x[at] == x[at] {
			want = math.Abs(x[at]-1e6-sum/n) / math.Sqrt(squares/n-sum/n*sum/n)
		}
		if math.Abs(got[at]-want) > 1e-6 {
			t.Fatalf("at %d: %v, not %v", at, got[at], want)
		}
	}
	flat := make([]float64, 50)
	if z := MovingZ(flat, 10); slices.Max(z) != 0 {
		t.Errorf("a constant scores %v", slices.Max(z))
	}
	if flat[40] = 1e9; MovingZ(flat, 10)[40] != 1000 {
		t.Errorf("a constant that leaps scores %v", MovingZ(flat, 10)[40])
	}
}

func TestTheRateOfAThresholdLiesInItsBand(t *testing.T) {
	const rate = 0.02
	within, passed, all := 0, 0, 0
	for seed := range uint64(200) {
		r := chance(seed)
		clean := make([]float64, 500)
		for i := range clean {
			clean[i] = r.ExpFloat64()
		}
		c := Calibrate(clean, rate)
		if truth := math.Exp(-c.At); truth >= c.Low && truth <= c.High { // of an exponential
			within++
		}
		for range 500 {
			all++
			if r.ExpFloat64() > c.At {
				passed++
			}
		}
	}
	if within < 180 {
		t.Errorf("in %d of 200 bands", within)
	}
	if share := float64(passed) / float64(all); math.Abs(share-rate) > 0.003 {
		t.Errorf("%v of the clean pass, %v were to", share, rate)
	}
	if c := Calibrate([]float64{3, 1, 2}, 0.001); c.At != 3 || c.High < 0.5 || c.N != 3 {
		t.Errorf("of three readings: %+v", c)
	}
}

func TestAlarmsInARowAreOneEvent(t *testing.T) {
	alarm := make([]bool, 1000)
	for i := 100; i < 120; i++ {
		alarm[i] = true
	}
	rate, low, high := RunsBand(alarm)
	if rate != 0.02 || low > 0.002 || high < 0.08 {
		t.Errorf("%v, %v to %v", rate, low, high)
	}
	score := []float64{0, 5, 6, 0, 5, 0, 0, 0, 9}
	if got := Alarms(score, 4, 2); !slices.Equal(got, []Alarm{{1, 5, 2, 6}, {8, 9, 8, 9}}) {
		t.Errorf("%v", got)
	}
}

func TestWhatIsLargerAlwaysScoresMoreAndCleanReadingsAreAsRareAsTheySay(t *testing.T) {
	r := chance(4)
	clean := [][]float64{make([]float64, 999), make([]float64, 999)}
	for i := range 999 {
		clean[0][i] = r.ExpFloat64() // the second is always 0
	}
	m := FitMixed(clean)
	last := -1.0
	for v := 0.0; v < 50; v += 0.5 {
		s := m.Score([]float64{v, 0})
		if s < last || v > 8 && s <= last {
			t.Fatalf("%v scores %v, less scored %v", v, s, last)
		}
		last = s
	}
	over := 0
	for _, v := range clean[0] {
		if m.Score([]float64{v, math.NaN()}) >= 2 {
			over++
		}
	}
	if over < 8 || over > 11 {
		t.Errorf("%d of 999 score 2, one of a hundred was to", over)
	}
	if s := m.Score([]float64{math.NaN(), 3}); s < 3 {
		t.Errorf("what never was scores %v", s)
	}
	for _, v := range []float64{1, 1e9, math.MaxFloat64, math.Inf(1)} { // where all clean ones are 0
		if s := m.Score([]float64{0, v}); !(s > 3+4 && s < 3+320) || v == 1e9 && s > 25 {
			t.Errorf("%v where it was always 0 scores %v", v, s)
		}
	}
}

// optimal is the best partition by trying all.
func optimal(x [][]float64, least int, penalty float64) []int {
	noise := spreads(x)
	cost := func(from, until int) (c float64) {
		for k := range x[0] {
			mean := 0.0
			for t := from; t < until; t++ {
				mean += x[t][k] / noise[k] / float64(until-from)
			}
			for t := from; t < until; t++ {
				c += (x[t][k]/noise[k] - mean) * (x[t][k]/noise[k] - mean)
			}
		}
		return c
	}
	var best []int
	least_ := math.Inf(1)
	var try func(from int, cuts []int, sum float64)
	try = func(from int, cuts []int, sum float64) {
		if total := sum + cost(from, len(x)); total < least_ {
			least_, best = total, slices.Clone(cuts)
		}
		for at := from + least; at+least <= len(x); at++ {
			try(at, append(cuts, at), sum+cost(from, at)+penalty)
		}
	}
	try(0, nil, 0)
	return best
}

func TestChangePointsAreTheBestPartition(t *testing.T) {
	for seed := range uint64(12) {
		r := chance(seed)
		x := make([][]float64, 17)
		for i := range x {
			x[i] = []float64{r.NormFloat64() + float64(3*(i/7%2)), r.NormFloat64()}
		}
		for _, least := range []int{1, 3} {
			if got, want := ChangePoints(x, least, 6), optimal(x, least, 6); !slices.Equal(got, want) {
				t.Fatalf("seed %d, %d apart: %v, not %v", seed, least, got, want)
			}
		}
	}
}

func TestALevelShiftIsAChangeAndNoiseIsNone(t *testing.T) {
	r := chance(9)
	x := make([][]float64, 2000)
	for i := range x {
		x[i] = []float64{r.NormFloat64(), 100 + r.NormFloat64()}
	}
	if got := ChangePoints(x, 20, 0); len(got) > 0 {
		t.Errorf("in noise: %v", got)
	}
	for i := 1200; i < 2000; i++ {
		x[i][0] += 1.5
	}
	if got := ChangePoints(x, 20, 0); len(got) != 1 || got[0] < 1195 || got[0] > 1205 {
		t.Errorf("%v, not 1200", got)
	}
}
