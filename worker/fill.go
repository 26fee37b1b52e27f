package worker

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
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
)

// A Guess is what may stand in a blank, and how likely.
type Guess struct {
	Text  string  `json:"text"`
	Share float64 `json:"share"`
}

// OpenHead is the head that tells tokens, of a model or a checkpoint that has one.
func OpenHead(s *checkpoint.State, l Looker) (*encoder.TokenHead, error) {
	bert, ok := l.Encoder.(*encoder.BERT)
	if !ok {
		return nil, &MisfitError{"this encoder does not read texts"}
	}
	if !hasHead(s) {
		return nil, errNoHead
	}
	head := encoder.NewTokenHead(rng.New(0), bert.Size())
	nn.Place(l.Backend, head)
	return head, load(s, head, l.Backend, headPrefix, "model.head.")
}

// Beyond tells of a text that is longer than what the encoder reads how much of it is not looked at.
func (l Looker) Beyond(what, text string) []data.Rejected {
	if all, room := len(l.Tokens.Encode(text)), l.Size-2; all > room {
		return []data.Rejected{note(what, "it has %d tokens and the encoder reads %d: the last %d are not looked at", all, room, all-room)}
	}
	return nil
}

// hasHead says whether a model or a checkpoint has a head that tells tokens.
func hasHead(s *checkpoint.State) bool {
	_, inModel := s.Tensors[headPrefix+"bias"]
	_, inRun := s.Tensors["model.head.bias"]
	return (inModel || inRun) && s.Meta[checkpoint.MetaTask] != "replacedtoken"
}

// Search finds the k texts whose features, f, lie nearest to those of a text, compared as white does.
func (l Looker) Search(ctx context.Context, f probe.Features, white probe.Whitening, text string, k int) ([]probe.Neighbor, error) {
	bert, ok := l.Encoder.(*encoder.BERT)
	if !ok || l.Tokens == nil {
		return nil, &MisfitError{"only texts can be searched by words"}
	}
	ids := l.frame(text)
	if len(ids) == 2 {
		return nil, &MisfitError{"there is nothing to look for in that"}
	}
	row, err := l.means(ctx, bert, [][]int32{ids}, []int{0}, 0)
	if err != nil {
		return nil, err
	}
	query := probe.Features{N: 1, Width: f.Width, Data: row}
	return probe.NearestTo(white.Apply(f), white.Apply(query), min(k, f.N)), nil
}

var errNoHead = &MisfitError{"this model has not learned to tell words: only maskedlm and causallm teach that"}

// blank is how a person writes one; the name of the mask token is one too.
var blank = regexp.MustCompile(`_{2,}`)

// Fill tells, for each blank in text, written ___ or as the mask token, the k likeliest tokens.
func (l Looker) Fill(ctx context.Context, head *encoder.TokenHead, text string, k int) ([][]Guess, error) {
	bert, ok := l.Encoder.(*encoder.BERT)
	if !ok || head == nil {
		return nil, errNoHead
	}
	s := l.Tokens.Special()
	mask := l.Tokens.Piece(s.Mask)
	ids := l.frame(blank.ReplaceAllLiteralString(text, mask))
	var at []int32
	for i, id := range ids {
		if id != s.Mask {
			continue
		}
		if bert.Causal {
			i-- // the token before tells what comes next
		}
		at = append(at, int32(i))
	}
	if all := strings.Count(blank.ReplaceAllLiteralString(text, mask), mask); len(at) < all {
		return nil, &MisfitError{fmt.Sprintf("%s beyond the %d tokens that this encoder reads", map[bool]string{true: "the blank lies", false: fmt.Sprintf("%d of the %d blanks lie", all-len(at), all)}[all == 1], l.Size)}
	}
	if len(at) == 0 {
		return nil, &MisfitError{"there is no blank: write ___ where a word is missing"}
	}
	t := autograd.NewTape(l.Backend, rng.New(0))
	t.Training = false
	defer t.Free()
	x := bert.EncodeTokens(t, l.padded([][]int32{ids}, 0), 0)
	h := autograd.Gather(x.Reshape(x.Dim(1), x.Dim(2)), t.Input(tensor.Int32s(at, len(at))))
	p, err := t.Download(ctx, head.Logits(h, bert).Softmax().Value())
	if err != nil {
		return nil, err
	}
	size := l.Tokens.Size()
	all := make([][]Guess, len(at))
	for i := range all {
		row := p[i*size:][:size]
		order := make([]int32, size)
		for id := range order {
			order[id] = int32(id)
		}
		slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(row[b], row[a]) })
		for _, id := range order {
			if word := strings.TrimSpace(l.Tokens.Decode([]int32{id})); word != "" && id != s.Unk && id != s.Mask && len(all[i]) < k {
				all[i] = append(all[i], Guess{word, float64(row[id])})
			}
		}
	}
	return all, nil
}
