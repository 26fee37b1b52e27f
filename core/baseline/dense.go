package baseline

import (
	"autodidact/core/kernel"
	"autodidact/core/probe"
)

// decays that are tried, strongest first.
var decays = []float64{1, 0.1, 0.01}

// linearCandidate is logistic regression on standardised dense features, its decays those of the linear probe.
func linearCandidate(name string, f probe.Features, b kernel.Backend) candidate {
	f = f.On(b)
	return candidate{name: name + " with logistic regression", settings: decays, usual: 1, fit: func(b trainSet, decays []float64) (out []predictor) {
		for _, l := range probe.NewLinears(probe.Labelled{Features: f.Pick(b.at).StopWhen(b.stopped), Labels: b.labels}, decays) {
			out = append(out, func(at []int) probe.Probabilities { return l.Predict(f.Pick(at)) })
		}
		return out
	}}
}

// concat lays the features of the same samples side by side.
func concat(all ...probe.Features) probe.Features {
	f := probe.Features{N: all[0].N}
	for _, one := range all {
		f.Width += one.Width
	}
	f.Data = make([]float32, 0, f.N*f.Width)
	for i := range f.N {
		for _, one := range all {
			f.Data = append(f.Data, one.Row(i)...)
		}
	}
	return f
}
