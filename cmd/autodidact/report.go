package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"autodidact/core/data"
	"autodidact/worker/kind"
)

// mostReported is how many entries of a list a person is shown; the rest is counted.
const mostReported = 20

// report is an inspection to be read. Of series, samples are windows of long rows, or whole series, of which there are so many.
func report(in data.Inspection, long, whole int) string {
	var out strings.Builder
	samples := some(in.Samples, kind.TraitsOf(in.Kind).Item)
	if windows := in.Samples - whole; long > 0 && windows > 0 {
		samples = some(windows, "window") + fmt.Sprintf(" of %d rows", long)
		if whole > 0 {
			samples += " and " + some(whole, "whole series")
		}
	}
	fmt.Fprintf(&out, "kind     %s\nsamples  %s\nlabels   %s\n", in.Kind, samples, labels(in.Labels))
	seriesTable(&out, in)
	channelTable(&out, in)
	aligned(&out, "clips", in.Clips, in.More["clips"], "name\tframes\tsize", func(c data.ClipSummary) string {
		return fmt.Sprintf("%s\t%d\t%dx%d", printable(c.Name), c.Frames, c.Width, c.Height)
	})
	aligned(&out, "texts", in.Texts, in.More["texts"], "name\tcharacters\ttokens", func(t data.TextSummary) string {
		return fmt.Sprintf("%s\t%s\t%s", printable(t.Name), grouped(t.Characters), grouped(t.Tokens))
	})
	aligned(&out, "pictures", in.Pictures, in.More["pictures"], "name\tsize\tmean RGB", func(p data.PictureSummary) string {
		return fmt.Sprintf("%s\t%dx%d\t%d %d %d", printable(p.Name), p.Width, p.Height, p.MeanRGB[0], p.MeanRGB[1], p.MeanRGB[2])
	})
	aligned(&out, "notes", in.Notes, in.More["notes"], "", printable)
	leftOut(&out, in)
	return out.String()
}

// labels are how many samples have each label, the most frequent first.
func labels(n map[string]int) string {
	if len(n) == 0 {
		return "none"
	}
	names := slices.SortedFunc(maps.Keys(n), func(a, b string) int { return cmp.Or(n[b]-n[a], cmp.Compare(a, b)) })
	var each []string
	for _, name := range names[:min(len(names), mostReported)] {
		each = append(each, fmt.Sprintf("%s %s", printable(name), grouped(n[name])))
	}
	if more := len(names) - len(each); more > 0 {
		each = append(each, fmt.Sprintf("and %s more", grouped(more)))
	}
	return fmt.Sprintf("%s: %s", grouped(len(names)), strings.Join(each, ", "))
}

// aligned prints a title and the first entries, a line of cells each, and counts the rest: those here, and more.
func aligned[T any](out *strings.Builder, title string, all []T, more int, head string, line func(T) string) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintf(out, "\n%s\n", title)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	if head != "" {
		fmt.Fprintf(w, "  %s\n", head)
	}
	for _, x := range all[:min(len(all), mostReported)] {
		fmt.Fprintf(w, "  %s\n", line(x))
	}
	w.Flush()
	if more += max(len(all)-mostReported, 0); more > 0 {
		fmt.Fprintf(out, "  and %s more\n", grouped(more))
	}
}

func seriesTable(out *strings.Builder, in data.Inspection) {
	aligned(out, "series", in.Series, in.More["series"], "name\trows\tfrom\tto\tstep\tmissing", func(s data.SeriesSummary) string {
		step := "unknown"
		if s.StepSeconds > 0 {
			step = span(s.StepSeconds)
		}
		if s.Uneven {
			step += ", uneven"
		}
		return fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%s", printable(s.Name), grouped(s.Rows), cmp.Or(s.From, "unknown"), cmp.Or(s.To, "unknown"), step, grouped(s.Missing))
	})
}

// channelTable has the figures of each channel of each series.
func channelTable(out *strings.Builder, in data.Inspection) {
	type channel struct {
		of *data.SeriesSummary
		c  int
	}
	var all []channel
	for i := range in.Series {
		for c := range in.Series[i].Channels {
			all = append(all, channel{&in.Series[i], c})
		}
	}
	more := 0
	if len(in.Series) > 0 {
		more = in.More["series"] * len(in.Series[0].Channels)
	}
	aligned(out, "channels", all, more, "name\tof\tmean\tmin\tmax", func(x channel) string {
		return fmt.Sprintf("%s\t%s\t%s\t%s\t%s", printable(x.of.Channels[x.c]), printable(x.of.Name), cmp.Or(written(x.of.Mean[x.c]), "none"), cmp.Or(written(x.of.Min[x.c]), "none"), cmp.Or(written(x.of.Max[x.c]), "none"))
	})
}

// leftOut groups what was left out by reason.
func leftOut(out *strings.Builder, in data.Inspection) {
	names := map[string][]string{}
	var reasons []string
	for _, r := range in.Rejected {
		if names[r.Reason] == nil {
			reasons = append(reasons, r.Reason)
		}
		names[r.Reason] = append(names[r.Reason], printable(r.Name))
	}
	if len(reasons) == 0 {
		return
	}
	all := len(in.Rejected) + in.More["rejected"]
	aligned(out, "left out: "+grouped(all), reasons, 0, "", func(reason string) string {
		of := names[reason]
		n, shown := len(of), strings.Join(of[:min(len(of), mostReported)], ", ")
		if n > mostReported {
			shown += fmt.Sprintf(" and %s more", grouped(n-mostReported))
		}
		return fmt.Sprintf("%s (%s): %s", printable(reason), grouped(n), shown)
	})
	if more := in.More["rejected"]; more > 0 {
		fmt.Fprintf(out, "  and %s more, for these or other reasons\n", grouped(more))
	}
}

// span is a length of time, as 10m or 1h30m or 2d.
func span(seconds float64) string {
	const day = 24 * time.Hour
	d := time.Duration(seconds * float64(time.Second))
	if d >= day && d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	s := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(s, zero) {
			s = s[:len(s)-2]
		}
	}
	return s
}

// some is so many things. Series are so many series.
func some(n int, thing string) string {
	if n != 1 && !strings.HasSuffix(thing, "s") {
		thing += "s"
	}
	return grouped(n) + " " + thing
}

// grouped writes a number as 1,234,567.
func grouped(n int) string {
	s := fmt.Sprint(n)
	for at := len(s) - 3; at > 0; at -= 3 {
		s = s[:at] + "," + s[at:]
	}
	return s
}

// printable is text that moves no cursor and parts no cells.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}
