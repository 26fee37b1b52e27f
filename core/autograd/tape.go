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
	// It may answer dy itself, or a view of it, but must not write into it.
	Backward(a *tensor.Arena, dy *tensor.Tensor) []*tensor.Tensor
}

// asked is embedded by ops whose gradients cost enough to find out first which
// of them anybody wants: the pixels under the first convolution learn nothing.
type asked struct{ wants []bool }

func (o *asked) ask(wants []bool) { o.wants = wants }

// A Param is a tensor that learns. It lives longer than any tape.
type Param struct {
	Value  *tensor.Tensor
	Grad   *tensor.Tensor // from Backward until the tape is freed; nil when the loss does not depend on it
	Frozen bool           // saved with the model, never trained: running statistics, a teacher, a layer that is to stay
	Pace   float32        // the fraction of the learning rate that it takes; 0 means all of it
	Torch  []int          // the axes of Value in the order PyTorch stores them; nil when the same
}

// A Tape is one step: its arena, its chance, and the record of what ran.
type Tape struct {
	*tensor.Arena
	Rand     *rng.Rand
	Training bool // layers act as in training: batch statistics, dropout

	still bool // inside NoGrad
	nodes []node
	leaf  map[*Param]Var
}

type node struct {
	op       Op
	in       []Var
	value    *tensor.Tensor
	needs    bool // some Param behind it learns
	from, to int  // arena marks around Forward
}

// NewTape starts a training step.
func NewTape(b kernel.Backend, r *rng.Rand) *Tape {
	return &Tape{Arena: tensor.NewArena(b), Rand: r, Training: true, leaf: map[*Param]Var{}}
}

// Free ends the step: every buffer goes back and the gradients with them.
func (t *Tape) Free() {
	for p := range t.leaf {
		p.Grad = nil
	}
	t.Arena.Free()
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
func (t *Tape) Input(x *tensor.Tensor) Var {
	y := t.Upload(x)
	t.Hold(y)
	return t.push(node{value: y})
}

func (v Var) Tape() *Tape         { return v.tape }
func (v Var) Shape() tensor.Shape { return v.tape.nodes[v.id].value.Shape }
func (v Var) Dim(i int) int       { s := v.Shape(); return s[v.axis(i)] }

// Value is v's tensor. Backward gives back the buffers of what it has gone through,
// all but the loss: detach before Backward what is read after it.
func (v Var) Value() *tensor.Tensor { return v.tape.nodes[v.id].value }

// Detach is v cut off from what came before: nothing flows back through it, and
// its value stays until the tape is freed.
func (v Var) Detach() Var {
	v.tape.Hold(v.Value())
	return v.tape.push(node{value: v.Value()})
}

// NoGrad runs f without remembering, as for a teacher: nothing flows back through
// its result, and whatever else f computed is gone when it returns.
func (t *Tape) NoGrad(f func() Var) Var {
	was, node, mark := t.still, len(t.nodes), t.Mark()
	t.still = true
	v := f().Detach()
	t.still = was
	for i := range t.nodes[node:] {
		if n := &t.nodes[node+i]; n.op != nil {
			n.value, n.op = nil, nil
		}
	}
	t.Sweep(mark, t.Mark())
	return v
}

// axis counts a negative i from the end.
func (v Var) axis(i int) int {
	n := len(v.Shape())
	if i < -n || i >= n {
		panic(&tensor.ShapeError{Op: "axis", Shapes: []tensor.Shape{v.Shape(), {i}}})
	}
	return (i + n) % n
}

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
	vals, wants := make([]*tensor.Tensor, len(args)), make([]bool, len(args))
	for i, a := range args {
		v := a.on(t)
		n.in[i], vals[i], wants[i] = v, v.Value(), t.nodes[v.id].needs
		n.needs = n.needs || wants[i]
	}
	if o, ok := op.(interface{ ask([]bool) }); ok {
		o.ask(wants)
	}
	n.needs = n.needs && !t.still
	n.from = t.Mark()
	n.value = op.Forward(t.Arena, vals...)
	n.to = t.Mark()
	if !n.needs { // nothing will come back this way: what op remembers can go
		t.Sweep(n.from, n.to, n.value)
	}
	return t.push(n)
}
