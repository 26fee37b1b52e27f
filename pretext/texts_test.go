package pretext

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/kernel/cpu"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/core/token"
)

// months are the words of the tests' language.
var months = []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}

// calendar knows each month as one token.
func calendar() token.Tokenizer {
	t, err := token.Train(context.Background(), token.Plan{Kind: "wordpiece", Size: 200}, slices.Values([]string{strings.Repeat(strings.Join(months, " ")+" ", 9)}), nil)
	if err != nil {
		panic(err)
	}
	return t
}

var calendarTokens = calendar()

// round is the months of one text, with a Cls and a Sep.
const round = 14

// rounds are years recited in four ways, beginning anywhere: forwards, backwards, and in steps of five
// months, forwards and backwards. Each names every month once: only their order shows which it is.
func rounds(r *rng.Rand, n int) *data.Set {
	set := &data.Set{Of: data.Text}
	for i := range n {
		kind := i % 4
		at, step := r.IntN(12), []int{1, 11, 5, 7}[kind]
		ids := []int32{calendarTokens.Special().Cls}
		for range 12 {
			ids = append(ids, calendarTokens.Encode(months[at])[0].ID)
			at = (at + step) % 12
		}
		ids = append(ids, calendarTokens.Special().Sep)
		for range round {
			ids = append(ids, 1)
		}
		set.Names, set.Labels = append(set.Names, fmt.Sprintf("%c/%d", 'a'+kind, i)), append(set.Labels, string(rune('a'+kind)))
		set.X = append(set.X, tensor.Int32s(ids, 2, round))
	}
	return set
}

// broken are rounds, every other one with a wrong month in it: detecting replaced tokens distinguishes them.
func broken(r *rng.Rand, n int) *data.Set {
	set := rounds(r, n)
	for i := range n {
		set.Labels[i] = "whole"
		if i/4%2 == 1 {
			set.Labels[i] = "broken"
			ids := ints(set.X[i])
			at := 2 + r.IntN(10)
			for was := ids[at]; ids[at] == was; {
				ids[at] = calendarTokens.Encode(months[r.IntN(12)])[0].ID
			}
		}
	}
	return set
}

// topicWords is how many words each of the four topics has, and said how many of them a text.
const topicWords, wordsSaid = 40, 5

// topics knows each word of four topics as one token: words of two letters without meaning.
var topicTokens = func() token.Tokenizer {
	var b strings.Builder
	for i := range 4 * topicWords {
		b.WriteString(strings.Repeat(topicWord(i)+" ", 9))
	}
	t, err := token.Train(context.Background(), token.Plan{Kind: "wordpiece", Size: 500}, slices.Values([]string{b.String()}), nil)
	if err != nil {
		panic(err)
	}
	return t
}()

func topicWord(i int) string { return string([]rune{rune('a' + i%13), rune('n' + i/13%13)}) }

// topics are texts of a few words of one topic. Two texts of one topic seldom share a word: that they
// belong together is to be learned from others.
func topics(r *rng.Rand, n int) *data.Set {
	set := &data.Set{Of: data.Text}
	for i := range n {
		topic, s := i%4, topicTokens.Special()
		ids := []int32{s.Cls}
		for range wordsSaid {
			ids = append(ids, topicTokens.Encode(topicWord(topic + 4*r.IntN(topicWords)))[0].ID)
		}
		ids = append(ids, s.Sep)
		for range len(ids) {
			ids = append(ids, 1)
		}
		set.Names, set.Labels = append(set.Names, fmt.Sprintf("%c/%d", 'a'+topic, i)), append(set.Labels, string(rune('a'+topic)))
		set.X = append(set.X, tensor.Int32s(ids, 2, wordsSaid+2))
	}
	return set
}

// onlyWords is what a BERT's Encode takes of a text of topics.
func onlyWords(x *tensor.Tensor) *tensor.Tensor {
	return tensor.Int32s(ints(x)[:wordsSaid+2], wordsSaid+2)
}

func topicSetup(r *rng.Rand) Setup { return smallBERT(r, topicTokens, wordsSaid+2) }

// onlyTokens is what a BERT's Encode takes of a round.
func onlyTokens(x *tensor.Tensor) *tensor.Tensor { return tensor.Int32s(ints(x)[:round], round) }

// textSetup is of a BERT that trains in a second.
func textSetup(r *rng.Rand) Setup { return smallBERT(r, calendarTokens, round) }

func smallBERT(r *rng.Rand, tok token.Tokenizer, long int) Setup {
	build := func() nn.Encoder {
		return encoder.NewBERT(r.For("encoder", 0), encoder.BERTSize{Tokens: tok.Size(), Positions: long, Layers: 2, Width: 32, Heads: 2, Hidden: 64})
	}
	return Setup{Encoder: build(), NewEncoder: build, Size: long, Tokens: tok, Rand: r}
}

// anyWords has any words in the place of those in v[at], others for every batch.
func anyWords(v data.Views, at ...int) data.Views {
	return anyOf(v, func(r *rng.Rand) int32 { return topicTokens.Encode(topicWord(r.IntN(4 * topicWords)))[0].ID }, at...)
}

func anyOf(v data.Views, word func(r *rng.Rand) int32, at ...int) data.Views {
	v = append(data.Views(nil), v...)
	r := rng.New(77)
	for _, id := range ints(v[0]) {
		r = r.For("words", int(id))
	}
	for _, k := range at {
		all := slices.Clone(ints(v[k]))
		for i, id := range all {
			if id > topicTokens.Special().Mask {
				all[i] = word(r)
			}
		}
		v[k] = tensor.Int32s(all, v[k].Shape...)
	}
	return v
}

// slowTokens is the mean of -log softmax(logits)[right], in plain loops.
func slowTokens(logits []float32, right []int32) (loss float64) {
	size := len(logits) / len(right)
	for i, want := range right {
		var all float64
		for _, z := range logits[i*size:][:size] {
			all += math.Exp(float64(z))
		}
		loss -= (float64(logits[i*size+int(want)]) - math.Log(all)) / float64(len(right))
	}
	return loss
}

func slowGuesses(task Task, t *autograd.Tape, v data.Views) float64 {
	logits, right := task.(TokenPredictor).PredictTokens(t, v)
	z, _ := t.Download(context.Background(), logits.Value())
	return slowTokens(z, ints(right))
}

// anyWord is the loss of one who only knows what words there are, and where a text ends.
func anyWord(_ func(data.Views) float64, v data.Views) (loss float64) {
	for _, id := range ints(v[3]) {
		if id != topicTokens.Special().Sep {
			loss += math.Log(4*topicWords) / float64(len(ints(v[3])))
		}
	}
	return loss
}

var maskedLMTrial = trial{
	setup: topicSetup, samples: topics, input: onlyWords, options: `{"dropout": 0}`, among: 512, batch: 32, steps: 600,
	slow: slowGuesses, chance: anyWord,
	sever: func(v data.Views) data.Views { return anyWords(v, 3) },
}

var causalLMTrial = trial{
	setup: topicSetup, samples: topics, input: onlyWords, options: `{"dropout": 0}`, among: 2048, batch: 32, steps: 600, gain: 0.4,
	slow: slowGuesses, chance: anyWord,
	sever: func(v data.Views) data.Views { return anyWords(v, 3) },
}

var replacedTokenTrial = trial{
	setup: textSetup, samples: rounds, input: onlyTokens, options: `{"dropout": 0, "generator": 0.5, "weight": 10}`, batch: 32, steps: 900, probed: broken,
	slow: func(task Task, t *autograd.Tape, v data.Views) float64 {
		e := task.(*ReplacedToken)
		logits := e.generate(t, v)
		scores, _, signs := e.detect(t, v, logits)
		g, _ := t.Download(context.Background(), logits.Value())
		z, _ := t.Download(context.Background(), scores.Value())
		loss, spotting, real := slowTokens(g, ints(v[3])), 0.0, 0.0
		for i, s := range reals(signs) {
			if reals(v[5])[i] == 0 { // no token of a text
				continue
			}
			real++
			p := 1 / (1 + math.Exp(-float64(z[i]))) // of being replaced
			if s < 0 {
				p = 1 - p
			}
			spotting -= math.Log(p)
		}
		return loss + float64(e.weight)*spotting/real
	},
	// Texts of any months in any order: a replaced token cannot be distinguished.
	sever: func(v data.Views) data.Views {
		return anyOf(v, func(r *rng.Rand) int32 { return calendarTokens.Encode(months[r.IntN(12)])[0].ID }, 0, 3)
	},
	// Chance guesses any month, and calls each token a fake as often as they are.
	chance: func(_ func(data.Views) float64, v data.Views) float64 {
		p := float64(len(ints(v[3]))) / 12 / float64(v[0].Shape[0]) * 11 / 12
		return math.Log(12) - 10*(p*math.Log(p)+(1-p)*math.Log(1-p))
	},
}

var simCSETrial = trial{
	setup: textSetup, samples: rounds, input: onlyTokens, batch: 16, steps: 300, options: `{"temperature": 0.2}`,
	slow: func(task Task, t *autograd.Tape, v data.Views) float64 {
		s := task.(*SimCSE)
		again := autograd.NewTape(t.Backend, rng.New(8)) // the chance that the loss was computed with
		defer again.Free()
		again.Training = false
		z := s.project(again, v)
		rows, _ := again.Download(context.Background(), z.Value())
		return slowNTXent(rows, z.Dim(1), float64(s.temperature))
	},
	// The first texts alone, taken for twins by halves: each is another text.
	sever: func(v data.Views) data.Views {
		n := v[0].Shape[0] / 2
		half := func(x *tensor.Tensor) *tensor.Tensor { return tensor.Int32s(ints(x)[:n*round], n, round) }
		return data.Views{half(v[0]), half(v[1])}
	},
	chance: func(_ func(data.Views) float64, v data.Views) float64 { return math.Log(float64(v[0].Shape[0] - 1)) },
}

func TestATextExampleReadsAsTheText(t *testing.T) {
	for _, name := range []string{"maskedlm", "causallm", "replacedtoken", "simcse"} {
		spec, _ := Find(name)
		c := trials[name]
		b := cpu.New()
		task := c.build(t, spec, b, 1)
		batch := data.Batch{Kind: data.Text}
		samples, long, tok := c.samples, round, calendarTokens
		if name == "maskedlm" || name == "causallm" {
			long, tok = wordsSaid+2, topicTokens
		}
		set := samples(rng.New(1), 8)
		for i := range set.Len() {
			s, _ := set.At(i)
			batch.Samples = append(batch.Samples, s)
		}
		tape := autograd.NewTape(b, rng.New(1))
		tape.Training = false
		shown, err := task.(Previewer).Preview(t.Context(), tape, batch, task.Views(rng.New(2), batch))
		tape.Free()
		if err != nil || len(shown) != 8 {
			t.Fatalf("%s: %d exhibits, %v", name, len(shown), err)
		}
		total := 0
		for i, e := range shown {
			var text strings.Builder
			asked := 0
			for _, w := range e.Text {
				text.WriteString(w.Text)
				if w.Target {
					asked++
					if w.Predicted == "" && name != "replacedtoken" || w.Right == Undecided || !(w.Probability > 0 && w.Probability <= 1) {
						t.Errorf("%s: an answer is %+v", name, w)
					}
				}
			}
			want := tok.Decode(ints(batch.Samples[i].X)[:long])
			if got := strings.TrimSuffix(strings.TrimSpace(text.String()), " (end)"); name != "replacedtoken" && got != want {
				t.Errorf("%s: exhibit %d reads %q, want %q", name, i, text.String(), want)
			}
			total += asked
		}
		if total == 0 && name != "simcse" {
			t.Errorf("%s: nothing is asked", name)
		}
	}
}
