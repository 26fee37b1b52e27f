package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"maps"
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
}

// flags adds what is asked of clips.
func (r *reading) flags(f *flag.FlagSet) {
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
	given := data.Given{Kind: r.kind, Inside: true}
	if info.IsDir() {
		given.Files, err = data.FromFS(os.DirFS(path))
	} else {
		given.Files = data.FromFile(os.DirFS(filepath.Dir(path)), filepath.Base(path))
		given.Inside = strings.EqualFold(filepath.Ext(path), ".zip")
	}
	if err != nil {
		return nil, fmt.Errorf("data: %s: %w", path, err)
	}
	chosen := data.Choose(given)
	r.kind = chosen.Kind
	files := chosen.Files
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
	rejected = append(chosen.Rejected, rejected...)
	tellLeftOut("left out", rejected)
	set.Compose()
	takeTables(set, chosen.Tables)
	if set.Len() == 0 {
		return nil, fmt.Errorf("data: no %s in %s can be used (%d files were left out)", what, path, len(rejected))
	}
	return set, nil
}

// takeTables takes the labels of a table that lies in the data as those it came with, if it has no others; else it tells
// which flag takes them.
func takeTables(set *data.Set, tables []data.LabelTable) {
	free := len(set.Classes()) == 0 && len(tables) == 1
	for _, t := range tables {
		o := t.Offer(set)
		switch says := o.Counts(worker.Nouns[set.Of]); {
		case len(o.Labels) == 0:
			tellLeftOut("left out", []data.Rejected{worker.OfNone(t, set.Of)})
		case free:
			for i, name := range set.Names {
				set.Labels[i] = o.Labels[name]
			}
			fmt.Fprintf(os.Stderr, "%s: took its %s\n", t.Path, says)
		default:
			fmt.Fprintf(os.Stderr, "%s: has %s; -labels-from with its path takes them (probe, predict)\n", t.Path, says)
		}
	}
}

// mostAlike is how many files are named that are left out for one and the same reason.
const mostAlike = 10

func tellLeftOut(how string, some []data.Rejected) {
	alike := map[string]int{}
	for _, r := range some {
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
