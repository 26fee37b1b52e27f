package kind

import (
	"fmt"

	"autodidact/core/autograd"
	"autodidact/core/encoder"
	"autodidact/core/onnx"
	"autodidact/core/tensor"
	"autodidact/worker/report"
)

// Graph takes input_ids and attention_mask, int64 [batch, length], to features [batch, width], the mean over tokens that are
// there, and tokens [batch, length, width].
func (texts) Graph(e Embedder, preprocess bool) (*onnx.Graph, Described, error) {
	bert, err := e.BERT()
	if err != nil {
		return nil, Described{}, err
	}
	if preprocess {
		return nil, Described{}, report.BadField("preprocess", "texts cannot be made tokens within the graph: do that with tokenizer.json, which the format huggingface lays beside the weights")
	}
	g := onnx.New()
	ids, mask := g.Input("input_ids", onnx.Int64, "batch", "length"), g.Input("attention_mask", onnx.Int64, "batch", "length")
	there := g.Cast(mask, onnx.Float32)
	h, _, err := e.traced(g, []string{ids, places(g, mask), look(g, there, bert.Causal)}, []onnx.Axis{anyBatch(g, ids), {Sizes: [2]int{5, 7}, Dim: g.Dim(ids, 1)}},
		func(t *autograd.Tape, sizes []int) autograd.Var { return bert.EncodeTokens(t, anyTokens(sizes...), 0) })
	if err != nil {
		return nil, Described{}, err
	}
	counted := g.Op("Mul", h, g.Op("Unsqueeze", there, g.Ints(2)))
	n := g.Op("Max", g.Sum(there, 1), g.Scalar(1))
	g.Output("features", g.Op("Div", g.Reshape(g.Sum(counted, 1), 0, bert.Width()), n), "batch", bert.Width())
	g.Output("tokens", h, "batch", "length", bert.Width())
	return g, Described{fmt.Sprintf("input_ids: int64 [batch, length], at most %d tokens, each text between %s and %s; attention_mask: int64 [batch, length], 1 for tokens of the text, 0 for padding",
		min(bert.Size().Positions, e.Size), e.Tokens.Piece(e.Tokens.Special().Cls), e.Tokens.Piece(e.Tokens.Special().Sep)), "features: the mean over tokens of the text; tokens: all of them"}, nil
}

// anyTokens is a batch of texts to trace with.
func anyTokens(shape ...int) encoder.TokenBatch {
	of := make([]int32, tensor.Shape(shape).Size())
	for i := range of {
		of[i] = 1
	}
	return encoder.TokenBatch{Tokens: tensor.Int32s(make([]int32, len(of)), shape...), Of: tensor.Int32s(of, shape...)}
}

// places are those of tokens in their text, [batch, length]: padding may be before them or after.
func places(g *onnx.Graph, mask string) string {
	return g.Op("Mul", g.Op("Sub", g.Op("CumSum", mask, g.Int(1)), g.Ints(1)), mask)
}

// hidden is so far below any logit that nothing of it is left after a softmax.
const hidden = -1e9

// look is added to the logits of attention: hidden for padding, [batch, 1, 1, length], and, with causal, for what comes later.
func look(g *onnx.Graph, there string, causal bool) string {
	hide := g.Op("Mul", g.Op("Sub", g.Scalar(1), there), g.Scalar(hidden))
	hide = g.Op("Unsqueeze", hide, g.Ints(1, 2))
	if !causal {
		return hide
	}
	at := g.Op("Range", g.Int(0), g.Op("Squeeze", g.Dim(there, 1)), g.Int(1))
	later := g.Op("Greater", g.Op("Unsqueeze", at, g.Ints(0)), g.Op("Unsqueeze", at, g.Ints(1)))
	return g.Op("Add", hide, g.Op("Mul", g.Cast(later, onnx.Float32), g.Scalar(hidden)))
}
