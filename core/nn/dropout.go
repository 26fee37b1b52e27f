package nn

import (
	"autodidact/core/autograd"
	"autodidact/core/tensor"
)

// Dropout drops a fraction of x at random and scales the rest up to make up for it
// (arXiv:1207.0580), in steps of a 65,536th. All its randomness is the tape's. A rate of 0
// is no dropout: a caller gives that when it does not train.
func Dropout(x autograd.Var, share float32) autograd.Var {
	if share <= 0 {
		return x
	}
	t := x.Tape()
	d := make([]float32, x.Shape().Size())
	below := uint16(min(max(share*(1<<16), 1), 1<<16-1))
	kept := 1 / (1 - float32(below)/(1<<16))
	for i := 0; i < len(d); {
		for u := t.Rand.Uint64(); i < len(d); u >>= 16 {
			if uint16(u) >= below {
				d[i] = kept
			}
			if i++; i%4 == 0 {
				break
			}
		}
	}
	return x.Mul(t.Input(tensor.Float32s(d, x.Shape()...)))
}
