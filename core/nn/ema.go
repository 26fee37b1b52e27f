package nn

import (
	"iter"

	"autodidact/core/autograd"
	"autodidact/core/kernel"
	"autodidact/core/tensor"
)

// UpdateEMA moves slow towards fast, an exponential moving average (EMA):
// slow = m*slow + (1-m)*fast. Both have the same shape of layers.
func UpdateEMA(a *tensor.Arena, slow, fast any, m float32) {
	next, stop := iter.Pull2(Params(fast))
	defer stop()
	for name, s := range Params(slow) {
		_, f, ok := next()
		if !ok {
			panic("nn: Follow: the model to follow has no " + name)
		}
		follow(a, s, f.Value, m)
	}
}

// Copy gives to the weights of from. Both are still on the host and have the same shape of layers.
func Copy(to, from any) {
	next, stop := iter.Pull2(Params(from))
	defer stop()
	for name, p := range Params(to) {
		_, f, ok := next()
		if !ok {
			panic("nn: Copy: the model to copy has no " + name)
		}
		copy(p.Value.Buf.(kernel.Host), f.Value.Buf.(kernel.Host))
	}
}

func follow(a *tensor.Arena, slow *autograd.Param, now *tensor.Tensor, m float32) {
	step := a.Scale(now, 1-m, 0)
	a.Affine(slow.Value.Buf, slow.Value.Buf, m, 0)
	a.Update(kernel.Add, slow.Value, step)
	a.Drop(step)
}
