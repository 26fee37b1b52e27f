package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"autodidact/core/data"
	"autodidact/worker"
)

// reading says how the files under -data are taken.
type reading struct {
	kind  data.Kind // "" to tell by the files
	clips data.Clips
	given *flag.FlagSet // which flags were; nil if there are none
}

// flags adds what is asked of clips.
func (r *reading) flags(f *flag.FlagSet) {
	r.given = f
	f.StringVar((*string)(&r.kind), "kind", "", "kind of data: image, video (GIFs and folders of frames), text or series; told by the files' names by default")
	f.Float64Var(&r.clips.Rate, "fps", 8, "of clips: frames a second")
	f.IntVar(&r.clips.Length, "frames", 16, "of clips: frames of a sample; longer films become several")
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
	if err := r.meant(); err != nil {
		return nil, err
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

// meant refuses what is asked of clips where there are none.
func (r reading) meant() error {
	for _, name := range []string{"fps", "frames"} {
		if r.given != nil && r.kind != data.Video && given(r.given, name) {
			return fmt.Errorf("-%s is for clips, and this is data of kind %s", name, r.kind)
		}
	}
	return nil
}

func tellLeftOut(how string, some []data.Rejected) {
	for _, r := range some {
		stdout.event(r)
		if r.Code == data.Notice {
			fmt.Fprintf(os.Stderr, "%s: %s\n", r.Name, r.Reason)
			continue
		}
		fmt.Fprintf(os.Stderr, "%s %s: %s\n", how, r.Name, r.Reason)
	}
}
