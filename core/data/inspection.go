package data

import (
	"math"
	"time"
	"unicode/utf8"

	"autodidact/core/kernel"
	"autodidact/core/token"
)

// mostListed is how many entries a list of an Inspection has; those beyond are counted.
const mostListed = 1000

// An Inspection is what was understood of some files, to be looked at before anything is trained on them.
// Of the lists of samples there is the one of its kind.
type Inspection struct {
	Kind     Kind             `json:"kind"`
	Samples  int              `json:"samples"`
	Labels   map[string]int   `json:"labels"` // how many samples have each
	Series   []SeriesSummary  `json:"series,omitzero"`
	Pictures []PictureSummary `json:"pictures,omitzero"`
	Clips    []ClipSummary    `json:"clips,omitzero"`
	Texts    []TextSummary    `json:"texts,omitzero"`
	Notes    []string         `json:"notes"`          // what was done about files that were read: "name: reason"
	Rejected []Rejected       `json:"rejected"`       // files, and parts of files, that were left out
	More     map[string]int   `json:"more,omitempty"` // by the name of a list here: how many of its entries are not in it
}

// SeriesSummary is one series: a table, a part of one, or a line of a collection.
type SeriesSummary struct {
	Name        string   `json:"name"`
	Rows        int      `json:"rows"` // with those that are not there between others
	Channels    []string `json:"channels"`
	From        string   `json:"from,omitempty"`        // time of the first row, RFC 3339 in UTC; "" if nobody knows
	To          string   `json:"to,omitempty"`          // of the last
	StepSeconds float64  `json:"stepSeconds,omitempty"` // between two rows; 0 if nobody knows
	Uneven      bool     `json:"uneven,omitempty"`      // steps differ, and StepSeconds is their median
	Missing     int      `json:"missing"`               // readings, of all channels
	Mean        Values   `json:"mean"`                  // by channel, of the readings that are there
	Min         Values   `json:"min"`
	Max         Values   `json:"max"`
}

// PictureSummary is one picture.
type PictureSummary struct {
	Name    string `json:"name"`
	Width   int    `json:"width"` // pixels of the file's picture, upright
	Height  int    `json:"height"`
	MeanRGB [3]int `json:"meanRGB"` // of what is kept of it, from 0 to 255
}

// ClipSummary is one clip.
type ClipSummary struct {
	Name   string `json:"name"`
	Frames int    `json:"frames"` // that are kept
	Width  int    `json:"width"`  // pixels of the film, upright
	Height int    `json:"height"`
}

// TextSummary is one document.
type TextSummary struct {
	Name       string `json:"name"`
	Characters int    `json:"characters"` // Unicode's
	Tokens     int    `json:"tokens"`     // words and marks, as token.Words counts them: no vocabulary is needed for that
}

// Inspection describes what s holds; notices are those from reading it.
func (s *Set) Inspection(notices []Rejected) Inspection {
	in := Inspection{Kind: s.Of, Samples: s.Len(), Labels: s.Classes(), More: map[string]int{}}
	switch s.Of {
	case Series:
		in.Series = listed(in.More, "series", s.recorded(), s.seriesSummary)
	case Text:
		in.Texts = listed(in.More, "texts", s.Len(), s.textSummary)
	case Video:
		in.Clips = listed(in.More, "clips", s.Len(), s.clipSummary)
	default:
		in.Pictures = listed(in.More, "pictures", s.Len(), s.pictureSummary)
	}
	notes, rejected := splitNotices(notices)
	in.Notes = listed(in.More, "notes", len(notes), func(i int) string { return notes[i].Error() })
	in.Rejected = listed(in.More, "rejected", len(rejected), func(i int) Rejected { return rejected[i] })
	return in
}

// listed is the first of n entries; more learns how many others there are.
func listed[T any](more map[string]int, name string, n int, at func(i int) T) []T {
	all := make([]T, min(n, mostListed))
	for i := range all {
		all[i] = at(i)
	}
	if n > len(all) {
		more[name] = n - len(all)
	}
	return all
}

// splitNotices parts notices into notes about what was read, and what was left out.
func splitNotices(notices []Rejected) (notes, rejected []Rejected) {
	for _, r := range notices {
		if r.Code == Notice || r.Code == System {
			notes = append(notes, r)
		} else {
			rejected = append(rejected, r)
		}
	}
	return notes, rejected
}

// recorded is how many series there are.
func (s *Set) recorded() int {
	if s.Recordings == nil {
		return 0
	}
	return len(s.Recordings.Of)
}

func (s *Set) seriesSummary(i int) SeriesSummary {
	r := s.Recordings
	summary := SeriesSummary{Name: r.Of[i].Name, Rows: r.Rows(i), Channels: r.Channels}
	if c := r.Of[i].Clock; c.Known() {
		if !c.Elapsed {
			summary.From, summary.To = rfc3339(c.At(0)), rfc3339(c.At(summary.Rows-1))
		}
		step := c.Step
		if c.Uneven != nil {
			step, _ = steps(c.Uneven)
			summary.Uneven = true
		}
		summary.StepSeconds = float64(step) / 1000
	}
	summary.Missing, summary.Mean, summary.Min, summary.Max = summed(r.Of[i].X, len(r.Channels))
	return summary
}

// rfc3339 writes milliseconds since 1970.
func rfc3339(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.RFC3339Nano) }

// summed are the figures of readings [rows, channels]: how many are missing, and of each channel the mean, the
// least and the greatest of those that are there, NaN if none are.
func summed(x []float32, channels int) (missing int, mean, low, high Values) {
	mean, low, high = make(Values, channels), make(Values, channels), make(Values, channels)
	for c := range channels {
		sum, n := 0.0, 0
		low[c], high[c] = nan, nan
		for i := c; i < len(x); i += channels {
			v := x[i]
			if v != v {
				missing++
				continue
			}
			sum += float64(v)
			n++
			if !(v >= low[c]) {
				low[c] = v
			}
			if !(v <= high[c]) {
				high[c] = v
			}
		}
		mean[c] = float32(sum / float64(n))
	}
	return missing, mean, low, high
}

func (s *Set) pictureSummary(i int) PictureSummary {
	size := s.sizes()[i]
	return PictureSummary{s.Names[i], size.W, size.H, meanRGB(s.X[i].Buf.(kernel.Bytes))}
}

// meanRGB is the mean of pixels, rounded.
func meanRGB(rgb []byte) (mean [3]int) {
	var sum [3]int
	for i := 0; i+2 < len(rgb); i += 3 {
		sum[0] += int(rgb[i])
		sum[1] += int(rgb[i+1])
		sum[2] += int(rgb[i+2])
	}
	for c := range sum {
		mean[c] = int(math.Round(float64(sum[c]) / float64(len(rgb)/3)))
	}
	return mean
}

func (s *Set) clipSummary(i int) ClipSummary {
	size := s.sizes()[i]
	return ClipSummary{s.Names[i], s.X[i].Shape[0], size.W, size.H}
}

func (s *Set) textSummary(i int) TextSummary {
	text := s.Texts.At(i)
	return TextSummary{s.Names[i], utf8.RuneCountInString(text), token.Words(text)}
}
