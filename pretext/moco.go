package pretext

import (
	"context"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/nn"
	"autodidact/core/tensor"
)

// MoCo v2: match the other view against thousands of earlier pictures, whose embeddings by a slow
// copy of the encoder are kept in a queue. Chen et al., 2020, arXiv:2003.04297.
var moCo = Define(Spec{
	Name:  "moco",
	Title: "MoCo",
	Line:  "Matches two views of an image against a queue of earlier images as negative examples.",
	Paper: "2003.04297",
	Kinds: []data.Kind{data.Images},
}, MoCoOptions{Temperature: 0.2, Momentum: 0.99, Queue: 1024, Width: 64, Hidden: 128, Augmentation: defaultAugmentation}, newMoCo)

// MoCoOptions are the options of the task. The paper's queue of 65,536 is for a million pictures.
type MoCoOptions struct {
	Temperature float32 `json:"temperature" min:"0.05" max:"1" doc:"of the softmax; lower puts more weight on the nearest negatives"`
	Momentum    float32 `json:"momentum" min:"0.5" max:"0.9999" doc:"of the teacher's moving average; nearer 1 is slower"`
	Queue       int     `json:"queue" min:"16" max:"65536" doc:"length of the queue of negatives; best below the number of images"`
	Width       int     `json:"width" min:"8" max:"512" doc:"size of the projector's output, in which views are compared"`
	Hidden      int     `json:"hidden" min:"8" max:"2048" doc:"size of the projector's hidden layer"`
	Augmentation
}

// MoCo trains Branch; Teacher follows it and fills Queue.
type MoCo struct {
	Branch
	Teacher *Teacher
	Queue   *autograd.Param // [queue, width] keys of earlier steps, the newest first; frozen

	temperature float32
	keys        *tensor.Tensor // of the step under way
	viewPair
}

func newMoCo(s Setup, o MoCoOptions) Task {
	m := &MoCo{Branch: Branch{s.Encoder, nn.NewNormMLP(s.Rand, s.Encoder.Width(), o.Hidden, o.Width)},
		temperature: o.Temperature, viewPair: o.pair(s.Size)}
	m.Teacher = newTeacher(&m.Branch, s.NewEncoder, nn.NewNormMLP(s.Rand, s.Encoder.Width(), o.Hidden, o.Width), o.Momentum)
	m.Queue = nn.Normal(s.Rand, 1, o.Queue, o.Width) // Loss scales its rows to length one
	m.Queue.Frozen = true
	return m
}

func (m *MoCo) Backbone() nn.Encoder { return m.Encoder }

// Loss is InfoNCE, the mean over first views i of
//
//	-log exp(q_i·k_i / temperature) / (exp(q_i·k_i / temperature) + Σ_j exp(q_i·queue_j / temperature))
//
// where q is the student's embedding of a view and k the teacher's of the other view.
func (m *MoCo) Loss(t *autograd.Tape, v data.Views) autograd.Var {
	q, k := m.embeddings(t, v)
	m.keys = k.Value()
	n := q.Dim(0)
	near := autograd.Concat(q.Mul(k).Sum(1).Reshape(1, n), nn.Unit(t.Param(m.Queue)).MatMulT(q)).Transpose(1, 0) // [n, 1+queue]
	targets := make([]int32, n)                                                                                  // all in column 0
	return near.Scale(1 / m.temperature).CrossEntropy(t.Input(tensor.Int32s(targets, n)))
}

// embeddings are unit rows: of first views by the student, of second views by the teacher, [n, width] each.
func (m *MoCo) embeddings(t *autograd.Tape, v data.Views) (q, k autograd.Var) {
	first, second := halves(t.Input(v[0]))
	return nn.Unit(m.project(first)), nn.Unit(m.Teacher.target(t, second))
}

// AfterStep puts the keys of the step at the head of the queue, drops as many at its end, and
// lets the teacher follow.
func (m *MoCo) AfterStep(a *tensor.Arena, step int) {
	size, width := m.Queue.Value.Shape[0], m.Queue.Value.Shape[1]
	n := min(m.keys.Shape[0], size)
	rows := func(from, n int) kernel.Buffer {
		at := make([]int32, n)
		for i := range at {
			at[i] = int32(from + i)
		}
		return a.Upload(tensor.Int32s(at, n)).Buf
	}
	stay, pick, queue := a.New(size-n, width), kernel.Pick{Width: width}, m.Queue.Value.Buf
	a.Gather(stay.Buf, queue, rows(0, size-n), pick)
	a.Fill(queue, 0)
	a.Scatter(queue, stay.Buf, rows(n, size-n), pick)
	a.Scatter(queue, m.keys.Buf, rows(0, n), pick)
	m.keys = nil
	m.Teacher.update(a, &m.Branch, step)
}

// Preview answers each view with the view nearest to it in the batch.
func (m *MoCo) Preview(ctx context.Context, t *autograd.Tape, b data.Batch, v data.Views) ([]Example, error) {
	return nearest(ctx, t, nn.Unit(m.project(t.Input(v[0]))), b, v[0])
}
