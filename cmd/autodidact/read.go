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
	"autodidact/worker/kind"
	"autodidact/worker/label"
	"autodidact/worker/run"
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
func (r reading) as(c run.Config) reading {
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
			fmt.Fprintf(os.Stderr, "-missing %s: no reading has this value; the channels are %s\n", what, strings.Join(set.Recordings.Channels, ", "))
			continue
		}
		fmt.Fprintf(os.Stderr, "%d readings count as missing: %s\n", m.Readings, what)
	}
}

// read is look, for a command that needs samples: it names on standard error what had to be left out, and
// is an error when nothing can be used.
func (r reading) read(ctx context.Context, path string, size int) (*data.Set, error) {
	set, rejected, err := r.look(ctx, path, size)
	if err != nil {
		return nil, err
	}
	tellLeftOut("left out", rejected)
	return set, unusable(set, path, rejected)
}

// unusable is an error if a set that was read of path has no samples.
func unusable(set *data.Set, path string, rejected []data.Rejected) error {
	if set.Len() > 0 {
		return nil
	}
	out := 0
	for _, r := range rejected {
		if r.Code != data.Notice {
			out++
		}
	}
	left := fmt.Sprintf("%d files were", out)
	if out == 1 {
		left = "1 file was"
	}
	return fmt.Errorf("data: no %s in %s can be used (%s left out)", kind.TraitsOf(set.Of).Item, path, left)
}

// look decodes every picture or clip under path for an encoder that sees size pixels, and reports what was left out.
func (r reading) look(ctx context.Context, path string, size int) (*data.Set, []data.Rejected, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, fmt.Errorf("data: %w", err)
	}
	given := data.Input{Kind: r.kind, Inside: true}
	if info.IsDir() {
		given.Files, err = data.FromFS(os.DirFS(path))
	} else {
		given.Files = data.FromFile(os.DirFS(filepath.Dir(path)), filepath.Base(path))
		given.Inside = strings.EqualFold(filepath.Ext(path), ".zip")
	}
	if err != nil {
		return nil, nil, fmt.Errorf("data: %s: %w", path, err)
	}
	chosen := data.Choose(given)
	r.kind = chosen.Kind
	files := chosen.Files
	if err := r.meant(); err != nil {
		return nil, nil, err
	}
	k, err := kind.Find(r.kind)
	if err != nil {
		return nil, nil, fmt.Errorf("-kind: %w", err)
	}
	bar := newBar("decoding")
	format := kind.Format{Size: size, Rate: r.clips.Rate, Frames: r.clips.Length, Decode: data.DecodePicture, DecodeClip: data.DecodeClip}
	each := bar.each
	if k.Traits().Film { // which are read in hundredths
		each = func(done, total int) { bar.each(done/100, total/100) }
	}
	set, rejected, err := k.Read(ctx, files, format, each)
	bar.clear()
	if err != nil {
		return nil, nil, fmt.Errorf("data: %s: %w", path, err)
	}
	if k.Cut(set, cmp.Or(size, kind.SizeFor(set, 0)), nil); set.Recordings != nil {
		r.mark(set)
	}
	rejected = append(chosen.Rejected, rejected...)
	set.Compose()
	return set, append(rejected, takeTables(set, chosen.Tables)...), nil
}

// meant refuses what is asked of clips where there are none.
func (r reading) meant() error {
	for _, name := range []string{"fps", "frames"} {
		if r.given != nil && !kind.TraitsOf(r.kind).Film && given(r.given, name) {
			return fmt.Errorf("-%s is for clips, and this is data of kind %s", name, r.kind)
		}
	}
	return nil
}

// takeTables takes the labels of a table that lies in the data as those it came with, if it has no others; else it says
// which flag takes them.
func takeTables(set *data.Set, tables []data.LabelTable) (notes []data.Rejected) {
	free := len(set.Classes()) == 0 && len(tables) == 1
	for _, t := range tables {
		o := t.Match(set)
		switch says := o.Counts(kind.NounOf(set)); {
		case len(o.Labels) == 0:
			notes = append(notes, label.OfNone(t, set))
		case free:
			for i, name := range set.Names {
				set.Labels[i] = o.Labels[name]
			}
			notes = append(notes, data.Rejected{Name: t.Path, Code: data.Notice, Reason: "took its " + says})
		default:
			notes = append(notes, data.Rejected{Name: t.Path, Code: data.Notice, Reason: fmt.Sprintf("has %s; -labels-from with its path takes them (probe, predict)", says)})
		}
	}
	return notes
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
