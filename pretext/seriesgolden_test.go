package pretext

import (
	_ "embed"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/kernel/cpu"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

// What PyTorch makes of the losses of tasks for series and of their gradients, by testdata/golden.py: of each
// tensor its norm and its product with a stream.
//
//go:embed testdata/series.json
var seriesGoldenJSON []byte

type golden map[string][2]float64

func seriesGolden(t *testing.T, task string, to any) {
	t.Helper()
	var all map[string]json.RawMessage
	if err := json.Unmarshal(seriesGoldenJSON, &all); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(all[task], to); err != nil {
		t.Fatal(err)
	}
}

// check holds x to what is kept under key, whose stream has that name.
func (want golden) check(t *testing.T, key, name string, x []float32) {
	t.Helper()
	u, size, along := rng.NewStream("mark/"+name), 0.0, 0.0
	for _, v := range x {
		size += float64(v) * float64(v)
		along += float64(v) * u.Even()
	}
	got := [2]float64{math.Sqrt(size), along}
	if key == "loss" {
		got = [2]float64{float64(x[0])}
	}
	w, ok := want[key]
	if !ok || math.Abs(got[0]-w[0]) > 1e-4*w[0]+1e-6 || math.Abs(got[1]-w[1]) > 1e-4*w[0]+1e-6 {
		t.Errorf("%s: norm and product %.7g; want %.7g", key, got, w)
	}
	delete(want, key)
}

// streamed are n numbers from -1 to 1.
func streamed(name string, n int) []float32 {
	x, u := make([]float32, n), rng.NewStream(name)
	for i := range x {
		x[i] = float32(u.Even())
	}
	return x
}

// givenWeights gives a task's params the weights that golden.py draws.
func givenWeights(arch string, task any) {
	for name, p := range nn.Params(task) {
		s := nn.TorchShape(p)
		scale, shift := 0.25, 0.0
		if len(s) > 1 {
			scale = float64(float32(math.Sqrt(3 / float64(s[1:].Size()))))
		} else if strings.HasSuffix(name, "weight") {
			shift = 1
		}
		x := streamed(arch+"/"+name, s.Size())
		for i, v := range x {
			x[i] = float32(float64(v)*scale + shift)
		}
		p.Value.Buf = nn.FromTorch(p, tensor.Float32s(x, s...)).Buf
	}
}

// givenReadings are n rows of channels, the values and then what is there, as golden.py draws them.
func givenReadings(arch string, n, channels int) []float32 {
	x, missing := streamed(arch+"/x", n*channels), streamed(arch+"/missing", n*channels)
	out := make([]float32, 2*n*channels)
	for i, v := range x {
		if to := out[i/channels*2*channels:]; float64(missing[i]) < 0.8 {
			to[i%channels], to[channels+i%channels] = v, 1
		}
	}
	return out
}

// checkLoss holds the loss of v and its gradients to PyTorch's.
func (want golden) checkLoss(t *testing.T, arch string, task Task, v data.Views) {
	b := cpu.New()
	givenWeights(arch, task)
	nn.Place(b, task)
	tape := autograd.NewTape(b, rng.New(1))
	defer tape.Free()
	host := func(x *tensor.Tensor) []float32 {
		t.Helper()
		d, err := tape.Download(t.Context(), x)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	loss := task.Loss(tape, v)
	want.check(t, "loss", "", host(loss.Value()))
	tape.Backward(loss)
	for name, p := range nn.Params(task) {
		want.check(t, "grad "+name, name, reals(nn.ToTorch(p, tensor.Float32s(host(p.Grad), p.Grad.Shape...))))
	}
	for key := range want {
		t.Errorf("%s is not here", key)
	}
}

func TestTheLossOfMaskedPatchesAndItsGradientsArePyTorchs(t *testing.T) {
	const rows, long, channels, patch = 3, 32, 2, 8
	want := golden{}
	seriesGolden(t, "maskedseries", &want)
	enc := encoder.NewPatchTST(rng.New(1), channels, long, 32, 2, 4)
	task := newMaskedSeries(Setup{Encoder: enc, Size: long, Channels: []string{"a", "b"}, Rand: rng.New(2)}, MaskedSeriesOptions{Mask: 0.4})
	x := givenReadings("maskedseries", rows*long, channels)
	masked := []int{1, 2, 4, 10, 11} // patches, counted through all rows
	truth, known := make([]float32, rows*long*channels), make([]float32, rows*long*channels)
	for i := range truth {
		at := i/channels*2*channels + i%channels
		truth[i] = x[at]
		if slices.Contains(masked, i/channels/patch) {
			known[i] = x[at+channels]
			x[at], x[at+channels] = 0, 0
		}
	}
	want.checkLoss(t, "maskedseries", task, data.Views{tensor.Float32s(x, rows, long, 2*channels),
		tensor.Float32s(truth, rows*long/patch, patch*channels), tensor.Float32s(known, rows*long/patch, patch*channels)})
}

func TestCPCsLossAndItsGradientsArePyTorchs(t *testing.T) {
	const rows, long, patches, steps = 4, 32, 4, 3
	want := golden{}
	seriesGolden(t, "cpc", &want)
	task := newCPC(Setup{Encoder: encoder.NewTCN(rng.New(1), 2, 16, 4), Size: long, Channels: []string{"a"}, Rand: rng.New(2)}, CPCOptions{Steps: steps})
	v := data.Views{tensor.Float32s(givenReadings("cpc", rows*long, 1), rows, long, 2)}
	for k := 1; k <= steps; k++ {
		var from, to []int32
		for row := range rows {
			for p := range patches - k {
				if (row+2*p+k)%4 != 0 {
					from, to = append(from, int32(row*patches+p)), append(to, int32(row*patches+p+k))
				}
			}
		}
		v = append(v, tensor.Int32s(from, len(from)), tensor.Int32s(to, len(to)))
	}
	want.checkLoss(t, "cpc", task, v)
}
