package pretext

import (
	"context"
	"math"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/tensor"
	"autodidact/pretext/view"
)

// pairTrial is what the trials of all tasks by two views share.
func pairTrial(gain float64, slow func(task Task, t *autograd.Tape, v data.Views) float64) trial {
	return trial{
		setup: tinySetup, samples: textures, batch: 16, steps: 300, gain: gain, slow: slow,
		input: func(x *tensor.Tensor) *tensor.Tensor { return view.Center(x, 16) },
		sever: strangers,
		// Where a loss has no level of guessing: what it is for twins that are none.
		chance: func(loss func(data.Views) float64, v data.Views) float64 { return loss(strangers(v)) },
	}
}

// strangers gives each first view the twin of the picture after it.
func strangers(v data.Views) data.Views {
	x := v[0]
	n, px := x.Shape[0]/2, x.Shape[1:].Size()
	all := append(kernel.Host(nil), x.Buf.(kernel.Host)...)
	for i := range n {
		copy(all[(n+i)*px:][:px], x.Buf.(kernel.Host)[(n+(i+1)%n)*px:][:px])
	}
	return data.Views{tensor.Float32s(all, x.Shape...)}
}

// floats downloads x [n, width] as rows of float64.
func floats(t *autograd.Tape, x autograd.Var) [][]float64 {
	h, err := t.Download(context.Background(), x.Value())
	if err != nil {
		panic(err)
	}
	rows := make([][]float64, x.Dim(0))
	for i := range rows {
		for _, v := range h[i*x.Dim(1):][:x.Dim(1)] {
			rows[i] = append(rows[i], float64(v))
		}
	}
	return rows
}

func dot(a, b []float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

func cosine(a, b []float64) float64 { return dot(a, b) / math.Sqrt(dot(a, a)*dot(b, b)) }

// column gives column j of rows, less its mean.
func column(rows [][]float64, j int) (x []float64) {
	var mean float64
	for _, r := range rows {
		mean += r[j] / float64(len(rows))
	}
	for _, r := range rows {
		x = append(x, r[j]-mean)
	}
	return x
}

// spreadOf is the mean standard deviation of the columns of unit rows z, in parts of what
// rows in all directions alike have: 0 where all land in one place.
func spreadOf(z [][]float64) (std float64) {
	width := float64(len(z[0]))
	for j := range z[0] {
		x := column(z, j)
		std += math.Sqrt(dot(x, x)/float64(len(x))*width) / width
	}
	return std
}

// colourless views differ in colour so much that a texture's tint, which says nothing of its
// kind, is no use to match pairs: without negatives to distinguish, tint would do.
func colourless(c trial) trial {
	c.options = `{"jitter": 1, "gray": 0.8}`
	return c
}
