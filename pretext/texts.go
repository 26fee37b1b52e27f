package pretext

import (
	"math"
	"strings"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/kernel"
	"autodidact/core/tensor"
	"autodidact/core/token"
)

// sequences joins samples, int32 [2, positions] of tokens and of which text each is in, to
// tokens and texts [n·positions].
func sequences(b data.Batch) (tokens, of []int32, n, long int) {
	n, long = len(b.Samples), b.Samples[0].X.Shape[1]
	for _, s := range b.Samples {
		x := s.X.Buf.(kernel.Host).Int32s()
		tokens, of = append(tokens, x[:long]...), append(of, x[long:]...)
	}
	return tokens, of, n, long
}

// ints reads a host tensor of integers.
func ints(x *tensor.Tensor) []int32 { return x.Buf.(kernel.Host).Int32s() }

func reals(x *tensor.Tensor) []float32 { return x.Buf.(kernel.Host) }

// A TokenPredictor predicts the probability of every token at some positions.
type TokenPredictor interface {
	// PredictTokens gives the logits [places, tokens] and the tokens that are right, [places].
	PredictTokens(t *autograd.Tape, v data.Views) (logits autograd.Var, right *tensor.Tensor)
}

// tokenLogits is the features of a reading at places, counted through the batch, as logits.
func tokenLogits(enc *encoder.BERT, head *encoder.TokenHead, x autograd.Var, at *tensor.Tensor) autograd.Var {
	flat := x.Reshape(x.Dim(0)*x.Dim(1), x.Dim(2))
	return head.Logits(autograd.Gather(flat, x.Tape().Input(at)), enc)
}

// A TokenScore is the accuracy and cross-entropy of predicted tokens, and those of a model that knows only token frequencies.
type TokenScore struct {
	N                              int
	Accuracy, CrossEntropy         float64 // proportion correct; mean -log of the probability of the actual token
	BaseAccuracy, BaseCrossEntropy float64
}

// ScoreTokens marks probabilities [places, tokens] against what was right.
func ScoreTokens(probabilities []float32, right []int32, frequencies []float32) (m TokenScore) {
	size, n := len(frequencies), float64(len(right))
	common := largest(frequencies)
	m.N = len(right)
	for i, want := range right {
		p := probabilities[i*size:][:size]
		if largest(p) == int(want) {
			m.Accuracy += 1 / n
		}
		if common == int(want) {
			m.BaseAccuracy += 1 / n
		}
		m.CrossEntropy -= math.Log(max(float64(p[want]), 1e-12)) / n
		m.BaseCrossEntropy -= math.Log(max(float64(frequencies[want]), 1e-12)) / n
	}
	return m
}

// shownTokens is how many tokens of a sequence an example shows.
const shownTokens = 80

// line splits the text of one sequence into words for an example; about has what is to be said of
// some of its tokens.
func line(tok token.Tokenizer, tokens, of []int32, about map[int]Word) (words []Word) {
	from := 0
	until := func(i int) {
		if text := decodeText(tok, tokens[from:i]); text != "" {
			words = append(words, Word{Text: text})
		}
		from = i
	}
	for i := range tokens {
		if i == shownTokens && of[i] != 0 {
			until(i)
			return append(words, Word{Text: " …"})
		}
		w, ok := about[i]
		if ok || i > 0 && of[i] != of[i-1] {
			until(i)
		}
		switch {
		case of[i] == 0:
			return words
		case ok:
			w.Text, w.Predicted = " "+tokenText(tok, tokens[i]), strings.TrimSpace(w.Predicted)
			if tok.Inside(tokens[i]) {
				w.Text = w.Text[1:]
			}
			words, from = append(words, w), i+1
		case i > 0 && of[i] != of[i-1]:
			words = append(words, Word{Text: " ¶"}) // another text begins
		}
	}
	until(len(tokens))
	return words
}

// tokenText is one token as shown to a person.
func tokenText(tok token.Tokenizer, id int32) string {
	if text := strings.TrimSpace(tok.Decode([]int32{id})); text != "" {
		return text
	}
	if id == tok.Special().Sep {
		return "(end)"
	}
	return tok.Piece(id)
}

// decodeText is the text of tokens with the space before it, if they begin a word.
func decodeText(tok token.Tokenizer, tokens []int32) string {
	text := tok.Decode(tokens)
	for s := tok.Special(); len(tokens) > 0 && (tokens[0] == s.Cls || tokens[0] == s.Sep || tokens[0] == s.Pad); {
		tokens = tokens[1:]
	}
	if len(tokens) == 0 || tok.Inside(tokens[0]) || strings.HasPrefix(text, " ") || tok.Kind() != "wordpiece" {
		return text
	}
	return " " + text
}
