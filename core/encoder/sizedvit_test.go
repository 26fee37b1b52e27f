package encoder_test

import (
	"math"
	"testing"

	"autodidact/core/autograd"
	"autodidact/core/encoder"
	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/core/nn"
	"autodidact/core/rng"
)

func TestAViTOfAnySizeIsFoundByItsName(t *testing.T) {
	for name, want := range map[string]encoder.ViTSize{
		"vit-12x192x3x768x16x224":            {Layers: 12, Width: 192, Heads: 3, Hidden: 768, Patch: 16, Side: 224, Variant: encoder.Variant{Erf: true, Eps: 1e-6}},
		"vit-12x768x12x3072x16x224-eps1e-12": {Layers: 12, Width: 768, Heads: 12, Hidden: 3072, Patch: 16, Side: 224, Variant: encoder.Variant{Erf: true, Eps: 1e-12}},
		"vit-2x8x2x16x4x16-tanh-eps1e-05":    {Layers: 2, Width: 8, Heads: 2, Hidden: 16, Patch: 4, Side: 16, Variant: encoder.Variant{Eps: 1e-5}},
		"vit-2x8x2x16x4x16-tanh":             {Layers: 2, Width: 8, Heads: 2, Hidden: 16, Patch: 4, Side: 16, Variant: encoder.Variant{Eps: 1e-6}},
	} {
		if got, ok := encoder.ViTSizeOf(name); !ok || got != want {
			t.Errorf("%s is %+v, %v; want %+v", name, got, ok, want)
		}
		if spec, err := encoder.Find(name); err != nil || spec.Multiple != want.Patch || spec.Like != "vit-tiny" {
			t.Errorf("%s: %+v, %v", name, spec, err)
		}
	}
	for _, no := range []string{"vit-2x8x3x16x4x16", "vit-2x8x2x16x4x18", "vit-2x8x2x16x4", "vit-2x8x2x16x4x16-erf", "vit-2x8x2x16x4x16-eps1e-06", "vit-99x8x2x16x4x16", "vit-", "vit-2x8x2x16x4x16x1"} {
		if _, err := encoder.Find(no); err == nil {
			t.Errorf("found %q", no)
		}
	}
}

func TestEveryParamOfAViTMadeElsewhereLearns(t *testing.T) {
	for _, side := range []int{16, 24} { // 16 is what the input has; 24 has other positions
		s := encoder.ViTSize{Layers: 1, Width: 8, Heads: 2, Hidden: 12, Patch: 4, Side: side, Variant: encoder.Variant{Erf: true, Eps: 1e-6}}
		everyParamLearns(t, encoder.NewSizedViT(rng.New(1), s), noise(2, 16, 16, 3))
	}
}

// Without positions a ViT cannot tell the order of its patches; a constant field of them must stay one when it is interpolated.
func TestInterpolatedPositionsKeepAConstant(t *testing.T) {
	b := cpu.New()
	features := func(side int) []float32 {
		enc := encoder.NewSizedViT(rng.New(1), encoder.ViTSize{Layers: 1, Width: 8, Heads: 2, Hidden: 12, Patch: 4, Side: side, Variant: encoder.Variant{Erf: true, Eps: 1e-6}})
		for name, p := range nn.Params(enc) {
			p.Value.Buf = drawn("constant", name, p)
		}
		p := enc.Embeddings.PositionEmbeddings
		for i := range p.Value.Shape.Size() {
			p.Value.Buf.(kernel.Host)[i] = float32(i%8) / 8
		}
		nn.Place(b, enc)
		tape := autograd.NewTape(b, rng.New(1))
		defer tape.Free()
		return download(t, tape, enc.Encode(tape.Input(noise(2, 16, 16, 3))).Value())
	}
	own := features(16)
	for _, side := range []int{8, 24, 48} {
		for i, v := range features(side) {
			if math.Abs(float64(v-own[i])) > 1e-5 {
				t.Fatalf("of positions of %d pixels feature %d is %g, want %g", side, i, v, own[i])
			}
		}
	}
}
