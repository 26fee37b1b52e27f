package encoder_test

import (
	"fmt"
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

func TestEveryParamOfABERTLearns(t *testing.T) {
	everyParamLearns(t, encoder.NewBERT(rng.New(1), smallBERT), tensor.Int32s([]int32{1, 2, 10, 0, 3, 5, 5, 5, 7, 9, 2, 1}, 2, 6))
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
		"embeddings.LayerNorm.weight[128]", "encoder.layer.0.attention.self.query.weight[128 128]", "encoder.layer.1.attention.self.value.bias[128]",
		"encoder.layer.1.attention.output.dense.weight[128 128]", "encoder.layer.0.attention.output.LayerNorm.bias[128]",
		"encoder.layer.0.intermediate.dense.weight[512 128]", "encoder.layer.1.output.dense.weight[128 512]", "encoder.layer.1.output.LayerNorm.weight[128]"} {
		if !slices.Contains(names, want) {
			t.Errorf("there is no %s in %s", want, strings.Join(names, " "))
		}
	}
	// bert-tiny has 4,385,920 with a pooler (128*128+128) and two segments (2*128).
	if want := 4385920 - 128*129 - 2*128; count != want {
		t.Errorf("%d elements, want %d", count, want)
	}
}

func TestABERTHasTheGradientsOfItsFormula(t *testing.T) {
	ids := tensor.Int32s([]int32{1, 2, 10, 0, 3, 5}, 2, 3)
	gradtest.Check(t, cpu.New(), func(tape *autograd.Tape, p []*autograd.Param) autograd.Var {
		l := &encoder.Residual{Dense: &nn.Linear{Weight: p[1], Bias: p[2]}, LayerNorm: &nn.LayerNorm{Weight: p[3], Bias: p[4]}}
		e := encoder.Embeddings{
			WordEmbeddings: &nn.Embedding{Weight: p[0]}, PositionEmbeddings: &nn.Embedding{Weight: p[5]},
			LayerNorm: &nn.LayerNorm{Weight: p[6], Bias: p[7]},
		}
		h := e.Forward(tape.Input(ids))
		return l.Forward(h.Gelu(), h)
	}, tensor.Shape{11, 4}, tensor.Shape{4, 4}, tensor.Shape{4}, tensor.Shape{4}, tensor.Shape{4}, tensor.Shape{6, 4}, tensor.Shape{4}, tensor.Shape{4})
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
