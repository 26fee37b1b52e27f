package pretext

import (
	"context"
	"slices"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/core/token"
	"autodidact/pretext/view"
)

// CausalLM, the causal language model: read a text from its beginning and predict each next token.
// Radford et al., 2018; the loss is that of arXiv:2005.14165.
var causalLM = Define(Spec{
	Name:   "causallm",
	Title:  "Next-token prediction (GPT)",
	Line:   "Predicts each next token from those before it.",
	Paper:  "2005.14165",
	Kinds:  []data.Kind{data.Text},
	Causal: true,
}, CausalLMOptions{Dropout: 0.1}, newCausalLM)

// CausalLMOptions are the options of the task.
type CausalLMOptions struct {
	Dropout float32 `json:"dropout" min:"0" max:"0.6" doc:"fraction of activations dropped at random; 0 trains faster on many texts"`
}

// CausalLM trains Encoder, whose positions see only what comes before them, through Head.
type CausalLM struct {
	Encoder *encoder.BERT
	Head    *encoder.TokenHead

	drop   float32
	tokens token.Tokenizer
}

func newCausalLM(s Setup, o CausalLMOptions) Task {
	enc := s.Encoder.(*encoder.BERT)
	enc.Causal = true
	return &CausalLM{enc, encoder.NewTokenHead(s.Rand, enc.Size()), o.Dropout, s.Tokens}
}

func (c *CausalLM) Backbone() nn.Encoder { return c.Encoder }

// TokenHead is what predicts the next token.
func (c *CausalLM) TokenHead() *encoder.TokenHead { return c.Head }

// Views are tokens and which text each is in, [n, positions]; the places that have a next token in
// their own text, counted through the batch, and those tokens, [asked]. A few of the places,
// drawn at random, are left out, so that memory of a few sizes serves every step.
func (c *CausalLM) Views(r *rng.Rand, b data.Batch) data.Views {
	tokens, of, n, long := sequences(b)
	var at []int32
	for i := range tokens {
		if (i+1)%long != 0 && of[i] != 0 && of[i] == of[i+1] {
			at = append(at, int32(i))
		}
	}
	r.Shuffle(len(at), func(i, j int) { at[i], at[j] = at[j], at[i] })
	at = at[:view.Even(len(at))]
	slices.Sort(at)
	next := make([]int32, len(at))
	for k, i := range at {
		next[k] = tokens[i+1]
	}
	return data.Views{tensor.Int32s(tokens, n, long), tensor.Int32s(of, n, long), tensor.Int32s(at, len(at)), tensor.Int32s(next, len(at))}
}

// Loss is the cross-entropy of each next token.
func (c *CausalLM) Loss(t *autograd.Tape, v data.Views) autograd.Var {
	logits, next := c.PredictTokens(t, v)
	return logits.CrossEntropy(t.Input(next))
}

func (c *CausalLM) PredictTokens(t *autograd.Tape, v data.Views) (autograd.Var, *tensor.Tensor) {
	x := c.Encoder.EncodeTokens(t, encoder.TokenBatch{Tokens: v[0], Of: v[1]}, training(t, c.drop))
	return tokenLogits(c.Encoder, c.Head, x, v[2]), v[3]
}

// Preview colours each token by its prediction.
func (c *CausalLM) Preview(ctx context.Context, t *autograd.Tape, b data.Batch, v data.Views) ([]Example, error) {
	after := append(data.Views(nil), v...)
	places := slices.Clone(ints(v[2]))
	examples, err := previewPredictions(ctx, t, shifted{c, v}, c.tokens, b, append(after[:2], tensor.Int32s(next(places), len(places)), v[3]))
	return examples, err
}

func next(places []int32) []int32 {
	for i := range places {
		places[i]++
	}
	return places
}

// shifted guesses by the views it holds, whatever views it is shown: a guess is made one place before
// the token it is of.
type shifted struct {
	of *CausalLM
	v  data.Views
}

func (s shifted) PredictTokens(t *autograd.Tape, _ data.Views) (autograd.Var, *tensor.Tensor) {
	return s.of.PredictTokens(t, s.v)
}
