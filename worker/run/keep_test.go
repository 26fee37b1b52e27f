package run

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel/cpu"
	"autodidact/core/rng"
	"autodidact/worker/kind"
)

// noise is a recording in which nothing can be forecast but by heart.
func noise(t *testing.T, rows int) *data.Set {
	t.Helper()
	r, csv := rng.New(5), &strings.Builder{}
	csv.WriteString("value\n")
	for range rows {
		fmt.Fprintf(csv, "%.4f\n", r.NormFloat64())
	}
	set, refused, err := kind.Of(data.Series).Read(t.Context(), data.FromFile(fstest.MapFS{"noise.csv": {Data: []byte(csv.String())}}, "noise.csv"), kind.Format{}, nil)
	if err != nil || set.Recordings == nil {
		t.Fatal(err, refused)
	}
	return set
}

var byHeart = Config{Task: "forecast", Kind: data.Series, Encoder: "tcn-small", Size: 16, Batch: 8, Steps: 600, Rate: 1e-2, Seed: 1, Options: []byte(`{"horizon":4}`)}

func TestTheWeightsWithTheLowestHeldOutLossAreKept(t *testing.T) {
	r := trained(t, byHeart, noise(t, 600))
	if r.Done != 600 || r.Kept.Step == 0 || r.Kept.Step >= 600 {
		t.Fatalf("after %d steps those of step %d are kept", r.Done, r.Kept.Step)
	}
	loss, err := r.lossOn(t.Context(), r.held, min(r.held.Len(), r.from.Len(), validated))
	if err != nil || loss != r.Kept.Loss {
		t.Errorf("the held-out loss of what is kept is %v, and was %v (%v)", loss, r.Kept.Loss, err)
	}
	last := r.Notices[len(r.Notices)-1]
	if want := fmt.Sprintf("those of step %d of 600 are kept", r.Kept.Step); last.Name != "weights" || !strings.Contains(last.Reason, want) {
		t.Errorf("the notice is %v", last)
	}
}

func TestARunThatKeptItsBestWeightsGoesOnBitForBit(t *testing.T) {
	set := noise(t, 600)
	whole := trained(t, byHeart, set)
	r, err := New(byHeart, set, cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range r.Steps(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if r.Done == 430 {
			break
		}
	}
	resumed, err := Open(stateOf(t, r), set, cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	if resumed.Kept.Step != r.Kept.Step || resumed.Kept.Loss != r.Kept.Loss {
		t.Errorf("%v was kept, not %v", resumed.Kept, r.Kept)
	}
	finish(t, resumed)
	a, b := stateOf(t, whole), stateOf(t, resumed)
	a.Meta[metaSeconds], b.Meta[metaSeconds] = "", ""
	var one, other bytes.Buffer
	if err := errors.Join(checkpoint.Encode(&one, a), checkpoint.Encode(&other, b)); err != nil || !bytes.Equal(one.Bytes(), other.Bytes()) {
		t.Errorf("it ended with other bytes (%v)", err)
	}
}

func TestARunOfMinutesEndsWhereTheHeldOutLossNoLongerFalls(t *testing.T) {
	c := byHeart
	c.Minutes, c.Steps = 100, 20_000
	r := trained(t, c, noise(t, 600))
	if r.Done >= 5000 || r.Config.Steps != r.Done || r.Done < 2*r.Kept.Step+keepPatient*keepEvery {
		t.Errorf("it ended after %d of %d steps, and kept those of step %d", r.Done, r.Config.Steps, r.Kept.Step)
	}
	if n := r.Notices[len(r.Notices)-2]; !strings.Contains(n.Reason, fmt.Sprintf("it ended after %d of 20000 steps", r.Done)) {
		t.Errorf("the notice is %v", n)
	}
}

func TestAHandfulOfSeriesIsNotTrainedOnForMinutes(t *testing.T) {
	r, err := New(Config{Task: "ts2vec", Kind: data.Series, Encoder: "tcn-small", Size: 32, Minutes: 30}, noise(t, 600), cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range r.Steps(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if r.Done == measured {
			break
		}
	}
	if r.Config.Steps != 200 || r.Config.Batch != 8 {
		t.Errorf("%d steps of %d samples", r.Config.Steps, r.Config.Batch)
	}
	if n := r.Notices; len(n) == 0 || !strings.Contains(n[len(n)-1].Reason, "it trains 200 steps, not the ") {
		t.Errorf("notices %v", n)
	}
}

func TestWeightsWhoseFeaturesCollapsedAreNotKept(t *testing.T) {
	var k Kept
	for _, c := range []struct {
		step                  int
		loss, rank, stability float64
		want                  bool
	}{
		{50, 3, 10, 0.9, true},
		{100, 2, 12, 0.8, true},
		{150, 1, 5, 0.9, false},  // fewer than half of the directions
		{200, 1, 12, 0.4, false}, // noise changes them
		{250, 2, 12, 0.9, false}, // no better
		{300, 1.9, 7, 0.5, true},
	} {
		if got := k.improves(c.step, c.loss, c.rank, c.stability); got != c.want {
			t.Errorf("step %d: %v", c.step, got)
		}
	}
	if k.Step != 300 || k.Loss != 1.9 {
		t.Errorf("kept: %+v", k)
	}
}

func TestSoundFeaturesHaveARankAndAreStable(t *testing.T) {
	r, err := New(byHeart, noise(t, 600), cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	rank, stability, err := r.soundness(t.Context())
	if err != nil || rank < 2 || rank > keepSamples || stability < 0.5 || stability > 0.9999 {
		t.Errorf("rank %v, stability %v, %v", rank, stability, err)
	}
}
