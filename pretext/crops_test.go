package pretext

import (
	"testing"

	"autodidact/core/rng"
)

func TestCropsOverlapAndLieInTheWindow(t *testing.T) {
	r := rng.New(1)
	for _, rows := range []int{2, 3, 8, 16, 24, 31, 33, 150, 427, 2048} {
		shortest, longest, apart := rows, 0, false
		for range 2000 {
			a, b := drawCrops(r, rows)
			if a.from < 0 || a.from > b.from || b.from >= a.until || a.until > b.until || b.until > rows {
				t.Fatalf("%d rows: %v and %v", rows, a, b)
			}
			both := a.until - b.from
			shortest, longest = min(shortest, both), max(longest, both)
			apart = apart || a.from < b.from && a.until < b.until
		}
		if shortest < 2 || shortest > max(2, rows/16) {
			t.Errorf("%d rows: crops share %d rows at least", rows, shortest)
		}
		if longest < rows-rows/16-1 {
			t.Errorf("%d rows: crops share %d rows at most", rows, longest)
		}
		if rows > 3 && !apart {
			t.Errorf("%d rows: no crop goes beyond the other on both sides", rows)
		}
	}
}
