package pretext

import (
	"autodidact/core/autograd"
	"autodidact/core/nn"
	"autodidact/core/tensor"
)

// A Teacher is a slow copy of the branch that is trained: an exponential moving average
// (EMA) of its weights. It is saved with the run and discarded with the heads.
type Teacher struct {
	Branch

	momentum float32
}

// newTeacher begins as of, whose encoder and projector again and projector resemble.
func newTeacher(of *Branch, newEncoder func() nn.Encoder, projector *nn.MLP, momentum float32) *Teacher {
	t := &Teacher{Branch{newEncoder(), projector}, momentum}
	nn.Copy(&t.Branch, of)
	for _, p := range nn.Params(t) {
		p.Frozen = true
	}
	return t
}

// target is the teacher's embedding of views, without gradient. Its BatchNorms use
// running statistics, which follow the student's as the weights do (EMAN, arXiv:2101.08482):
// so no row reveals the batch it was in, by which a student could find its pair.
func (t *Teacher) target(tape *autograd.Tape, x autograd.Var) autograd.Var {
	was := tape.Training
	tape.Training = false
	defer func() { tape.Training = was }()
	return tape.NoGrad(func() autograd.Var { return t.project(x) })
}

// update takes the teacher towards the student after a step. In the first steps the
// average is of the few there are: weights drawn at random are soon forgotten.
func (t *Teacher) update(a *tensor.Arena, student *Branch, step int) {
	nn.UpdateEMA(a, &t.Branch, student, min(t.momentum, float32(1+step)/float32(10+step)))
}
