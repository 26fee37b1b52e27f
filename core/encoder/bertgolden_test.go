package encoder_test

import (
	_ "embed"
	"encoding/json"
	"math"
	"testing"

	"autodidact/core/autograd"
	"autodidact/core/encoder"
	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

// What PyTorch makes of a BERT that fills masks, by testdata/golden.py.
//
//go:embed testdata/bert.json
var bertJSON []byte

func TestABERTsFeaturesLossAndGradientsArePyTorchs(t *testing.T) {
	var golden map[string]map[string][2]float64
	if err := json.Unmarshal(bertJSON, &golden); err != nil {
		t.Fatal(err)
	}
	for arch, want := range golden {
		t.Run(arch, func(t *testing.T) {
			size := encoder.BERTSize{Tokens: 50, Positions: 32, Layers: 2, Width: 64, Heads: 4, Hidden: 128}
			if arch == "foreign bert" {
				size.Variant = encoder.Variant{Erf: true, Eps: 1e-12}
			}
			model := struct {
				Encoder *encoder.BERT
				Head    *encoder.TokenHead
			}{encoder.NewBERT(rng.New(1), size), encoder.NewTokenHead(rng.New(1), size)}
			b := cpu.New()
			for name, p := range nn.Params(&model) {
				p.Value.Buf = drawn(arch, name, p)
			}
			nn.Place(b, &model)
			var tokens, of, segments []int32
			real := make([]float32, 64)
			for i := range 64 {
				tokens = append(tokens, int32(i*7%50))
				text, segment := int32(1), int32(0)
				switch {
				case i >= 57:
					text = 0
				case i >= 20 && i < 32:
					text = 2
				case i >= 10 && i < 20:
					segment = 1
				}
				of, segments = append(of, text), append(segments, segment)
				real[i] = float32(min(text, 1))
			}
			model.Encoder.Causal = arch == "causal bert"
			r := encoder.TokenBatch{Tokens: tensor.Int32s(tokens, 2, 32), Of: tensor.Int32s(of, 2, 32), Segments: tensor.Int32s(segments, 2, 32)}

			tape := autograd.NewTape(b, rng.New(1))
			defer tape.Free()
			seen := 0
			check := func(key, name string, got *tensor.Tensor) {
				t.Helper()
				w, ok := want[key]
				size, along := mark(name, got)
				if key == "loss" {
					size, along = float64(got.Buf.(kernel.Host)[0]), 0
				}
				if !ok || math.Abs(size-w[0]) > 1e-4*w[0]+1e-6 || math.Abs(along-w[1]) > 1e-4*w[0]+1e-6 {
					t.Errorf("%s: norm %.7g, product %.7g; want %.7g", key, size, along, w)
				}
				seen++
			}
			host := func(x *tensor.Tensor) *tensor.Tensor { return tensor.Float32s(download(t, tape, x), x.Shape...) }
			x := model.Encoder.EncodeTokens(tape, r, 0)
			check("features", "features", host(x.Mul(tape.Input(tensor.Float32s(real, 2, 32, 1))).Value()))
			at := tape.Input(tensor.Int32s([]int32{3, 9, 22, 30, 33, 50}, 6))
			logits := model.Head.Logits(autograd.Gather(x.Reshape(64, 64), at), model.Encoder)
			check("logits", "logits", host(logits.Value()))
			loss := logits.CrossEntropy(tape.Input(tensor.Int32s([]int32{5, 0, 49, 17, 17, 8}, 6)))
			check("loss", "", host(loss.Value()))
			tape.Backward(loss)
			for name, p := range nn.Params(&model) {
				check("grad "+name, name, nn.ToTorch(p, host(p.Grad)))
			}
			if seen != len(want) {
				t.Errorf("compared %d of %d tensors", seen, len(want))
			}
		})
	}
}
