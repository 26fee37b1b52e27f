package forecast

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func chance(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

func TestThePeriodOfSeasonsIsFoundAndOfNothingElse(t *testing.T) {
	r := chance(1)
	wave := func(n, period int, noise, trend float64) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = math.Sin(2*math.Pi*float64(i)/float64(period)) + noise*r.NormFloat64() + trend*float64(i)
			if r.IntN(50) == 0 {
				x[i] = math.NaN()
			}
		}
		return x
	}
	for name, c := range map[string]struct {
		x    []float64
		want int
	}{"a day": {wave(2000, 24, 0.5, 0), 24}, "a year": {wave(1100, 365, 0.5, 0), 365}, "a week with a trend": {wave(300, 7, 0.3, 0.05), 7}, "twelve": {wave(100, 12, 0.1, 0), 12}} {
		if got := Period(c.x); math.Abs(float64(got-c.want)) > 0.02*float64(c.want) {
			t.Errorf("%s: %d, not %d", name, got, c.want)
		}
	}
	none, walks := 0, 0
	for range 20 {
		if Period(wave(500, 10, 1e6, 0)) == 0 {
			none++
		}
		x := make([]float64, 500)
		for i := 1; i < len(x); i++ {
			x[i] = x[i-1] + r.NormFloat64()
		}
		if Period(x) == 0 {
			walks++
		}
	}
	if none < 20 || walks < 12 {
		t.Errorf("of 20 noises %d have no period, of 20 random walks %d", none, walks)
	}
	for name, x := range map[string][]float64{"constant": make([]float64, 100), "short": {1, 2, 3}, "missing": {math.NaN(), math.NaN(), math.NaN(), math.NaN(), math.NaN(), math.NaN(), math.NaN(), math.NaN(), math.NaN(), 1}} {
		if got := Period(x); got != 0 {
			t.Errorf("%s has period %d", name, got)
		}
	}
}

func TestBaselinesAreWhatTheirNamesSay(t *testing.T) {
	nan := math.NaN()
	out := make([]float64, 4)
	LastValue{}.Forecast([]float64{1, 7, nan}, out)
	if out[0] != 7 || out[3] != 7 {
		t.Errorf("last value %v", out)
	}
	SeasonalNaive{3}.Forecast([]float64{1, 2, 3, 4, nan, 6}, out)
	if out[0] != 4 || out[1] != 2 || out[2] != 6 || out[3] != 4 {
		t.Errorf("seasonal naive %v", out)
	}
}

// Ridge by normal equations, some of whose outputs are missing, is each output's own least squares.
func TestRidgeIsTheSolutionOfEachOutputsOwnEquations(t *testing.T) {
	r := chance(2)
	const rows, in, out = 300, 5, 3
	x, y := make([][]float64, rows), make([][]float64, rows)
	n := NewNormal(in, out)
	for i := range x {
		x[i], y[i] = make([]float64, in), make([]float64, out)
		for k := range x[i] {
			x[i][k] = r.NormFloat64()*float64(k+1) + 3
		}
		for o := range y[i] {
			y[i][o] = 2*x[i][o] - x[i][4] + 5 + r.NormFloat64()
			if o == 1 && i%3 == 0 {
				y[i][o] = math.NaN()
			}
		}
		n.Add(x[i], y[i])
	}
	l, err := n.Solve(1e-9)
	if err != nil {
		t.Fatal(err)
	}
	for o := range out {
		var a, b []float64
		for i := range x {
			if y[i][o] == y[i][o] {
				a, b = append(append(a, x[i]...), 1), append(b, y[i][o])
			}
		}
		var w mat.Dense
		if err := w.Solve(mat.NewDense(len(b), in+1, a), mat.NewDense(len(b), 1, b)); err != nil {
			t.Fatal(err)
		}
		predicted, want := make([]float64, out), 0.0
		l.Apply([]float64{1, 2, 3, 4, 5}, predicted)
		for k := range in {
			want += w.At(k, 0) * float64(k+1)
		}
		if want += w.At(in, 0); math.Abs(predicted[o]-want) > 1e-5 {
			t.Errorf("output %d says %v, its own equations %v", o, predicted[o], want)
		}
	}
	strong, err := n.Solve(1e9)
	if err != nil {
		t.Fatal(err)
	}
	a, b := make([]float64, out), make([]float64, out)
	strong.Apply(x[0], a)
	strong.Apply(x[1], b)
	if math.Abs(a[0]-b[0]) > 1e-3 {
		t.Errorf("with the strongest penalty it still looks: %v, %v", a, b)
	}
}

func TestBandsCoverTheFractionThatTheySayOverManySeeds(t *testing.T) {
	for _, cover := range []float64{0.5, 0.9} {
		held, all := 0, 0
		for seed := range uint64(300) {
			r := chance(seed)
			residuals := make([][]float64, 60)
			for i := range residuals {
				residuals[i] = []float64{r.NormFloat64(), r.ExpFloat64()}
			}
			b := FitBand(residuals)
			for step, is := range []float64{r.NormFloat64(), r.ExpFloat64()} {
				all++
				if math.Abs(is) <= b.Half(step, cover) {
					held++
				}
			}
		}
		share, spread := float64(held)/float64(all), math.Sqrt(cover*(1-cover)/float64(all))
		if share < cover-3*spread || share > cover+3*spread+1.0/61 {
			t.Errorf("bands for %.2f hold %.3f", cover, share)
		}
	}
	if h := FitBand([][]float64{{1}, {2}}).Half(0, 0.9); !math.IsInf(h, 1) {
		t.Errorf("of two residuals a band for nine tenths is %v", h)
	}
}

func TestDLinearForecastsTrendAndSeasonBetterThanTheNaiveOnes(t *testing.T) {
	r := chance(3)
	x := make([]float64, 1200)
	for i := range x {
		x[i] = 3*math.Sin(2*math.Pi*float64(i)/12) + 0.02*float64(i) + 0.3*r.NormFloat64()
	}
	d, err := FitDLinear([][]float64{x[:800]}, [][]float64{x[760:1000]}, 36, 12)
	if err != nil {
		t.Fatal(err)
	}
	mse := map[string]float64{}
	for at := 1000; at+12 <= len(x); at++ {
		for name, f := range map[string]Forecaster{"dlinear": d, "seasonal": SeasonalNaive{12}, "last": LastValue{}} {
			out := make([]float64, 12)
			f.Forecast(x[:at], out)
			_, e, _ := Score(x[at:at+12], out)
			mse[name] += e
		}
	}
	if mse["dlinear"] > 0.8*mse["seasonal"] || mse["seasonal"] > mse["last"] {
		t.Errorf("%v", mse)
	}
	out := make([]float64, 30) // further than it learned
	d.Forecast(x[:1000], out)
	if math.Abs(out[29]-x[1029]) > 3 {
		t.Errorf("30 ahead it says %v, %v comes", out[29], x[1029])
	}
	if _, err := FitDLinear([][]float64{x[:20]}, nil, 36, 12); err == nil {
		t.Error("it learns from less than a window")
	}
}

func TestAScoreSkipsWhatIsNotKnown(t *testing.T) {
	mae, mse, n := Score([]float64{1, math.NaN(), 3}, []float64{2, 9, 1})
	if mae != 1.5 || mse != 2.5 || n != 2 {
		t.Errorf("%v %v %v", mae, mse, n)
	}
}

// What all folds but one would choose does not hear of that one.
func TestADLinearIsChosenWithoutTheFoldItIsJudgedBy(t *testing.T) {
	r, learn, check := chance(1), make([]float64, 200), make([]float64, 140)
	for i := range learn {
		learn[i] = math.Sin(float64(i)/3) + 0.1*r.NormFloat64()
	}
	for i := range check {
		check[i] = math.Sin(float64(i) / 3)
	}
	fit := func(check []float64) (*DLinear, [Folds]*DLinear) {
		all, without, err := FitDLinears([][]float64{learn}, [][]float64{check}, 16, 4)
		if err != nil {
			t.Fatal(err)
		}
		return all, without
	}
	all, before := fit(check)
	changed := slices.Clone(check)
	for i := 111; i < len(changed); i++ { // only windows of the last fold end here
		changed[i] = changed[110] + 50*r.NormFloat64()
	}
	other, after := fit(changed)
	at := func(d *DLinear) [2]any { return [2]any{d.Lambda, d.OffLast} }
	if at(before[Folds-1]) != at(after[Folds-1]) {
		t.Errorf("without the last fold %v was chosen, and %v when that fold changed", at(before[Folds-1]), at(after[Folds-1]))
	}
	if at(all) == at(other) || at(before[0]) == at(after[0]) {
		t.Errorf("with it %v and %v", at(all), at(other))
	}
	if all, without, err := FitDLinears([][]float64{learn}, nil, 16, 4); err != nil || without[0].Lambda != all.Lambda || without[Folds-1].Lambda != all.Lambda {
		t.Errorf("without readings to check on: %v, %v", without, err)
	}
}
