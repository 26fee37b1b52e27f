package kind

import (
	"testing"

	"autodidact/core/data"
	"autodidact/worker/testsets"
)

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
