package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"autodidact"
	"autodidact/core/data"
)

// reading says how the files under -data are taken.
type reading struct {
	kind    data.Kind // "" to guess from the files
	clips   data.Clips
	given   *flag.FlagSet // which flags were; nil if there are none
	missing missingFlags
}

// flags adds the flags of how files are read.
func (r *reading) flags(f *flag.FlagSet) {
	r.given = f
	f.StringVar((*string)(&r.kind), "kind", "", "kind of data: image, video (GIFs and folders of frames), text or series; guessed from the file names by default")
	f.Float64Var(&r.clips.Rate, "fps", 8, "for clips: frames a second")
	f.IntVar(&r.clips.Length, "frames", 16, "for clips: frames of a sample; a longer film becomes several samples")
	f.Var(&r.missing, "missing", "for series: a value that means a missing reading, as -999, or for one channel, as temp=-999; can be repeated. By default those of the run")
}

// as is how the data of a run are read, where the command line does not say otherwise.
func (r reading) as(missing []data.Missing) reading {
	if r.missing == nil {
		r.missing = missing
	}
	return r
}

// tellMarked says how many readings of series are taken for missing.
func tellMarked(d *autodidact.Data) {
	for _, m := range d.Marked() {
		what := writtenMissing([]data.Missing{m.Missing})[0]
		if m.Readings == 0 {
			fmt.Fprintf(os.Stderr, "-missing %s: no reading has this value; the channels are %s\n", what, strings.Join(d.Set().Recordings.Channels, ", "))
			continue
		}
		fmt.Fprintf(os.Stderr, "%d readings count as missing: %s\n", m.Readings, what)
	}
}

// read is look, for a command that needs samples: it names on standard error what had to be left out, and
// is an error when nothing can be used.
func (r reading) read(ctx context.Context, path string, size int) (*autodidact.Data, error) {
	d, err := r.look(ctx, path, size)
	if err != nil {
		return nil, err
	}
	tellLeftOut("left out", notUsed(d))
	return d, d.Usable()
}

// look decodes every picture or clip under path for an encoder that sees size pixels.
func (r reading) look(ctx context.Context, path string, size int) (*autodidact.Data, error) {
	how := autodidact.Reading{Kind: r.kind, Size: size, Missing: r.missing, Progress: show}
	if r.given != nil && given(r.given, "fps") {
		how.FPS = r.clips.Rate
	}
	if r.given != nil && given(r.given, "frames") {
		how.Frames = r.clips.Length
	}
	d, err := autodidact.Open(ctx, path, how)
	clearShown()
	if wrong, is := errors.AsType[*autodidact.ConfigError](err); is {
		return nil, fmt.Errorf("-%s%s", map[bool]string{true: "kind: "}[wrong.Field == "kind"], wrong.Reason)
	}
	if err != nil {
		return nil, err
	}
	tellMarked(d)
	return d, nil
}

// notUsed is what was left out of d, with how to take tables of labels that were not.
func notUsed(d *autodidact.Data) []data.Rejected {
	all := slices.Clone(d.LeftOut())
	for _, t := range d.Tables() {
		t.Reason += "; -labels-from with its path takes them (probe, predict)"
		all = append(all, t)
	}
	return all
}

// mostAlike is how many files are named that are left out for one and the same reason.
const mostAlike = 10

func tellLeftOut(how string, some []data.Rejected) {
	alike := map[string]int{}
	for _, r := range some {
		stdout.event(r)
		if r.Code == data.Notice || r.Code == data.System {
			fmt.Fprintf(os.Stderr, "%s: %s\n", r.Name, r.Reason)
			continue
		}
		if alike[r.Reason]++; alike[r.Reason] <= mostAlike {
			fmt.Fprintf(os.Stderr, "%s %s: %s\n", how, r.Name, r.Reason)
		}
	}
	for _, reason := range slices.Sorted(maps.Keys(alike)) {
		if more := alike[reason] - mostAlike; more > 0 {
			fmt.Fprintf(os.Stderr, "%s %d more: %s\n", how, more, reason)
		}
	}
}
