package data

import (
	"fmt"
	"math"
)

// leastSteps is how many steps of a float32 must lie between the least and the greatest reading for nothing to be said.
const leastSteps = 256

// notePrecision reports channels whose readings are so large relative to their differences that float32 has few values between.
func (r *Recordings) notePrecision() (notes []Rejected) {
	for c, name := range r.Channels {
		low, high := float32(math.Inf(1)), float32(math.Inf(-1))
		r.each(c, func(_ int, v float32) {
			if v == v {
				low, high = min(low, v), max(high, v)
			}
		})
		largest := max(-low, high)
		step := math.Nextafter32(largest, float32(math.Inf(1))) - largest
		if low == high && step >= 1 {
			notes = append(notes, Rejected{r.called(), Notice, fmt.Sprintf("channel %s: all readings are held as %s, where numbers of 32 bits are %s apart: what differs by less is lost; take off what all have in common",
				name, FormatValue(low), FormatValue(step))})
		}
		if low < high && (float64(high)-float64(low))/float64(step) < leastSteps {
			notes = append(notes, Rejected{r.called(), Notice, fmt.Sprintf("channel %s: its readings lie between %s and %s, where numbers of 32 bits are %s apart: what differs by less is lost; take off what all have in common",
				name, FormatValue(low), FormatValue(high), FormatValue(step))})
		}
	}
	return notes
}
