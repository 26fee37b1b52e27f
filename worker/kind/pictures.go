package kind

import (
	"context"
	"math"
	"slices"

	"autodidact/core/autograd"
	"autodidact/core/baseline"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/nn"
	"autodidact/core/probe"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/pretext"
	"autodidact/pretext/view"
)

// pictures are single pictures.
type pictures struct{ Independent }

// pictureTraits are those of pictures, and, but for names, of clips.
func pictureTraits(k data.Kind, noun string) Traits {
	return Traits{Kind: k, Noun: noun, Item: noun, Unit: "sample", SizeWords: "pictures whose side is a multiple", Size: 32, MinSize: 16, MaxSize: 224, Batch: 64, Encoder: "resnet6",
		Joint: true, Omit: true, Files: true, Tuning: Tuning{100, 20, 1200, 1e-3, 2e-3}, Enough: 200, More: "samples that differ"}
}

func (pictures) Traits() Traits {
	t := pictureTraits(data.Images, "picture")
	t.FixMatch = true
	return t
}

// Keep is the short side, in pixels, at which pictures wait for training at size: larger, so that a crop still has detail.
func Keep(size int) int { return max(2*size, 64) }

func (pictures) Read(ctx context.Context, files []data.File, f Format, each func(done, total int)) (*data.Set, []data.Rejected, error) {
	return data.ReadImages(ctx, files, Keep(f.Size), f.Decode, each)
}

// quadrants is the cells on a side of a picture that its features are averaged over one by one.
const quadrants = 2

// inOnePass is how many pictures go through an encoder together: more are no faster, and take as much more memory.
const inOnePass = 16

func (pictures) Embed(ctx context.Context, e Embedder, set *data.Set, at []int, each func(done, total int)) (probe.Features, error) {
	return probe.Embedding{Backend: e.Backend, Encoder: e.Encoder, N: len(at), Batch: inOnePass, Side: quadrants, Each: each,
		Input: func(i int) (*tensor.Tensor, error) { return view.Center(set.X[at[i]], e.Size), nil }}.Run(ctx)
}

func (pictures) Calibrate(ctx context.Context, e Embedder, set *data.Set) error {
	return calibrate(ctx, e, set)
}

// calibrate makes the running statistics of an encoder those of a few batches of set. A moving average still holds much of
// where it began; that is taken out, as Adam does (arXiv:1412.6980).
func calibrate(ctx context.Context, e Embedder, set *data.Set) error {
	const batches = 4
	if set.Len() == 0 {
		return nil
	}
	began := map[*autograd.Param]*tensor.Tensor{}
	t := autograd.NewTape(e.Backend, rng.New(0))
	defer t.Free()
	for _, p := range nn.Params(e.Encoder) {
		if p.Frozen {
			began[p] = t.Scale(p.Value, 1, 0)
		}
	}
	seen := 0
	for batch, err := range data.Epochs(set, min(64, set.Len()), 0, rng.New(0)) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if seen++; seen > batches {
			break
		}
		views := make([]*tensor.Tensor, len(batch.Samples))
		for i, s := range batch.Samples {
			views[i] = view.Center(data.Frames(s.X, 1)[0], e.Size)
		}
		t := autograd.NewTape(e.Backend, rng.New(0))
		t.NoGrad(func() autograd.Var { return e.Encoder.Encode(t.Input(tensor.Stack(views...))) })
		t.Free()
	}
	left := float32(math.Pow(nn.BatchNormMomentum, batches)) // of where it began
	for p, was := range began {
		t.Update(kernel.Sub, p.Value, t.Scale(was, left, 0))
		t.Affine(p.Value.Buf, p.Value.Buf, 1/(1-left), 0)
	}
	return nil
}

func (pictures) FineTuning(e Embedder, _ *data.Set) (FineTuning, error) {
	return pictureTuning{e, 1}, nil
}

// pictureTuning gives pictures to an encoder, or some frames of clips.
type pictureTuning struct {
	Embedder
	frames int // of a sample
}

func (p pictureTuning) Width() int { return quadrants * quadrants * p.Encoder.Width() }

// Views are pictures [n·frames, size, size, 3]; augmented, they are parts of them in other light.
func (p pictureTuning) Views(set *data.Set, at []int, chance *rng.Rand) data.Views {
	size := p.Size
	px := size * size * 3
	other := view.Image{Size: size, Crop: 0.5, Flip: true, Jitter: 0.2} // as pretext.Supervised
	all := make([]float32, 0, len(at)*p.frames*px)
	for k, i := range at {
		for f, x := range data.Frames(set.X[i], p.frames) {
			if chance == nil {
				all = append(all, view.Center(x, size).Buf.(kernel.Host)...)
				continue
			}
			all = append(all, make([]float32, px)...)
			other.Into(all[len(all)-px:], chance.For("view", k*p.frames+f), x)
		}
	}
	return data.Views{tensor.Float32s(all, len(at)*p.frames, size, size, 3)}
}

// Features are the means over quadrants, and over frames: [n, width].
func (p pictureTuning) Features(t *autograd.Tape, v data.Views, _ float32) autograd.Var {
	h := pretext.Quarters(p.Encoder.Encode(t.Input(v[0])))
	if p.frames == 1 {
		return h
	}
	n := h.Dim(0) / p.frames
	return h.Reshape(n, p.frames, h.Dim(1)).Mean(1).Reshape(n, h.Dim(1))
}

func (pictures) Baseline(set, test *data.Set, _ int, _ Input, b kernel.Backend) (*baseline.Baseline, []string) {
	return baseline.OfPictures(set, test, b), nil
}

func (pictures) Altered(_ context.Context, _ Embedder, set *data.Set, at []int, r *rng.Rand) (*data.Set, error) {
	return relitAll(set, at, r), nil
}

func relitAll(set *data.Set, at []int, r *rng.Rand) *data.Set {
	out := named(set, at)
	for k, i := range at {
		out.X = append(out.X, relit(set.X[i], r.For("picture", k)))
	}
	return out
}

// relit is a picture, or each frame of a clip alike, of which a part is shown, in other light.
func relit(x *tensor.Tensor, r *rng.Rand) *tensor.Tensor {
	frames := []*tensor.Tensor{x}
	if len(x.Shape) == 4 {
		frames = data.Frames(x, x.Shape[0])
	}
	h, w := frames[0].Shape[0], frames[0].Shape[1]
	side := min(h, w)
	look := view.Image{Size: side, Crop: 0.7, Jitter: 0.2}
	var rgb []byte
	dst := make([]float32, side*side*3)
	chance := r.Uint64()
	for _, f := range frames {
		look.Into(dst, rng.New(chance), f)
		rgb = append(rgb, view.Picture(dst, side).Buf.(kernel.Bytes)...)
	}
	if len(x.Shape) == 4 {
		return tensor.Bytes(rgb, len(frames), side, side, 3)
	}
	return tensor.Bytes(rgb, side, side, 3)
}

// Two pictures are nearly the same when their hashes differ in no more bits than this, their features, less what all share,
// have at least this cosine, and from afar they differ by no more than this fraction of what they vary by.
const (
	samePicture = 4
	sameLook    = 0.95
	samePixels  = 0.12
	othersSeen  = 100 // beside the suspects, so that there is a mean of features
)

func (pictures) Duplicates(ctx context.Context, e Embedder, set *data.Set, tick func()) ([][]int, error) {
	return pictureDuplicates(ctx, e, set, tick)
}

func pictureDuplicates(ctx context.Context, e Embedder, set *data.Set, tick func()) ([][]int, error) {
	hashes, err := hashed(ctx, set.Len(), tick, func(i int) uint64 { return probe.DifferenceHash(data.Frames(set.X[i], 1)[0]) })
	if err != nil {
		return nil, err
	}
	var suspects []int // and some others, so that there is a mean
	for _, group := range probe.NearDuplicates(hashes, samePicture, nil) {
		suspects = append(suspects, group...)
	}
	if suspects == nil {
		return nil, nil
	}
	suspects = append(suspects, probe.Evenly(probe.All(set.Len()), othersSeen)...)
	slices.Sort(suspects)
	suspects = slices.Compact(suspects)
	f, err := e.Embed(ctx, set, suspects, func(int, int) { tick() })
	if err != nil {
		return nil, err
	}
	c, of := f.Pooled().Centred(), make([]uint64, len(suspects))
	for k, i := range suspects {
		of[k] = hashes[i]
	}
	groups := probe.NearDuplicates(of, samePicture, func(i, j int) bool {
		return cosine(c.Row(i), c.Row(j)) >= sameLook && samePixel(set.X[suspects[i]], set.X[suspects[j]])
	})
	for _, group := range groups {
		for k := range group {
			group[k] = suspects[group[k]]
		}
	}
	return groups, nil
}

// hashed are the hashes of n samples.
func hashed(ctx context.Context, n int, tick func(), of func(i int) uint64) ([]uint64, error) {
	hashes := make([]uint64, n)
	for i := range hashes {
		hashes[i] = of(i)
		if i%500 == 0 {
			tick()
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
	}
	return hashes, nil
}

// samePixel compares two pictures, or the middle frames of two clips, in 16 by 16 cells.
func samePixel(x, y *tensor.Tensor) bool {
	two := &data.Set{Of: data.Images, X: []*tensor.Tensor{data.Frames(x, 1)[0], data.Frames(y, 1)[0]}}
	const side = 16
	f := probe.RawPixels(two, side)
	mean, off, vary := 0.0, 0.0, 0.0
	for _, v := range f.Row(0) {
		mean += float64(v) / float64(f.Width)
	}
	for k, v := range f.Row(0) {
		off += math.Pow(float64(v-f.Row(1)[k]), 2)
		vary += math.Pow(float64(v)-mean, 2)
	}
	return off <= samePixels*samePixels*vary
}

func cosine(a, b []float32) float64 {
	var dot, x, y float64
	for k, v := range a {
		dot += float64(v) * float64(b[k])
		x += float64(v) * float64(v)
		y += float64(b[k]) * float64(b[k])
	}
	return dot / math.Sqrt(max(x*y, 1e-30))
}

func (pictures) Cues(set *data.Set, size int) []Cue { return pictureCues(set, size) }

// pictureCues are those of what pictures show, and of their files.
func pictureCues(set *data.Set, size int) (cues []Cue) {
	shown := map[int][]float32{}
	center := func(i int) []float32 {
		if shown[i] == nil {
			shown[i] = view.Center(data.Frames(set.X[i], 1)[0], size).Buf.(kernel.Host)
		}
		return shown[i]
	}
	for _, c := range probe.Cues {
		cues = append(cues, Cue{c.Name, c.What, func(i int) []float32 { return c.Of(center(i), size) }})
	}
	return append(cues, Cue{"order", orderWords, func(i int) []float32 { return nameOrder(set.Names[i]) }},
		Cue{"file", "what kind of file it is, how long or how large", func(i int) []float32 {
			x := data.Frames(set.X[i], 1)[0]
			h, w := float64(x.Shape[0]), float64(x.Shape[1])
			return append(append(fileType(set.Names[i]), soft(0.5+math.Log2(w/h)/4)...), soft(math.Log2(h*w)/24)...)
		}})
}

func (pictures) Layout(size int, _ Input) string { return pictureLayout(size) }
