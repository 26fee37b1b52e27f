package worker

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"

	"autodidact/core/anomaly"
	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel/cpu"
	"autodidact/core/rng"
	"autodidact/pretext"
)

// waveSet is two recordings of waves, cut into windows.
func waveSet(rows int) *data.Set {
	set := &data.Set{Of: data.Series, Recordings: waves(rng.New(5), 2, rows)}
	set.Cut(32)
	return set
}

var tinySeries = Config{Task: "forecast", Kind: data.Series, Encoder: "tcn-small", Size: 32, Batch: 8, Steps: 60, Seed: 1, Options: []byte(`{"horizon":12}`)}

func TestForecastsOfWavesBeatTheLastValueAndBandsHoldWhatTheySay(t *testing.T) {
	set := waveSet(1500)
	r := trained(t, tinySeries, set)
	f, err := FitForecaster(t.Context(), r.Looker(), set.Recordings, 12, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := f.Test(t.Context(), set.Recordings, 0.9, nil)
	if err != nil {
		t.Fatal(err)
	}
	of := map[string]ForecastScore{}
	for _, s := range got.Scores {
		of[s.Method] = s
	}
	t.Logf("%+v", got)
	if of["ours"].MSE > of["last"].MSE/4 || of["ours"].MSE > of["seasonal"].MSE || of["ours"].MSE > 1.05*of["dlinear"].MSE {
		t.Errorf("scores are %+v", got.Scores)
	}
	if math.Abs(got.Held-0.9) > 0.04 {
		t.Errorf("bands for nine tenths hold %.3f", got.Held)
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
func TestNothingLeaksOverTheBorders(t *testing.T) {
	clean, other := waveSet(1000), waveSet(1000)
	for i := range other.Recordings.Of {
		x := other.Recordings.Of[i].X
		for k := 2 * 800; k < len(x); k++ {
			x[k] = 1e4
		}
	}
	fit := func(set *data.Set) (*Run, []Foretold) {
		r := trained(t, tinySeries, set)
		f, err := FitForecaster(t.Context(), r.Looker(), set.Recordings, 12, nil)
		if err != nil {
			t.Fatal(err)
		}
		at, err := f.At(t.Context(), set.Recordings, 0, 800, 0.9)
		if err != nil {
			t.Fatal(err)
		}
		return r, at
	}
	a, one := fit(clean)
	b, two := fit(other)
	for name, x := range weightsOf(t, a) {
		for i, v := range weightsOf(t, b)[name] {
			if x[i] != v {
				t.Fatalf("%s depends on rows that are held out", name)
			}
		}
	}
	for h := range one[0].Said {
		if one[0].Said[h] != two[0].Said[h] || one[0].Low[h] != two[0].Low[h] || one[0].DLinear[h] != two[0].DLinear[h] {
			t.Errorf("row %d: the readout depends on rows that are held out", h)
		}
	}
}

// plant damages channel 0 of the first recording from a row on and says until where.
var plants = map[string]func(x []float32, at int) (until int){
	"spike": func(x []float32, at int) int { x[2*at] = 80; return at + 1 },
	"level shift": func(x []float32, at int) int {
		return each(x, at, 40, func(k int, v float32) float32 { return v + 15 })
	},
	"frequency change": func(x []float32, at int) int {
		return each(x, at, 60, func(k int, v float32) float32 { return 50 + float32(10*math.Sin(2*math.Pi*float64(k)/5)) })
	},
	"flat line": func(x []float32, at int) int {
		was := x[2*at]
		return each(x, at, 50, func(int, float32) float32 { return was })
	},
	"missing block": func(x []float32, at int) int {
		return each(x, at, 30, func(int, float32) float32 { return float32(math.NaN()) })
	},
}

func each(x []float32, at, rows int, f func(k int, v float32) float32) int {
	for k := range rows {
		x[2*(at+k)] = f(k, x[2*(at+k)])
	}
	return at + rows
}

// long skips what would take minutes without SIMD, and is the same arithmetic there.
func long(t *testing.T) {
	if testing.Short() || runtime.GOARCH == "wasm" {
		t.Skip("long")
	}
}

func TestPlantedAnomaliesAreFoundAndFalseAlarmsAreAsRareAsAsked(t *testing.T) {
	long(t)
	set := waveSet(2000)
	r := trained(t, tinySeries, set)
	f, err := FitForecaster(t.Context(), r.Looker(), set.Recordings, WatchHorizon, nil)
	if err != nil {
		t.Fatal(err)
	}
	w, err := FitWatch(t.Context(), f, set.Recordings, nil)
	if err != nil {
		t.Fatal(err)
	}
	const rate = 0.01
	at, _ := w.Threshold(rate)
	clean, err := w.Score(t.Context(), set.Recordings, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	behind := clean.Score[1600-clean.From:]
	alarm := make([]bool, len(behind))
	for i, v := range behind {
		alarm[i] = v > at.At
	}
	share, low, high := anomaly.RunsBand(alarm)
	t.Logf("asked %.3f, of %d rows %.4f (%.4f to %.4f)", rate, len(behind), share, low, high)
	if low > at.High || high < at.Low {
		t.Errorf("of the rows %.4f (%.4f to %.4f) are false alarms; calibrated were %.4f to %.4f", share, low, high, at.Low, at.High)
	}
	for name, plant := range plants {
		t.Run(name, func(t *testing.T) {
			of := waves(rng.New(5), 2, 2000)
			until := plant(of.Of[0].X, 1700)
			s, err := w.Score(t.Context(), of, 0, nil)
			if err != nil {
				t.Fatal(err)
			}
			found := false
			for _, a := range w.Alarms(of, s, at.At) {
				found = found || a.From < until+8 && a.Until > 1700
				t.Logf("%+v", a)
			}
			if !found {
				t.Errorf("no alarm between %d and %d", 1700, until)
			}
			// One at a time, as they arrive, it is found too.
			live := w.Follow(rate)
			raised := 0
			for row := 1600; row < until+8; row++ {
				fed, err := live.Feed(t.Context(), of.Of[0].X[2*row:][:2])
				if err != nil {
					t.Fatal(err)
				}
				if fed.Alarm && row >= 1700 {
					raised++
				}
			}
			if raised == 0 {
				t.Error("following it there was no alarm")
			}
		})
	}
}

func TestWhatIsFollowedScoresAsItDoesAfterwards(t *testing.T) {
	set := waveSet(1000)
	r := trained(t, tinySeries, set)
	f, err := FitForecaster(t.Context(), r.Looker(), set.Recordings, 12, nil)
	if err != nil {
		t.Fatal(err)
	}
	w, err := FitWatch(t.Context(), f, set.Recordings, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := w.Score(t.Context(), set.Recordings, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	live := w.Follow(0.01)
	for row := range 1000 {
		fed, err := live.Feed(t.Context(), set.Recordings.Of[1].X[2*row:][:2])
		if err != nil {
			t.Fatal(err)
		}
		if len(live.of.Of[0].X) > 5*32*2 {
			t.Fatal("it keeps all that it was fed")
		}
		if row > 900 && math.Abs(fed.Score-s.Score[row-s.From]) > 1e-3 {
			t.Errorf("row %d scores %v as it arrives, %v afterwards", row, fed.Score, s.Score[row-s.From])
		}
	}
	if _, err := live.Feed(t.Context(), []float32{1}); err == nil || !strings.Contains(err.Error(), "2 channels") {
		t.Errorf("a row of one reading: %v", err)
	}
}

func TestAModelOfSeriesRefusesOtherChannelsAndTooFewRows(t *testing.T) {
	set := waveSet(1000)
	r := trained(t, tinySeries, set)
	model := modelOf(t, r)
	store := checkpoint.NewMemory()
	if _, err := store.Save(t.Context(), "m", model); err != nil {
		t.Fatal(err)
	}
	back, err := store.Load(t.Context(), "m")
	if err != nil {
		t.Fatal(err)
	}
	look, _, err := OpenLooker(back, cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	want, err := r.Looker().Embed(t.Context(), set, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := look.Embed(t.Context(), set, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range want.Data {
		if want.Data[i] != got.Data[i] {
			t.Fatal("the model embeds otherwise than the run it is of")
		}
	}
	other := waveSet(1000)
	other.Recordings.Channels = []string{"slow", "quick"}
	if _, err := look.Embed(t.Context(), other, nil, nil); err == nil || !strings.Contains(err.Error(), "channels") {
		t.Errorf("other channels: %v", err)
	}
	few := waveSet(60)
	if _, err := FitForecaster(t.Context(), look, few.Recordings, 24, nil); !errors.Is(err, data.ErrTooFew) {
		t.Errorf("60 rows, 24 to foretell: %v", err)
	}
	delete(back.Meta, metaReadings)
	if _, _, err := OpenLooker(back, cpu.New()); err == nil {
		t.Error("a model that does not know its channels is opened")
	}
}

func TestAPageHearsOfSeries(t *testing.T) {
	k := newTalk(t, checkpoint.NewMemory())
	var table strings.Builder
	table.WriteString("index,quick,slow\n")
	of := waves(rng.New(5), 1, 900)
	for row := range 900 {
		fmt.Fprint(&table, row)
		for c := range 2 {
			table.WriteString(",")
			if v := of.Of[0].X[2*row+c]; v == v {
				table.WriteString(fmt.Sprint(v))
			}
		}
		table.WriteString("\n")
	}
	raw := []byte(table.String())
	added := k.await(k.post(Add{Files: []FileInfo{{"machine.csv", int64(len(raw))}}}, raw))
	if e, ok := added.event.(Added); !ok || e.Kind != data.Series || e.Accepted != 1 || len(e.At) != e.Total || e.Total == 0 {
		t.Fatalf("%+v", added.event)
	}
	c := tinySeries
	c.Steps = 12
	if r := k.await(k.post(Configure{c})); r.event.(Configured).Config.Encoder != "tcn-small" {
		t.Fatalf("%+v", r.event)
	}
	if e, ok := k.await(k.post(Preview{N: 2})).event.(Previewed); !ok || len(e.Exhibits) != 2 || len(e.Exhibits[0].Curves) != 6 {
		t.Fatalf("%+v", e)
	}
	if e, ok := k.await(k.post(Start{})).event.(Done); !ok || e.Steps != 12 {
		t.Fatalf("%+v", e)
	}
	cut := false
	for _, e := range k.seen {
		if w, ok := e.(Windows); ok {
			cut = w.Size == 32 && len(w.At) == len(w.Names) && w.At[0].Rows == 32
		}
	}
	if !cut {
		t.Error("the page does not hear that windows have another length")
	}
	plotted := k.await(k.post(Plot{Points: 100}))
	if e, ok := plotted.event.(Plotted); !ok || e.Points != 100 || len(plotted.beside[0]) != 100*2*2*4 || e.Recordings[0].Rows != 900 || e.Recordings[0].Learn != 630 {
		t.Fatalf("%+v", plotted.event)
	}
	if e, ok := k.await(k.post(Forecast{Row: 800, Horizon: 6})).event.(Foresight); !ok || len(e.Tested.Scores) != 4 || len(e.Channels) != 2 || len(e.Channels[0].Came) != 6 {
		t.Fatalf("%+v", e)
	}
	watched := k.await(k.post(Anomalies{Rate: 0.02}))
	if e, ok := watched.event.(Watched); !ok || len(watched.beside) != 4 || len(watched.beside[0]) != 4*e.Rows || e.From+e.Rows != 900 {
		t.Fatalf("%+v", watched.event)
	}
	for row := range 40 {
		if e, ok := k.await(k.post(Feed{Reading: pretext.Values(of.Of[0].X[2*row:][:2])})).event.(Fed); !ok || e.Row != row+1 {
			t.Fatalf("%+v", e)
		}
	}
	if e, ok := k.await(k.post(Cluster{})).event.(Clustered); !ok || e.K < 2 || len(e.Exemplars) != e.K {
		t.Fatalf("%+v", e)
	}
	for _, bad := range []Command{Plot{Of: 3, Points: 1}, Forecast{Horizon: -1}, Forecast{Horizon: 800}, Forecast{Cover: 2}, Anomalies{Rate: 7}, Feed{Reading: pretext.Values{1}}, Cluster{K: 1}, Pictures{Side: 8}} {
		if e, ok := k.await(k.post(bad)).event.(Failed); !ok || e.Message == "" {
			t.Errorf("%+v is obeyed", bad)
		}
	}
}

// A series whose rhythm changes is foretold worse and worse, but not by one who goes on learning; and what was learned
// before is not forgotten.
func TestAFollowerThatLearnsFollowsARhythmThatChanged(t *testing.T) {
	long(t)
	set := waveSet(1000)
	changed := make([]float32, 2*900)
	r := rng.New(8)
	for k := range changed {
		changed[k] = float32(10*math.Sin(2*math.Pi*float64(k/2)/[]float64{17, 23}[k%2])+r.NormFloat64()) + 50
	}
	off := map[bool]float64{}
	for _, learns := range []bool{false, true} {
		run := trained(t, tinySeries, set)
		f, err := FitForecaster(t.Context(), run.Looker(), set.Recordings, 12, nil)
		if err != nil {
			t.Fatal(err)
		}
		w, err := FitWatch(t.Context(), f, set.Recordings, nil)
		if err != nil {
			t.Fatal(err)
		}
		live := w.Follow(0.001)
		live.At = math.Inf(1) // all of it is new, none of it an alarm
		if learns {
			if err := live.Learn(run); err != nil {
				t.Fatal(err)
			}
		}
		lessons := 0
		for row := range 900 {
			fed, err := live.Feed(t.Context(), changed[2*row:][:2])
			if err != nil {
				t.Fatal(err)
			}
			if live.At = math.Inf(1); fed.Learned != nil {
				lessons++
			}
			if row >= 800 {
				for c, e := range fed.Expected {
					off[learns] += math.Abs(float64(e.Said-changed[2*row+c])) / 200
				}
			}
		}
		if learns != (lessons > 60) {
			t.Errorf("learning %v, it took %d lessons", learns, lessons)
		}
		if n := len(live.of.Of[0].X) / 2; n > 5*32 || learns && len(live.learner.live.Of[0].X)/2 > 2*liveWindows*32 {
			t.Errorf("it keeps %d rows", n)
		}
	}
	t.Logf("off by %.2f, learning by %.2f", off[false], off[true])
	if off[true] > 0.9*off[false] {
		t.Errorf("off by %.2f without learning, by %.2f with", off[false], off[true])
	}
}
