package forecast

import (
	"math"
	"slices"
	"strings"
	"testing"

	"autodidact/core/anomaly"
	"autodidact/core/data"
	"autodidact/core/rng"
	"autodidact/worker/testsets"
)

// plants damage channel 0 of a recording from a row on and say until where.
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
		return each(x, at, 30, func(int, float32) float32 { return missing })
	},
}

func each(x []float32, at, rows int, f func(k int, v float32) float32) int {
	for k := range rows {
		x[2*(at+k)] = f(k, x[2*(at+k)])
	}
	return at + rows
}

func TestPlantedAnomaliesAreDetectedAndFalseAlarmsAreAsRareAsAsked(t *testing.T) {
	skipLong(t)
	const rate = 0.01
	set := testsets.Waves(2000)
	d := fitDetector(t, fitForecaster(t, trained(t, waveConfig, set).Embedder(), set, DetectorHorizon), set)
	at, _ := d.Threshold(rate)
	clean, err := d.Score(t.Context(), set.Recordings, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	behind := clean.Score[1600-clean.From:]
	alarm := make([]bool, len(behind))
	for i, v := range behind {
		alarm[i] = v > at.At
	}
	is, low, high := anomaly.RunsBand(alarm)
	t.Logf("asked %.3f, of %d rows %.4f (%.4f to %.4f)", rate, len(behind), is, low, high)
	if low > at.High || high < at.Low {
		t.Errorf("of the rows %.4f (%.4f to %.4f) are false alarms; calibrated were %.4f to %.4f", is, low, high, at.Low, at.High)
	}
	for name, plant := range plants {
		t.Run(name, func(t *testing.T) {
			of := testsets.Recordings(rng.New(5), 2, 2000)
			until := plant(of.Of[0].X, 1700)
			s, err := d.Score(t.Context(), of, 0, nil)
			if err != nil {
				t.Fatal(err)
			}
			found := false
			for _, a := range d.Alarms(of, s, at.At) {
				found = found || a.From < until+8 && a.Until > 1700
				t.Logf("%+v", a)
			}
			if !found {
				t.Errorf("no alarm between %d and %d", 1700, until)
			}
			// One at a time, as they arrive, it is found too.
			stream := d.Stream(rate)
			raised := 0
			for row := 1600; row < until+8; row++ {
				fed, err := stream.Feed(t.Context(), of.Of[0].X[2*row:][:2])
				if err != nil {
					t.Fatal(err)
				}
				if fed.Alarm && row >= 1700 {
					raised++
				}
			}
			if raised == 0 {
				t.Error("streaming it there was no alarm")
			}
		})
	}
}

func TestAStreamScoresRowsAsTheyAreScoredAfterwards(t *testing.T) {
	set := testsets.Waves(1000)
	d := fitDetector(t, fitForecaster(t, trained(t, waveConfig, set).Embedder(), set, 12), set)
	s, err := d.Score(t.Context(), set.Recordings, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	stream := d.Stream(0.01)
	for row := range 1000 {
		fed, err := stream.Feed(t.Context(), set.Recordings.Of[1].X[2*row:][:2])
		if err != nil {
			t.Fatal(err)
		}
		if len(stream.of.Of[0].X) > 5*32*2 {
			t.Fatal("it keeps all that it was fed")
		}
		if row > 900 && math.Abs(fed.Score-s.Score[row-s.From]) > 1e-3 {
			t.Errorf("row %d scores %v as it arrives, %v afterwards", row, fed.Score, s.Score[row-s.From])
		}
	}
	if _, err := stream.Feed(t.Context(), []float32{1}); err == nil || !strings.Contains(err.Error(), "2 channels") {
		t.Errorf("a row of one reading: %v", err)
	}
}

// A series whose rhythm changes is forecast worse and worse, but not by a stream that goes on learning.
func TestAStreamThatLearnsFollowsARhythmThatChanged(t *testing.T) {
	skipLong(t)
	set := testsets.Waves(1000)
	const rows = 560 // in which it is fitted anew twice
	changed := make([]float32, 2*rows)
	r := rng.New(8)
	for k := range changed {
		changed[k] = float32(10*math.Sin(2*math.Pi*float64(k/2)/[]float64{17, 23}[k%2])+r.NormFloat64()) + 50
	}
	off := map[bool]float64{}
	for _, learns := range []bool{false, true} {
		run := trained(t, waveConfig, set)
		stream := fitDetector(t, fitForecaster(t, run.Embedder(), set, 12), set).Stream(0.001)
		stream.At = math.Inf(1) // all of it is new, none of it an alarm
		if learns {
			if err := stream.Learn(run); err != nil {
				t.Fatal(err)
			}
		}
		steps := 0
		for row := range rows {
			fed, err := stream.Feed(t.Context(), changed[2*row:][:2])
			if err != nil {
				t.Fatal(err)
			}
			if stream.At = math.Inf(1); fed.Learned != nil {
				steps++
			}
			if row >= rows-100 {
				for c, e := range fed.Expected {
					off[learns] += math.Abs(float64(e.Said-changed[2*row+c])) / 200
				}
			}
		}
		if learns != (steps > 60) {
			t.Errorf("learning %v, it took %d steps", learns, steps)
		}
		if n := len(stream.of.Of[0].X) / 2; n > 5*32 || learns && len(stream.learner.live.Of[0].X)/2 > 2*liveWindows*32 {
			t.Errorf("it keeps %d rows", n)
		}
	}
	t.Logf("off by %.2f, learning by %.2f", off[false], off[true])
	if off[true] > 0.9*off[false] {
		t.Errorf("off by %.2f without learning, by %.2f with", off[false], off[true])
	}
}

func TestSeriesThatNeverMoveCanBeScored(t *testing.T) {
	set := &data.Set{Of: data.Series, Recordings: &data.Recordings{Channels: []string{"a", "b"}, Classes: []string{""}, Of: []data.Recording{{Name: "m", X: slices.Repeat([]float32{1e9, 0}, 600)}}}}
	set.Cut(32)
	f := fitForecaster(t, trained(t, briefConfig, set).Embedder(), set, 3)
	got, err := f.Test(t.Context(), set.Recordings, 0.9, nil)
	if err != nil || len(got.LeftOut) != 2 || got.Scores[0].N != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	d := fitDetector(t, f, set)
	s, err := d.Score(t.Context(), set.Recordings, 0, nil)
	if at, _ := d.Threshold(0.01); err != nil || len(d.Alarms(set.Recordings, s, at.At)) != 0 {
		t.Errorf("%v %v", s.Score, err)
	}
}

func TestAConstantChannelThatChangesIsAnAlarmWithAFiniteScore(t *testing.T) {
	for name, to := range map[string]float32{"a little": 5.001, "much": 1e6, "beyond all": 1e30} {
		t.Run(name, func(t *testing.T) {
			set := withChannels(640, map[string]func(int) float32{"flat": from(600, 5, to), "gone": always(missing)})
			d := fitDetector(t, fitForecaster(t, trained(t, briefConfig, set).Embedder(), set, 3), set)
			s, err := d.Score(t.Context(), set.Recordings, 0, nil)
			if err != nil {
				t.Fatal(err)
			}
			at, _ := d.Threshold(0.01)
			found := false
			for _, a := range d.Alarms(set.Recordings, s, at.At) {
				if found = found || a.From <= 600 && a.Until >= 630; a.From > 500 && a.Until < 600 && a.Kind == "missing" || a.Score > 60 {
					t.Errorf("%+v", a)
				}
			}
			if !found {
				t.Error("no alarm where it changes")
			}
			if k := d.kindOf(s.at(620 - s.From)); k != "changed" {
				t.Errorf("it is taken for %s", k)
			}
			stream := d.Stream(0.01)
			for row := 500; row < 620; row++ {
				fed, err := stream.Feed(t.Context(), set.Recordings.Of[0].X[4*row:][:4])
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

// Pages and command lines know the kinds by these names.
func TestKindsOfScoresKeepTheirNames(t *testing.T) {
	if want := [kinds]string{"forecast", "look", "missing", "changed"}; Kinds != want {
		t.Errorf("kinds are named %v, want %v", Kinds, want)
	}
}
