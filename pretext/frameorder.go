package pretext

import (
	"context"
	"fmt"
	"slices"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/pretext/view"
)

// Frame order: four frames of a clip are shuffled; in which order were they? Forwards and
// backwards count as one, since many motions can be run either way. To answer, an encoder must know how
// things move. Lee et al., 2017, arXiv:1708.01246.
var frameOrder = Define(Spec{
	Name:  "frameorder",
	Title: "Frame order",
	Line:  "Puts four shuffled frames of a clip back in order.",
	Paper: "1708.01246",
	Kinds: []data.Kind{data.Video},
}, FrameOrderOptions{Span: 0.75, Crop: 0.6, Shift: 0.05, Gray: 0.5, Flip: true, Hidden: 128}, newFrameOrder)

// FrameOrderOptions are the options of the task.
type FrameOrderOptions struct {
	Span   float32 `json:"span" min:"0.2" max:"1" doc:"smallest fraction of a clip's motion that the four frames span"`
	Crop   float32 `json:"crop" min:"0.05" max:"1" doc:"smallest fraction of the image that a random crop shows"`
	Shift  float32 `json:"shift" min:"0" max:"0.3" doc:"how far each frame is shifted by itself, as a fraction of its side, so that camera motion gives no clue"`
	Gray   float32 `json:"gray" min:"0" max:"1" doc:"fraction of clips of which one colour channel is shown as gray"`
	Flip   bool    `json:"flip" doc:"mirror half of the clips at random"`
	Hidden int     `json:"hidden" min:"8" max:"1024" doc:"size of the head's hidden layer for a pair of frames"`
}

// shuffled is how many frames are put in order.
const shuffled = 4

// orders are the 12 orders of four frames: the time of each frame shown. Of two that differ in
// the direction of time it is the one that shows an early frame first.
var orders = func() (all [][shuffled]int) {
	for code := range 256 {
		o := [shuffled]int{code >> 6, code >> 4 & 3, code >> 2 & 3, code & 3}
		if s := slices.Sorted(slices.Values(o[:])); slices.Equal(s, []int{0, 1, 2, 3}) && o[0] < shuffled/2 {
			all = append(all, o)
		}
	}
	return all
}()

// backwards is o as it would be if the film ran the other way.
func backwards(o [shuffled]int) [shuffled]int {
	for k := range o {
		o[k] = shuffled - 1 - o[k]
	}
	return o
}

// FrameOrder trains Encoder, which sees one frame at a time, through Pair, which sees two
// frames' features side by side, and Head, which sees all six pairs.
type FrameOrder struct {
	Encoder nn.Encoder
	Pair    *nn.Linear
	Head    *nn.Linear

	augment view.Frames
}

func newFrameOrder(s Setup, o FrameOrderOptions) Task {
	return &FrameOrder{s.Encoder, nn.NewLinear(s.Rand, 2*4*s.Encoder.Width(), o.Hidden), nn.NewLinear(s.Rand, 6*o.Hidden, len(orders)),
		view.Frames{Count: shuffled, Size: s.Size, Span: o.Span, Crop: o.Crop, Shift: o.Shift, Gray: o.Gray, Flip: o.Flip}}
}

func (f *FrameOrder) Backbone() nn.Encoder { return f.Encoder }

// Reject excludes clips whose frames have no recognizable order.
func (f *FrameOrder) Reject(s data.Sample) string {
	moments, _ := view.Moments(s.X)
	switch {
	case s.X.Shape[0] < shuffled:
		return fmt.Sprintf("too short: %d frames, and %d are to be put in order", s.X.Shape[0], shuffled)
	case len(moments) < shuffled:
		return "too still: its frames are alike, so that their order cannot be determined"
	case view.Palindrome(s.X):
		return "a palindrome: it looks the same forwards and backwards, so that its frames have no one order"
	}
	return ""
}

// Views are frames [4n, size, size, 3], one clip's together, and which of orders each clip's are
// in, [n].
func (f *FrameOrder) Views(r *rng.Rand, b data.Batch) data.Views {
	n, size := len(b.Samples), f.augment.Size
	px := size * size * 3
	all, in := make([]float32, n*shuffled*px), make([]int32, n)
	each(n, func(i int) {
		r, film := r.For("view", i), make([]float32, shuffled*px)
		f.augment.Into(film, r, b.Samples[i].X)
		class := r.IntN(len(orders))
		order := orders[class]
		if r.IntN(2) == 0 {
			order = backwards(order)
		}
		for k, from := range order {
			copy(all[(i*shuffled+k)*px:][:px], film[from*px:])
		}
		in[i] = int32(class)
	})
	return data.Views{tensor.Float32s(all, n*shuffled, size, size, 3), tensor.Int32s(in, n)}
}

// Loss is the cross-entropy of the twelve orders.
func (f *FrameOrder) Loss(t *autograd.Tape, v data.Views) autograd.Var {
	return f.logits(t.Input(v[0])).CrossEntropy(t.Input(v[1]))
}

// logits gives logits [n, 12].
func (f *FrameOrder) logits(x autograd.Var) autograd.Var {
	h := Quarters(f.Encoder.Encode(x))
	n, w := h.Dim(0)/shuffled, h.Dim(1)
	var left, right []int32 // of each pair, all clips' pairs in turn
	for i := range int32(n) {
		for a := range int32(shuffled) {
			for b := a + 1; b < shuffled; b++ {
				left, right = append(left, i*shuffled+a), append(right, i*shuffled+b)
			}
		}
	}
	t, pairs := x.Tape(), len(left)
	take := func(which []int32) autograd.Var {
		return autograd.Gather(h, t.Input(tensor.Int32s(which, pairs))).Reshape(1, pairs, w)
	}
	both := autograd.Concat(take(left), take(right)).Transpose(1, 0, 2).Reshape(pairs, 2*w)
	return f.Head.Forward(f.Pair.Forward(both).Relu().Reshape(n, f.Head.Weight.Value.Shape[0]))
}

// Preview puts each clip's frames in the predicted order.
func (f *FrameOrder) Preview(ctx context.Context, t *autograd.Tape, b data.Batch, v data.Views) ([]Example, error) {
	p, err := t.Download(ctx, f.logits(t.Input(v[0])).Softmax().Value())
	if err != nil {
		return nil, err
	}
	size := f.augment.Size
	px, frames, in := size*size*3, v[0].Buf.(kernel.Host), v[1].Buf.(kernel.Host).Int32s()
	examples := make([]Example, len(b.Samples))
	for i := range examples {
		says := largest(p[i*len(orders):][:len(orders)])
		e := Example{Name: b.Samples[i].Name, Answer: make([]*tensor.Tensor, shuffled), Right: verdict(says == int(in[i])),
			Words: fmt.Sprintf("probability of this order %.0f %%", 100*p[i*len(orders)+says])}
		for k, at := range orders[says] {
			frame := view.Picture(frames[(i*shuffled+k)*px:][:px], size)
			e.Question, e.Answer[at] = append(e.Question, frame), frame
		}
		examples[i] = e
	}
	return examples, nil
}
