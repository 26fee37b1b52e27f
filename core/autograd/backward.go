package autograd

import (
	"slices"

	"autodidact/core/kernel"
	"autodidact/core/tensor"
)

// Backward fills Grad of every trained Param that loss depends on. It gives buffers
// back as it goes, so a tape can go backward once.
func (t *Tape) Backward(loss Var) {
	t.Hold(loss.Value())
	grads := make([]*tensor.Tensor, len(t.nodes))
	grads[loss.id] = t.Full(1, loss.Shape()...)
	t.Hold(grads[loss.id])
	for id := loss.id; id >= 0; id-- {
		n, dy := &t.nodes[id], grads[id]
		if n.op == nil || !n.needs {
			continue
		}
		if dy != nil {
			mark := t.Mark()
			for i, dx := range n.op.Backward(t.Arena, dy) {
				if src := n.in[i].id; dx != nil && t.nodes[src].needs {
					t.collect(grads, src, dx)
				}
			}
			t.Drop(dy)
			t.Sweep(mark, t.Mark()) // scratch of this op
		}
		// Whoever used n's value came later on the tape and so is done with it.
		t.Sweep(n.from, n.to)
		if id != loss.id {
			n.value, n.op = nil, nil
		}
	}
	for p, v := range t.leaf {
		p.Grad = grads[v.id]
	}
}

// collect adds dx to what is known of the gradient of node id. Each entry of grads
// holds its buffer once; entries may share one, as the two sides of a sum do.
func (t *Tape) collect(grads []*tensor.Tensor, id int, dx *tensor.Tensor) {
	if want := t.nodes[id].value.Shape; !slices.Equal(dx.Shape, want) {
		panic(&tensor.ShapeError{Op: "gradient", Shapes: []tensor.Shape{dx.Shape, want}})
	}
	was := grads[id]
	switch {
	case was == nil:
		t.Hold(dx)
		grads[id] = dx
	case t.Holds(was) == 1:
		t.Update(kernel.Add, was, dx)
	default:
		grads[id] = t.Add(was, dx)
		t.Hold(grads[id])
		t.Drop(was)
	}
}
