package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"autodidact/core/data"
	"autodidact/worker"
)

// reading says how the files under -data are taken.
type reading struct {
	kind  data.Kind // "" to tell by the files
	clips data.Clips

	missing missingFlags
}

// flags adds what is asked of clips.
func (r *reading) flags(f *flag.FlagSet) {
	f.StringVar((*string)(&r.kind), "kind", "", "kind of data: image, video (GIFs and folders of frames), text or series; told by the files' names by default")
	f.Float64Var(&r.clips.Rate, "fps", 8, "of clips: frames a second")
	f.IntVar(&r.clips.Length, "frames", 16, "of clips: frames of a sample; longer films become several")
	f.Var(&r.missing, "missing", "of series: a value that means that nothing was read, as -999, or of one channel temp=-999; as often as needed. Those that the run was begun with, by default")
}

// as is how the data of a run are read, where the command line does not say otherwise.
func (r reading) as(c worker.Config) reading {
	if r.missing == nil {
		r.missing = c.Missing
	}
	return r
}

// mark takes readings of series for missing, and says how many.
func (r reading) mark(set *data.Set) {
	set.Mark(r.missing)
	for i, m := range set.Marked() {
		what := writtenMissing(r.missing)[i]
		if m.Readings == 0 {
			fmt.Fprintf(os.Stderr, "-missing %s: no reading is that: the channels are %s\n", what, strings.Join(set.Recordings.Channels, ", "))
			continue
		}
		fmt.Fprintf(os.Stderr, "%d readings that are %s count as missing\n", m.Readings, what)
	}
}

// read decodes every picture or clip under path for an encoder that sees size pixels, and
// names on standard error what had to be left out.
func (r reading) read(ctx context.Context, path string, size int) (*data.Set, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	only := ""
	if !info.IsDir() {
		path, only = filepath.Dir(path), filepath.Base(path)
	}
	files, err := data.FromFS(os.DirFS(path))
	if only != "" {
		files = slices.DeleteFunc(files, func(f data.File) bool { return f.Path != only })
		path = filepath.Join(path, only)
	}
	if err != nil {
		return nil, fmt.Errorf("data: %s: %w", path, err)
	}
	if r.kind == "" {
		r.kind = data.KindOf(files)
	}
	var set *data.Set
	var rejected []data.Rejected
	bar, what := newBar("decoding"), "picture"
	switch r.kind {
	case data.Images:
		set, rejected, err = data.ReadImages(ctx, files, worker.Keep(size), data.DecodePicture, bar.each)
	case data.Video:
		what = "clip"
		r.clips.Side = worker.Keep(size)
		set, rejected, err = data.ReadClips(ctx, files, r.clips, data.DecodePicture, data.DecodeClip,
			func(done, total int) { bar.each(done/100, total/100) })
	case data.Text:
		what = "text"
		set, rejected, err = data.ReadTexts(ctx, files, bar.each)
	case data.Series:
		what = "series"
		if set, rejected, err = data.ReadSeries(ctx, files, bar.each); err == nil && set.Recordings != nil {
			set.Cut(cmp.Or(size, 96))
			r.mark(set)
		}
	default:
		return nil, fmt.Errorf("-kind %s cannot be read; there are image, video, text and series", r.kind)
	}
	bar.clear()
	if err != nil {
		return nil, fmt.Errorf("data: %s: %w", path, err)
	}
	tellLeftOut("left out", rejected)
	if set.Len() == 0 {
		return nil, fmt.Errorf("data: no %s in %s can be used (%d files were left out)", what, path, len(rejected))
	}
	return set, nil
}

func tellLeftOut(how string, some []data.Rejected) {
	for _, r := range some {
		if r.Code == data.Notice {
			fmt.Fprintf(os.Stderr, "%s: %s\n", r.Name, r.Reason)
			continue
		}
		fmt.Fprintf(os.Stderr, "%s %s: %s\n", how, r.Name, r.Reason)
	}
}
