package diagnose

import (
	"slices"
	"testing"

	"autodidact/core/data"
	"autodidact/worker/run"
)

func TestSeriesThatNeverMoveDoNotDifferAndHaveNotCollapsed(t *testing.T) {
	set := &data.Set{Of: data.Series, Recordings: &data.Recordings{Channels: []string{"a", "b"}, Classes: []string{""}, Of: []data.Recording{{Name: "m", X: slices.Repeat([]float32{1e9, 0}, 600)}}}}
	set.Cut(32)
	r := trained(t, run.Config{Task: "forecast", Kind: data.Series, Encoder: "tcn-small", Size: 32, Batch: 8, Steps: minJudged, Seed: 1, Options: []byte(`{"horizon":3}`)}, set)
	if err := r.Monitor(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	var d Doctor
	d.Watch(r)
	if err := d.Examine(t.Context(), set.Labels, true, func() {}); err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, f := range d.Found {
		codes = append(codes, f.Code)
	}
	if slices.Contains(codes, "collapse") || !slices.Contains(codes, "no-difference") {
		t.Errorf("of readings that never differ the doctor finds %v", codes)
	}
}
