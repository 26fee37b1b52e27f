package pretext

import (
	"context"
	"math"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

var ts2VecTrial = trial{setup: smallTCN, samples: dials, input: dialWindow(24, 23), probed: beyond(23), part: atLast, batch: 8, steps: 120, options: `{"mask":0.2}`,
	slow: slowTS2Vec, sever: func(v data.Views) data.Views { return data.Views{v[0], v[1], elsewhereInts(v[2])} },
	chance: func(_ func(data.Views) float64, v data.Views) (mean float64) {
		scales := 0.0
		for times, rows := v[2].Shape[0], v[2].Shape[1]; times > 0; times /= 2 {
			mean += 0.5 * math.Log(float64(rows-1))
			if times > 1 {
				mean += 0.5 * math.Log(float64(2*times-1))
			}
			scales++
		}
		return mean / scales
	},
}

var cpcTrial = trial{setup: smallTCN, samples: dials, input: dialWindow(24, 24), probed: beyond(24), part: atLast, batch: 16, steps: 150,
	slow: slowCPC, sever: func(v data.Views) data.Views {
		out := data.Views{v[0]}
		for i := 1; i < len(v); i += 2 {
			out = append(out, v[i], elsewhereInts(v[i+1]))
		}
		return out
	},
	chance: func(_ func(data.Views) float64, v data.Views) (mean float64) {
		for i := 1; i < len(v); i += 2 {
			mean += math.Log(float64(v[i].Shape[0])) / float64(len(v)/2)
		}
		return mean
	},
}

// elsewhereInts is x with its values in other places, drawn by what they are.
func elsewhereInts(x *tensor.Tensor) *tensor.Tensor {
	was := ints(x)
	seed := uint64(0)
	for i, v := range was {
		seed += uint64(i+1) * uint64(v)
	}
	out := make([]int32, len(was))
	for i, at := range rng.New(seed).Perm(len(was)) {
		out[i] = was[at]
	}
	return tensor.Int32s(out, x.Shape...)
}

// slowPositive is the mean cross-entropy of finding the twin of each of 2n vectors.
func slowPositive(z [][]float64) (mean float64) {
	n := len(z)
	for i := range z {
		sum := 0.0
		for j := range z {
			if j != i {
				sum += math.Exp(slowDot(z[i], z[j]))
			}
		}
		mean += (math.Log(sum) - slowDot(z[i], z[(i+n/2)%n])) / float64(n)
	}
	return mean
}

func slowDot(a, b []float64) (d float64) {
	for i := range a {
		d += a[i] * b[i]
	}
	return d
}

func slowTS2Vec(task Task, t *autograd.Tape, v data.Views) float64 {
	x, err := t.Download(context.Background(), task.(*TS2Vec).overlap(t, v).Value())
	if err != nil {
		panic(err)
	}
	times, rows := v[2].Shape[0], v[2].Shape[1]
	w := len(x) / times / rows
	z := make([][][]float64, times) // [time][row]
	for time := range z {
		for row := range rows {
			one := make([]float64, w)
			for k := range one {
				one[k] = float64(x[(time*rows+row)*w+k])
			}
			z[time] = append(z[time], one)
		}
	}
	sum, scales := 0.0, 0.0
	for {
		scales++
		for _, all := range z {
			sum += 0.5 * slowPositive(all) / float64(len(z))
		}
		if len(z) == 1 {
			return sum / scales
		}
		for row := range rows / 2 {
			var mine [][]float64
			for side := range 2 {
				for time := range z {
					mine = append(mine, z[time][row+side*rows/2])
				}
			}
			sum += 0.5 * slowPositive(mine) / float64(rows/2)
		}
		var half [][][]float64
		for time := 0; time+1 < len(z); time += 2 {
			var all [][]float64
			for row := range rows {
				one := make([]float64, w)
				for k := range one {
					one[k] = math.Max(z[time][row][k], z[time+1][row][k])
				}
				all = append(all, one)
			}
			half = append(half, all)
		}
		z = half
	}
}

func slowCPC(task Task, t *autograd.Tape, v data.Views) (mean float64) {
	steps := task.(*CPC).stepLogits(t, v)
	for _, s := range steps {
		x, err := t.Download(context.Background(), s.Value())
		if err != nil {
			panic(err)
		}
		n := s.Dim(0)
		for i := range n {
			sum := 0.0
			for _, l := range x[i*n:][:n] {
				sum += math.Exp(float64(l))
			}
			mean += (math.Log(sum) - float64(x[i*n+i])) / float64(n) / float64(len(steps))
		}
	}
	return mean
}
