package worker

import (
	"context"
	"errors"
	"time"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/probe"
)

// engaged says why the session must not be given other data, another run or another comparison now.
func (s *session) engaged() error {
	if s.training {
		return errTraining
	}
	return nil
}

// partly takes the results of something that was cancelled as they are: it says whether it was.
func partly(err error) (stopped bool, _ error) {
	if errors.Is(err, context.Canceled) {
		return true, nil
	}
	return false, err
}

// movingEvery is how often a page hears how far something is.
const movingEvery = 500 * time.Millisecond

func (s *session) probe(ctx context.Context, c Probe) (Event, [][]byte, error) {
	var model *checkpoint.State
	f, err := s.embedding(ctx, false)
	if err == nil {
		model, err = s.run.Model(ctx)
	}
	if stopped, err := partly(err); stopped || err != nil {
		return Probed{Results: []ProbeResult{}, Method: c.Method, Stopped: stopped}, nil, err
	}
	run, set := s.run, s.set
	m := &Meter{Probe: c, Model: model, Set: set, Backend: s.Backend, Seed: run.Config.Seed,
		Each: func(d Measured) { s.Send(0, Probing{d.Result, d.Done, d.Total, d.Left.Seconds()}) }}
	m.Note = func(n data.Rejected) { s.note([]data.Rejected{n}) }
	var told time.Time
	m.Moving = func(share float64, left time.Duration) {
		if time.Since(told) > movingEvery {
			told = time.Now()
			s.Send(0, Busy{What: "measuring", Done: int(1000 * share), Total: 1000, EtaSeconds: left.Seconds()})
		}
	}
	if c.Given {
		m.Labels = s.given.Of(set)
	}
	m.Embed = func(ctx context.Context, contender string, of *data.Set) (probe.Features, error) {
		if contender == "pretrained" {
			return f.Features.WithContext(ctx, s.hear), nil
		}
		f, err := Untrained{run.Config, set, s.Backend, s.busy("embedding")}.Embed(ctx, contender, of)
		return f.WithContext(ctx, s.hear), err
	}
	var e Probed
	m.Tick = s.hear
	e.Results, err = m.Results(ctx)
	if e.Stopped, err = partly(err); err != nil {
		return nil, nil, err
	}
	if e.Results == nil {
		e.Results = []ProbeResult{}
	}
	e.Headline, e.Method = m.Headline(e.Results), m.Method
	return e, nil, nil
}
