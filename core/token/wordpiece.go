package token

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// WordPiece cuts words into their longest pieces (arXiv:1609.08144, as in arXiv:1810.04805). A piece
// that goes on with a word is written with ## before it.
type WordPiece struct {
	vocabulary
	Cased bool

	begin, inside map[string]int32
	longest       int // bytes of a piece
}

// maxWord is the characters beyond which BERT takes a word for unknown.
const maxWord = 100

func newWordPiece(pieces []string, cased bool) (*WordPiece, error) {
	v, err := newVocabulary(pieces)
	if err != nil {
		return nil, err
	}
	w := &WordPiece{vocabulary: v, Cased: cased, begin: map[string]int32{}, inside: map[string]int32{}}
	for i, p := range pieces {
		rest, on := strings.CutPrefix(p, "##")
		switch {
		case v.isSpecial(int32(i)) || p == "":
			continue
		case on && rest != "":
			w.inside[rest] = int32(i)
		default:
			w.begin[p] = int32(i)
		}
		w.longest = max(w.longest, len(p))
	}
	return w, nil
}

func (w *WordPiece) Kind() string { return "wordpiece" }

func (w *WordPiece) Inside(id int32) bool {
	p := w.Piece(id)
	return len(p) > 2 && strings.HasPrefix(p, "##")
}

func (w *WordPiece) Encode(text string) []Token {
	return w.apart(text, nil, func(part string, from int, out []Token) []Token {
		basic(part, w.Cased, func(word *word) { out = w.cut(out, word, from) })
		return out
	})
}

// cut appends the pieces of a word, the longest first, or that it is unknown.
func (w *WordPiece) cut(out []Token, word *word, from int) []Token {
	unknown := Token{w.special.Unk, from + int(word.from[0]), from + int(word.to[len(word.text)-1])}
	if len(word.text) > maxWord && utf8.RuneCount(word.text) > maxWord {
		return append(out, unknown)
	}
	before, table := len(out), w.begin
	for at := 0; at < len(word.text); {
		to := min(at+w.longest, len(word.text))
		for ; to > at; to-- {
			if to < len(word.text) && !utf8.RuneStart(word.text[to]) {
				continue
			}
			if id, ok := table[string(word.text[at:to])]; ok {
				out = append(out, Token{id, from + int(word.from[at]), from + int(word.to[to-1])})
				break
			}
		}
		if to == at {
			return append(out[:before], unknown)
		}
		at, table = to, w.inside
	}
	return out
}

// Decode joins pieces to words, and words with spaces but where English writes none.
func (w *WordPiece) Decode(ids []int32) string {
	var b strings.Builder
	for i, id := range ids {
		p := w.Piece(id)
		rest, on := strings.CutPrefix(p, "##")
		switch {
		case w.isSpecial(id) && !w.written(id) || p == "":
			continue
		case on && rest != "":
			b.WriteString(rest)
			continue
		}
		if b.Len() > 0 && !joins(ids, i, w) {
			b.WriteByte(' ')
		}
		b.WriteString(p)
	}
	return b.String()
}

// joins says whether the piece at i stands close to the one before it: a comma or a full stop,
// what follows an apostrophe within a word, one ideograph after another.
func joins(ids []int32, i int, w *WordPiece) bool {
	p := w.Piece(ids[i])
	first, _ := utf8.DecodeRuneInString(p)
	if strings.ContainsRune(".,;:!?)]}%’", first) && len(p) == utf8.RuneLen(first) {
		return true
	}
	if i == 0 {
		return false
	}
	before := w.Piece(ids[i-1])
	last, _ := utf8.DecodeLastRuneInString(before)
	switch before {
	case "(", "[", "{", "$":
		return true
	case "'", "’":
		return i > 1 && (p == "s" || p == "t" || p == "ll" || p == "re" || p == "ve" || p == "d" || p == "m")
	}
	return isIdeograph(first) && isIdeograph(last) || p == "'" && i+1 < len(ids) && len(w.Piece(ids[i+1])) <= 2
}

func trainWordPiece(ctx context.Context, p Plan, texts iter.Seq[string], each func(float64)) (Tokenizer, error) {
	room := p.Size - len(specials)
	if room < 1 {
		return nil, fmt.Errorf("a vocabulary of %d pieces is too small for WordPiece: %d are special tokens", p.Size, len(specials))
	}
	count := newCounter()
	err := count.walk(ctx, texts, each, func(text string) {
		basic(text, p.Cased, func(w *word) {
			if len(w.text) <= maxWord || utf8.RuneCount(w.text) <= maxWord {
				count.add(w.text)
			}
		})
	})
	if err != nil {
		return nil, err
	}
	pieces := alphabet(count, room)
	l := newLearner(func(a, b string) string { return a + strings.TrimPrefix(b, "##") })
	for _, s := range pieces {
		l.intern(s)
	}
	for text, n := range count.sorted() {
		if w, ok := l.letters(text); ok {
			l.word(w, n)
		}
	}
	learned, _, err := l.learn(ctx, room-len(pieces), each)
	if err != nil {
		return nil, err
	}
	return newWordPiece(slices.Concat(specials, pieces, learned), p.Cased)
}

// letters is the symbols of the characters of a word, if all of them are in the alphabet.
func (l *learner) letters(text string) (w []int32, ok bool) {
	for i, r := range text {
		id, ok := l.number[letterPiece(r, i > 0)]
		if !ok {
			return nil, false
		}
		w = append(w, id)
	}
	return w, true
}

func letterPiece(r rune, inside bool) string {
	if inside {
		return "##" + string(r)
	}
	return string(r)
}

// alphabet is every character, and those that stand inside words as such too, sorted. When there are
// too many it is the most frequent, so that a quarter of the room is left for longer pieces: a word with one
// that is left out is unknown.
func alphabet(c *counter, room int) (pieces []string) {
	often, inside := map[rune]int{}, map[rune]bool{}
	for text, n := range c.words {
		for i, r := range text {
			often[r] += n
			if i > 0 {
				inside[r] = true
			}
		}
	}
	byUse := slices.SortedFunc(maps.Keys(often), func(a, b rune) int {
		return cmp.Or(cmp.Compare(often[b], often[a]), cmp.Compare(a, b))
	})
	for _, r := range byUse {
		add := []string{letterPiece(r, false)}
		if inside[r] {
			add = append(add, letterPiece(r, true))
		}
		if len(pieces)+len(add) > max(room*3/4, 1) {
			break
		}
		pieces = append(pieces, add...)
	}
	slices.Sort(pieces)
	return pieces
}
