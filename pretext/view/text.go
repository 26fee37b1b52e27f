package view

import (
	"math"

	"autodidact/core/rng"
	"autodidact/core/token"
)

// Masking hides tokens as BERT's pretraining does (arXiv:1810.04805): of those asked for, 80 %
// become the mask, 10 % another token, and 10 % stay, so that every token might be asked for.
type Masking struct {
	Tokens   token.Tokenizer
	Fraction float32 // of the tokens that is asked for
	Whole    bool    // all pieces of a word or none
}

// Into hides tokens in place and returns where, in no order: so many as Count says. of has for each
// token the text it is in; 0 is none.
func (m Masking) Into(tokens, of []int32, r *rng.Rand) (places []int32) {
	words := m.words(tokens, of)
	left := m.Count(words)
	for _, w := range r.Perm(len(words)) {
		for _, at := range words[w] {
			if left == 0 {
				return places
			}
			left--
			places = append(places, at)
			switch x := r.Float32(); {
			case x < 0.8:
				tokens[at] = m.Tokens.Special().Mask
			case x < 0.9:
				tokens[at] = Random(m.Tokens, r)
			}
		}
	}
	return places
}

// Count is how many tokens of words are asked for: their share, in steps of an eighth from 64
// on, so that memory of a few sizes serves every step.
func (m Masking) Count(words [][]int32) int {
	n := 0
	for _, w := range words {
		n += len(w)
	}
	k := min(max(int(math.Round(float64(m.Fraction)*float64(n))), 1), n)
	return Even(k)
}

// Even rounds k down to one of few numbers: a multiple of the largest power of two that is at most an
// eighth of it.
func Even(k int) int {
	step := 1
	for step*16 <= k {
		step *= 2
	}
	return k / step * step
}

// words groups the tokens that may be asked for: by word if Whole, else each by itself.
func (m Masking) words(tokens, of []int32) (words [][]int32) {
	for i, id := range tokens {
		if of[i] == 0 || IsSpecial(m.Tokens, id) {
			continue
		}
		if m.Whole && i > 0 && of[i-1] == of[i] && m.Tokens.Inside(id) && len(words) > 0 {
			if last := words[len(words)-1]; last[len(last)-1] == int32(i-1) {
				words[len(words)-1] = append(last, int32(i))
				continue
			}
		}
		words = append(words, []int32{int32(i)})
	}
	return words
}

// IsSpecial says whether id stands for no text.
func IsSpecial(t token.Tokenizer, id int32) bool {
	s := t.Special()
	return id == s.Pad || id == s.Cls || id == s.Sep || id == s.Mask || id == s.Unk
}

// Random is any token that stands for text.
func Random(t token.Tokenizer, r *rng.Rand) int32 {
	for {
		if id := int32(r.IntN(t.Size())); !IsSpecial(t, id) {
			return id
		}
	}
}
