package kind

import (
	"fmt"
	"testing"

	"autodidact/core/data"
	"autodidact/worker/testsets"
)

func TestRecordingsThatAreOneSampleAndLongerThanAWindowAreCounted(t *testing.T) {
	of := &data.Recordings{Channels: []string{"a"}, Classes: []string{"", "up", "down"}}
	for i := range 6 {
		of.Of = append(of.Of, data.Recording{Name: fmt.Sprintf("c.tsv, row %d", i+1), X: make([]float32, 24+10*(i/3)), Labels: []uint16{uint16(1 + i%2)}})
	}
	set := &data.Set{Of: data.Series, Recordings: of}
	set.Cut(24)
	if notes := (Embedder{Size: 24}).Unread(set); !says(notes, "long recordings", "3 of 6, each one sample, have up to 34 rows, and a window has 24: of those only the last 24 are looked at (c.tsv, row 4, c.tsv, row 5, c.tsv, row 6)") {
		t.Errorf("%v", notes)
	}
}

func TestCopiedRecordingsAreFound(t *testing.T) {
	duplicates := func(set *data.Set) [][]int {
		groups, err := series{}.Duplicates(t.Context(), Embedder{}, set, func() {})
		if err != nil {
			t.Fatal(err)
		}
		return groups
	}
	set := testsets.Waves(400)
	if g := duplicates(set); len(g) != 0 {
		t.Errorf("of different recordings %d groups are the same", len(g))
	}
	set.Recordings.Of = append(set.Recordings.Of, set.Recordings.Of[0])
	set.Cut(16)
	if g := duplicates(set); len(g) != 1 || len(g[0]) < 4 {
		t.Errorf("a copied recording gives groups %v", g)
	}
}
