// Package autograd records what was computed, so blame can flow back.
package autograd

import (
	"autodidact/core/kernel"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

// An Op is one differentiable operation, applied once: its settings and what it
// must remember are its fields.
type Op interface {
	Forward(a *tensor.Arena, in ...*tensor.Tensor) *tensor.Tensor
	// Backward answers, for each input, how the loss changes with it; nil means not at all.
	Backward(a *tensor.Arena, dy *tensor.Tensor) []*tensor.Tensor
}

// A Param is a tensor that learns. It lives longer than any tape.
type Param struct {
	Value  *tensor.Tensor
	Grad   *tensor.Tensor // set by Backward, dead once the tape is freed
	Frozen bool           // saved with the model, never trained: running statistics
	Torch  []int          // the axes of Value in the order PyTorch stores them; nil when the same
}

// A Tape is one step: its arena, its chance, and the record of what ran.
type Tape struct {
	*tensor.Arena
	Rand     *rng.Rand
	Training bool

	nodes []node
	leaf  map[*Param]Var
}

type node struct {
	op    Op
	in    []Var
	value *tensor.Tensor
	needs bool
}

// NewTape starts a training step.
func NewTape(b kernel.Backend, r *rng.Rand) *Tape {
	return &Tape{Arena: tensor.NewArena(b), Rand: r, Training: true, leaf: map[*Param]Var{}}
}

// A Var is a value on a tape.
type Var struct {
	tape *Tape
	id   int
}

// A Value is what operations accept: a Var, or a Param about to become one.
type Value interface{ on(*Tape) Var }

func (v Var) on(*Tape) Var { return v }

func (p *Param) on(t *Tape) Var {
	v, ok := t.leaf[p]
	if !ok {
		v = t.push(node{value: p.Value, needs: t.Training && !p.Frozen})
		t.leaf[p] = v
	}
	return v
}

// Param puts p on the tape, once however often it is used.
func (t *Tape) Param(p *Param) Var { return p.on(t) }

// Input uploads a host tensor. Nothing flows back into it.
func (t *Tape) Input(x *tensor.Tensor) Var { return t.push(node{value: t.Upload(x)}) }

func (v Var) Tape() *Tape           { return v.tape }
func (v Var) Value() *tensor.Tensor { return v.tape.nodes[v.id].value }
func (v Var) Shape() tensor.Shape   { return v.Value().Shape }
func (v Var) Dim(i int) int         { s := v.Shape(); return s[(i+len(s))%len(s)] }
func (v Var) Detach() Var           { return v.tape.push(node{value: v.Value()}) }

func (t *Tape) push(n node) Var {
	t.nodes = append(t.nodes, n)
	return Var{t, len(t.nodes) - 1}
}

// Apply runs op and records it. At least one argument must be a Var.
func Apply(op Op, args ...Value) Var {
	var t *Tape
	for _, a := range args {
		if v, ok := a.(Var); ok {
			t = v.tape
			break
		}
	}
	n := node{op: op, in: make([]Var, len(args))}
	vals := make([]*tensor.Tensor, len(args))
	for i, a := range args {
		v := a.on(t)
		n.in[i], vals[i] = v, v.Value()
		n.needs = n.needs || t.nodes[v.id].needs
	}
	n.value = op.Forward(t.Arena, vals...)
	return t.push(n)
}

// Backward fills Grad of every trained Param that loss depends on.
func (t *Tape) Backward(loss Var) {
	grads := make([]*tensor.Tensor, len(t.nodes))
	one := t.New(loss.Shape()...)
	t.Fill(one.Buf, 1)
	grads[loss.id] = one
	for id := loss.id; id >= 0; id-- {
		n, dy := t.nodes[id], grads[id]
		if dy == nil || n.op == nil || !n.needs {
			continue
		}
		for i, dx := range n.op.Backward(t.Arena, dy) {
			src := n.in[i].id
			if dx == nil || !t.nodes[src].needs {
				continue
			}
			if grads[src] == nil {
				grads[src] = dx
			} else {
				grads[src] = t.Add(grads[src], dx)
			}
		}
	}
	for p, v := range t.leaf {
		p.Grad = grads[v.id]
	}
}
