// Package optim turns gradients into better parameters.
package optim

import (
	"iter"
	"maps"
	"slices"

	"autodidact/core/autograd"
	"autodidact/core/kernel"
	"autodidact/core/tensor"
)

// An Optimizer moves params against their gradients, in place. Params that are
// frozen or have no gradient stay as they are. Weight decay is for matrices and kernels
// only, never for params of one axis: biases and the scales of norms. It is part of the step, and so
// takes a param's pace as the gradient does.
type Optimizer interface {
	Step(b kernel.Backend, lr float32, params iter.Seq2[string, *autograd.Param])
	// State yields, in the order of names, what must be saved for training to go
	// on as if never stopped. The tensors are the backend's.
	State() iter.Seq2[string, *tensor.Tensor]
	// Restore takes back what State gave, as host tensors, after steps steps.
	Restore(b kernel.Backend, steps int, state map[string]*tensor.Tensor)
}

// memory is what an optimizer knows from one step to the next: State and Restore
// for those that embed it.
type memory struct {
	steps int
	kept  map[string]*tensor.Tensor // by "<param>.<what>"
}

// of is what is kept for p under a name; zeros at first.
func (m *memory) of(b kernel.Backend, name string, p *autograd.Param) *tensor.Tensor {
	x, ok := m.kept[name]
	if !ok {
		x = &tensor.Tensor{Shape: p.Value.Shape, Buf: b.Alloc(p.Value.Shape.Size())}
		b.Fill(x.Buf, 0)
		m.keep(name, x)
	}
	return x
}

func (m *memory) keep(name string, x *tensor.Tensor) {
	if m.kept == nil {
		m.kept = map[string]*tensor.Tensor{}
	}
	m.kept[name] = x
}

func (m *memory) State() iter.Seq2[string, *tensor.Tensor] {
	return func(yield func(string, *tensor.Tensor) bool) {
		for _, name := range slices.Sorted(maps.Keys(m.kept)) {
			if !yield(name, m.kept[name]) {
				return
			}
		}
	}
}

func (m *memory) Restore(b kernel.Backend, steps int, state map[string]*tensor.Tensor) {
	for _, x := range m.kept {
		b.Free(x.Buf)
	}
	m.steps, m.kept = steps, nil
	for name, x := range state {
		buf := b.Alloc(x.Shape.Size())
		b.Write(buf, x.Buf.(kernel.Host))
		m.keep(name, &tensor.Tensor{Shape: x.Shape, Buf: buf})
	}
}

// trained is those params that a step moves.
func trained(params iter.Seq2[string, *autograd.Param]) iter.Seq2[string, *autograd.Param] {
	return func(yield func(string, *autograd.Param) bool) {
		for name, p := range params {
			if !p.Frozen && p.Grad != nil && !yield(name, p) {
				return
			}
		}
	}
}

// paced is the rate that p takes of lr.
func paced(p *autograd.Param, lr float32) float32 {
	if p.Pace == 0 {
		return lr
	}
	return lr * p.Pace
}

// decays is false for biases and the scales of norms.
func decays(p *autograd.Param) bool { return len(p.Value.Shape) > 1 }

// addScaled is x += y*k in place.
func addScaled(a *tensor.Arena, x, y *tensor.Tensor, k float32) {
	step := a.Scale(y, k, 0)
	a.Update(kernel.Add, x, step)
	a.Drop(step)
}
