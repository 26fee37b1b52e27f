package worker

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel/cpu"
	"autodidact/core/rng"
)

// beside is waves with more channels, whose readings f gives by row.
func beside(rows int, more map[string]func(t int) float32) *data.Set {
	of := waves(rng.New(5), 2, rows)
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

var missing = float32(math.NaN())

var briefSeries = Config{Task: "forecast", Kind: data.Series, Encoder: "tcn-small", Size: 32, Batch: 8, Steps: 4, Seed: 1, Options: []byte(`{"horizon":3}`)}

func fitted(t *testing.T, set *data.Set) *Forecaster {
	t.Helper()
	f, err := FitForecaster(t.Context(), trained(t, briefSeries, set).Looker(), set.Recordings, 3, nil)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFiguresAreAboutChannelsOfWhichSomethingWasLearned(t *testing.T) {
	test := func(set *data.Set) Tested {
		got, err := fitted(t, set).Test(t.Context(), set.Recordings, 0.9, nil)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	alone := test(beside(500, nil))
	set := beside(500, map[string]func(int) float32{"flat": always(5), "gone": always(missing), "late": from(450, missing, 7), "leaps": from(430, 0, 1e6), "lost": func(t int) float32 {
		if t > 390 {
			return missing
		}
		return float32(math.Sin(float64(t) / 3))
	}, "seldom": func(t int) float32 {
		if t%100 == 50 {
			return float32(t)
		}
		return missing
	}})
	got := test(set)
	for m, s := range got.Scores[1:] { // the baselines know nothing of other channels
		if was := alone.Scores[m+1]; !(math.Abs(s.MSE-was.MSE) < 1e-9) || s.Asked != was.Asked {
			t.Errorf("%s: %+v, %+v alone", s.Method, s, was)
		}
	}
	partly := test(beside(500, map[string]func(int) float32{"part": func(t int) float32 {
		if t > 440 {
			return missing
		}
		return float32(math.Sin(float64(t) / 3))
	}}))
	if s := partly.Scores[0]; !(s.MSE > 0) || s.Asked <= alone.Scores[0].Asked || len(partly.LeftOut) != 0 {
		t.Errorf("of a channel that ends before the others: %+v", partly)
	}
	want := []LeftOut{{"flat", neverMoved}, {"gone", neverRead}, {"late", neverRead}, {"leaps", neverMoved}, {"lost", notTested}, {"seldom", seldomRead}}
	if !slices.Equal(got.LeftOut, want) {
		t.Errorf("left out are %v", got.LeftOut)
	}
}

func TestWhatNeverMovedIsForetoldAsItWasAndNothingFromNothing(t *testing.T) {
	set := beside(400, map[string]func(int) float32{"flat": always(0.1), "gone": always(missing), "late": from(390, missing, 7), "lost": func(t int) float32 {
		if t > 380 {
			return missing
		}
		return float32(math.Sin(float64(t) / 3))
	}})
	at, err := fitted(t, set).At(t.Context(), set.Recordings, 0, 400, 0.9)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range at {
		for h, v := range c.Said {
			switch c.Channel {
			case "flat":
				if v != 0.1 || c.DLinear[h] != 0.1 {
					t.Errorf("flat is foretold as %v, by a line as %v", v, c.DLinear[h])
				}
			case "gone":
				if v == v || c.Last[h] == c.Last[h] {
					t.Errorf("a channel without readings is foretold as %v", v)
				}
			case "late":
				if v != 7 {
					t.Errorf("what was read at the end alone is foretold as %v", v)
				}
			case "lost":
				if !(math.Abs(float64(v)) < 2) {
					t.Errorf("what is missing at the end is foretold as %v", v)
				}
			}
		}
	}
}

func TestSeriesThatNeverMoveCanBeLookedAt(t *testing.T) {
	set := &data.Set{Of: data.Series, Recordings: &data.Recordings{Channels: []string{"a", "b"}, Classes: []string{""}, Of: []data.Recording{{Name: "m", X: slices.Repeat([]float32{1e9, 0}, 600)}}}}
	set.Cut(32)
	c := briefSeries
	c.Steps = settled
	r := trained(t, c, set)
	f, err := FitForecaster(t.Context(), r.Looker(), set.Recordings, 3, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := f.Test(t.Context(), set.Recordings, 0.9, nil)
	if err != nil || len(got.LeftOut) != 2 || got.Scores[0].Asked != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	w, err := FitWatch(t.Context(), f, set.Recordings, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := w.Score(t.Context(), set.Recordings, 0, nil)
	if at, _ := w.Threshold(0.01); err != nil || len(w.Alarms(set.Recordings, s, at.At)) != 0 {
		t.Errorf("%v %v", s.Score, err)
	}
	if err := r.Monitor(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	var d Doctor
	d.Watch(r)
	if err := d.Examine(t.Context(), set.Labels, true, func() {}); err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, x := range d.Found {
		codes = append(codes, x.Code)
	}
	if slices.Contains(codes, "collapse") || !slices.Contains(codes, "no-difference") {
		t.Errorf("of readings that never differ the doctor finds %v", codes)
	}
}

func TestAConstantChannelThatChangesIsAnAlarmWithAScoreThatCanBeRead(t *testing.T) {
	for name, to := range map[string]float32{"a little": 5.001, "much": 1e6, "beyond all": 1e30} {
		t.Run(name, func(t *testing.T) {
			set := beside(640, map[string]func(int) float32{"flat": from(600, 5, to), "gone": always(missing)})
			f := fitted(t, set)
			w, err := FitWatch(t.Context(), f, set.Recordings, nil)
			if err != nil {
				t.Fatal(err)
			}
			s, err := w.Score(t.Context(), set.Recordings, 0, nil)
			if err != nil {
				t.Fatal(err)
			}
			at, _ := w.Threshold(0.01)
			found := false
			for _, a := range w.Alarms(set.Recordings, s, at.At) {
				if found = found || a.From <= 600 && a.Until >= 630; a.From > 500 && a.Until < 600 && a.Kind == "missing" || a.Score > 60 {
					t.Errorf("%+v", a)
				}
			}
			if !found {
				t.Error("no alarm where it changes")
			}
			if k := w.kindOf(s.at(620 - s.From)); k != "changed" {
				t.Errorf("it is taken for %s", k)
			}
			live := w.Follow(0.01)
			for row := 500; row < 620; row++ {
				fed, err := live.Feed(t.Context(), set.Recordings.Of[0].X[4*row:][:4])
				if err != nil {
					t.Fatal(err)
				}
				if row >= 600 && (!fed.Alarm || fed.Score > 60) || row > 540 && row < 600 && fed.Kind == "missing" && fed.Alarm {
					t.Errorf("row %d: %+v", row, fed)
				}
			}
		})
	}
}

// filled is waves in which one of five readings of the first channel is -999.
func filled(t *testing.T) (raw []byte) {
	of := waves(rng.New(5), 1, 900)
	var table strings.Builder
	table.WriteString("index,quick,slow\n")
	dice := rng.New(2)
	for row := range 900 {
		x := slices.Clone(of.Of[0].X[2*row:][:2])
		if dice.Float64() < 0.2 {
			x[0] = -999
		}
		fmt.Fprintf(&table, "%d,%v,%v\n", row, x[0], map[bool]any{true: x[1], false: ""}[x[1] == x[1]])
	}
	return []byte(table.String())
}

func TestAFillValueIsNamedAndMarkedAndTheChoiceGoesWithTheRun(t *testing.T) {
	store := checkpoint.NewMemory()
	k := newTalk(t, store)
	raw := filled(t)
	add := func(k *talk) Added { return must[Added](k, Add{Files: []FileInfo{{"m.csv", int64(len(raw))}}}, raw) }
	added := add(k)
	if len(added.Fill) != 1 || added.Fill[0].Value != -999 || added.Fill[0].Channel != "quick" || len(added.Marked) != 0 {
		t.Fatalf("%+v", added.Fills)
	}
	if !slices.ContainsFunc(added.Rejected, func(r data.Rejected) bool {
		return r.Code == data.Notice && strings.Contains(r.Reason, "are -999, far from the rest")
	}) {
		t.Errorf("notes are %+v", added.Rejected)
	}
	n := added.Fill[0].Readings
	c := briefSeries
	c.Steps = 24
	must[Configured](k, Configure{c})
	must[Done](k, Start{})
	e := must[Examined](k, Examine{})
	at := slices.IndexFunc(e.Findings, func(f Finding) bool { return f.Code == "missing-values" })
	if at < 0 || !e.Findings[at].Grave || !strings.Contains(e.Findings[at].Evidence, fmt.Sprintf("%d of %d readings", n, added.Fill[0].Of)) {
		t.Fatalf("the doctor finds %+v", e.Findings)
	}
	want := []data.Missing{{Channel: "quick", Value: -999}}
	if got := must[Configured](k, Remedy{Code: "missing-values"}).Config; !slices.Equal(got.Missing, want) || got.From != "" {
		t.Errorf("the remedy is %+v", got)
	}
	done := must[Done](k, Start{})
	e = must[Examined](k, Examine{})
	if slices.ContainsFunc(e.Findings, func(f Finding) bool { return f.Code == "missing-values" }) {
		t.Errorf("it is found again: %+v", e.Findings)
	}
	watched := must[Watched](k, Anomalies{})
	if watched.Rows == 0 {
		t.Errorf("%+v", watched)
	}
	if fed := must[Fed](k, Feed{Reading: []float32{-999, 50}}); fed.Latest[0] == fed.Latest[0] {
		t.Errorf("fed, -999 is %v", fed.Latest)
	}

	// Another day: the run is taken up before the same data come, and after.
	for _, loadedFirst := range []bool{true, false} {
		k = newTalk(t, store)
		if loadedFirst {
			must[Configured](k, Load{Checkpoint: done.Checkpoint})
		}
		added = add(k)
		if !loadedFirst {
			must[Configured](k, Load{Checkpoint: done.Checkpoint})
		}
		if d := must[Done](k, Start{}); d.Steps != 24 {
			t.Errorf("it ends after %d steps", d.Steps)
		}
		if added = must[Added](k, Mark{want}); len(added.Marked) != 1 || added.Marked[0].Readings != n || len(added.Fill) != 0 {
			t.Errorf("loaded first %v: marked are %+v", loadedFirst, added.Fills)
		}
	}
	if added = must[Added](k, Mark{}); len(added.Marked) != 0 || len(added.Fill) != 1 {
		t.Errorf("taken back: %+v", added.Fills)
	}
	must[Configured](k, Configure{c})
	must[Done](k, Start{})
	k.mustFail(Misfit, Mark{[]data.Missing{{Channel: "tmp", Value: 1}}})
	k.mustFail(Misfit, Configure{Config{Task: "simclr", Missing: want}})
}

func TestOldCheckpointsKnowNoMissingValuesAndModelsKeepTheirs(t *testing.T) {
	set := waveSet(600)
	r := trained(t, briefSeries, set)
	s, err := r.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{metaConfig, metaReadings} {
		if strings.Contains(s.Meta[key], "issing") {
			t.Errorf("%s is %s", key, s.Meta[key])
		}
	}
	set.Mark([]data.Missing{{Value: set.Recordings.Of[0].X[0]}})
	if _, err := OpenRun(s, set, cpu.New()); err == nil {
		t.Error("it goes on with other readings")
	}
	m := modelOf(t, trained(t, briefSeries, set))
	look, c, err := OpenLooker(m, cpu.New())
	if err != nil || len(c.Missing) != 1 || len(look.Readings.Missing) != 1 {
		t.Errorf("%+v, %+v, %v", c.Missing, look.Readings, err)
	}
}
