package worker

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/probe"
	"autodidact/core/rng"
	"autodidact/worker/exchange"
	"autodidact/worker/forecast"
	"autodidact/worker/portable"
	"autodidact/worker/protocol"
	"autodidact/worker/report"
)

// portable is what a model is exported with to be used by itself: beside it are the page's HTML and the files that c names.
func (s *session) portable(ctx context.Context, c protocol.Export, model *checkpoint.State, attached []any) (to exchange.Source, err error) {
	if len(attached) != 1+len(c.Page) {
		return to, report.BadField("page", "the page's HTML and %d files must be beside this command; there are %d", len(c.Page), len(attached))
	}
	page := &exchange.Page{}
	for i, x := range attached {
		raw, ok := x.([]byte)
		if !ok {
			return to, fmt.Errorf("worker: the files of a page come as bytes, not as %T", x)
		}
		if i == 0 {
			page.HTML = raw
		} else {
			page.Files = append(page.Files, exchange.PageFile{Name: c.Page[i-1], Gzip: raw})
		}
	}
	from := portable.Source{Model: model, References: portable.References}
	if s.run != nil {
		if from.Title = s.run.Title; from.Title == s.id || from.Title == s.last {
			from.Title = ""
		}
		if s.set.Len() > 0 {
			if err := s.with(ctx, &from); err != nil {
				return to, err
			}
		}
	}
	if err := from.Choose(c.Options); err != nil {
		return to, err
	}
	packed, notes, err := portable.Pack(from)
	s.note(notes)
	return exchange.Source{Model: packed, Title: from.Title, Page: page, Options: c.Options}, err
}

// with adds what goes along of the data there are.
func (s *session) with(ctx context.Context, to *portable.Source) error {
	f, err := s.embedding(ctx, false)
	if err != nil {
		return err
	}
	to.Set, to.Features, to.Labels = s.set, f.Features.WithContext(ctx, s.hear), s.given.Of(s.set)
	if len(probe.Classes(to.Labels)) < 2 {
		to.Labels = s.set.Labels
	}
	to.Chance = rng.New(s.run.Config.Seed).For("labels", 0)
	if s.set.Recordings == nil {
		return ctx.Err()
	}
	o, err := s.detector(ctx)
	if errors.Is(err, data.ErrTooFew) {
		s.note([]data.Rejected{report.Notice("anomalies", "the page will find none: %v", err)})
		return ctx.Err()
	}
	if err == nil {
		to.Detector = o.detector
	}
	return err
}

// openModel takes a model for Apply.
func (s *session) openModel(ctx context.Context, _ protocol.Open, attached []any) (protocol.Event, [][]byte, error) {
	if err := s.engaged(); err != nil {
		return nil, nil, err
	}
	if len(attached) != 1 {
		return nil, nil, fmt.Errorf("worker: open takes one file, not %d", len(attached))
	}
	raw, ok := attached[0].([]byte)
	if !ok {
		return nil, nil, fmt.Errorf("worker: open takes bytes, not %T", attached[0])
	}
	state, err := checkpoint.Decode(bytes.NewReader(raw))
	if err != nil {
		return nil, nil, err
	}
	m, err := portable.Open(ctx, state, s.Backend)
	if err != nil {
		return nil, nil, err
	}
	s.opened, s.config, s.loaded, s.run, s.features, s.fitted, s.stream = m, m.Config, nil, nil, nil, nil, nil
	return protocol.Opened{About: m.About, Config: m.Config}, nil, nil
}

var errNotOpened = report.Mismatch("no model was opened")

// apply is what the opened model finds.
func (s *session) apply(ctx context.Context, c protocol.Apply, attached []any) (protocol.Event, [][]byte, error) {
	if s.opened == nil {
		return nil, nil, errNotOpened
	}
	e := protocol.Applied{Labels: []string{}, Near: [][]protocol.Neighbor{}}
	if s.set.Len() == 0 {
		return e, nil, nil
	}
	a, err := s.opened.Apply(ctx, s.set, min(max(c.K, 1), 50), s.busy("embedding"))
	if err != nil {
		return nil, nil, err
	}
	s.note(s.opened.Look.Unread(s.set))
	for i, near := range a.Near {
		some := make([]protocol.Neighbor, len(near))
		for k, n := range near {
			some[k] = protocol.Neighbor{At: n.Index, Cosine: n.Cosine}
		}
		e.Near = append(e.Near, some)
		if a.Probabilities.Len() > 0 {
			e.Labels = append(e.Labels, a.Probabilities.Label(i))
		}
	}
	e.Among = a.Among
	return e, [][]byte{wireFloats(a.Data)}, nil
}

// openedDetector is the one that came with the opened model.
func (s *session) openedDetector() (*fitted, error) {
	if s.opened.Detector == nil {
		return nil, report.Mismatch("this model was exported without what finds anomalies")
	}
	if s.fitted == nil {
		s.fitted = &fitted{detector: s.opened.Detector, scored: map[int]forecast.Scores{}}
	}
	return s.fitted, nil
}
