package data

import (
	"fmt"
	"strings"
	"testing"
)

func TestReadingsTooLargeForWhatTheyDifferByAreNoted(t *testing.T) {
	table := func(offset, step float64) string {
		var b strings.Builder
		b.WriteString("p,q\n")
		for i := range 400 {
			fmt.Fprintf(&b, "%.4f,%d\n", offset+step*float64(i*37%100), i*i%97)
		}
		return b.String()
	}
	for _, c := range []struct {
		offset, step float64
		noted        bool
	}{{1e9, 3, true}, {-1e9, 3, true}, {101325, 0.001, true}, {101325, 1, false}, {0, 1e-9, false}, {20, 0.1, false}, {5, 0, false}, {2.0240101e7, 12, false}} {
		_, rejected := seriesOf(t, "m.csv", table(c.offset, c.step))
		said := ""
		for _, x := range rejected {
			said += x.Reason
		}
		if strings.Contains(said, "numbers of 32 bits") != c.noted || c.noted && !strings.Contains(said, "channel p: its readings lie between") {
			t.Errorf("%v and %v: %q", c.offset, c.step, said)
		}
	}
	_, rejected := seriesOf(t, "m.csv", table(1e9-10, 0.1))
	if said := fmt.Sprint(rejected); !strings.Contains(said, "channel p: all readings are held as 1e+09, where numbers of 32 bits are 64 apart") {
		t.Errorf("%s", said)
	}
}
