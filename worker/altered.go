package worker

import (
	"context"
	"math"
	"slices"
	"strings"

	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/pretext/view"
)

// altered are the samples at, each a little different from what it was, as such samples differ of themselves: pictures
// cut and lit otherwise, texts without some words, readings with noise.
func altered(ctx context.Context, l Looker, set *data.Set, at []int, r *rng.Rand) (*data.Set, error) {
	out := &data.Set{Of: set.Of}
	for _, i := range at {
		out.Names, out.Labels = append(out.Names, set.Names[i]), append(out.Labels, set.Labels[i])
	}
	switch set.Of {
	case data.Text:
		out.Texts = &data.Texts{}
		for k, i := range at {
			out.Texts.Append(thinned(set.Texts.At(i), r.For("text", k)))
		}
		return out, out.Tokenize(ctx, l.Tokens, nil)
	case data.Series:
		out.Recordings = noisy(set.Recordings, l.Readings.Scale, r)
		for _, i := range at {
			out.Windows = append(out.Windows, set.Windows[i])
		}
		return out, nil
	}
	for k, i := range at {
		out.X = append(out.X, relit(set.X[i], r.For("picture", k)))
	}
	return out, nil
}

// thinned is a text with one of two words.
func thinned(text string, r *rng.Rand) string {
	words := strings.Fields(text)
	kept := slices.DeleteFunc(slices.Clone(words), func(string) bool { return r.IntN(2) == 0 })
	if len(kept) == 0 {
		kept = words
	}
	return strings.Join(kept, " ")
}

// noisy is recordings with as much noise as each channel varies.
func noisy(of *data.Recordings, s data.Scale, r *rng.Rand) *data.Recordings {
	out := *of
	out.Of = slices.Clone(of.Of)
	c := len(of.Channels)
	for i, rec := range out.Of {
		r := r.For("recording", i)
		x := slices.Clone(rec.X)
		for k := range x {
			x[k] += float32(r.NormFloat64() * math.Abs(float64(s.Std[k%c])))
		}
		out.Of[i].X = x
	}
	return &out
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
