package worker

import (
	"context"
	"errors"
	"time"

	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/probe"
)

// errMeasuring refuses what would pull the ground from under something that is being measured.
var errMeasuring = &MisfitError{"something is being measured: wait for it, or stop it first"}

// engaged says why the session must not be given other data, another run or another measurement now.
func (s *session) engaged() error {
	switch {
	case s.training:
		return errTraining
	case s.measuring != nil:
		return errMeasuring
	}
	return nil
}

// measure does something that takes long: others are heard meanwhile, whenever it calls hear; Stop ends its context.
// What it returns when stopped that way counts; the last result says whether it was.
func (s *session) measure(ctx context.Context, do func(ctx context.Context, hear func()) error) (stopped bool, err error) {
	if s.measuring != nil {
		return false, errMeasuring
	}
	inner, cancel := context.WithCancel(ctx)
	s.measuring = cancel
	defer func() { cancel(); s.measuring = nil; kernel.Trim(s.Backend) }()
	err = do(inner, func() {
		s.Tick()
		for inner.Err() == nil {
			select {
			case r, ok := <-s.in:
				if !ok {
					cancel()
					return
				}
				s.obey(ctx, r)
			default:
				return
			}
		}
	})
	if errors.Is(err, context.Canceled) && ctx.Err() == nil {
		return true, nil
	}
	return false, err
}

// movingEvery is how often a page hears how far something is.
const movingEvery = 500 * time.Millisecond

func (s *session) probe(ctx context.Context, c Probe) (Event, [][]byte, error) {
	if s.measuring != nil {
		return nil, nil, errMeasuring
	}
	f, err := s.embedding(ctx, false)
	if err != nil {
		return nil, nil, err
	}
	run, set := s.run, s.set
	model, err := run.Model(ctx)
	if err != nil {
		return nil, nil, err
	}
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
			return f.Features, nil
		}
		return Untrained{run.Config, set, s.Backend, s.busy("embedding")}.Embed(ctx, contender, of)
	}
	var e Probed
	e.Stopped, err = s.measure(ctx, func(ctx context.Context, hear func()) error {
		m.Tick = hear
		var err error
		e.Results, err = m.Results(ctx)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	if e.Results == nil {
		e.Results = []ProbeResult{}
	}
	e.Headline, e.Method = m.Headline(e.Results), m.Method
	return e, nil, nil
}
