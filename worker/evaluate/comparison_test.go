package evaluate

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"autodidact/core/data"
	"autodidact/core/kernel/cpu"
	"autodidact/worker/run"
	"autodidact/worker/testsets"
)

func TestTasksTrainForAsLongAsEachOtherAndAreRanked(t *testing.T) {
	var heard []Standing
	c := Comparison{Tasks: []string{"simclr", "rotation"}, Steps: 6, Config: run.Config{Encoder: "resnet6", Size: 16, Batch: 16, Seed: 1}, Set: testsets.Shapes(120, 1), Backend: cpu.New(),
		Each: func(s Standing) { heard = append(heard, s) }}
	got, err := c.Run(t.Context())
	if err != nil || len(got.Entries) != 2 || len(heard) < 4 || got.Agreement == nil || got.Words == "" {
		t.Fatalf("%+v, %v, heard %d times", got, err, len(heard))
	}
	for _, e := range got.Entries {
		if e.Steps != 6 || e.Rank.Mean < 1 || !(e.Rank.Low <= e.Rank.Mean && e.Rank.Mean <= e.Rank.High) || e.Stable.Mean <= 1./120 || e.KNN == nil || e.Score <= 0 {
			t.Errorf("%+v", e)
		}
	}
	if got.Entries[0].KNN.Mean < got.Entries[1].KNN.Mean {
		t.Error("with labels the order is not by them")
	}
	c.Set.Labels = make([]string, 120)
	c.Labels, c.Each = nil, nil
	again, err := c.Run(t.Context())
	if err != nil || again.Agreement != nil || again.Entries[0].KNN != nil || again.Entries[0].Score < again.Entries[1].Score || !strings.Contains(again.Words, "without labels") {
		t.Errorf("without labels: %+v, %v", again, err)
	}
	c.Tasks = []string{"simclr", "magic"}
	if _, err := c.Run(t.Context()); err == nil {
		t.Error("a task that does not exist was compared")
	}
}

func TestAComparisonOfEveryKindSaysWhatItKnowsWhenItIsStopped(t *testing.T) {
	for kind, tasks := range map[data.Kind][]string{data.Text: {"maskedlm", "simcse"}, data.Series: {"forecast", "maskedseries"}, data.Video: {"simclr", "rotation"}} {
		ctx, stop := context.WithCancel(t.Context())
		c := Comparison{Tasks: tasks, Steps: 3, Config: run.Config{Size: 16, Batch: 4, Seed: 1}, Set: testsets.Noise(kind), Backend: cpu.New()}
		c.Each = func(s Standing) {
			if s.Task == tasks[1] {
				stop()
			}
		}
		got, err := c.Run(ctx)
		if !errors.Is(err, context.Canceled) || len(got.Entries) != 1 || got.Entries[0].Task != tasks[0] || got.Entries[0].Rank.Mean < 1 {
			t.Errorf("%s: %+v, %v", kind, got, err)
		}
	}
}

func TestAComparisonTakesTheEncoderItIsGivenAndSaysWhichTasksCannot(t *testing.T) {
	set := testsets.Shapes(60, 1)
	clear(set.Labels[4:])
	c := Comparison{Tasks: []string{"simclr", "mae"}, Steps: 1, Config: run.Config{Encoder: "resnet8"}, Set: set, Backend: cpu.New()}
	configs, err := c.resolve()
	if err != nil || configs[0].Encoder != "resnet8" || configs[1].Encoder != "vit-tiny" || !says(c.Notices, "encoder", "resnet8 cannot be trained by mae") ||
		!says(c.Notices, "labels", "4 labels of 4 classes are too few to rank tasks by: it takes 20") {
		t.Errorf("%+v, %v, %v", configs, c.Notices, err)
	}
	c = Comparison{Tasks: []string{"mae"}, Steps: 1, Config: run.Config{Encoder: "resnet8"}, Set: set, Backend: cpu.New()}
	if _, err := c.resolve(); err == nil || !strings.Contains(err.Error(), "none of these tasks can train resnet8") {
		t.Errorf("%v", err)
	}
}

func TestKendallsTauCountsPairsInOrder(t *testing.T) {
	e := func(score, knn float64) Entry { return Entry{Score: score, KNN: &Band{Mean: knn}} }
	for _, c := range []struct {
		of   []Entry
		want float64
	}{
		{[]Entry{e(3, 0.9), e(2, 0.8), e(1, 0.7)}, 1},
		{[]Entry{e(1, 0.9), e(2, 0.8), e(3, 0.7)}, -1},
		{[]Entry{e(3, 0.9), e(1, 0.8), e(2, 0.7)}, 1. / 3},
	} {
		if got := agreement(c.of); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%v, want %v", got, c.want)
		}
	}
}
