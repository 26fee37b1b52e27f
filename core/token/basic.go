package token

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// word is a word made plain, and for each of its bytes where the character it comes from begins
// and ends in the text.
type word struct {
	text     []byte
	from, to []int32
}

func (w *word) add(r rune, from, to int) {
	for range utf8.RuneLen(r) {
		w.from, w.to = append(w.from, int32(from)), append(w.to, int32(to))
	}
	w.text = utf8.AppendRune(w.text, r)
}

// kind is what the basic tokenizer does with a character.
type kind uint8

const (
	letter kind = iota // part of a word
	nothing
	space
	single // a word of its own
)

var asciiKind = func() (kinds [utf8.RuneSelf]kind) {
	for c := range rune(len(kinds)) {
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			kinds[c] = space
		case c < ' ' || c == 0x7f:
			kinds[c] = nothing
		case isPunct(c):
			kinds[c] = single
		}
	}
	return kinds
}()

func kindOf(r rune) kind {
	switch {
	case r < utf8.RuneSelf:
		return asciiKind[r]
	case r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co): // not what Unicode may yet assign
		return nothing
	case unicode.IsSpace(r):
		return space
	case isPunct(r) || isIdeograph(r):
		return single
	}
	return letter
}

// Words counts the words and marks that a text has by BERT's basic rules, before any vocabulary cuts words into
// pieces: a CJK ideograph is one.
func Words(text string) (n int) {
	basic(text, false, func(*word) { n++ })
	return n
}

// basic cuts text into words as BERT's basic tokenizer does (arXiv:1810.04805): at white space, around
// punctuation and around every CJK ideograph; unless cased, without capitals and accents. emit must
// not keep the word.
func basic(text string, cased bool, emit func(w *word)) {
	var w word
	end := func() {
		if len(w.text) > 0 {
			emit(&w)
		}
		w.text, w.from, w.to = w.text[:0], w.from[:0], w.to[:0]
	}
	for at, next := 0, 0; at < len(text); at = next {
		r, n := utf8.DecodeRuneInString(text[at:])
		next = at + n
		if r >= utf8.RuneSelf && !cased {
			basicPlain(&w, r, at, next, end)
			continue
		}
		switch kindOf(r) {
		case space:
			end()
		case single:
			end()
			w.add(r, at, next)
			end()
		case letter:
			if !cased && 'A' <= r && r <= 'Z' {
				r += 'a' - 'A'
			}
			w.add(r, at, next)
		}
	}
	end()
}

// basicPlain adds r without its accents. What it is made of decides: the sign ≠ is an = with an
// accent, and so a word of its own.
func basicPlain(w *word, r rune, at, next int, end func()) {
	k := kindOf(r)
	switch {
	case k == nothing:
		return
	case k == space || isIdeograph(r):
		end()
	}
	if k == space {
		return
	}
	plain(r, func(r rune) {
		switch {
		case unicode.Is(unicode.Mn, r):
			if n := len(w.to); n > 0 {
				w.to[n-1] = int32(next) // an accent written on its own belongs to the letter before it
			}
		case isPunct(r):
			end()
			w.add(r, at, next)
			end()
		default:
			w.add(unicode.ToLower(r), at, next)
		}
	})
	if isIdeograph(r) {
		end()
	}
}

// plain gives what r is made of: NFD of one character. The order of accents, which NFD settles
// too, does not matter to who drops them.
func plain(r rune, emit func(rune)) {
	if 0xac00 <= r && r <= 0xd7a3 { // Hangul syllables are not in the tables: they are taken apart by sums
		s := r - 0xac00
		emit(0x1100 + s/(21*28))
		emit(0x1161 + s%(21*28)/28)
		if last := s % 28; last > 0 {
			emit(0x11a7 + last)
		}
		return
	}
	var buf [utf8.UTFMax]byte
	n := utf8.EncodeRune(buf[:], r)
	parts := norm.NFD.Properties(buf[:n]).Decomposition()
	if parts == nil {
		emit(r)
		return
	}
	for len(parts) > 0 {
		r, n := utf8.DecodeRune(parts)
		emit(r)
		parts = parts[n:]
	}
}

func isPunct(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= '!' && r <= '/' || r >= ':' && r <= '@' || r >= '[' && r <= '`' || r >= '{' && r <= '~'
	}
	return unicode.IsPunct(r)
}

// isIdeograph knows the Chinese characters, as BERT does; not Hangul, not kana.
func isIdeograph(r rune) bool {
	if r < 0x3400 {
		return false
	}
	return r >= 0x4e00 && r <= 0x9fff || r >= 0x3400 && r <= 0x4dbf || r >= 0x20000 && r <= 0x2a6df || r >= 0x2a700 && r <= 0x2b73f ||
		r >= 0x2b740 && r <= 0x2b81f || r >= 0x2b820 && r <= 0x2ceaf || r >= 0xf900 && r <= 0xfaff || r >= 0x2f800 && r <= 0x2fa1f
}
