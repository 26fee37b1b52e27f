package pretext

import (
	"math"
	"strconv"
	"testing"

	"autodidact/core/autograd"
	"autodidact/core/kernel/cpu"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

// The representations of golden.py: rows in each of two views, of so wide vectors.
const goldenRows, goldenWidth = 3, 5

// byTime turns z1 and z2 [rows, times, width] into [times, 2·rows, width].
func byTime(z1, z2 []float32, times int) []float32 {
	out := make([]float32, 0, len(z1)+len(z2))
	for t := range times {
		for _, z := range [][]float32{z1, z2} {
			for row := range goldenRows {
				out = append(out, z[(row*times+t)*goldenWidth:][:goldenWidth]...)
			}
		}
	}
	return out
}

// bySide is the way back of byTime.
func bySide(z []float32, times int) (z1, z2 []float32) {
	for row := range 2 * goldenRows {
		for t := range times {
			one := z[(t*2*goldenRows+row)*goldenWidth:][:goldenWidth]
			if row < goldenRows {
				z1 = append(z1, one...)
			} else {
				z2 = append(z2, one...)
			}
		}
	}
	return z1, z2
}

func TestTS2VecsHierarchicalLossAndItsGradientsArePyTorchs(t *testing.T) {
	all := map[string]golden{}
	seriesGolden(t, "ts2vec", &all)
	for key, want := range all {
		t.Run(key+" times", func(t *testing.T) {
			times, err := strconv.Atoi(key)
			if err != nil {
				t.Fatal(err)
			}
			n := goldenRows * times * goldenWidth
			z1, z2 := streamed("ts2vec/"+key+"/z1", n), streamed("ts2vec/"+key+"/z2", n)
			z := &autograd.Param{Value: tensor.Float32s(byTime(z1, z2, times), times, 2*goldenRows, goldenWidth)}
			tape := autograd.NewTape(cpu.New(), rng.New(1))
			defer tape.Free()
			loss := hierarchicalContrast(tape.Param(z))
			tape.Backward(loss)
			got, err := tape.Download(t.Context(), loss.Value())
			if err != nil {
				t.Fatal(err)
			}
			grad, err := tape.Download(t.Context(), z.Grad)
			if err != nil {
				t.Fatal(err)
			}
			want.check(t, "loss", "", got)
			g1, g2 := bySide(grad, times)
			want.check(t, "grad z1", "z1", g1)
			want.check(t, "grad z2", "z2", g2)
			for key := range want {
				t.Errorf("%s is not here", key)
			}
			if slow := slowHierarchy(z1, z2, goldenRows, times, goldenWidth); math.Abs(float64(got[0])-slow) > 1e-5 {
				t.Errorf("loss is %.6f, by its formula %.6f", got[0], slow)
			}
		})
	}
}

// slowHierarchy is the loss of z1 and z2 [rows, times, width] by loops over all pairs: arXiv:2106.10466, equations 1 to 3,
// with each of the two as the anchors, averaged over scales as in algorithm 1.
func slowHierarchy(z1, z2 []float32, rows, times, width int) float64 {
	sum, scales := 0.0, 0.0
	for {
		scales++
		sum += (slowDual(z1, z2, rows, times, width) + slowDual(z2, z1, rows, times, width)) / 2
		if times == 1 {
			return sum / scales
		}
		z1, z2, times = slowHalved(z1, rows, times, width), slowHalved(z2, rows, times, width), times/2
	}
}

// slowDual is half of the temporal and half of the instance-wise contrast of a by b, over all rows and times.
func slowDual(a, b []float32, rows, times, width int) (mean float64) {
	at := func(z []float32, row, t int) []float32 { return z[(row*times+t)*width:][:width] }
	e := func(x, y []float32) (d float64) {
		for i := range x {
			d += float64(x[i]) * float64(y[i])
		}
		return math.Exp(d)
	}
	for i := range rows {
		for t := range times {
			r, temporal, instance := at(a, i, t), 0.0, 0.0
			for u := range times {
				temporal += e(r, at(b, i, u))
				if u != t {
					temporal += e(r, at(a, i, u))
				}
			}
			for j := range rows {
				instance += e(r, at(b, j, t))
				if j != i {
					instance += e(r, at(a, j, t))
				}
			}
			right := e(r, at(b, i, t))
			mean -= (math.Log(right/temporal) + math.Log(right/instance)) / 2 / float64(rows*times)
		}
	}
	return mean
}

// slowHalved is the maximum of each two times, without the last of an odd number.
func slowHalved(z []float32, rows, times, width int) (half []float32) {
	for row := range rows {
		for t := 0; t+1 < times; t += 2 {
			for k := range width {
				half = append(half, max(z[(row*times+t)*width+k], z[(row*times+t+1)*width+k]))
			}
		}
	}
	return half
}
