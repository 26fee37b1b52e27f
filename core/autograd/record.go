package autograd

import (
	"fmt"

	"autodidact/core/kernel"
	"autodidact/core/tensor"
)

// A Record is one entry of a tape, for who translates what ran: an operation, a Param or an Input.
type Record struct {
	Step  Step           // zero for a Param and an Input
	In    []int          // the entries it was applied to
	Value *tensor.Tensor // what came out
	Param *Param         // nil for an operation and an Input
}

// A Step is an operation's name and its settings: those that the name calls for.
type Step struct {
	Name     string
	Axis     int         // of sum
	Axes     []int       // of transpose
	From, N  int         // of rows
	Mul, Add float32     // of affine, x*Mul + Add; Mul is what a sum is scaled by, too
	Conv     kernel.Conv // of conv2d and maxpool2d
	Norm     kernel.Norm // of norm
}

// unaryNames are those of elementwise functions of one operand.
var unaryNames = map[kernel.UnaryOp]string{kernel.Exp: "exp", kernel.Log: "log", kernel.Sqrt: "sqrt", kernel.Tanh: "tanh", kernel.Relu: "relu", kernel.Gelu: "gelu", kernel.GeluErf: "geluerf"}

// Records is what the tape holds, in the order in which it ran. It is to be read before Backward and Free.
func (t *Tape) Records() []Record {
	params := map[int]*Param{}
	for p, v := range t.leaf {
		params[v.id] = p
	}
	all := make([]Record, len(t.nodes))
	for i, n := range t.nodes {
		all[i] = Record{Value: n.value, Param: params[i]}
		for _, v := range n.in {
			all[i].In = append(all[i].In, v.id)
		}
		if n.op != nil {
			all[i].Step = stepOf(n.op)
		}
	}
	return all
}

// Record is which of the tape's records v is.
func (v Var) Record() int { return v.id }

// stepOf describes an operation; one that is not known here by its type.
func stepOf(op Op) Step {
	switch o := op.(type) {
	case *add:
		return Step{Name: "add"}
	case *sub:
		return Step{Name: "sub"}
	case *mul:
		return Step{Name: "mul"}
	case *div:
		return Step{Name: "div"}
	case *affine:
		return Step{Name: "affine", Mul: o.mul, Add: o.add}
	case *sum:
		return Step{Name: "sum", Axis: o.axis, Mul: o.scale}
	case *concat:
		return Step{Name: "concat"}
	case *slice:
		return Step{Name: "rows", From: o.from, N: o.n}
	case *conv2d:
		return Step{Name: "conv2d", Conv: o.c}
	case *maxPool2D:
		return Step{Name: "maxpool2d", Conv: o.c}
	case *gather:
		return Step{Name: "gather"}
	case *linear:
		return Step{Name: "linear"}
	case *matmul:
		if o.trans {
			return Step{Name: "matmult"}
		}
		return Step{Name: "matmul"}
	case *norm:
		return Step{Name: "norm", Norm: o.n}
	case *reshape:
		return Step{Name: "reshape"}
	case *softmax:
		return Step{Name: "softmax"}
	case *transpose:
		return Step{Name: "transpose", Axes: o.axes}
	case *unary:
		if name := unaryNames[o.op]; name != "" {
			return Step{Name: name}
		}
	case *unit:
		return Step{Name: "unit"}
	case *logSoftmax:
		return Step{Name: "logsoftmax"}
	}
	return Step{Name: fmt.Sprintf("%T", op)}
}
