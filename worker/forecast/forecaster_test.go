package forecast

import (
	"errors"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/worker/kind"
	"autodidact/worker/run"
	"autodidact/worker/testsets"
)

// waveConfig trains until forecasts of waves are clearly better than the baselines, briefConfig only until there is an encoder.
var (
	waveConfig  = run.Config{Task: "forecast", Kind: data.Series, Encoder: "tcn-small", Size: 32, Batch: 8, Steps: 60, Seed: 1, Options: []byte(`{"horizon":12}`)}
	briefConfig = run.Config{Task: "forecast", Kind: data.Series, Encoder: "tcn-small", Size: 32, Batch: 8, Steps: 4, Seed: 1, Options: []byte(`{"horizon":3}`)}
)

// skipLong skips what takes long without SIMD, and is the same arithmetic there.
func skipLong(t *testing.T) {
	if testing.Short() || runtime.GOARCH == "wasm" {
		t.Skip("long")
	}
}

func trained(t *testing.T, c run.Config, set *data.Set) *run.Run {
	t.Helper()
	r, err := run.New(c, set, cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range r.Steps(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func fitForecaster(t *testing.T, e kind.Embedder, set *data.Set, horizon int) *Forecaster {
	t.Helper()
	f, err := FitForecaster(t.Context(), e, nil, set.Recordings, horizon, nil)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func fitDetector(t *testing.T, f *Forecaster, set *data.Set) *Detector {
	t.Helper()
	d, err := FitDetector(t.Context(), f, set.Recordings, nil)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// weightsOf copies the parameters of a run's task, by name.
func weightsOf(t *testing.T, r *run.Run) map[string][]float32 {
	t.Helper()
	all := map[string][]float32{}
	for name, p := range nn.Params(r.Task) {
		h := make(kernel.Host, p.Value.Shape.Size())
		if err := r.Backend().Read(t.Context(), h, p.Value.Buf); err != nil {
			t.Fatal(err)
		}
		all[name] = h
	}
	return all
}

func TestForecastsOfWavesBeatTheBaselinesAndIntervalsHaveTheirCoverage(t *testing.T) {
	set := testsets.Waves(1500)
	f := fitForecaster(t, trained(t, waveConfig, set).Embedder(), set, 12)
	got, err := f.Test(t.Context(), set.Recordings, 0.9, nil)
	if err != nil {
		t.Fatal(err)
	}
	of := map[string]ForecastScore{}
	for _, s := range got.Scores {
		of[s.Method] = s
	}
	t.Logf("%+v", got)
	if of["readout"].MSE > of["last"].MSE/4 || of["readout"].MSE > of["seasonal"].MSE || of["readout"].MSE > 1.05*of["dlinear"].MSE {
		t.Errorf("scores are %+v", got.Scores)
	}
	if math.Abs(got.Held-0.9) > 0.04 {
		t.Errorf("intervals for nine tenths cover %.3f", got.Held)
	}
	if got.Periods["quick"] != 12 || got.Periods["slow"] != 31 {
		t.Errorf("periods are %v", got.Periods)
	}
	at, err := f.At(t.Context(), set.Recordings, 0, 1500, 0.9)
	if err != nil || len(at) != 2 || len(at[0].Said) != 12 || len(at[0].Came) != 0 || len(at[0].Past) != 32 {
		t.Fatalf("%+v, %v", at, err)
	}
	for h := range 12 {
		if !(at[0].Low[h] < at[0].Said[h] && at[0].Said[h] < at[0].High[h]) || at[0].Said[h] < 30 || at[0].Said[h] > 70 {
			t.Errorf("row %d: %v in %v to %v", h, at[0].Said[h], at[0].Low[h], at[0].High[h])
		}
	}
}

// Readings behind the first border change nothing that is learned, those behind the second no calibration.
func TestNoReadingsLeakOverTheBordersOfTheTimeSplit(t *testing.T) {
	clean, other := testsets.Waves(1000), testsets.Waves(1000)
	for i := range other.Recordings.Of {
		x := other.Recordings.Of[i].X
		for k := 2 * 800; k < len(x); k++ {
			x[k] = 1e4
		}
	}
	c := waveConfig
	c.Steps = 15
	fit := func(set *data.Set) (map[string][]float32, []Forecast) {
		r := trained(t, c, set)
		at, err := fitForecaster(t, r.Embedder(), set, 12).At(t.Context(), set.Recordings, 0, 800, 0.9)
		if err != nil {
			t.Fatal(err)
		}
		return weightsOf(t, r), at
	}
	weights, one := fit(clean)
	same, two := fit(other)
	for name, x := range weights {
		if !slices.Equal(x, same[name]) {
			t.Fatalf("%s depends on rows that are held out", name)
		}
	}
	for h := range one[0].Said {
		if one[0].Said[h] != two[0].Said[h] || one[0].Low[h] != two[0].Low[h] || one[0].DLinear[h] != two[0].DLinear[h] {
			t.Errorf("row %d: the readout depends on rows that are held out", h)
		}
	}
}

func TestAModelOfSeriesRefusesOtherChannelsAndTooFewRows(t *testing.T) {
	set := testsets.Waves(1000)
	r := trained(t, briefConfig, set)
	model, err := r.Model(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	store := checkpoint.NewMemory()
	if _, err := store.Save(t.Context(), "m", model); err != nil {
		t.Fatal(err)
	}
	back, err := store.Load(t.Context(), "m")
	if err != nil {
		t.Fatal(err)
	}
	e, _, err := run.OpenEmbedder(back, cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	want, err := r.Embedder().Embed(t.Context(), set, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := e.Embed(t.Context(), set, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(want.Data, got.Data) {
		t.Fatal("the model embeds otherwise than the run it is of")
	}
	other := testsets.Waves(1000)
	other.Recordings.Channels = []string{"slow", "quick"}
	if _, err := e.Embed(t.Context(), other, nil, nil); err == nil || !strings.Contains(err.Error(), "channels") {
		t.Errorf("other channels: %v", err)
	}
	few := testsets.Waves(60)
	if _, err := FitForecaster(t.Context(), e, nil, few.Recordings, 24, nil); !errors.Is(err, data.ErrTooFew) {
		t.Errorf("60 rows, 24 to forecast: %v", err)
	}
	delete(back.Meta, "readings")
	if _, _, err := run.OpenEmbedder(back, cpu.New()); err == nil {
		t.Error("a model that does not know its channels is opened")
	}
}

// withChannels is waves with more channels, whose readings are given by row.
func withChannels(rows int, more map[string]func(t int) float32) *data.Set {
	of := testsets.Recordings(rng.New(5), 2, rows)
	names := []string{}
	for name := range more {
		names = append(names, name)
	}
	slices.Sort(names)
	for i := range of.Of {
		var x []float32
		for t := range rows {
			x = append(x, of.Of[i].X[2*t:][:2]...)
			for _, name := range names {
				x = append(x, more[name](t))
			}
		}
		of.Of[i].X = x
	}
	of.Channels = append(slices.Clone(of.Channels), names...)
	set := &data.Set{Of: data.Series, Recordings: of}
	set.Cut(32)
	return set
}

func always(v float32) func(int) float32 { return func(int) float32 { return v } }

func from(row int, before, then float32) func(int) float32 {
	return func(t int) float32 {
		if t < row {
			return before
		}
		return then
	}
}

// waveUntil is a wave that is missing after a row.
func waveUntil(row int) func(int) float32 {
	return func(t int) float32 {
		if t > row {
			return missing
		}
		return float32(math.Sin(float64(t) / 3))
	}
}

var missing = float32(math.NaN())

func TestFiguresAreAboutChannelsOfWhichSomethingWasLearned(t *testing.T) {
	test := func(set *data.Set) TestResult {
		got, err := fitForecaster(t, trained(t, briefConfig, set).Embedder(), set, 3).Test(t.Context(), set.Recordings, 0.9, nil)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	alone := test(withChannels(500, nil))
	got := test(withChannels(500, map[string]func(int) float32{"flat": always(5), "gone": always(missing), "late": from(450, missing, 7), "leaps": from(430, 0, 1e6),
		"lost": waveUntil(390), "seldom": func(t int) float32 {
			if t%100 == 50 {
				return float32(t)
			}
			return missing
		}}))
	for m, s := range got.Scores[1:] { // the baselines know nothing of other channels
		if was := alone.Scores[m+1]; !(math.Abs(s.MSE-was.MSE) < 1e-9) || s.N != was.N {
			t.Errorf("%s: %+v, %+v alone", s.Method, s, was)
		}
	}
	partly := test(withChannels(500, map[string]func(int) float32{"part": waveUntil(440)}))
	if s := partly.Scores[0]; !(s.MSE > 0) || s.N <= alone.Scores[0].N || len(partly.LeftOut) != 0 {
		t.Errorf("of a channel that ends before the others: %+v", partly)
	}
	want := []LeftOut{{"flat", neverMoved}, {"gone", neverRead}, {"late", neverRead}, {"leaps", neverMoved}, {"lost", notTested}, {"seldom", seldomRead}}
	if !slices.Equal(got.LeftOut, want) {
		t.Errorf("left out are %v", got.LeftOut)
	}
}

func TestAConstantChannelIsForecastAsItWasAndNothingFromNothing(t *testing.T) {
	set := withChannels(400, map[string]func(int) float32{"flat": always(0.1), "gone": always(missing), "late": from(390, missing, 7), "lost": waveUntil(380)})
	at, err := fitForecaster(t, trained(t, briefConfig, set).Embedder(), set, 3).At(t.Context(), set.Recordings, 0, 400, 0.9)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range at {
		for h, v := range c.Said {
			switch c.Channel {
			case "flat":
				if v != 0.1 || c.DLinear[h] != 0.1 {
					t.Errorf("flat is forecast as %v, by DLinear as %v", v, c.DLinear[h])
				}
			case "gone":
				if v == v || c.Last[h] == c.Last[h] {
					t.Errorf("a channel without readings is forecast as %v", v)
				}
			case "late":
				if v != 7 {
					t.Errorf("what was read at the end alone is forecast as %v", v)
				}
			case "lost":
				if !(math.Abs(float64(v)) < 2) {
					t.Errorf("what is missing at the end is forecast as %v", v)
				}
			}
		}
	}
}

func TestRecordingsThatAreTooShortOrTooLongAreCounted(t *testing.T) {
	short := &data.Recordings{Channels: []string{"a"}, Classes: []string{"", "up", "down"}}
	for i := range 6 {
		short.Of = append(short.Of, data.Recording{Name: "c.tsv, row " + string(rune('1'+i)), X: make([]float32, 24+10*(i/3)), Labels: []uint16{uint16(1 + i%2)}, Line: true})
	}
	short.Settle()
	if notes := tooShort(short, 24, 14); !notices(notes, "short recordings", "3 of 6 are too short to forecast 14 rows from 24, so nothing was fitted to or tested on them: c.tsv, row 1,") {
		t.Errorf("%v", notes)
	}
	long := &data.Recordings{Channels: []string{"a"}, Classes: []string{""}, Of: []data.Recording{{Name: "long.csv", X: make([]float32, 200_000)}, {Name: "short.csv", X: make([]float32, 2000)}}}
	if notes := tooLong(long, 32); !notices(notes, "long recordings", "the latest 100000 of the rows to learn from, of 1 of 2 recordings: long.csv") {
		t.Errorf("%v", notes)
	}
	d := &Detector{f: &Forecaster{Horizon: 2, embedder: kind.Embedder{Size: 32}}}
	if notes := d.Unscored(long, 0); !notices(notes, "long.csv", "rows 1 to 160000 are not scored: of so long a recording the latest 40000 are") {
		t.Errorf("%v", notes)
	}
	if notes := d.Unscored(long, 1); notes != nil {
		t.Errorf("%v", notes)
	}
}

// notices says whether there is a notice about something that has some words in it.
func notices(notes []data.Rejected, name, words string) bool {
	return slices.ContainsFunc(notes, func(n data.Rejected) bool {
		return n.Name == name && n.Code == data.Notice && strings.Contains(n.Reason, words)
	})
}
