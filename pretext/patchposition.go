package pretext

import (
	"context"
	"fmt"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/pretext/view"
)

// Patch position: where in the picture was this patch? To answer, an encoder must know how things
// are put together. Doersch et al., 2015, arXiv:1505.05192, who ask about pairs; asking about
// all patches at once is nearer to the jigsaw of Noroozi and Favaro, arXiv:1603.09246.
var patchPosition = Define(Spec{
	Name:  "patchposition",
	Title: "Patch position (jigsaw)",
	Line:  "Predicts where the shuffled patches of an image belong.",
	Paper: "1505.05192",
	Kinds: []data.Kind{data.Images},
}, PatchPositionOptions{Grid: 3, Gap: 0.2, Crop: 0.6, Gray: 0.3, Normalise: true, Hidden: 256}, newPatchPosition)

// PatchPositionOptions are the options of the task.
type PatchPositionOptions struct {
	Pairwise  bool    `json:"pairwise" doc:"as in the paper: predict on which of eight sides of the middle patch each other one lies; the grid is 3 then"`
	Grid      int     `json:"grid" min:"2" max:"4" doc:"patches on a side"`
	Gap       float32 `json:"gap" min:"0" max:"0.5" doc:"fraction of the image cut away between patches, so that their edges give no clue"`
	Crop      float32 `json:"crop" min:"0.2" max:"1" doc:"smallest fraction of an image that is cut into patches"`
	Gray      float32 `json:"gray" min:"0" max:"1" doc:"fraction of images shown in gray, so that colour fringes give no clue"`
	Normalise bool    `json:"normalise" doc:"normalize every patch to the same brightness and contrast"`
	Hidden    int     `json:"hidden" min:"8" max:"2048" doc:"size of the head's hidden layer"`
}

// PatchPosition trains Encoder, which sees one patch at a time, through Head, which sees
// two features side by side.
type PatchPosition struct {
	Encoder nn.Encoder
	Head    *nn.MLP

	pairwise bool
	augment  view.Patches
}

func newPatchPosition(s Setup, o PatchPositionOptions) Task {
	if o.Pairwise {
		o.Grid = 3
	}
	p := &PatchPosition{Encoder: s.Encoder, pairwise: o.Pairwise,
		augment: view.Patches{Grid: o.Grid, Side: max(s.Size/2, 8), Gap: o.Gap, Crop: o.Crop, Gray: o.Gray, Normalise: o.Normalise}}
	p.Head = nn.NewNormMLP(s.Rand, 2*s.Encoder.Width(), o.Hidden, p.places())
	return p
}

func (p *PatchPosition) Backbone() nn.Encoder { return p.Encoder }

// places is how many answers a question has.
func (p *PatchPosition) places() int {
	if p.pairwise {
		return 8
	}
	return p.augment.Grid * p.augment.Grid
}

// Views are patches [n·grid², side, side, 3], one picture's together and row by row, and
// the right answers, [n·places].
func (p *PatchPosition) Views(r *rng.Rand, b data.Batch) data.Views {
	n, side, cells := len(b.Samples), p.augment.Side, p.augment.Grid*p.augment.Grid
	px := cells * side * side * 3
	all, places := make([]float32, n*px), make([]int32, n*p.places())
	each(n, func(i int) { p.augment.Into(all[i*px:][:px], r.For("view", i), b.Samples[i].X) })
	for i := range places {
		places[i] = int32(i % p.places())
	}
	return data.Views{tensor.Float32s(all, n*cells, side, side, 3), tensor.Int32s(places, len(places))}
}

// Loss is the cross-entropy of the places.
func (p *PatchPosition) Loss(t *autograd.Tape, v data.Views) autograd.Var {
	return p.logits(t.Input(v[0])).CrossEntropy(t.Input(v[1]))
}

// logits gives logits [n·places, places]. Beside a patch's own features the head sees the mean of
// its picture's patches, or, when pairs are asked about, the middle one's.
func (p *PatchPosition) logits(x autograd.Var) autograd.Var {
	h := nn.Pool(p.Encoder.Encode(x))
	cells, w := p.augment.Grid*p.augment.Grid, h.Dim(1)
	n := h.Dim(0) / cells
	own, beside := h, h.Reshape(n, cells, w).Mean(1).Reshape(n, w)
	if p.pairwise {
		t := x.Tape()
		var around, middle []int32
		for i := range n {
			middle = append(middle, int32(i*cells+cells/2))
			for c := range cells {
				if c != cells/2 {
					around = append(around, int32(i*cells+c))
				}
			}
		}
		own, beside = autograd.Gather(h, t.Input(tensor.Int32s(around, len(around)))), autograd.Gather(h, t.Input(tensor.Int32s(middle, n)))
	}
	// Each picture's second half of the input is the same for all its questions.
	in, out := own.Reshape(n, p.places(), w), beside.Reshape(n, 1, w)
	zeros := x.Tape().Input(tensor.Float32s(make([]float32, n*p.places()*w), n, p.places(), w))
	both := autograd.Concat(in.Reshape(1, n*p.places(), w), zeros.Add(out).Reshape(1, n*p.places(), w))
	return p.Head.Forward(both.Transpose(1, 0, 2).Reshape(n*p.places(), 2*w))
}

// Questions are all patches, and the place of each; where pairs are asked about, all but those in the middle.
func (p *PatchPosition) Questions(v data.Views) Questions {
	q := Questions{Side: p.augment.Side, Right: ints(v[1]), Choices: p.places()}
	cells := p.augment.Grid * p.augment.Grid
	for i, patch := range splitImages(v[0]) {
		if !p.pairwise || i%cells != cells/2 {
			q.Images = append(q.Images, patch)
		}
	}
	return q
}

// Preview puts the patches at their predicted positions, the most probable first, one per position.
func (p *PatchPosition) Preview(ctx context.Context, t *autograd.Tape, b data.Batch, v data.Views) ([]Example, error) {
	logits, err := t.Download(ctx, p.logits(t.Input(v[0])).LogSoftmax().Value())
	if err != nil {
		return nil, err
	}
	side, places, cells := p.augment.Side, p.places(), p.augment.Grid*p.augment.Grid
	px, patches := side*side*3, v[0].Buf.(kernel.Host)
	cellOf := func(place int) int { // in the grid
		if p.pairwise && place >= cells/2 {
			return place + 1
		}
		return place
	}
	examples := make([]Example, len(b.Samples))
	for i := range examples {
		patch := func(cell int) []float32 { return patches[(i*cells+cell)*px:][:px] }
		at, right := assign(logits[i*places*places:][:places*places], places), 0
		put := make([][]float32, cells) // by cell, what the encoder puts there
		if p.pairwise {
			put[cells/2] = patch(cells / 2)
		}
		for place, to := range at {
			put[cellOf(to)] = patch(cellOf(place))
			if place == to {
				right++
			}
		}
		e := Example{Name: b.Samples[i].Name, Answer: []*tensor.Tensor{mosaic(put, p.augment.Grid, side)},
			Words: fmt.Sprintf("%d of %d pieces in place", right, places), Right: verdict(right == places)}
		for _, cell := range rng.New(uint64(i)).Perm(cells) {
			e.Question = append(e.Question, view.Picture(patch(cell), side))
		}
		examples[i] = e
	}
	return examples, nil
}

// assign gives each of n pieces a place of its own: the surest of all pairs first. logits
// [n, n] are by piece, then place.
func assign(logits []float32, n int) []int {
	at, taken := make([]int, n), make([]bool, n)
	for i := range at {
		at[i] = -1
	}
	for range n {
		piece, place := -1, -1
		for i := range n {
			for j := range n {
				if at[i] < 0 && !taken[j] && (piece < 0 || logits[i*n+j] > logits[piece*n+place]) {
					piece, place = i, j
				}
			}
		}
		at[piece], taken[place] = place, true
	}
	return at
}

// mosaic lays patches [side, side, 3] out in a grid with a gray line between them.
func mosaic(patches [][]float32, grid, side int) *tensor.Tensor {
	size := grid*(side+1) - 1
	whole := make([]float32, size*size*3)
	for i, patch := range patches {
		left, top := i%grid*(side+1), i/grid*(side+1)
		for y := range side {
			copy(whole[((top+y)*size+left)*3:][:side*3], patch[y*side*3:])
		}
	}
	return view.Picture(whole, size)
}
