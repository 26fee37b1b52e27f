package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/probe"
	"autodidact/worker/evaluate"
	"autodidact/worker/kind"
	"autodidact/worker/protocol"
	"autodidact/worker/run"
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

func (s *session) probe(ctx context.Context, c protocol.Probe, attached []any) (protocol.Event, [][]byte, error) {
	var model *checkpoint.State
	f, err := s.embedding(ctx, false)
	if err == nil {
		model, err = s.run.Model(ctx)
	}
	if stopped, err := partly(err); stopped || err != nil {
		return protocol.Probed{Results: []evaluate.Result{}, Method: c.Method, Stopped: stopped}, nil, err
	}
	config, set := s.run.Config, s.set
	m := &evaluate.Evaluation{Plan: c.Plan, Model: model, Set: set, Backend: s.Backend, Seed: config.Seed, Tick: s.hear,
		Each: func(d evaluate.Progress) {
			s.Send(0, protocol.Probing{Result: d.Result, Done: d.Done, Total: d.Total, EtaSeconds: d.Left.Seconds()})
		}}
	m.Note = func(n data.Rejected) { s.note([]data.Rejected{n}) }
	var sent time.Time
	m.Moving = func(share float64, left time.Duration) {
		if time.Since(sent) > movingEvery {
			sent = time.Now()
			s.Send(0, protocol.Busy{What: "measuring", Done: int(1000 * share), Total: 1000, EtaSeconds: left.Seconds()})
		}
	}
	if c.Given {
		m.Given = s.given.Of(set)
	}
	m.Embed = func(ctx context.Context, contender string, of *data.Set) (probe.Features, error) {
		if contender == "pretrained" {
			return f.Features.WithContext(ctx, s.hear), nil
		}
		f, err := run.UntrainedFeatures(ctx, config, set, of, s.Backend, s.busy("embedding"))
		return f.WithContext(ctx, s.hear), err
	}
	var e protocol.Probed
	e.Results, err = m.Results(ctx)
	if e.Stopped, err = partly(err); err != nil {
		return nil, nil, err
	}
	if e.Results == nil {
		e.Results = []evaluate.Result{}
	}
	e.Headline, e.Method = m.Summary(e.Results), m.Method
	return e, nil, nil
}

func (s *session) compare(ctx context.Context, c protocol.Compare, attached []any) (protocol.Event, [][]byte, error) {
	if err := s.engaged(); err != nil {
		return nil, nil, err
	}
	if s.set.Len() == 0 {
		return nil, nil, fmt.Errorf("%w: there are no samples to learn from; add some", data.ErrTooFew)
	}
	like := s.config
	if like.Kind != s.set.Of && kind.TraitsOf(s.set.Of).Parts == "" { // it was for other data, whose sizes say nothing of these
		like = run.Config{Seed: like.Seed}
	}
	comparison := evaluate.Comparison{Tasks: c.Tasks, Minutes: c.Minutes, Steps: c.Steps, Config: like, Set: s.set, Labels: s.known(), Backend: s.Backend,
		Tick: s.hear, Each: func(e evaluate.Standing) { s.Send(0, protocol.Comparing{Standing: e}) }}
	ranking, err := comparison.Run(ctx)
	s.note(comparison.Notices)
	_, err = partly(err)
	return protocol.Compared{Ranking: ranking}, nil, err
}
