package kind

import (
	"context"
	"fmt"

	"autodidact/core/baseline"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/probe"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/pretext"
	"autodidact/pretext/view"
)

// clips are short pieces of film: of each some frames are looked at as pictures.
type clips struct{ Independent }

func (clips) Traits() Traits {
	t := pictureTraits(data.Video, "clip")
	t.Parts, t.Film, t.Enough = data.Images, true, 50
	return t
}

func (clips) Read(ctx context.Context, files []data.File, f Format, each func(done, total int)) (*data.Set, []data.Rejected, error) {
	return data.ReadClips(ctx, files, data.Clips{Side: Keep(f.Size), Rate: f.Rate, Length: f.Frames}, f.Decode, f.DecodeClip, each)
}

// Sources are clips, or their frames where a task is about pictures.
func (clips) Sources(set *data.Set, _ int, _ Input, _ pretext.Task, spec pretext.Spec) Sources {
	train, held := holdOut(set)
	for _, k := range spec.Kinds {
		if k == data.Video {
			return Sources{Train: train, Held: held}
		}
	}
	return Sources{Train: data.Stills(train), Held: data.Stills(held)}
}

// framesSeen is how many frames of a clip are looked at: their features are averaged.
const framesSeen = 4

func (clips) Embed(ctx context.Context, e Embedder, set *data.Set, at []int, each func(done, total int)) (probe.Features, error) {
	return probe.Embedding{Backend: e.Backend, Encoder: e.Encoder, N: len(at), Batch: inOnePass / framesSeen, Frames: framesSeen, Side: quadrants, Each: each,
		Input: func(i int) (*tensor.Tensor, error) {
			var frames []*tensor.Tensor
			for _, x := range data.Frames(set.X[at[i]], framesSeen) {
				frames = append(frames, view.Center(x, e.Size))
			}
			return tensor.Stack(frames...), nil
		}}.Run(ctx)
}

func (clips) Calibrate(ctx context.Context, e Embedder, set *data.Set) error {
	return calibrate(ctx, e, set)
}

func (clips) FineTuning(e Embedder, _ *data.Set) (FineTuning, error) {
	return pictureTuning{e, framesSeen}, nil
}

func (clips) Baseline(set, test *data.Set, _ int, _ Input, b kernel.Backend) (*baseline.Baseline, []string) {
	return baseline.OfPictures(set, test, b), nil
}

func (clips) Altered(_ context.Context, _ Embedder, set *data.Set, at []int, r *rng.Rand) (*data.Set, error) {
	return relitAll(set, at, r), nil
}

func (clips) Duplicates(ctx context.Context, e Embedder, set *data.Set, tick func()) ([][]int, error) {
	return pictureDuplicates(ctx, e, set, tick)
}

func (clips) Cues(set *data.Set, size int) []Cue { return pictureCues(set, size) }

func (clips) Layout(size int, _ Input) string { return pictureLayout(size) }

func pictureLayout(size int) string {
	return fmt.Sprintf("float32 [batch, 3, %d, %d] RGB, (value/255 - 0.5) / 0.5", size, size)
}

// Stills are the frames of a set's samples as a set of pictures, and whether they have frames.
func Stills(set *data.Set) (*data.Set, bool) {
	if set.Of != data.Video {
		return set, false
	}
	return data.Stills(set), true
}
