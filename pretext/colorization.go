package pretext

import (
	"context"
	"fmt"
	"math"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/pretext/view"
)

// Colorization: what colours has this gray picture? To distinguish grass from sky an encoder must recognize
// things. Zhang et al., 2016, arXiv:1603.08511.
//
// The encoder learns from gray pictures, its three channels alike. Afterwards it is shown
// coloured ones, whose channels differ: it was not trained on colour itself.
var colorization = Define(Spec{
	Name:  "colorization",
	Title: "Colorization",
	Line:  "Predicts the colours of a grayscale image.",
	Paper: "1603.08511",
	Kinds: []data.Kind{data.Images},
}, ColorizationOptions{Bin: 10, Rebalance: 0.5, Hidden: 128, Crop: 0.5, Flip: true}, newColorization)

// ColorizationOptions are the options of the task.
type ColorizationOptions struct {
	Bin       int     `json:"bin" min:"5" max:"40" doc:"width of a colour bin; wider bins are fewer and easier to predict"`
	Rebalance float32 `json:"rebalance" min:"0" max:"1" doc:"class rebalancing: at 1 rare colours count as often as they occur, at 0 as much as common ones"`
	Hidden    int     `json:"hidden" min:"8" max:"2048" doc:"size of the decoder's hidden layer"`
	Crop      float32 `json:"crop" min:"0.05" max:"1" doc:"smallest fraction of an image that a random crop shows"`
	Flip      bool    `json:"flip" doc:"mirror half of the images at random"`
}

// Colorization trains Encoder through Decoder, which predicts the colour of each place.
type Colorization struct {
	Encoder nn.Encoder
	Decoder *nn.MLP
	Prior   *autograd.Param // [bins] how often each colour was seen; frozen, follows what batches have

	gamut   *view.Gamut
	lambda  float32
	side    int // places of colour on a side of the picture
	augment view.Image
}

// priorMomentum is of the running proportion of each colour: that of the last score of batches.
const priorMomentum = 0.95

func newColorization(s Setup, o ColorizationOptions) Task {
	c := &Colorization{Encoder: s.Encoder, gamut: view.NewGamut(float64(o.Bin)), lambda: o.Rebalance,
		side: min(s.Size/4, 16), augment: view.Image{Size: s.Size, Crop: o.Crop, Flip: o.Flip}}
	bins := len(c.gamut.A)
	c.Decoder = nn.NewNormMLP(s.Rand, s.Encoder.Width(), o.Hidden, bins)
	c.Prior = nn.Ones(bins)
	c.Prior.Frozen = true
	for i := range bins {
		c.Prior.Value.Buf.(kernel.Host)[i] = 1 / float32(bins)
	}
	return c
}

func (c *Colorization) Backbone() nn.Encoder { return c.Encoder }

// Views are gray pictures [n, size, size, 3], for each place of each its colour as proportions of bins
// [n·side², bins] and its nearest bin [n·side²], and the coloured pictures [n, size, size, 3].
func (c *Colorization) Views(r *rng.Rand, b data.Batch) data.Views {
	n, size, places, bins := len(b.Samples), c.augment.Size, c.side*c.side, len(c.gamut.A)
	px := size * size * 3
	gray, coloured := make([]float32, n*px), make([]float32, n*px)
	soft, nearest := make([]float32, n*places*bins), make([]int32, n*places)
	each(n, func(i int) {
		picture := coloured[i*px:][:px]
		c.augment.Into(picture, r.For("view", i), b.Samples[i].X)
		ab := make([]float64, 2*size*size)
		for p := range size * size {
			lab := labOf(picture[p*3:])
			ab[2*p], ab[2*p+1] = lab.A, lab.B
			for k := range 3 {
				gray[i*px+p*3+k] = float32(lab.L/50 - 1)
			}
		}
		for p, colour := range c.places(ab) {
			at := i*places + p
			nearest[at] = int32(c.gamut.Soft(soft[at*bins:][:bins], colour[0], colour[1]))
		}
	})
	return data.Views{tensor.Float32s(gray, n, size, size, 3), tensor.Float32s(soft, n*places, bins),
		tensor.Int32s(nearest, n*places), tensor.Float32s(coloured, n, size, size, 3)}
}

// labOf is the colour of a pixel from -1 to 1.
func labOf(pixel []float32) view.Lab {
	return view.ToLab([3]float64{float64(pixel[0]+1) / 2, float64(pixel[1]+1) / 2, float64(pixel[2]+1) / 2})
}

// places averages ab [size, size, 2] over each of side² places.
func (c *Colorization) places(ab []float64) [][2]float64 {
	out, count := make([][2]float64, c.side*c.side), make([]float64, c.side*c.side)
	size := c.augment.Size
	for p := range size * size {
		at := p/size*c.side/size*c.side + p%size*c.side/size
		out[at][0] += ab[2*p]
		out[at][1] += ab[2*p+1]
		count[at]++
	}
	for i, n := range count {
		out[i][0], out[i][1] = out[i][0]/n, out[i][1]/n
	}
	return out
}

// Loss is, over places i whose colour is z_i, proportions of bins, with q_i the nearest one,
//
//	Σ_i w[q_i] · (-Σ_q z_iq · log p_iq) / Σ_i w[q_i],   w = 1 / ((1-lambda)·prior + lambda/bins)
//
// In training the prior follows what the batch has.
func (c *Colorization) Loss(t *autograd.Tape, v data.Views) autograd.Var {
	soft, nearest := t.Input(v[1]), t.Input(v[2])
	bins := soft.Dim(1)
	rare := t.Param(c.Prior).Mul(t.Input(tensor.Float32s([]float32{1 - c.lambda}, 1))).Shift(c.lambda / float32(bins))
	weight := autograd.Gather(t.Input(tensor.Float32s([]float32{1}, 1)).Div(rare).Reshape(bins, 1), nearest) // [m, 1]
	surprise := soft.Mul(c.logits(t.Input(v[0]))).Sum(1).Scale(-1)                                           // [m, 1]
	loss := total(weight.Mul(surprise)).Div(total(weight))
	if t.Training {
		now := t.Scale(soft.Mean(0).Reshape(bins).Value(), 1-priorMomentum, 0)
		t.Affine(c.Prior.Value.Buf, c.Prior.Value.Buf, priorMomentum, 0)
		t.Update(kernel.Add, c.Prior.Value, now)
	}
	return loss
}

// logits gives log probabilities [n·side², bins] for gray pictures.
func (c *Colorization) logits(x autograd.Var) autograd.Var {
	h := resample(c.Encoder.Encode(x), c.side)
	return c.Decoder.Forward(h.Reshape(h.Dim(0)*h.Dim(1), h.Dim(2))).LogSoftmax()
}

// resample takes square maps h [n, positions, width] to side² positions, bilinearly.
func resample(h autograd.Var, side int) autograd.Var {
	n, positions, width := h.Dim(0), h.Dim(1), h.Dim(2)
	from := int(math.Round(math.Sqrt(float64(positions))))
	if from*from != positions {
		panic(&tensor.ShapeError{Op: "resample a square map", Shapes: []tensor.Shape{h.Shape()}})
	}
	if from == side {
		return h
	}
	to := side * side
	share := make([]float32, positions*to) // [from², to]
	for i := range to {
		y0, y1, wy := between(i/side, side, from)
		x0, x1, wx := between(i%side, side, from)
		share[(y0*from+x0)*to+i] += float32((1 - wy) * (1 - wx))
		share[(y0*from+x1)*to+i] += float32((1 - wy) * wx)
		share[(y1*from+x0)*to+i] += float32(wy * (1 - wx))
		share[(y1*from+x1)*to+i] += float32(wy * wx)
	}
	y := h.Transpose(0, 2, 1).Reshape(n*width, positions).MatMul(h.Tape().Input(tensor.Float32s(share, positions, to)))
	return y.Reshape(n, width, to).Transpose(0, 2, 1)
}

// between is where cell i of to lies among from cells: between lo and hi, at a fraction of the way.
func between(i, to, from int) (lo, hi int, share float64) {
	at := min(max((float64(i)+0.5)*float64(from)/float64(to)-0.5, 0), float64(from-1))
	lo = int(at)
	return lo, min(lo+1, from-1), at - float64(lo)
}

// temperature is of the annealed mean that makes one colour of many (section 2.3).
const temperature = 0.38

// Preview shows each gray picture in the predicted colours, and then in its own.
func (c *Colorization) Preview(ctx context.Context, t *autograd.Tape, b data.Batch, v data.Views) ([]Example, error) {
	p, err := t.Download(ctx, c.logits(t.Input(v[0])).Scale(1/float32(temperature)).Softmax().Value())
	if err != nil {
		return nil, err
	}
	size, places, bins := c.augment.Size, c.side*c.side, len(c.gamut.A)
	px, gray, coloured := size*size*3, v[0].Buf.(kernel.Host), v[3].Buf.(kernel.Host)
	examples := make([]Example, len(b.Samples))
	for i := range examples {
		think := make([][2]float64, places)
		for k := range think {
			for q, share := range p[(i*places+k)*bins:][:bins] {
				think[k][0] += float64(share) * c.gamut.A[q]
				think[k][1] += float64(share) * c.gamut.B[q]
			}
		}
		painted, off, without := c.paint(gray[i*px:][:px], coloured[i*px:][:px], think)
		examples[i] = Example{Name: b.Samples[i].Name, Question: []*tensor.Tensor{view.Picture(gray[i*px:][:px], size)},
			Answer: []*tensor.Tensor{view.Picture(painted, size), view.Picture(coloured[i*px:][:px], size)},
			Words:  fmt.Sprintf("predicted and actual; colour error %.0f, that of gray %.0f", off, without)}
	}
	return examples, nil
}

// paint gives the gray picture the colours of the places, and returns how far they are from
// its own, and how far gray is: mean distances in Lab's a and b.
func (c *Colorization) paint(gray, own []float32, places [][2]float64) (painted []float32, off, without float64) {
	size := c.augment.Size
	painted = make([]float32, len(gray))
	for p := range size * size {
		y0, y1, wy := between(p/size, size, c.side)
		x0, x1, wx := between(p%size, size, c.side)
		mix := func(k int) float64 {
			top := (1-wx)*places[y0*c.side+x0][k] + wx*places[y0*c.side+x1][k]
			return (1-wy)*top + wy*((1-wx)*places[y1*c.side+x0][k]+wx*places[y1*c.side+x1][k])
		}
		says, is := view.Lab{L: 50 * (float64(gray[p*3]) + 1), A: mix(0), B: mix(1)}, labOf(own[p*3:])
		for k, x := range says.ToRGB() {
			painted[p*3+k] = float32(2*x - 1)
		}
		off += math.Hypot(says.A-is.A, says.B-is.B) / float64(size*size)
		without += math.Hypot(is.A, is.B) / float64(size*size)
	}
	return painted, off, without
}
