// Package token turns text into numbers, by pieces of words that it learns from text:
// WordPiece, as in BERT, and byte-level BPE, as in GPT-2.
package token

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"unicode"
)

// A Token is a piece of text: its number, and the bytes of the text it stands for.
type Token struct {
	ID       int32
	From, To int // text[From:To]
}

// Special is the tokens that stand for no text: padding, what is not in the vocabulary, the
// beginning and the end of a text, and what is to be guessed.
type Special struct{ Pad, Unk, Cls, Sep, Mask int32 }

// A Tokenizer may be used by several goroutines at once.
type Tokenizer interface {
	// Encode gives the tokens of text, without a beginning and an end. It cannot fail. A special token
	// that is written out in text, such as [MASK], becomes that token.
	Encode(text string) []Token
	// Decode gives readable text. Special tokens are left out, but for Mask and Unk.
	Decode(ids []int32) string
	Size() int             // of the vocabulary
	Piece(id int32) string // as in the vocabulary: "##ing", "Ġthe"
	Inside(id int32) bool  // whether a piece goes on with a word
	Special() Special
	Kind() string // "wordpiece" or "bpe"
}

// A Plan is the vocabulary to train.
type Plan struct {
	Kind  string // "wordpiece" or "bpe"
	Size  int    // of the vocabulary, at most
	Cased bool   // WordPiece: keep capitals and accents
}

// Train trains a tokenizer on texts, which are walked once. each, which may be nil, is called with
// the fraction done. There may be fewer pieces than planned if the texts have no more.
func Train(ctx context.Context, p Plan, texts iter.Seq[string], each func(share float64)) (Tokenizer, error) {
	if each == nil {
		each = func(float64) {}
	}
	switch p.Kind {
	case "wordpiece":
		return trainWordPiece(ctx, p, texts, each)
	case "bpe":
		return trainBPE(ctx, p, texts, each)
	}
	return nil, fmt.Errorf("no tokenizer named %q; there are wordpiece and bpe", p.Kind)
}

// specials are the special tokens of what is learned here, in order of their numbers.
var specials = []string{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"}

// vocabulary is pieces by number and numbers by piece.
type vocabulary struct {
	pieces  []string
	id      map[string]int32
	special Special
	eats    bool // Mask takes the white space before it, as in RoBERTa
}

// names are how special tokens are called by those who make tokenizers.
var names = [][]string{{"[PAD]", "<pad>"}, {"[UNK]", "<unk>"}, {"[CLS]", "<s>"}, {"[SEP]", "</s>"}, {"[MASK]", "<mask>"}}

func newVocabulary(pieces []string) (v vocabulary, err error) {
	v = vocabulary{pieces: pieces, id: make(map[string]int32, len(pieces))}
	for i, p := range pieces {
		if p == "" || strings.ContainsAny(p, "\r\n") {
			return v, fmt.Errorf("token: piece %d is %q, which cannot be a line of vocab.txt", i, p)
		}
		if other, ok := v.id[p]; ok {
			return v, fmt.Errorf("token: piece %q is there twice, as %d and %d", p, other, i)
		}
		v.id[p] = int32(i)
	}
	for i, at := range []*int32{&v.special.Pad, &v.special.Unk, &v.special.Cls, &v.special.Sep, &v.special.Mask} {
		found := false
		for _, name := range names[i] {
			if id, ok := v.id[name]; ok && !found {
				*at, found = id, true
			}
		}
		if !found {
			return v, fmt.Errorf("token: the vocabulary has no %s", strings.Join(names[i], " or "))
		}
	}
	return v, nil
}

func (v *vocabulary) Size() int        { return len(v.pieces) }
func (v *vocabulary) Special() Special { return v.special }

func (v *vocabulary) Piece(id int32) string {
	if id < 0 || int(id) >= len(v.pieces) {
		return ""
	}
	return v.pieces[id]
}

func (v *vocabulary) isSpecial(id int32) bool {
	s := v.special
	return id == s.Pad || id == s.Unk || id == s.Cls || id == s.Sep || id == s.Mask
}

// written says whether a special token is to be seen in text.
func (v *vocabulary) written(id int32) bool { return id == v.special.Unk || id == v.special.Mask }

// apart calls plain with each part of text that has no special token written in it, and where it
// begins; what is between becomes that token.
func (v *vocabulary) apart(text string, out []Token, plain func(part string, from int, out []Token) []Token) []Token {
	from := 0
	for at := 0; at < len(text); at++ {
		if c := text[at]; c != '[' && c != '<' { // as all names begin
			continue
		}
		id := v.writtenAt(text[at:])
		if id < 0 {
			continue
		}
		begin := at
		if v.eats && id == v.special.Mask {
			begin = from + len(strings.TrimRightFunc(text[from:at], unicode.IsSpace))
		}
		if begin > from {
			out = plain(text[from:begin], from, out)
		}
		from = at + len(v.pieces[id])
		out = append(out, Token{id, begin, from})
		at = from - 1
	}
	if from < len(text) {
		out = plain(text[from:], from, out)
	}
	return out
}

// writtenAt is the special token that text begins with, or -1.
func (v *vocabulary) writtenAt(text string) int32 {
	s := v.special
	for _, id := range []int32{s.Pad, s.Unk, s.Cls, s.Sep, s.Mask} {
		if strings.HasPrefix(text, v.pieces[id]) {
			return id
		}
	}
	return -1
}
