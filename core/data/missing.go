package data

import (
	"slices"
	"strconv"
)

// A Missing names a value that means that nothing was read.
type Missing struct {
	Channel string  `json:"channel,omitempty"` // of all channels if empty
	Value   float32 `json:"value"`
}

// Marked is a Missing, and how many readings it made missing.
type Marked struct {
	Missing
	Readings int `json:"readings"`
}

// isMissing finds a reading of a channel among some values that mean that nothing was read; -1 if it is none.
func isMissing(some []Missing, channel string, v float32) (at int) {
	return slices.IndexFunc(some, func(m Missing) bool { return m.Value == v && (m.Channel == "" || m.Channel == channel) })
}

// Without is r with NaN for the readings that mean that nothing was read, and how many each of some names. Recordings that have none share
// their readings with r, which stays as it is.
func (r *Recordings) Without(some []Missing) (*Recordings, []Marked) {
	marked := make([]Marked, len(some))
	for i, m := range some {
		marked[i].Missing = m
	}
	out := &Recordings{r.Channels, r.Classes, slices.Clone(r.Of)}
	for i := range out.Of {
		var x []float32 // a copy, once there is need for one
		for k, v := range out.Of[i].X {
			at := isMissing(some, r.Channels[k%len(r.Channels)], v)
			if at < 0 {
				continue
			}
			if x == nil {
				x = slices.Clone(out.Of[i].X)
			}
			x[k] = nan
			marked[at].Readings++
		}
		if x != nil {
			out.Of[i].X = x
		}
	}
	return out, marked
}

// Blank makes NaN of the readings of one row that mean that nothing was read.
func Blank(row []float32, channels []string, some []Missing) {
	for c, v := range row {
		if isMissing(some, channels[c], v) >= 0 {
			row[c] = nan
		}
	}
}

// Mark takes for missing those readings of what was read that some name, and says whether that changes anything: then windows are cut anew.
func (s *Set) Mark(some []Missing) (changed bool) {
	if s.Recordings == nil || slices.Equal(some, missingOf(s.marked)) {
		return false
	}
	if s.asRead == nil {
		s.asRead = s.Recordings
	}
	s.Recordings, s.marked = s.asRead.Without(some)
	s.print, s.fill, s.searched = "", nil, false
	if long := s.Long(); long > 0 {
		s.Cut(long)
	}
	return true
}

// Marked is what Mark was given last.
func (s *Set) Marked() []Marked { return s.marked }

// Missing is the same without the counts; nil if it is nothing.
func (s *Set) Missing() []Missing { return missingOf(s.marked) }

func missingOf(marked []Marked) (some []Missing) {
	for _, m := range marked {
		some = append(some, m.Missing)
	}
	return some
}

// FillValues are those of the recordings, looked for once.
func (s *Set) FillValues() []FillValue {
	if !s.searched && s.Recordings != nil {
		s.fill, s.searched = s.Recordings.FillValues(), true
	}
	return s.fill
}

// FormatValue is a reading as a table has it.
func FormatValue(v float32) string {
	if a := max(v, -v); a >= 1e9 || a > 0 && a < 1e-4 {
		return strconv.FormatFloat(float64(v), 'g', -1, 32)
	}
	return strconv.FormatFloat(float64(v), 'f', -1, 32)
}
