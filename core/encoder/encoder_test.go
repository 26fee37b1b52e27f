package encoder_test

import (
	"slices"
	"strings"
	"testing"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

// input makes two samples of a kind, as a task would batch them.
func input(t *testing.T, kind data.Kind) *tensor.Tensor {
	t.Helper()
	switch kind {
	case data.Images:
		return noise(2, 16, 16, 3)
	case data.Text:
		ids := make([]int32, 2*32)
		for i := range ids {
			ids[i] = int32(i*7) % 50
		}
		return tensor.Int32s(ids, 2, 32)
	case data.Series:
		return noise(2, 32, 6)
	}
	t.Fatalf("the test has no input for %s encoders: give it one", kind)
	return nil
}

func noise(shape ...int) *tensor.Tensor {
	r := rng.New(5)
	d := make([]float32, tensor.Shape(shape).Size())
	for i := range d {
		d[i] = float32(r.NormFloat64())
	}
	return tensor.Float32s(d, shape...)
}

// tested are the encoders whose every weight is looked at: with -short not the largest, whose layers the goldens have as well.
func tested() []encoder.Spec {
	return slices.DeleteFunc(slices.Clone(encoder.Catalog), func(s encoder.Spec) bool {
		return testing.Short() && slices.Contains([]string{"resnet18", "resnet50", "resnet18-imagenet", "resnet50-imagenet", "bert-small"}, s.Name)
	})
}

func TestEveryParamOfEveryEncoderLearns(t *testing.T) {
	for _, spec := range tested() {
		for _, kind := range spec.Kinds {
			if kind == data.Video {
				continue // whose frames are pictures
			}
			t.Run(spec.Name+" on "+string(kind), func(t *testing.T) {
				enc, x := spec.Build(rng.New(1), encoder.Input{Size: 32, Tokens: 50, Channels: 3}), input(t, kind)
				if s, ok := enc.(encoder.SeriesEncoder); ok && s.Channels() == 1 {
					x = noise(2, 32, 2)
				}
				everyParamLearns(t, enc, x)
			})
		}
	}
}

func everyParamLearns(t *testing.T, enc nn.Encoder, x *tensor.Tensor) {
	t.Helper()
	b := cpu.New()
	nn.Place(b, enc)
	tape := autograd.NewTape(b, rng.New(1))
	defer tape.Free()
	h := enc.Encode(tape.Input(x))
	s := h.Shape()
	if len(s) != 3 || s[0] != x.Shape[0] || s[2] != enc.Width() {
		t.Fatalf("features are %v, want [%d positions %d]", s, x.Shape[0], enc.Width())
	}
	tape.Backward(h.Mul(tape.Input(noise(s...))).Reshape(1, s.Size()).Sum(1))
	for name, p := range nn.Params(enc) {
		if p.Frozen {
			continue
		}
		if p.Grad == nil {
			t.Errorf("%s has no gradient", name)
		} else if g, err := tape.Download(t.Context(), p.Grad); err != nil || !slices.ContainsFunc(g, func(v float32) bool { return v != 0 }) {
			t.Errorf("%s: gradient is all zeros (%v)", name, err)
		}
	}
}

func TestEncodersAreFoundByName(t *testing.T) {
	for _, want := range encoder.Catalog {
		got, err := encoder.Find(want.Name)
		if err != nil || got.Name != want.Name || got.Line == "" || len(got.Kinds) == 0 {
			t.Errorf("%s: found %+v, %v", want.Name, got, err)
		}
	}
	if _, err := encoder.Find("resnet9"); err == nil || !strings.Contains(err.Error(), "resnet8") {
		t.Errorf("error %v does not say what there is", err)
	}
}

func TestWeightsFollowFromTheSeed(t *testing.T) {
	weights := func(spec encoder.Spec, seed uint64) (all []float32) {
		for _, p := range nn.Params(spec.Build(rng.New(seed), encoder.Input{Size: 32, Tokens: 50, Channels: 3})) {
			all = append(all, p.Value.Buf.(kernel.Host)...)
		}
		return all
	}
	for _, spec := range tested() {
		first := weights(spec, 1)
		if !slices.Equal(weights(spec, 1), first) || slices.Equal(weights(spec, 2), first) {
			t.Errorf("%s: weights do not follow from the seed", spec.Name)
		}
	}
}
