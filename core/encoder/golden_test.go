package encoder_test

import (
	_ "embed"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"autodidact/core/autograd"
	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

// What PyTorch computes, by testdata/golden.py: of each tensor its norm and its
// product with a stream.
//
//go:embed testdata/golden.json
var goldenJSON []byte

func TestEncodersComputeWhatPyTorchDoes(t *testing.T) {
	var golden map[string]map[string][2]float64
	if err := json.Unmarshal(goldenJSON, &golden); err != nil {
		t.Fatal(err)
	}
	for arch, want := range golden {
		t.Run(arch, func(t *testing.T) {
			if arch == "resnet50-imagenet" && testing.Short() {
				t.Skip("it takes minutes without SIMD; its parts are those of resnet50 and resnet18-imagenet")
			}
			b, enc := cpu.New(), build(t, arch)
			for name, p := range nn.Params(enc) {
				p.Value.Buf = drawn(arch, name, p)
			}
			nn.Place(b, enc)
			side := 16
			if strings.HasSuffix(arch, "imagenet") {
				side = 64
			}
			x := tensor.Float32s(floats(arch+"/x", 4*side*side*3, 1, 0), 4, side, side, 3)
			seen := 0
			check := func(tape *autograd.Tape, key, name string, p *autograd.Param, got *tensor.Tensor) {
				t.Helper()
				host := tensor.Float32s(download(t, tape, got), got.Shape...)
				if p != nil {
					host = nn.ToTorch(p, host)
				}
				w, ok := want[key]
				tolerance := 1e-3
				if key == "eval" {
					tolerance = 1e-4
				} else if strings.HasPrefix(key, "grad ") {
					tolerance = 2e-2 // rounding turns a few ReLUs of so small a batch, and all gradients below them
					if strings.HasPrefix(arch, "resnet50") {
						tolerance = 0.15 // and it has forty-nine of them; a wrong formula is wrong by its whole size
					}
				}
				if size, along := mark(name, host); !ok || math.Abs(size-w[0]) > tolerance*w[0]+1e-5 || math.Abs(along-w[1]) > tolerance*w[0]+1e-5 {
					t.Errorf("%s: norm %.6g, product %.6g; want %.6g", key, size, along, w)
				}
				seen++
			}

			tape := autograd.NewTape(b, rng.New(1))
			tape.Training = false
			check(tape, "eval", "features", nil, enc.Encode(tape.Input(x)).Value())
			tape.Free()

			tape = autograd.NewTape(b, rng.New(1))
			defer tape.Free()
			y := enc.Encode(tape.Input(x))
			check(tape, "train", "features", nil, y.Value())
			blame := tensor.Float32s(floats("blame", y.Shape().Size(), 1, 0), y.Shape()...)
			tape.Backward(y.Mul(tape.Input(blame)).Reshape(1, y.Shape().Size()).Sum(1))
			for name, p := range nn.Params(enc) {
				if p.Frozen {
					check(tape, "after "+name, name, p, p.Value)
				} else {
					check(tape, "grad "+name, name, p, p.Grad)
				}
			}
			if seen != len(want) {
				t.Errorf("compared %d of %d tensors", seen, len(want))
			}
		})
	}
}

// drawn is the weights golden.py gives a param.
func drawn(arch, name string, p *autograd.Param) kernel.Host {
	s := nn.TorchShape(p)
	scale, shift := 0.25, 0.0
	if arch == "foreign bert" && strings.HasSuffix(name, "embeddings.weight") {
		scale = float64(float32(0.04))
	} else if len(s) == 4 {
		scale = float64(float32(math.Sqrt(6 / float64(s[1:].Size()))))
	} else if len(s) == 3 {
		scale = float64(float32(math.Sqrt(3 / float64(s[1:].Size()))))
	} else if len(s) == 2 {
		scale = float64(float32(math.Sqrt(3 / float64(s[1]))))
	} else if strings.HasSuffix(name, "weight") || strings.HasSuffix(name, "running_var") {
		shift = 1
	}
	d := tensor.Float32s(floats(arch+"/"+name, s.Size(), scale, shift), s...)
	return nn.FromTorch(p, d).Buf.(kernel.Host)
}

func floats(name string, n int, scale, shift float64) []float32 {
	d, u := make([]float32, n), rng.NewStream(name)
	for i := range d {
		d[i] = float32(float64(float32(u.Even()))*scale + shift)
	}
	return d
}

func mark(name string, x *tensor.Tensor) (size, along float64) {
	u := rng.NewStream("mark/" + name)
	for _, v := range x.Buf.(kernel.Host) {
		size += float64(v) * float64(v)
		along += float64(v) * u.Even()
	}
	return math.Sqrt(size), along
}

func download(t *testing.T, tape *autograd.Tape, x *tensor.Tensor) []float32 {
	t.Helper()
	d, err := tape.Download(t.Context(), x)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
