package worker

import (
	"context"
	"fmt"
	"unicode"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/token"
	"autodidact/pretext"
)

// A teller is a task with a head that tells tokens: kept with the encoder, it fills blanks.
type teller interface{ TokenHead() *encoder.TokenHead }

// headPrefix is where a model has that head, as Hugging Face's BertForMaskedLM.
const headPrefix = "cls.predictions."

// plan is the vocabulary that c learns from texts: pieces of words, but where a script writes no
// spaces or WordPiece would drop its vowels, pieces of bytes.
func (c Config) plan(set *data.Set) token.Plan {
	p := token.Plan{Kind: c.Tokenizer, Size: c.Vocab, Cased: c.Cased}
	if p.Kind != "" {
		return p
	}
	p.Kind = "wordpiece"
	letters, joined := 0, 0
	for i, text := range set.Texts.All() {
		if i == 1000 {
			break
		}
		for _, r := range text {
			if unicode.IsLetter(r) {
				letters++
				if unicode.In(r, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan) {
					joined++
				}
			}
		}
	}
	if joined*10 > letters {
		p.Kind = "bpe"
	}
	return p
}

// Learn makes sure that the texts of set are tokens: those of the vocabulary that saved has, or of
// one that c learns from them. Of series it makes windows as long as c says, and marks as missing what c names. Of other kinds there is nothing to do.
func Learn(ctx context.Context, c Config, saved *checkpoint.State, set *data.Set, each func(done, total int)) error {
	if set.Of == data.Series && set.Recordings != nil && set.Long() != c.Size {
		set.Cut(c.Size)
	}
	if set.Of == data.Series && c.Missing != nil {
		set.Mark(c.Missing)
	}
	if set.Of != data.Text || set.Len() == 0 {
		return nil
	}
	tok, err := tokenizerOf(saved)
	if err != nil {
		return err
	}
	return learn(ctx, c, tok, set, each)
}

func learn(ctx context.Context, c Config, tok token.Tokenizer, set *data.Set, each func(done, total int)) error {
	if tok != nil {
		return set.Tokenize(ctx, tok, each)
	}
	if err := set.LearnVocabulary(ctx, c.plan(set), each); err != nil {
		return &ConfigError{"vocab", err.Error()}
	}
	return nil
}

// tokenizerOf is the tokenizer that a saved state came with; nil if it has none, or is nil.
func tokenizerOf(s *checkpoint.State) (token.Tokenizer, error) {
	if s == nil || s.Meta[metaTokenizer] == "" {
		return nil, nil
	}
	tok, err := token.Open([]byte(s.Meta[metaTokenizer]))
	if err != nil {
		return nil, &checkpoint.FormatError{Reason: "the tokenizer in the checkpoint cannot be read: " + err.Error()}
	}
	return tok, nil
}

// leastHeld is how many samples there must be for some to be held out.
const leastHeld = 100

// heldOut is the samples that a run does not learn from, so that it can be asked about them: one of
// twenty, if there are enough.
func heldOut(i, of int) bool { return of >= leastHeld && i%20 == 19 }

// read makes sequences of the texts.
func (r *Run) read(tok token.Tokenizer) error {
	if r.set.Len() == 0 {
		return fmt.Errorf("%w: there are no texts", data.ErrTooFew)
	}
	if err := learn(context.Background(), r.Config, tok, r.set, nil); err != nil {
		return err
	}
	spec, _ := pretext.Find(r.Config.Task)
	n := r.set.Len()
	learned := func(i int) bool { return !heldOut(i, n) }
	r.words = r.set.Language
	r.from = r.words.Pack(r.Config.Size, spec.Whole, learned)
	r.held = r.words.Pack(r.Config.Size, spec.Whole, func(i int) bool { return heldOut(i, n) })
	r.often = r.words.Frequencies(learned)
	if spec.Whole {
		r.Notices = append(r.Notices, Looker{Size: r.Config.Size, Tokens: r.words.Tokens}.unreadTexts(r.set)...)
	}
	return nil
}

// clip is the longest gradient: a transformer's first steps are steep.
func (r *Run) clip() float32 {
	if r.Config.Kind == data.Text || r.Config.Kind == data.Series {
		return 1
	}
	return 0
}
