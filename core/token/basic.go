package token

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// word is a word made plain, and where each of its bytes is from in the text; the last of from
// is where the word ends.
type word struct {
	text []byte
	from []int32
}

func (w *word) add(r rune, at int) {
	for range utf8.RuneLen(r) {
		w.from = append(w.from, int32(at))
	}
	w.text = utf8.AppendRune(w.text, r)
}

// basic cuts text into words as BERT's basic tokenizer does (arXiv:1810.04805): at white space, around
// punctuation and around every CJK ideograph; unless cased, without capitals and accents. emit must
// not keep the word.
func basic(text string, cased bool, emit func(w *word)) {
	var w word
	end := func(at int) {
		if len(w.text) > 0 {
			w.from = append(w.from, int32(at))
			emit(&w)
		}
		w.text, w.from = w.text[:0], w.from[:0]
	}
	for at, r := range text {
		switch {
		case r == ' ' || r == '\t' || r == '\n' || r == '\r' || r > unicode.MaxASCII && unicode.Is(unicode.Zs, r):
			end(at)
		case r == 0 || r == utf8.RuneError || unicode.Is(unicode.C, r):
		case isPunct(r) || isIdeograph(r):
			end(at)
			w.add(r, at)
			end(at + utf8.RuneLen(r))
		case cased:
			w.add(r, at)
		case r <= unicode.MaxASCII:
			if 'A' <= r && r <= 'Z' {
				r += 'a' - 'A'
			}
			w.add(r, at)
		default:
			plain(r, func(r rune) {
				if isPunct(r) { // such as what Ǆ is not made of, but ﹐ might be
					end(at)
					w.add(r, at)
					end(at + 1)
					return
				}
				w.add(r, at)
			})
		}
	}
	end(len(text))
}

// plain takes r apart and leaves out its accents and capitals.
func plain(r rune, emit func(rune)) {
	var buf [utf8.UTFMax]byte
	n := utf8.EncodeRune(buf[:], r)
	parts := norm.NFD.Properties(buf[:n]).Decomposition()
	if parts == nil {
		parts = buf[:n]
	}
	for len(parts) > 0 {
		r, n := utf8.DecodeRune(parts)
		parts = parts[n:]
		if !unicode.Is(unicode.Mn, r) {
			emit(unicode.ToLower(r))
		}
	}
}

func isPunct(r rune) bool {
	if r <= unicode.MaxASCII {
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
