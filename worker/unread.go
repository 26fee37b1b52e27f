package worker

import (
	"autodidact/core/data"
)

// mostShown is how many examples a notice gives.
const mostShown = 3

// Unread tells what of the samples of a set the encoder does not read: the ends of long texts, tokens it does not know, and
// the beginnings of recordings that are one sample and longer than a window.
func (l Looker) Unread(set *data.Set) []data.Rejected {
	switch set.Of {
	case data.Text:
		return l.unreadTexts(set)
	case data.Series:
		return unreadRows(set, l.Size)
	}
	return nil
}

func (l Looker) unreadTexts(set *data.Set) (notes []data.Rejected) {
	if set.Language == nil || l.Tokens == nil || set.Language.Tokens.Kind() != l.Tokens.Kind() || set.Language.Tokens.Size() != l.Tokens.Size() {
		return nil // they are tokens of another vocabulary
	}
	room := l.Size - 2 // between a Cls and a Sep
	if n, longest, name := cutTexts(set, room); n > 0 {
		notes = append(notes, note("long texts", "%d of %d are longer than the %d tokens that the encoder reads, the longest, %s, has %d: what lies beyond is not looked at", n, set.Len(), room, name, longest))
	}
	if n, total := UnknownTokens(set.Language), set.Language.Total(); n*100 > total {
		notes = append(notes, note("unknown words", "%d of %d tokens are not in the encoder's vocabulary and read as unknown", n, total))
	}
	return notes
}

// cutTexts counts the texts of more tokens than there is room for, and names the longest.
func cutTexts(set *data.Set, room int) (n, longest int, name string) {
	for i := range set.Len() {
		long := len(set.Language.Of(i))
		if long > room {
			n++
		}
		if long > longest {
			longest, name = long, set.Names[i]
		}
	}
	return n, longest, name
}

// UnknownTokens counts the tokens of texts that stand for what the vocabulary does not have.
func UnknownTokens(l *data.Language) (n int) {
	unknown := l.Tokens.Special().Unk
	for i := range l.Len() {
		for _, id := range l.Of(i) {
			if id == unknown {
				n++
			}
		}
	}
	return n
}

func unreadRows(set *data.Set, size int) []data.Rejected {
	r := set.Recordings
	var names []string
	most := 0
	for i := range r.Of {
		if n := r.Rows(i); r.Whole(i) && n > size && n < 2*size {
			names, most = append(names, r.Of[i].Name), max(most, n)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []data.Rejected{note("long recordings", "%d of %d, each one sample, have up to %d rows, and a window has %d: of those only the last %d are looked at (%s)", len(names), len(r.Of), most, size, size, firsts(names, mostShown))}
}
