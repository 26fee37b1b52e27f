// Package workload has the training steps that the benchmark measures, natively and in a tab.
package workload

import (
	"math"
	"strings"

	"autodidact/core/autograd"
	"autodidact/core/kernel"
	"autodidact/core/nn"
	"autodidact/core/optim"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

// A Workload is a training step that other frameworks can be given too: weights and
// inputs come from streams that a few lines in any language draw alike, and the losses
// of its first steps are known from PyTorch.
type Workload struct {
	name, line string
	unit       string  // what items are
	items      int     // of a step
	flop       float64 // of a step: multiplications and additions of products and convolutions, three times the forward ones

	model any
	loss  func(t *autograd.Tape) autograd.Var
	optim optim.Optimizer
	rate  float32
	views func() // what is made on the host for each step, where the task makes anything
}

// All makes one by its name.
var All = map[string]func() *Workload{"w1": simCLR, "w2": maskedTokens, "w3": forecast}

// weights draws every matrix and kernel of a model evenly within bound, given what feeds
// one output. The stream of each is called by its short name. Kernels are drawn in
// PyTorch's order, matrices as [in, out]. Norms begin with ones, all biases with zeros.
func weights(workload string, model any, short *strings.Replacer, bound func(fanIn float64) float64) {
	for name, p := range nn.Params(model) {
		s := nn.TorchShape(p)
		d := make(kernel.Host, s.Size())
		if len(s) == 1 {
			for i := range d {
				if strings.HasSuffix(name, "weight") {
					d[i] = 1
				}
			}
		} else {
			draw(d, workload+"/"+short.Replace(name), bound(float64(s[1:].Size())))
		}
		if len(s) > 2 {
			d = nn.FromTorch(p, tensor.Float32s(d, s...)).Buf.(kernel.Host)
		}
		p.Value.Buf = d
	}
}

func draw(d []float32, name string, bound float64) {
	s := rng.NewStream(name)
	for i := range d {
		d[i] = float32(s.Even() * bound)
	}
}

func sqrtOver(k float64) func(fanIn float64) float64 {
	return func(fanIn float64) float64 { return math.Sqrt(k / fanIn) }
}
