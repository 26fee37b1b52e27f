package workload

import (
	"math"
	"strings"

	"autodidact/core/autograd"
	"autodidact/core/encoder"
	"autodidact/core/nn"
	"autodidact/core/optim"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

// Sizes of the masked tokens.
const (
	sequences, sequence = 16, 128
	masked              = 20 // of a sequence
	vocabulary          = 8192
	mask                = 3 // the token in place of a masked one
)

// A tokenPredictor is an encoder and the head that predicts masked tokens from features.
type tokenPredictor struct {
	Encoder   *encoder.BERT
	Transform *nn.Linear
	Norm      *nn.LayerNorm
	Bias      *autograd.Param // [vocabulary]
}

// maskedTokens is a BERT of four layers that predicts 20 masked tokens of each sequence, AdamW.
func maskedTokens() *Workload {
	r := rng.New(1)
	m := &tokenPredictor{
		encoder.NewBERT(r, encoder.BERTSize{Tokens: vocabulary, Positions: sequence, Layers: 4, Width: 256, Heads: 4, Hidden: 1024}),
		nn.NewLinear(r, 256, 256), nn.NewLayerNorm(256), nn.Zeros(vocabulary),
	}
	m.Encoder.Embeddings.TokenTypeEmbeddings = nil // one segment, and no need to tell it
	weights("w2", m, strings.NewReplacer(
		"encoder.embeddings.word_embeddings.weight", "tok", "encoder.embeddings.position_embeddings.weight", "pos",
		"encoder.encoder.layer.", "l", "attention.self.query.weight", "q.w", "attention.self.key.weight", "k.w",
		"attention.self.value.weight", "v.w", "attention.output.dense.weight", "o.w",
		"intermediate.dense.weight", "f1.w", "output.dense.weight", "f2.w", "transform.weight", "head.w"),
		func(float64) float64 { return 0.02 * math.Sqrt(3) })
	ids, at, labels := sentences()
	opt := optim.NewAdamW(0.01)
	opt.DecayAll = true
	return &Workload{
		name: "w2", line: "masked tokens, BERT of 4 layers on 16 x 128", unit: "tokens", items: sequences * sequence, flop: 46.0e9,
		model: m, optim: opt, rate: 5e-4,
		loss: func(t *autograd.Tape) autograd.Var {
			return m.logits(t.Input(ids), t.Input(at)).CrossEntropy(t.Input(labels))
		},
	}
}

// logits [positions, vocabulary] of the tokens at some positions, predicted by the embedding itself.
func (m *tokenPredictor) logits(ids, at autograd.Var) autograd.Var {
	h := m.Encoder.Encode(ids).Reshape(ids.Shape().Size(), m.Encoder.Width())
	z := m.Norm.Forward(m.Transform.Forward(autograd.Gather(h, at)).Gelu())
	return z.MatMulT(m.Encoder.Embeddings.WordEmbeddings.Weight).Add(m.Bias)
}

// sentences are random tokens [sequences, sequence], the places of the masked ones in
// all of them, and what was there.
func sentences() (ids, at, labels *tensor.Tensor) {
	words, places := rng.NewStream("w2/ids"), rng.NewStream("w2/mpos")
	tokens := make([]int32, sequences*sequence)
	for i := range tokens {
		tokens[i] = int32(words.Uint32() % vocabulary)
	}
	var where, were []int32
	for i := range sequences * masked {
		p := i/masked*sequence + i%masked*6 + int(places.Uint32()%6)
		where, were = append(where, int32(p)), append(were, tokens[p])
		tokens[p] = mask
	}
	return tensor.Int32s(tokens, sequences, sequence), tensor.Int32s(where, len(where)), tensor.Int32s(were, len(were))
}
