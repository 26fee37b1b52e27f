package worker

import (
	"context"
	"slices"

	"autodidact/core/checkpoint"
	"autodidact/worker/language"
	"autodidact/worker/protocol"
	"autodidact/worker/run"
)

func (s *session) fill(ctx context.Context, c protocol.Fill, attached []any) (protocol.Event, [][]byte, error) {
	if err := s.look(ctx); err != nil {
		return nil, nil, err
	}
	t, ok := s.run.Task.(run.TokenTask)
	if !ok {
		return nil, nil, language.ErrNoHead
	}
	blanks, err := language.Fill(ctx, s.run.Embedder(), t.TokenHead(), c.Text, max(c.K, 1))
	if err == nil {
		s.note(language.Unread(s.run.Embedder(), "the text with blanks", c.Text))
	}
	return protocol.Filled{Blanks: blanks}, nil, err
}

// prepare makes of the session's samples what encoders of c read, and sends the page what they have become.
func (s *session) prepare(ctx context.Context, c run.Config, from *checkpoint.State) error {
	before, was, as := s.set.Language, s.set.Long(), s.set.Missing()
	if err := run.Prepare(ctx, c, from, s.set, s.busy("tokenizing")); err != nil {
		return err
	}
	if s.set.Long() != was || !slices.Equal(s.set.Missing(), as) {
		s.features, s.fitted, s.stream = nil, nil, nil
		s.Send(0, s.windows(s.set.Long()))
	}
	if l := s.set.Language; l != nil && l != before {
		s.Send(0, protocol.Vocabulary{Vocabulary: language.Describe(l)})
	}
	return nil
}
