package encoder_test

import (
	_ "embed"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"autodidact/core/autograd"
	"autodidact/core/encoder"
	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

// What PyTorch makes of encoders of series, by testdata/golden.py.
//
//go:embed testdata/series.json
var seriesJSON []byte

// small are the encoders of the golden file.
func small(arch string) encoder.SeriesEncoder {
	if arch == "tcn" {
		return encoder.NewTCN(rng.New(1), 4, 16, 4)
	}
	if strings.HasSuffix(arch, "dilated") {
		d := encoder.NewDilated(rng.New(1), 2, 16, map[string]int{"dilated": 5, "causal dilated": 2}[arch], 24)
		d.Dropout, d.Causal = 0, arch == "causal dilated"
		return d
	}
	p := encoder.NewPatchTST(rng.New(1), 2, 32, 32, 2, 4)
	p.Causal = arch == "causal patchtst"
	return p
}

func TestSeriesEncodersFeaturesAndGradientsArePyTorchs(t *testing.T) {
	var golden map[string]map[string][2]float64
	if err := json.Unmarshal(seriesJSON, &golden); err != nil {
		t.Fatal(err)
	}
	for arch, want := range golden {
		t.Run(arch, func(t *testing.T) {
			enc, b := small(arch), cpu.New()
			for name, p := range nn.Params(enc) {
				p.Value.Buf = drawn(arch, name, p)
			}
			nn.Place(b, enc)
			tape := autograd.NewTape(b, rng.New(1))
			defer tape.Free()
			seen := 0
			check := func(key, name string, got *tensor.Tensor) {
				t.Helper()
				w, ok := want[key]
				size, along := mark(name, got)
				if !ok || math.Abs(size-w[0]) > 1e-4*w[0]+1e-6 || math.Abs(along-w[1]) > 1e-4*w[0]+1e-6 {
					t.Errorf("%s: norm %.7g, product %.7g; want %.7g", key, size, along, w)
				}
				seen++
			}
			host := func(x *tensor.Tensor) *tensor.Tensor { return tensor.Float32s(download(t, tape, x), x.Shape...) }
			h := enc.Encode(tape.Input(tensor.Float32s(floats(arch+"/x", 3*32*4, 1, 0), 3, 32, 4)))
			check("features", "features", host(h.Value()))
			blame := tensor.Float32s(floats("blame", h.Shape().Size(), 1, 0), h.Shape()...)
			tape.Backward(h.Mul(tape.Input(blame)).Reshape(1, h.Shape().Size()).Sum(1))
			for name, p := range nn.Params(enc) {
				check("grad "+name, name, nn.ToTorch(p, host(p.Grad)))
			}
			if seen != len(want) {
				t.Errorf("compared %d of %d tensors", seen, len(want))
			}
		})
	}
}

func TestCausalEncodersOfSeriesDoNotSeeWhatComesLater(t *testing.T) {
	for arch, causal := range map[string]bool{"tcn": true, "causal patchtst": true, "patchtst": false, "dilated": false, "causal dilated": true} {
		enc, b := small(arch), cpu.New()
		nn.Place(b, enc)
		features := func(x *tensor.Tensor) []float32 {
			tape := autograd.NewTape(b, rng.New(1))
			defer tape.Free()
			return download(t, tape, enc.Encode(tape.Input(x)).Value())
		}
		x, y := noise(1, 32, 4), noise(1, 32, 4)
		for i := 24 * 4; i < 32*4; i++ {
			y.Buf.(kernel.Host)[i]++
		}
		before := 24 / enc.Patch() * enc.Width()
		off, was := 0.0, features(x)
		for i, v := range features(y)[:before] {
			off = max(off, math.Abs(float64(v-was[i])))
		}
		if (off < 1e-5) != causal { // Winograd's turns round by what is near
			t.Errorf("%s: earlier features change by %g", arch, off)
		}
		for _, v := range features(tensor.Float32s(make([]float32, 32*4), 1, 32, 4)) { // all missing
			if v != v {
				t.Fatalf("%s: of readings that are all missing it makes no number", arch)
			}
		}
	}
}
