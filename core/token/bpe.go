package token

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// BPE joins bytes to pieces as GPT-2 does (arXiv:1508.07909, on bytes): whatever the script, nothing is
// unknown and nothing is lost.
type BPE struct {
	vocabulary
	merges [][2]string

	rank  map[pair]joined
	bytes [256]int32 // the piece of each byte
	text  [][]byte   // what each piece stands for

	mu    sync.RWMutex
	cache map[string][]int32 // of short words
}

// joined is what a pair becomes, and how early it was learned.
type joined struct{ rank, to int32 }

// letters is how each byte is written in a vocabulary: itself where that can be seen, else a
// letter from U+0100 on, in order.
var letters, byteOf = func() (to [256]rune, from map[rune]byte) {
	from = map[rune]byte{}
	next := rune(0x100)
	for b := range 256 {
		r := rune(b)
		if !(r >= '!' && r <= '~' || r >= 0xa1 && r <= 0xac || r >= 0xae && r <= 0xff) {
			r, next = next, next+1
		}
		to[b], from[r] = r, byte(b)
	}
	return to, from
}()

// ofBytes says whether a piece is written in letters of bytes only. One that is not is never used.
func ofBytes(piece string) bool {
	for _, r := range piece {
		if _, ok := byteOf[r]; !ok {
			return false
		}
	}
	return piece != ""
}

func newBPE(pieces []string, merges [][2]string) (*BPE, error) {
	v, err := newVocabulary(pieces)
	if err != nil {
		return nil, err
	}
	t := &BPE{vocabulary: v, merges: merges, rank: make(map[pair]joined, len(merges)), cache: map[string][]int32{}}
	for b := range 256 {
		id, ok := v.id[string(letters[b])]
		if !ok {
			return nil, fmt.Errorf("token: the vocabulary has no piece for byte %d, %q", b, letters[b])
		}
		t.bytes[b] = id
	}
	for i, m := range merges {
		if !ofBytes(m[0]) || !ofBytes(m[1]) {
			return nil, fmt.Errorf("token: merge %d, of %q and %q, is not of bytes as byte-level BPE writes them", i, m[0], m[1])
		}
		a, okA := v.id[m[0]]
		b, okB := v.id[m[1]]
		to, ok := v.id[m[0]+m[1]]
		if !okA || !okB || !ok {
			return nil, fmt.Errorf("token: merge %d, of %q and %q, is of pieces that are not in the vocabulary", i, m[0], m[1])
		}
		if _, ok := t.rank[pair{a, b}]; !ok {
			t.rank[pair{a, b}] = joined{int32(i), to}
		}
	}
	t.text = make([][]byte, len(pieces))
	for i, p := range pieces {
		if v.isSpecial(int32(i)) {
			continue
		}
		for _, r := range p {
			if b, ok := byteOf[r]; ok {
				t.text[i] = append(t.text[i], b)
			}
		}
	}
	return t, nil
}

func (t *BPE) Kind() string { return "bpe" }

// Inside says whether a piece begins with a letter or digit and without a space.
func (t *BPE) Inside(id int32) bool {
	if id < 0 || int(id) >= len(t.text) || len(t.text[id]) == 0 {
		return false
	}
	r, _ := utf8.DecodeRune(t.text[id])
	return r == utf8.RuneError || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}

func (t *BPE) Encode(text string) []Token {
	return t.apart(text, nil, func(part string, from int, out []Token) []Token {
		for part != "" {
			n := splitGPT2(part)
			out = t.cut(out, part[:n], from)
			part, from = part[n:], from+n
		}
		return out
	})
}

func (t *BPE) cut(out []Token, word string, from int) []Token {
	for _, id := range t.pieces(word) {
		n := len(t.text[id])
		out = append(out, Token{id, from, from + n})
		from += n
	}
	return out
}

func (t *BPE) Decode(ids []int32) string {
	var b strings.Builder
	for _, id := range ids {
		switch {
		case id < 0 || int(id) >= len(t.text):
		case t.written(id):
			b.WriteString(t.Piece(id))
		case !t.isSpecial(id):
			b.Write(t.text[id])
		}
	}
	return b.String()
}

// maxLearned is the bytes of a run, such as one of spaces or of a script without them, that are learned from as one.
const maxLearned = 512

// splitGPT2 is how many bytes the first part of text has, by GPT-2's rule: 's and its like; letters,
// digits, or anything else, each with a space before it if there is one; white space, but for
// a last space that belongs to what follows.
func splitGPT2(text string) int {
	for _, s := range []string{"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"} {
		if strings.HasPrefix(text, s) {
			return len(s)
		}
	}
	at := 0
	if text[0] == ' ' && len(text) > 1 {
		at = 1
	}
	first, _ := utf8.DecodeRuneInString(text[at:])
	if unicode.IsSpace(first) {
		return whites(text)
	}
	class := classOf(first)
	for i, r := range text[at:] {
		if classOf(r) != class {
			return at + i
		}
	}
	return len(text)
}

// whites is the bytes of the white space that text begins with, less the last if something follows.
func whites(text string) int {
	last := 0
	for i, r := range text {
		if !unicode.IsSpace(r) {
			if last > 0 {
				return last
			}
			return i
		}
		last = i
	}
	return len(text)
}

// classOf is 1 for letters, 2 for digits, 3 for white space, 0 for all else.
func classOf(r rune) int {
	switch {
	case r >= 'a' && r <= 'z' || unicode.IsLetter(r):
		return 1
	case unicode.Is(unicode.N, r):
		return 2
	case unicode.IsSpace(r):
		return 3
	}
	return 0
}

func trainBPE(ctx context.Context, p Plan, texts iter.Seq[string], each func(float64)) (Tokenizer, error) {
	least := len(specials) + 256
	if p.Size < least {
		return nil, fmt.Errorf("a vocabulary of %d pieces is too small for byte-level BPE: it has %d before it learns anything", p.Size, least)
	}
	count := newCounter()
	words := false
	err := count.walk(ctx, texts, each, func(text string) {
		words = words || strings.TrimSpace(text) != ""
		for rest := text; rest != ""; {
			n := min(splitGPT2(rest), maxLearned)
			count.add([]byte(rest[:n]))
			rest = rest[n:]
		}
	})
	if err != nil {
		return nil, err
	}
	if !words {
		return nil, ErrNoWords
	}
	l := newLearner(func(a, b string) string { return a + b })
	pieces := slices.Clone(specials)
	for b := range 256 { // so the symbol of a byte is its number
		l.intern(string(letters[b]))
		pieces = append(pieces, string(letters[b]))
	}
	for text, n := range count.sorted() {
		w := make([]int32, len(text))
		for i := range len(text) {
			w[i] = int32(text[i])
		}
		l.word(w, n)
	}
	learned, merges, err := l.learn(ctx, p.Size-least, each)
	if err != nil {
		return nil, err
	}
	return newBPE(append(pieces, learned...), merges)
}
