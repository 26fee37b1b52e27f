package pretext

import (
	"context"
	"fmt"
	"math"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/pretext/view"
)

// ReplacedToken is ELECTRA: a small generator replaces some tokens by plausible ones; predict
// for every token whether it was replaced. Clark et al., 2020, arXiv:2003.10555.
var replacedToken = Define(Spec{
	Name:  "replacedtoken",
	Title: "Replaced-token detection (ELECTRA)",
	Line:  "Detects which tokens a smaller network, the generator, has replaced.",
	Paper: "2003.10555",
	Kinds: []data.Kind{data.Text},
}, ReplacedTokenOptions{Mask: 0.15, Generator: 0.25, Weight: 50, Dropout: 0.1}, newReplacedToken)

// ReplacedTokenOptions are the options of the task.
type ReplacedTokenOptions struct {
	Mask      float32 `json:"mask" min:"0.02" max:"0.5" doc:"fraction of the tokens that the generator may replace"`
	Generator float32 `json:"generator" min:"0.1" max:"1" doc:"width of the generator, as a fraction of the encoder's"`
	Weight    float32 `json:"weight" min:"1" max:"200" doc:"weight of the detection loss against the generator's"`
	Dropout   float32 `json:"dropout" min:"0" max:"0.6" doc:"fraction of activations dropped at random"`
}

// ReplacedToken trains Encoder, the discriminator, through Dense and Prediction, beside Generator, a
// masked language model through Head. No gradient flows from one to the other.
type ReplacedToken struct {
	Encoder    *encoder.BERT
	Dense      *nn.Linear
	Prediction *nn.Linear
	Generator  *encoder.BERT
	Head       *encoder.TokenHead

	weight, drop float32
	masking      view.Masking
}

func newReplacedToken(s Setup, o ReplacedTokenOptions) Task {
	enc := s.Encoder.(*encoder.BERT)
	size := enc.Size()
	head := size.Width / size.Heads
	small := size
	small.Heads = max(int(math.Round(float64(o.Generator)*float64(size.Heads))), 1)
	small.Width, small.Hidden = small.Heads*head, 4*small.Heads*head
	return &ReplacedToken{enc, encoder.Dense(s.Rand, size.Width, size.Width), encoder.Dense(s.Rand, size.Width, 1),
		encoder.NewBERT(s.Rand.For("generator", 0), small), encoder.NewTokenHead(s.Rand, small),
		o.Weight, o.Dropout, view.Masking{Tokens: s.Tokens, Fraction: o.Mask}}
}

func (e *ReplacedToken) Backbone() nn.Encoder { return e.Encoder }

// Views are tokens, partly hidden, and which text each is in, [n, positions]; where the generator
// is asked, [asked], and what was there; a number from 0 to 1 for each, by which its answer is drawn;
// and 1 for each position that is in a text, as a fraction of them all, [n·positions].
func (e *ReplacedToken) Views(r *rng.Rand, b data.Batch) data.Views {
	tokens, of, n, long := sequences(b)
	were := append([]int32(nil), tokens...)
	places := e.masking.Into(tokens, of, r)
	right, draws := make([]int32, len(places)), make([]float32, len(places))
	masked := append([]int32(nil), were...)
	for i, at := range places {
		right[i], draws[i] = were[at], r.Float32()
		masked[at] = e.masking.Tokens.Special().Mask // all of them: the generator is not asked to keep any
	}
	weights, count := make([]float32, n*long), 0
	for i := range of {
		if of[i] != 0 && !view.IsSpecial(e.masking.Tokens, were[i]) {
			count++
			weights[i] = 1
		}
	}
	for i := range weights {
		weights[i] /= float32(max(count, 1))
	}
	return data.Views{tensor.Int32s(masked, n, long), tensor.Int32s(of, n, long), tensor.Int32s(places, len(places)), tensor.Int32s(right, len(places)),
		tensor.Float32s(draws, len(draws)), tensor.Float32s(weights, n*long)}
}

// Loss is the generator's cross-entropy plus the weighted binary cross-entropy of every
// token, replaced or not:
//
//	mean over tokens of log(1 + exp(-y·z)), y = 1 where replaced, else -1
func (e *ReplacedToken) Loss(t *autograd.Tape, v data.Views) autograd.Var {
	logits := e.generate(t, v)
	z, _, signs := e.detect(t, v, logits)
	loss := logits.CrossEntropy(t.Input(v[3]))
	spotting := softplus(z.Mul(t.Input(signs)).Scale(-1)).Mul(t.Input(v[5]))
	return loss.Add(total(spotting).Scale(e.weight))
}

// softplus is log(1 + exp(x)), without overflow: relu(x) + log(1 + exp(-|x|)).
func softplus(x autograd.Var) autograd.Var {
	far := x.Relu().Add(x.Scale(-1).Relu()) // |x|
	return x.Relu().Add(far.Scale(-1).Exp().Shift(1).Log())
}

func (e *ReplacedToken) generate(t *autograd.Tape, v data.Views) autograd.Var {
	x := e.Generator.EncodeTokens(t, encoder.TokenBatch{Tokens: v[0], Of: v[1]}, training(t, e.drop))
	return tokenLogits(e.Generator, e.Head, x, v[2])
}

// detect samples the generator's predictions, and returns logits z [n·positions] of each token being replaced;
// with the tokens that were shown and 1 where they are replaced, else -1.
func (e *ReplacedToken) detect(t *autograd.Tape, v data.Views, logits autograd.Var) (z autograd.Var, shown, signs *tensor.Tensor) {
	p, err := t.Download(context.Background(), t.Softmax(logits.Value()))
	if err != nil {
		panic(err) // only a device that is gone; the loss could not be read either
	}
	n, long, size := v[0].Shape[0], v[0].Shape[1], e.masking.Tokens.Size()
	tokens, sign := append([]int32(nil), ints(v[0])...), make([]float32, n*long)
	for i := range sign {
		sign[i] = -1
	}
	for k, at := range ints(v[2]) {
		tokens[at] = pick(p[k*size:][:size], reals(v[4])[k])
		if tokens[at] != ints(v[3])[k] {
			sign[at] = 1
		}
	}
	shown = tensor.Int32s(tokens, n, long)
	x := e.Encoder.EncodeTokens(t, encoder.TokenBatch{Tokens: shown, Of: v[1]}, training(t, e.drop))
	h := e.Dense.Forward(x.Reshape(n*long, x.Dim(2))).Gelu()
	return e.Prediction.Forward(h).Reshape(n * long), shown, tensor.Float32s(sign, n*long)
}

// pick is the number whose part of the probabilities p, laid end to end, at falls into.
func pick(p []float32, at float32) int32 {
	var sum float32
	for i, share := range p {
		if sum += share; at < sum {
			return int32(i)
		}
	}
	return int32(largest(p))
}

// Preview marks what the encoder takes for replaced.
func (e *ReplacedToken) Preview(ctx context.Context, t *autograd.Tape, b data.Batch, v data.Views) ([]Example, error) {
	scores, examples, signs := e.detect(t, v, e.generate(t, v))
	z, err := t.Download(ctx, scores.Value())
	if err != nil {
		return nil, err
	}
	tokens, of, n, long := sequences(b)
	all, tok := ints(examples), e.masking.Tokens
	out := make([]Example, n)
	for i := range out {
		about, found, fakes := map[int]Word{}, 0, 0
		for p := range min(long, shownTokens) {
			at := i*long + p
			fake, says := reals(signs)[at] > 0, z[at] > 0
			if fake {
				fakes++
			}
			if fake && says {
				found++
			}
			if fake || says && reals(v[5])[at] > 0 {
				w := Word{Target: true, Right: verdict(fake == says), Probability: float32(1 / (1 + math.Exp(-math.Abs(float64(z[at])))))}
				if fake {
					w.Predicted = tokenText(tok, tokens[at]) // what was there
				}
				about[p] = w
			}
		}
		out[i] = Example{Name: b.Samples[i].Name, Text: line(tok, all[i*long:][:long], of[i*long:][:long], about),
			Words: fmt.Sprintf("finds %d of %d replaced tokens", found, fakes)}
	}
	return out, nil
}
