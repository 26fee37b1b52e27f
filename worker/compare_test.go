package worker

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel/cpu"
	"autodidact/core/rng"
)

func TestTasksLearnForAsLongAsEachOtherAndAreRanked(t *testing.T) {
	set := drawn(120, 1)
	var heard []Comparing
	c := Comparison{Compare: Compare{Tasks: []string{"simclr", "rotation"}, Steps: 12}, Config: Config{Encoder: "resnet6", Size: 16, Batch: 16, Seed: 1}, Set: set, Backend: cpu.New(),
		Each: func(e Comparing) { heard = append(heard, e) }}
	got, err := c.Run(t.Context())
	if err != nil || len(got.Entrants) != 2 || len(heard) < 4 || got.Agreement == nil || got.Words == "" {
		t.Fatalf("%+v, %v, heard %d times", got, err, len(heard))
	}
	for _, e := range got.Entrants {
		if e.Steps != 12 || e.Rank.Mean < 1 || !(e.Rank.Low <= e.Rank.Mean && e.Rank.Mean <= e.Rank.High) || e.Stable.Mean <= 1./120 || e.KNN == nil || e.Score <= 0 {
			t.Errorf("%+v", e)
		}
	}
	if got.Entrants[0].KNN.Mean < got.Entrants[1].KNN.Mean {
		t.Error("with labels the order is not by them")
	}
	set.Labels = make([]string, 120)
	c.Labels, c.Each = nil, nil
	again, err := c.Run(t.Context())
	if err != nil || again.Agreement != nil || again.Entrants[0].KNN != nil || again.Entrants[0].Score < again.Entrants[1].Score || !strings.Contains(again.Words, "without labels") {
		t.Errorf("without labels: %+v, %v", again, err)
	}
	c.Tasks = []string{"simclr", "magic"}
	if _, err := c.Run(t.Context()); err == nil {
		t.Error("a task that does not exist was compared")
	}
}

func TestAComparisonOfEveryKindSaysWhatItKnowsWhenItIsStopped(t *testing.T) {
	for _, kind := range []data.Kind{data.Text, data.Series, data.Video} {
		tasks := map[data.Kind][]string{data.Text: {"maskedlm", "simcse"}, data.Series: {"forecast", "maskedseries"}, data.Video: {"simclr", "rotation"}}[kind]
		ctx, stop := context.WithCancel(t.Context())
		c := Comparison{Compare: Compare{Tasks: tasks, Steps: 3}, Config: Config{Size: 16, Batch: 4, Seed: 1}, Set: resumable(kind), Backend: cpu.New()}
		c.Each = func(e Comparing) {
			if e.Task == tasks[1] {
				stop()
			}
		}
		got, err := c.Run(ctx)
		if !errors.Is(err, context.Canceled) || len(got.Entrants) != 1 || got.Entrants[0].Task != tasks[0] || got.Entrants[0].Rank.Mean < 1 {
			t.Errorf("%s: %+v, %v", kind, got, err)
		}
	}
}

func TestKendallsTauCountsPairsInOrder(t *testing.T) {
	e := func(score, knn float64) Entrant { return Entrant{Score: score, KNN: &Band{Mean: knn}} }
	for _, c := range []struct {
		of   []Entrant
		want float64
	}{
		{[]Entrant{e(3, 0.9), e(2, 0.8), e(1, 0.7)}, 1},
		{[]Entrant{e(1, 0.9), e(2, 0.8), e(3, 0.7)}, -1},
		{[]Entrant{e(3, 0.9), e(1, 0.8), e(2, 0.7)}, 1. / 3},
	} {
		if got := agreement(c.of); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%v, want %v", got, c.want)
		}
	}
}

func TestAlteredSamplesAreLikeThoseTheyWere(t *testing.T) {
	text := "one two three four five six seven eight nine ten eleven twelve and so they went on to count until nobody listened any more at all"
	got := thinned(text, rng.New(1))
	words := strings.Fields(got)
	if len(words) >= 22 || len(words) < 6 || !slices.IsSortedFunc(words, func(a, b string) int { return strings.Index(text, a) - strings.Index(text, b) }) {
		t.Errorf("%q", got)
	}
	if thinned("one", rng.New(1)) != "one" {
		t.Error("nothing is left of a word")
	}
}

func TestAPageComparesMeasuresAndIsHeardMeanwhile(t *testing.T) {
	k := ready(t, checkpoint.NewMemory())
	must[Done](k, Start{})
	compare := k.post(Compare{Tasks: []string{"simclr", "rotation"}, Steps: 100_000})
	must[Pixels](k, Pictures{At: []int{0}, Side: 8})
	must[OK](k, Stop{})
	if e, ok := k.await(compare).event.(Compared); !ok || len(e.Entrants) > 1 {
		t.Errorf("%+v", e)
	}
	probe := k.post(Probe{Method: "finetune", Labels: []string{"1", "2"}, Repeats: 2, Against: []string{"scratch"}})
	must[OK](k, Stop{})
	r := k.await(probe)
	if e, ok := r.event.(Probed); !ok || !e.Stopped || e.Method != "finetune" {
		t.Errorf("%+v", r.event)
	}
	e := must[Probed](k, Probe{Method: "knn", Labels: []string{"1"}, Repeats: 2, Against: []string{"raw"}})
	if e.Stopped || len(e.Results) != 2 || e.Headline == "" {
		t.Errorf("%+v", e)
	}
	k.mustFail(Misfit, Probe{Method: "magic"})
	k.mustFail(Internal, Probe{Method: "knn", Given: true}) // nobody has given a label
	heard := 0
	for _, e := range k.seen {
		if _, ok := e.(Probing); ok {
			heard++
		}
	}
	if heard < 2 {
		t.Errorf("%d figures were told as they were measured", heard)
	}
}

func TestAComparisonOfSeriesLeavesTheirWindowsAsTheyAre(t *testing.T) {
	k := newTalk(t, checkpoint.NewMemory()) // whose configuration is still one for pictures
	must[Added](k, Add{Files: []FileInfo{{Path: "a.csv", Size: 1}}, Size: 16}, seriesTable(900))
	must[Compared](k, Compare{Tasks: []string{"forecast"}, Steps: 1})
	must[Configured](k, Configure{Config{Task: "forecast"}})
	must[Embedding](k, Embed{})
	for _, e := range k.seen {
		if w, ok := e.(Windows); ok {
			t.Errorf("windows had to be cut anew, to %d rows", w.Size)
		}
	}
}
