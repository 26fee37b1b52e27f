package worker

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/probe"
)

// learn makes the session's texts tokens, and tells the page what they are made of.
func (s *session) learn(ctx context.Context, c Config, from *checkpoint.State) error {
	before, was, as := s.set.Language, s.set.Long(), s.set.Missing()
	if err := Learn(ctx, c, from, s.set, s.busy("tokenizing")); err != nil {
		return err
	}
	if s.set.Long() != was || !slices.Equal(s.set.Missing(), as) {
		s.features, s.outlook, s.following = nil, nil, nil
		s.Send(0, Windows{c.Size, s.set.Names, s.set.Labels, s.set.Windows, s.set.Classes(), s.fills()})
	}
	if l := s.set.Language; l != nil && l != before {
		s.Send(0, vocabulary(l))
	}
	return nil
}

// vocabulary is what a page can show of a language.
func vocabulary(l *data.Language) Vocabulary {
	v := Vocabulary{Tokenizer: l.Tokens.Kind(), Size: l.Tokens.Size(), Texts: l.Len(), Tokens: l.Total(), Most: []Guess{}, Pieces: []string{}}
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
		v.Most = append(v.Most, Guess{l.Tokens.Piece(id), float64(count[id]) / total})
	}
	slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(len(l.Tokens.Piece(b)), len(l.Tokens.Piece(a))) })
	for _, id := range order[:min(12, len(order))] {
		v.Pieces = append(v.Pieces, l.Tokens.Piece(id))
	}
	return v
}

// longExcerpt is the bytes of a text that a page is given to show.
const longExcerpt = 2000

func (s *session) texts(c Texts) (Event, [][]byte, error) {
	e := Excerpts{Texts: []string{}}
	for _, i := range c.At {
		if s.set.Texts == nil || i < 0 || i >= s.set.Len() {
			return nil, nil, fmt.Errorf("there is no text %d: there are %d", i, s.set.Len())
		}
		text := s.set.Texts.At(i)
		if len(text) > longExcerpt {
			text = strings.ToValidUTF8(text[:longExcerpt], "") + "…"
		}
		e.Texts = append(e.Texts, text)
	}
	return e, nil, nil
}

func (s *session) search(ctx context.Context, c Search) (Event, [][]byte, error) {
	if s.set.Of != data.Text {
		return nil, nil, &MisfitError{"only texts can be searched by words"}
	}
	f, err := s.embedding(ctx, true)
	if err != nil {
		return nil, nil, err
	}
	if f.fit == nil {
		w := probe.FitWhitening(f.Features)
		f.fit = &w
	}
	near, err := s.looker().Search(ctx, f.Features, *f.fit, c.Text, min(max(c.K, 1), s.set.Len()))
	if err != nil {
		return nil, nil, err
	}
	s.note(s.looker().Beyond("what is looked for", c.Text))
	e := Neighbored{Names: []string{}, Near: []float32{}, At: []int{}}
	for _, n := range near {
		e.Names, e.Near, e.At = append(e.Names, s.set.Names[n.Index]), append(e.Near, n.Cosine), append(e.At, n.Index)
	}
	return e, nil, nil
}

func (s *session) fill(ctx context.Context, c Fill) (Event, [][]byte, error) {
	if err := s.look(ctx); err != nil {
		return nil, nil, err
	}
	t, ok := s.run.Task.(teller)
	if !ok {
		return nil, nil, errNoHead
	}
	blanks, err := s.looker().Fill(ctx, t.TokenHead(), c.Text, max(c.K, 1))
	if err == nil {
		s.note(s.looker().Beyond("the text with blanks", c.Text))
	}
	return Filled{blanks}, nil, err
}
