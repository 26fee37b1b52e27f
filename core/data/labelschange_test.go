package data

import "testing"

func TestLabelsChangeWithinWindowsOrFromOneToTheNext(t *testing.T) {
	runs := func(long, n int) (labels []uint16) {
		for i := range n {
			labels = append(labels, uint16(1+i/long%2))
		}
		return labels
	}
	for _, c := range []struct {
		labels []uint16
		rows   int
		want   bool
	}{{runs(1, 200), 32, true}, {runs(30, 300), 32, true}, {runs(200, 1000), 32, false}, {runs(200, 1000), 128, true}, {nil, 32, false}, {runs(9, 1), 32, false}} {
		r := &Recordings{Channels: []string{"x"}, Classes: []string{"", "a", "b"}, Of: []Recording{{X: make([]float32, len(c.labels)), Labels: c.labels}}}
		if got := r.LabelsChangeWithin(c.rows); got != c.want {
			t.Errorf("%d labels, windows of %d rows: %v", len(c.labels), c.rows, got)
		}
	}
}
