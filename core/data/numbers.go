package data

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// number reads a reading: NaN for one that is missing, which tables write in many ways. With comma, a decimal comma is
// read as a point.
func number(s string, comma bool) (v float32, ok bool) {
	s = strings.TrimSpace(s)
	switch strings.ToLower(s) {
	case "", "nan", "na", "n/a", "#n/a", "null", "none", "nil", "-", "--", "?":
		return float32(math.NaN()), true
	}
	if comma && strings.Count(s, ",") == 1 && !strings.Contains(s, ".") {
		s = strings.Replace(s, ",", ".", 1)
	}
	if strings.ContainsAny(s, "xXpP_") { // Go's own ways to write numbers
		return 0, false
	}
	x, err := strconv.ParseFloat(s, 32)
	if err != nil || math.IsInf(x, 0) {
		return 0, false
	}
	return float32(x), true
}

// grouped is a number that may have thousands separators, or one decimal comma: nobody can tell.
var grouped = regexp.MustCompile(`^[+-]?\d{1,3}(,\d{3})+$`)

// decimalComma tells whether a column writes decimal commas: some of its values can be nothing else.
func decimalComma(values []string) bool {
	for _, v := range values {
		if v = strings.TrimSpace(v); strings.Contains(v, ",") && !grouped.MatchString(v) {
			if _, ok := number(v, true); ok {
				return true
			}
		}
	}
	return false
}
