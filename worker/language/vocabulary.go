package language

import (
	"cmp"
	"slices"

	"autodidact/core/data"
)

// A Vocabulary is what texts are made of.
type Vocabulary struct {
	Tokenizer string       `json:"tokenizer"` // "wordpiece" or "bpe"
	Size      int          `json:"size"`
	Asked     int          `json:"asked,omitempty"` // pieces that were wanted, if there were not so many
	Texts     int          `json:"texts"`
	Tokens    int          `json:"tokens"`
	Longest   int          `json:"longest"` // tokens of the longest text
	Unknown   float64      `json:"unknown"` // share of tokens that are not in the vocabulary
	Most      []Prediction `json:"most"`    // the tokens used most
	Pieces    []string     `json:"pieces"`  // some of the longest pieces that were learned
}

// Describe is what can be shown of texts that have become tokens.
func Describe(l *data.Language) Vocabulary {
	v := Vocabulary{Tokenizer: l.Tokens.Kind(), Size: l.Tokens.Size(), Texts: l.Len(), Tokens: l.Total(), Most: []Prediction{}, Pieces: []string{}}
	if l.Plan.Size > v.Size {
		v.Asked = l.Plan.Size
	}
	count, unknown := make([]int, v.Size), l.Tokens.Special().Unk
	for i := range l.Len() {
		ids := l.Of(i)
		v.Longest = max(v.Longest, len(ids))
		for _, id := range ids {
			count[id]++
		}
	}
	total := float64(max(v.Tokens, 1))
	v.Unknown = float64(count[unknown]) / total
	order := make([]int32, v.Size)
	for id := range order {
		order[id] = int32(id)
	}
	slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(count[b], count[a]) })
	for _, id := range order[:min(12, len(order))] {
		v.Most = append(v.Most, Prediction{l.Tokens.Piece(id), float64(count[id]) / total})
	}
	slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(len(l.Tokens.Piece(b)), len(l.Tokens.Piece(a))) })
	for _, id := range order[:min(12, len(order))] {
		v.Pieces = append(v.Pieces, l.Tokens.Piece(id))
	}
	return v
}
