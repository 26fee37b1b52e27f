package worker

import (
	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/pretext"
	"autodidact/pretext/view"
)

// A pictureReader shows pictures to an encoder, or some frames of clips.
type pictureReader struct {
	look   Looker
	frames int // of a sample
}

func (r pictureReader) width() int { return side * side * r.look.Encoder.Width() }

// views are pictures [n·frames, size, size, 3]; while learning, parts of them in other light.
func (r pictureReader) views(set *data.Set, at []int, chance *rng.Rand) data.Views {
	size := r.look.Size
	px := size * size * 3
	other := view.Image{Size: size, Crop: 0.5, Flip: true, Jitter: 0.2} // as pretext.Supervised
	all := make([]float32, 0, len(at)*r.frames*px)
	for k, i := range at {
		for f, x := range data.Frames(set.X[i], r.frames) {
			if chance == nil {
				all = append(all, view.Center(x, size).Buf.(kernel.Host)...)
				continue
			}
			all = append(all, make([]float32, px)...)
			other.Into(all[len(all)-px:], chance.For("view", k*r.frames+f), x)
		}
	}
	return data.Views{tensor.Float32s(all, len(at)*r.frames, size, size, 3)}
}

// features are the means over quadrants, and over frames: [n, width].
func (r pictureReader) features(t *autograd.Tape, v data.Views, _ float32) autograd.Var {
	h := pretext.Quarters(r.look.Encoder.Encode(t.Input(v[0])))
	if r.frames == 1 {
		return h
	}
	n := h.Dim(0) / r.frames
	return h.Reshape(n, r.frames, h.Dim(1)).Mean(1).Reshape(n, h.Dim(1))
}
