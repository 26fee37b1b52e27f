package server

import (
	"slices"
	"strconv"
	"strings"
)

const identity = "identity" // no coding at all

// codings there may be, smallest first, and how their files end.
var (
	codings = []string{"br", "gzip", identity}
	suffix  = map[string]string{"br": ".br", "gzip": ".gz"}
)

// prefer lists the codings that Accept-Encoding allows, best first (RFC 9110, 12.5.3).
// Identity is last unless it is asked for; of equals the smaller goes first.
func prefer(accept []string) []string {
	quality := map[string]float64{}
	for _, header := range accept {
		for part := range strings.SplitSeq(header, ",") {
			coding, parameter, weighted := strings.Cut(part, ";")
			q := 1.0
			if weighted {
				q = weight(parameter)
			}
			quality[strings.ToLower(strings.TrimSpace(coding))] = q
		}
	}
	of := func(coding string) float64 {
		if q, named := quality[coding]; named {
			return q
		}
		if q, others := quality["*"]; others {
			return q
		}
		if coding == identity {
			return 0.0001 // below every q that can be written, but allowed
		}
		return 0
	}
	allowed := slices.DeleteFunc(slices.Clone(codings), func(c string) bool { return of(c) == 0 })
	slices.SortStableFunc(allowed, func(a, b string) int {
		switch {
		case of(a) > of(b):
			return -1
		case of(a) < of(b):
			return 1
		}
		return 0
	})
	return allowed
}

// weight reads "q=0.5"; what is not a weight from 0 to 1 allows nothing.
func weight(parameter string) float64 {
	name, value, _ := strings.Cut(strings.TrimSpace(parameter), "=")
	q, err := strconv.ParseFloat(value, 64)
	if !strings.EqualFold(name, "q") || err != nil || !(q >= 0 && q <= 1) {
		return 0
	}
	return q
}
