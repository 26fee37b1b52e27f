package workload

import (
	"math"
	"strings"

	"autodidact/core/autograd"
	"autodidact/core/encoder"
	"autodidact/core/nn"
	"autodidact/core/optim"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

const windows, window = 64, 256

// forecast is a TCN that predicts the next value of a series at every time, mean squared
// error, AdamW.
func forecast() *Workload {
	r := rng.New(1)
	m := &struct {
		Encoder *encoder.TCN
		Out     *nn.Conv1D
	}{encoder.NewTCN(r, 1, 64, 6), nn.NewConv1D(r, 64, 1, 1, 1)}
	weights("w3", m, strings.NewReplacer("encoder.in.weight", "in.w", "encoder.blocks.", "r",
		"conv1.weight", "c1.w", "conv2.weight", "c2.w", "out.weight", "out.w"), sqrtOver(1))
	x, next := waves()
	opt := optim.NewAdamW(0.01)
	opt.DecayAll = true
	return &Workload{
		name: "w3", line: "forecasting, TCN of 6 blocks on windows of 256", unit: "windows", items: windows, flop: 14.5e9,
		model: m, optim: opt, rate: 1e-3,
		loss: func(t *autograd.Tape) autograd.Var {
			miss := m.Out.Forward(m.Encoder.Encode(t.Input(x))).Sub(t.Input(next))
			return miss.Mul(miss).Reshape(1, windows*window).Mean(1).Reshape(1)
		},
	}
}

// waves are series of two sines and noise [windows, window, 1], and the same one step later.
func waves() (x, next *tensor.Tensor) {
	r := rng.NewStream("w3/series")
	var now, then []float32
	for range windows {
		f1, f2 := 0.01+0.05*r.Float64(), 0.05+0.1*r.Float64()
		p1, p2, a := r.Float64(), r.Float64(), 0.5+r.Float64()
		for t := range window + 1 {
			v := a*math.Sin(2*math.Pi*(f1*float64(t)+p1)) + 0.5*math.Sin(2*math.Pi*(f2*float64(t)+p2)) + 0.1*r.Even()
			if t < window {
				now = append(now, float32(v))
			}
			if t > 0 {
				then = append(then, float32(v))
			}
		}
	}
	return tensor.Float32s(now, windows, window, 1), tensor.Float32s(then, windows, window, 1)
}
