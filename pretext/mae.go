package pretext

import (
	"context"
	"fmt"
	"math"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/kernel"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/pretext/view"
)

// MAE, the masked autoencoder: most of the picture is hidden; reconstruct it from the
// few patches that are left. He et al., 2021, arXiv:2111.06377.
var mae = Define(Spec{
	Name:     "mae",
	Title:    "Masked autoencoder (MAE)",
	Line:     "Reconstructs the masked three quarters of an image from the quarter that is left.",
	Paper:    "2111.06377",
	Kinds:    []data.Kind{data.Images},
	Encoders: []string{"vit-tiny"},
}, MAEOptions{Mask: 0.75, Width: 64, Depth: 2, Normalise: true, Crop: 0.5, Flip: true}, newMAE)

// MAEOptions are the options of the task.
type MAEOptions struct {
	Mask      float32 `json:"mask" min:"0.1" max:"0.95" doc:"fraction of the patches that are masked"`
	Width     int     `json:"width" min:"16" max:"512" doc:"width of the decoder, in steps of 16"`
	Depth     int     `json:"depth" min:"1" max:"8" doc:"layers of the decoder"`
	Normalise bool    `json:"normalise" doc:"normalize each target patch: its pattern counts, not its brightness and contrast"`
	Crop      float32 `json:"crop" min:"0.05" max:"1" doc:"smallest fraction of an image that a random crop shows"`
	Flip      bool    `json:"flip" doc:"mirror half of the images at random"`
}

// MAE trains Encoder, which sees only what is not hidden, through a light decoder.
type MAE struct {
	Encoder Patched
	Decoder struct {
		Embed     *nn.Linear
		MaskToken *autograd.Param // [1, decoder's width] stands for each hidden patch
		Layer     []*encoder.ViTLayer
		Norm      *nn.LayerNorm
		Pixels    *nn.Linear
	}

	hidden, patches int // of a picture
	normalise       bool
	augment         view.Image
}

// Patched is an encoder of patches that need not all be there.
type Patched interface {
	nn.Encoder
	Patch() int                            // its side in pixels
	Embed(x autograd.Var) autograd.Var     // [batch, height, width, 3] to [batch, patches, width], placed
	Attend(some autograd.Var) autograd.Var // [batch, any of them, width] to the same shape
}

func newMAE(s Setup, o MAEOptions) Task {
	m := &MAE{Encoder: s.Encoder.(Patched), normalise: o.Normalise, augment: view.Image{Size: s.Size, Crop: o.Crop, Flip: o.Flip}}
	side := m.Encoder.Patch()
	m.patches = (s.Size / side) * (s.Size / side)
	m.hidden = min(max(int(math.Round(float64(o.Mask)*float64(m.patches))), 1), m.patches-1)
	width, d := o.Width/16*16, &m.Decoder
	d.Embed = nn.NewLinear(s.Rand, s.Encoder.Width(), width)
	d.MaskToken = nn.Normal(s.Rand, 0.02, 1, width)
	for range o.Depth {
		d.Layer = append(d.Layer, encoder.NewViTLayer(s.Rand, width, width/16))
	}
	d.Norm, d.Pixels = nn.NewLayerNorm(width), nn.NewLinear(s.Rand, width, side*side*3)
	return m
}

func (m *MAE) Backbone() nn.Encoder { return m.Encoder }

// Views are pictures [n, size, size, 3]; which patches are seen, [n·seen], counted through the batch;
// for each patch where the decoder finds it, [n·patches], among the seen ones or, last, the mask
// token; which are hidden, [n·hidden]; and what they show, [n·hidden, pixels].
func (m *MAE) Views(r *rng.Rand, b data.Batch) data.Views {
	n, size, side := len(b.Samples), m.augment.Size, m.Encoder.Patch()
	px, inside, keep := size*size*3, side*side*3, m.patches-m.hidden
	pictures, shown := make([]float32, n*px), make([]float32, n*m.hidden*inside)
	seen, find, hidden := make([]int32, n*keep), make([]int32, n*m.patches), make([]int32, n*m.hidden)
	each(n, func(i int) {
		r := r.For("view", i)
		m.augment.Into(pictures[i*px:][:px], r, b.Samples[i].X)
		for k, p := range r.Perm(m.patches) {
			at := i*m.patches + p
			if k < keep {
				seen[i*keep+k], find[at] = int32(at), int32(i*keep+k)
				continue
			}
			row := i*m.hidden + k - keep
			hidden[row], find[at] = int32(at), int32(n*keep)
			target := shown[row*inside:][:inside]
			m.cut(target, pictures[i*px:][:px], p)
			if m.normalise {
				mean, std := moments(target)
				for j := range target {
					target[j] = (target[j] - mean) / std
				}
			}
		}
	})
	return data.Views{tensor.Float32s(pictures, n, size, size, 3), tensor.Int32s(seen, n*keep), tensor.Int32s(find, n*m.patches),
		tensor.Int32s(hidden, n*m.hidden), tensor.Float32s(shown, n*m.hidden, inside)}
}

// cut copies patch p of a picture to dst; paste is the way back.
func (m *MAE) cut(dst, picture []float32, p int) {
	m.rows(p, func(at, k int) { copy(dst[k*m.Encoder.Patch()*3:][:m.Encoder.Patch()*3], picture[at:]) })
}

func (m *MAE) paste(picture, src []float32, p int) {
	m.rows(p, func(at, k int) { copy(picture[at:][:m.Encoder.Patch()*3], src[k*m.Encoder.Patch()*3:]) })
}

// rows calls f with where in a picture each row k of patch p begins.
func (m *MAE) rows(p int, f func(at, k int)) {
	side, across := m.Encoder.Patch(), m.augment.Size/m.Encoder.Patch()
	for k := range side {
		f(((p/across*side+k)*m.augment.Size+p%across*side)*3, k)
	}
}

// moments are a patch's mean and standard deviation, never 0.
func moments(patch []float32) (mean, std float32) {
	var sum, squares float64
	for _, v := range patch {
		sum += float64(v)
		squares += float64(v) * float64(v)
	}
	n := float64(len(patch))
	return float32(sum / n), float32(math.Sqrt(max(squares/n-sum*sum/n/n, 0) + 1e-4))
}

// Loss is the mean squared error over the pixels of hidden patches.
func (m *MAE) Loss(t *autograd.Tape, v data.Views) autograd.Var {
	off := m.reconstruct(t, v).Sub(t.Input(v[4]))
	return total(off.Mul(off)).Scale(1 / float32(off.Shape().Size()))
}

// reconstruct gives what the hidden patches might show, [n·hidden, pixels].
func (m *MAE) reconstruct(t *autograd.Tape, v data.Views) autograd.Var {
	n, across := v[0].Shape[0], m.augment.Size/m.Encoder.Patch()
	h := m.Encoder.Embed(t.Input(v[0]))
	h = autograd.Gather(h.Reshape(n*m.patches, h.Dim(2)), t.Input(v[1])).Reshape(n, m.patches-m.hidden, h.Dim(2))
	h = m.Encoder.Attend(h)

	d := &m.Decoder
	h = d.Embed.Forward(h.Reshape(h.Dim(0)*h.Dim(1), h.Dim(2)))
	width := h.Dim(1)
	h = autograd.Gather(autograd.Concat(h, t.Param(d.MaskToken)), t.Input(v[2])).Reshape(n, m.patches, width)
	h = h.Add(t.Input(tensor.Float32s(encoder.SinCos(across, across, width), m.patches, width)))
	for _, l := range d.Layer {
		h = l.Forward(h)
	}
	h = autograd.Gather(d.Norm.Forward(h).Reshape(n*m.patches, width), t.Input(v[3]))
	return d.Pixels.Forward(h)
}

// Preview hides, draws what was hidden, and shows the whole. A patch's own light and contrast
// are given to what was drawn where they were not asked for, as in the paper's figures.
func (m *MAE) Preview(ctx context.Context, t *autograd.Tape, b data.Batch, v data.Views) ([]Example, error) {
	drawn, err := t.Download(ctx, m.reconstruct(t, v).Value())
	if err != nil {
		return nil, err
	}
	size, inside := m.augment.Size, m.Encoder.Patch()*m.Encoder.Patch()*3
	px, targets := size*size*3, v[4].Buf.(kernel.Host)
	examples := make([]Example, len(b.Samples))
	for i := range examples {
		whole := v[0].Buf.(kernel.Host)[i*px:][:px]
		masked, filled := append([]float32(nil), whole...), append([]float32(nil), whole...)
		own, gray := make([]float32, inside), make([]float32, inside)
		var off, all float64
		for k := range m.hidden {
			row := i*m.hidden + k
			p := int(v[3].Buf.(kernel.Host).Int32s()[row]) - i*m.patches
			draw := append([]float32(nil), drawn[row*inside:][:inside]...)
			for j, want := range targets[row*inside:][:inside] {
				off += float64(draw[j]-want) * float64(draw[j]-want)
				all += float64(want) * float64(want)
			}
			if m.cut(own, whole, p); m.normalise {
				mean, std := moments(own)
				for j := range draw {
					draw[j] = draw[j]*std + mean
				}
			}
			m.paste(masked, gray, p)
			m.paste(filled, draw, p)
		}
		examples[i] = Example{Name: b.Samples[i].Name, Question: []*tensor.Tensor{view.Picture(masked, size)},
			Answer: []*tensor.Tensor{view.Picture(filled, size), view.Picture(whole, size)},
			Words:  fmt.Sprintf("reconstructed and actual; %.0f %% of the hidden variance explained", 100*max(0, 1-off/max(all, 1e-9)))}
	}
	return examples, nil
}
