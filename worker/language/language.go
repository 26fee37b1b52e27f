// Package language is what encoders of texts are for once they are trained: filling blanks, search by meaning, and answering
// questions.
package language

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"autodidact/core/autograd"
	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/nn"
	"autodidact/core/probe"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/worker/kind"
	"autodidact/worker/report"
	"autodidact/worker/run"
)

// A Prediction is a token and its probability.
type Prediction struct {
	Text  string  `json:"text"`
	Share float64 `json:"share"` // its probability
}

// OpenHead is the head that predicts tokens, of a model or a checkpoint that has one.
func OpenHead(s *checkpoint.State, l kind.Embedder) (*encoder.TokenHead, error) {
	bert, err := l.BERT()
	if err != nil {
		return nil, err
	}
	if !run.TokenHead.In(s) {
		return nil, ErrNoHead
	}
	head := encoder.NewTokenHead(rng.New(0), bert.Size())
	nn.Place(l.Backend, head)
	return head, run.TokenHead.Load(s, head, l.Backend)
}

// Unread notes how much of a text that is longer than what the encoder reads is not looked at.
func Unread(l kind.Embedder, what, text string) []data.Rejected {
	if all, room := len(l.Tokens.Encode(text)), l.Size-2; all > room {
		return []data.Rejected{report.Notice(what, "it has %d tokens and the encoder reads %d: the last %d are not looked at", all, room, all-room)}
	}
	return nil
}

// Search finds the k texts whose features, f, lie nearest to those of a text, compared as white does.
func Search(ctx context.Context, l kind.Embedder, f probe.Features, white probe.Whitening, text string, k int) ([]probe.Neighbor, error) {
	bert, ok := l.Encoder.(*encoder.BERT)
	if !ok || l.Tokens == nil {
		return nil, report.Mismatch("only texts can be searched by words")
	}
	ids := l.Frame(text)
	if len(ids) == 2 {
		return nil, report.Mismatch("there is nothing to look for in that")
	}
	row, err := l.MeanTokens(ctx, bert, [][]int32{ids}, 0)
	if err != nil {
		return nil, err
	}
	query := probe.Features{N: 1, Width: f.Width, Data: row}
	return probe.NearestTo(white.Apply(f), white.Apply(query), min(k, f.N)), nil
}

// ErrNoHead means that a model cannot predict words.
var ErrNoHead = report.Mismatch("this model has not learned to predict words: only maskedlm and causallm teach that")

// masked puts mask where a person wrote a blank: two or more _ in a row. (regexp would be 87 kB of what the page loads.)
func masked(text, mask string) string {
	var b strings.Builder
	for text != "" {
		rest := strings.TrimLeft(text, "_")
		run := len(text) - len(rest)
		if run >= 2 {
			b.WriteString(mask)
		} else {
			b.WriteString(text[:run])
		}
		words := strings.IndexByte(rest, '_')
		if words < 0 {
			words = len(rest)
		}
		b.WriteString(rest[:words])
		text = rest[words:]
	}
	return b.String()
}

// Fill predicts, for each blank in text, written ___ or as the mask token, the k most probable tokens.
func Fill(ctx context.Context, l kind.Embedder, head *encoder.TokenHead, text string, k int) ([][]Prediction, error) {
	bert, ok := l.Encoder.(*encoder.BERT)
	if !ok || head == nil {
		return nil, ErrNoHead
	}
	s := l.Tokens.Special()
	mask := l.Tokens.Piece(s.Mask)
	ids := l.Frame(masked(text, mask))
	var at []int32
	for i, id := range ids {
		if id != s.Mask {
			continue
		}
		if bert.Causal {
			i-- // the token before predicts the next
		}
		at = append(at, int32(i))
	}
	if all := strings.Count(masked(text, mask), mask); len(at) < all {
		return nil, report.Mismatch("%s beyond the %d tokens that this encoder reads", map[bool]string{true: "the blank lies", false: fmt.Sprintf("%d of the %d blanks lie", all-len(at), all)}[all == 1], l.Size)
	}
	if len(at) == 0 {
		return nil, report.Mismatch("there is no blank: write ___ where a word is missing")
	}
	t := autograd.NewTape(l.Backend, rng.New(0))
	t.Training = false
	defer t.Free()
	x := bert.EncodeTokens(t, l.Padded([][]int32{ids}, 0), 0)
	h := autograd.Gather(x.Reshape(x.Dim(1), x.Dim(2)), t.Input(tensor.Int32s(at, len(at))))
	p, err := t.Download(ctx, head.Logits(h, bert).Softmax().Value())
	if err != nil {
		return nil, err
	}
	size := l.Tokens.Size()
	all := make([][]Prediction, len(at))
	for i := range all {
		row := p[i*size:][:size]
		order := make([]int32, size)
		for id := range order {
			order[id] = int32(id)
		}
		slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(row[b], row[a]) })
		for _, id := range order {
			if word := strings.TrimSpace(l.Tokens.Decode([]int32{id})); word != "" && id != s.Unk && id != s.Mask && len(all[i]) < k {
				all[i] = append(all[i], Prediction{word, float64(row[id])})
			}
		}
	}
	return all, nil
}
