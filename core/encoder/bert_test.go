package encoder_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"autodidact/core/autograd"
	"autodidact/core/autograd/gradtest"
	"autodidact/core/encoder"
	"autodidact/core/kernel/cpu"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

var smallBERT = encoder.BERTSize{Tokens: 11, Positions: 6, Layers: 2, Width: 8, Heads: 2, Hidden: 16}

// tokenBatch is two sequences of six: two texts in the first, a text and padding in the second.
func tokenBatch() encoder.TokenBatch {
	return encoder.TokenBatch{Tokens: tensor.Int32s([]int32{1, 2, 10, 3, 5, 6, 5, 7, 9, 4, 0, 0}, 2, 6),
		Of:       tensor.Int32s([]int32{1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 0, 0}, 2, 6),
		Segments: tensor.Int32s([]int32{0, 0, 1, 0, 1, 1, 0, 0, 1, 1, 0, 0}, 2, 6)}
}

func TestABERTIsNamedAndShapedAsHuggingFaces(t *testing.T) {
	var names []string
	count := 0
	bert := encoder.NewBERT(rng.New(1), encoder.BERTSize{Tokens: 30522, Positions: 512, Layers: 2, Width: 128, Heads: 2, Hidden: 512})
	for name, p := range nn.Params(bert) {
		names = append(names, fmt.Sprint(name, nn.TorchShape(p)))
		count += p.Value.Shape.Size()
	}
	for _, want := range []string{"embeddings.word_embeddings.weight[30522 128]", "embeddings.position_embeddings.weight[512 128]",
		"embeddings.token_type_embeddings.weight[2 128]", "embeddings.LayerNorm.weight[128]", "encoder.layer.0.attention.self.query.weight[128 128]", "encoder.layer.1.attention.self.value.bias[128]",
		"encoder.layer.1.attention.output.dense.weight[128 128]", "encoder.layer.0.attention.output.LayerNorm.bias[128]",
		"encoder.layer.0.intermediate.dense.weight[512 128]", "encoder.layer.1.output.dense.weight[128 512]", "encoder.layer.1.output.LayerNorm.weight[128]"} {
		if !slices.Contains(names, want) {
			t.Errorf("there is no %s in %s", want, strings.Join(names, " "))
		}
	}
	// bert-tiny has 4,385,920 with a pooler (128*128+128).
	if want := 4385920 - 128*129; count != want {
		t.Errorf("%d elements, want %d", count, want)
	}
}

func TestABERTOfAnySizeIsFoundByItsName(t *testing.T) {
	size := encoder.BERTSize{Layers: 3, Width: 48, Heads: 4, Hidden: 96, Positions: 40}
	spec, err := encoder.Find(size.Name())
	if err != nil {
		t.Fatal(err)
	}
	size.Tokens = 70
	if got := spec.Build(rng.New(1), encoder.Input{Size: 16, Tokens: 70}).(*encoder.BERT).Size(); got != size {
		t.Errorf("built %+v, want %+v", got, size)
	}
	for name, want := range map[string]encoder.Variant{
		"bert-3x48x4x96x40": {}, "bert-3x48x4x96x40-erf": {Erf: true}, "bert-3x48x4x96x40-eps1e-12": {Eps: 1e-12}, "bert-3x48x4x96x40-erf-eps1e-06": {Erf: true, Eps: 1e-6},
	} {
		if s, ok := encoder.BERTSizeOf(name); !ok || s.Variant != want {
			t.Errorf("%s is %+v, %v; want %+v", name, s.Variant, ok, want)
		}
	}
	for _, no := range []string{"bert-3x48x5x96x40", "bert-3x48x4x96x40-eps1e-05", "bert-3x48x4x96x40-eps1e-12-erf", "bert-3x48x4x96x40-tanh", "bert-3x48x4x96x40-eps1", "bert-3x48x4x96x40-erf-erf", "bert-3x48x4x96x40-epsNaN", "bert-0x48x4x96x40", "bert-3x48x4x96x40 ", "bert-3x999999x4x96x40", "bert-3x48x4x96", "bert-"} {
		if _, err := encoder.Find(no); err == nil {
			t.Errorf("found %q", no)
		}
	}
}

func TestABERTWithItsHeadHasTheGradientsOfItsFormula(t *testing.T) {
	// gradtest gives params; a model is built around them by walking it in their order.
	size := encoder.BERTSize{Tokens: 11, Positions: 6, Layers: 1, Width: 4, Heads: 2, Hidden: 6}
	model := func() any {
		return &struct {
			Encoder *encoder.BERT
			Head    *encoder.TokenHead
		}{encoder.NewBERT(rng.New(1), size), encoder.NewTokenHead(rng.New(2), size)}
	}
	var shapes []tensor.Shape
	for _, p := range nn.Params(model()) {
		shapes = append(shapes, p.Value.Shape)
	}
	gradtest.Check(t, cpu.New(), func(tape *autograd.Tape, p []*autograd.Param) autograd.Var {
		enc, head := encoder.NewBERT(rng.New(1), size), encoder.NewTokenHead(rng.New(2), size)
		substitute(enc, head, p)
		h := enc.EncodeTokens(tape, tokenBatch(), 0).Reshape(12, 4)
		return head.Logits(h.Rows(2, 3), enc)
	}, shapes...)
}

// substitute puts ps in the places of the params of a BERT and its head.
func substitute(enc *encoder.BERT, head *encoder.TokenHead, ps []*autograd.Param) {
	e := &enc.Embeddings
	slots := []**autograd.Param{&e.WordEmbeddings.Weight, &e.PositionEmbeddings.Weight, &e.TokenTypeEmbeddings.Weight, &e.LayerNorm.Weight, &e.LayerNorm.Bias}
	linear := func(l *nn.Linear) { slots = append(slots, &l.Weight, &l.Bias) }
	norm := func(l *nn.LayerNorm) { slots = append(slots, &l.Weight, &l.Bias) }
	for _, l := range enc.Encoder.Layer {
		a := l.Attention
		linear(a.Self.Query)
		linear(a.Self.Key)
		linear(a.Self.Value)
		linear(a.Output.Dense)
		norm(a.Output.LayerNorm)
		linear(l.Intermediate.Dense)
		linear(l.Output.Dense)
		norm(l.Output.LayerNorm)
	}
	linear(head.Transform.Dense)
	norm(head.Transform.LayerNorm)
	slots = append(slots, &head.Bias)
	for i, s := range slots {
		*s = ps[i]
	}
}

// features is what a small BERT makes of r.
func features(t *testing.T, enc *encoder.BERT, r encoder.TokenBatch) []float32 {
	tape := autograd.NewTape(cpu.New(), rng.New(1))
	defer tape.Free()
	return download(t, tape, enc.EncodeTokens(tape, r, 0).Value())
}

func TestATextReadsTheSameAloneAndInABatch(t *testing.T) {
	enc := encoder.NewBERT(rng.New(1), smallBERT)
	together := features(t, enc, tokenBatch())
	alone := encoder.TokenBatch{Tokens: tensor.Int32s([]int32{3, 5, 6}, 1, 3), Of: tensor.Int32s([]int32{1, 1, 1}, 1, 3), Segments: tensor.Int32s([]int32{0, 1, 1}, 1, 3)}
	for i, want := range features(t, enc, alone) {
		if got := together[3*8+i]; math.Abs(float64(got-want)) > 1e-5 {
			t.Fatalf("feature %d is %g in company and %g alone", i, got, want)
		}
	}
}

func TestACausalReadingDoesNotLookAhead(t *testing.T) {
	enc := encoder.NewBERT(rng.New(1), smallBERT)
	enc.Causal = true
	r := tokenBatch()
	before := features(t, enc, r)
	r.Tokens = tensor.Int32s([]int32{1, 2, 9, 3, 5, 8, 5, 7, 9, 1, 0, 0}, 2, 6) // other tokens at the end of each text
	after := features(t, enc, r)
	for _, p := range []int{0, 1, 3, 4, 6, 7, 8} {
		if !slices.Equal(before[p*8:][:8], after[p*8:][:8]) {
			t.Errorf("position %d saw what comes after it", p)
		}
	}
	for _, p := range []int{2, 5, 9} {
		if slices.Equal(before[p*8:][:8], after[p*8:][:8]) {
			t.Errorf("position %d did not see itself", p)
		}
	}
}

func TestMeanWeightsAverageEachText(t *testing.T) {
	got := encoder.MeanWeights(tensor.Int32s([]int32{1, 1, 2, 0}, 1, 4), 2)
	want := []float32{0.5, 0.5, 0, 0, 0, 0, 1, 0}
	tape := autograd.NewTape(cpu.New(), rng.New(1))
	defer tape.Free()
	if d := download(t, tape, tape.Input(got).Value()); !slices.Equal(d, want) {
		t.Errorf("shares %v, want %v", d, want)
	}
}

func TestASequenceLongerThanThePositionsIsRefused(t *testing.T) {
	b, bert := cpu.New(), encoder.NewBERT(rng.New(1), smallBERT)
	nn.Place(b, bert)
	tape := autograd.NewTape(b, rng.New(1))
	defer tape.Free()
	defer func() {
		if _, ok := recover().(*tensor.ShapeError); !ok {
			t.Error("7 tokens went into 6 positions")
		}
	}()
	bert.Encode(tape.Input(tensor.Int32s(make([]int32, 7), 1, 7)))
}
