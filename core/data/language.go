package data

import (
	"context"
	"fmt"
	"math"
	"sort"

	"autodidact/core/token"
)

// Language is the texts of a Set as tokens.
type Language struct {
	Tokens token.Tokenizer
	Plan   token.Plan // what it was learned by; zero if it was not learned from these texts

	names []string
	ids   []uint16 // of all texts, one after the other
	ends  []int32  // where each text ends in ids
}

// What one set may be as tokens: more would not fit a tab.
const (
	MaxVocabulary = 1 << 16
	maxTokens     = math.MaxInt32 / 2
)

// LearnVocabulary trains a tokenizer on the texts of s and remembers them as tokens, in s.Language. each, which may
// be nil, is called with thousandths. A vocabulary that is there already is kept.
func (s *Set) LearnVocabulary(ctx context.Context, p token.Plan, each func(done, total int)) error {
	if s.Language != nil && s.Language.Plan == p {
		return nil
	}
	part := parts(each)
	texts := func(yield func(string) bool) {
		for _, text := range s.Texts.All() {
			if !yield(text) {
				return
			}
		}
	}
	tok, err := token.Train(ctx, p, texts, func(share float64) { part(0.7 * share) })
	if err != nil {
		return fmt.Errorf("learning a vocabulary: %w", err)
	}
	return s.encodeTexts(ctx, tok, p, func(share float64) { part(0.7 + 0.3*share) })
}

// Tokenize remembers the texts of s as tokens of tok, which was learned elsewhere or before.
func (s *Set) Tokenize(ctx context.Context, tok token.Tokenizer, each func(done, total int)) error {
	if s.Language != nil && string(token.JSON(s.Language.Tokens)) == string(token.JSON(tok)) {
		return nil
	}
	return s.encodeTexts(ctx, tok, token.Plan{}, parts(each))
}

// parts reports a fraction as thousandths.
func parts(each func(done, total int)) func(share float64) {
	return func(share float64) {
		if each != nil {
			each(int(1000*share), 1000)
		}
	}
}

func (s *Set) encodeTexts(ctx context.Context, tok token.Tokenizer, p token.Plan, part func(float64)) error {
	if tok.Size() > MaxVocabulary {
		return fmt.Errorf("data: a vocabulary of %d pieces; there may be %d", tok.Size(), MaxVocabulary)
	}
	l := &Language{Tokens: tok, Plan: p, names: s.Names, ids: make([]uint16, 0, s.Texts.Bytes()/4)} // an English token is longer than that
	for i, text := range s.Texts.All() {
		if i%256 == 0 {
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("data: reading texts as tokens: %w", err)
			}
			part(float64(i) / float64(s.Texts.Len()))
		}
		for _, t := range tok.Encode(text) {
			l.ids = append(l.ids, uint16(t.ID))
		}
		if len(l.ids) > maxTokens {
			return fmt.Errorf("data: these texts have more than %d tokens", maxTokens)
		}
		l.ends = append(l.ends, int32(len(l.ids)))
	}
	part(1)
	s.Language = l
	return nil
}

// Len is how many texts there are.
func (l *Language) Len() int { return len(l.ends) }

// Total is how many tokens all texts have.
func (l *Language) Total() int { return len(l.ids) }

func (l *Language) bounds(text int) (from, until int) {
	if text > 0 {
		from = int(l.ends[text-1])
	}
	return from, int(l.ends[text])
}

// name is that of the text with token at.
func (l *Language) name(at int) string {
	return l.names[min(sort.Search(len(l.ends), func(i int) bool { return int(l.ends[i]) > at }), len(l.names)-1)]
}

// Of is the tokens of one text.
func (l *Language) Of(text int) []int32 {
	from, until := l.bounds(text)
	ids := make([]int32, until-from)
	for i, id := range l.ids[from:until] {
		ids[i] = int32(id)
	}
	return ids
}

// Frequencies is the relative frequency that each token of the vocabulary has in the texts that keep names, and never
// 0: each is counted once more than it was seen.
func (l *Language) Frequencies(keep func(text int) bool) []float32 {
	count := make([]float64, l.Tokens.Size())
	total := float64(len(count))
	for i := range l.Len() {
		if !keep(i) {
			continue
		}
		from, until := l.bounds(i)
		for _, id := range l.ids[from:until] {
			count[id]++
		}
		total += float64(until - from)
	}
	frequencies := make([]float32, len(count))
	for id, n := range count {
		frequencies[id] = float32((n + 1) / total)
	}
	return frequencies
}
