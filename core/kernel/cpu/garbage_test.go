package cpu

import "testing"

func TestGarbageIsBoundedWhereMuchIsUsed(t *testing.T) {
	for _, c := range []struct {
		bound, live uint64
		want        int
	}{{64, 0, 100}, {64, 10, 100}, {64, 64, 100}, {64, 256, 25}, {64, 1 << 20, 5}} {
		if got := garbagePercent(c.bound, c.live); got != c.want {
			t.Errorf("of %d live bytes with a bound of %d: %d %%, want %d", c.live, c.bound, got, c.want)
		}
	}
}
