package pretext

import (
	"context"
	"fmt"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/core/token"
)

// SimCSE: match two passes over one text, with different dropout, against all other
// texts. Gao et al., 2021, arXiv:2104.08821.
var simCSE = Define(Spec{
	Name:  "simcse",
	Title: "SimCSE",
	Line:  "Matches two embeddings of a text that differ by dropout, and separates them from other texts. Best initialized from a language model.",
	Paper: "2104.08821",
	Kinds: []data.Kind{data.Text},
	Whole: true,
}, SimCSEOptions{Temperature: 0.05, Dropout: 0.1}, newSimCSE)

// SimCSEOptions are the options of the task.
type SimCSEOptions struct {
	Temperature float32 `json:"temperature" min:"0.01" max:"1" doc:"of the softmax; lower puts more weight on the nearest negatives"`
	Dropout     float32 `json:"dropout" min:"0.01" max:"0.6" doc:"fraction of activations dropped at random: all that the two embeddings differ by"`
}

// SimCSE trains Encoder, whose features are averaged over a text, through Head.
type SimCSE struct {
	Encoder *encoder.BERT
	Head    *nn.Linear

	temperature, drop float32
	tokens            token.Tokenizer
}

func newSimCSE(s Setup, o SimCSEOptions) Task {
	enc := s.Encoder.(*encoder.BERT)
	return &SimCSE{enc, encoder.Dense(s.Rand, enc.Width(), enc.Width()), o.Temperature, o.Dropout, s.Tokens}
}

func (s *SimCSE) Backbone() nn.Encoder { return s.Encoder }

// Views are tokens and which text each is in, [2n, positions]: n texts, and the same again.
func (s *SimCSE) Views(_ *rng.Rand, b data.Batch) data.Views {
	tokens, of, n, long := sequences(b)
	return data.Views{tensor.Int32s(append(tokens, tokens...), 2*n, long), tensor.Int32s(append(of, of...), 2*n, long)}
}

// Loss is NT-Xent between the two readings. Dropout is on also when nothing is
// trained: without it both are the same.
func (s *SimCSE) Loss(t *autograd.Tape, v data.Views) autograd.Var {
	return contrast(s.project(t, v), s.temperature)
}

// project maps texts [2n, positions] to the unit sphere [2n, width].
func (s *SimCSE) project(t *autograd.Tape, v data.Views) autograd.Var {
	x := s.Encoder.EncodeTokens(t, encoder.TokenBatch{Tokens: v[0], Of: v[1]}, s.drop)
	m := x.Dim(0)
	mean := t.Input(encoder.MeanWeights(v[1], 1)).MatMul(x).Reshape(m, x.Dim(2))
	return nn.Unit(s.Head.Forward(mean).Tanh())
}

// Preview answers each text with the one that its second reading lies nearest to, of all others' second readings.
func (s *SimCSE) Preview(ctx context.Context, t *autograd.Tape, b data.Batch, v data.Views) ([]Example, error) {
	z := s.project(t, v)
	first, second := halves(z)
	near, err := t.Download(ctx, first.MatMulT(second).Value())
	if err != nil {
		return nil, err
	}
	tokens, of, n, long := sequences(b)
	text := func(i int) []Word { return line(s.tokens, tokens[i*long:][:long], of[i*long:][:long], nil) }
	examples := make([]Example, n)
	for i := range examples {
		row := near[i*n:][:n]
		says := largest(row)
		examples[i] = Example{Name: b.Samples[i].Name, Text: text(i), Right: verdict(says == i), Words: fmt.Sprintf("matches its second pass among %d, cosine %.2f", n, row[says])}
		if says != i {
			examples[i].Words = fmt.Sprintf("matches another text, cosine %.2f: ", row[says]) + s.tokens.Decode(tokens[says*long:][:min(long, 12)]) + " ..."
		}
	}
	return examples, nil
}
