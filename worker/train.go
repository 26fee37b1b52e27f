package worker

import (
	"context"
	"errors"
	"maps"
	"time"

	"autodidact/core/kernel"
	"autodidact/core/train"
	"autodidact/worker/protocol"
	"autodidact/worker/run"
)

func (s *session) configure(ctx context.Context, c protocol.Configure, attached []any) (protocol.Event, [][]byte, error) {
	if err := s.engaged(); err != nil {
		return nil, nil, err
	}
	cfg, err := c.Config.Resolve()
	if err != nil {
		return nil, nil, err
	}
	if cfg.Missing == nil {
		cfg.Missing = s.config.Missing
	}
	s.config, s.loaded, s.id, s.taken = cfg, nil, "", nil
	return protocol.Configured{Config: cfg}, nil, nil
}

func (s *session) pause(ctx context.Context, _ protocol.Pause, attached []any) (protocol.Event, [][]byte, error) {
	if !s.training || s.paused {
		return protocol.OK{}, nil, nil
	}
	s.paused = true
	s.save(ctx)
	s.is("paused")
	return protocol.OK{}, nil, nil
}

func (s *session) resume(ctx context.Context, _ protocol.Resume, attached []any) (protocol.Event, [][]byte, error) {
	s.paused = false
	return protocol.OK{}, nil, nil
}

func (s *session) stopRun(ctx context.Context, _ protocol.Stop, attached []any) (protocol.Event, [][]byte, error) {
	s.cancel(light)
	s.stop = s.training
	return protocol.OK{}, nil, nil
}

func (s *session) cancelAll(ctx context.Context, _ protocol.Cancel, attached []any) (protocol.Event, [][]byte, error) {
	s.cancel(light)
	return protocol.OK{}, nil, nil
}

// is sends the page what the session does, when that is another thing than before.
func (s *session) is(state string) {
	if s.doing != state {
		s.doing = state
		s.Send(0, protocol.State{State: state})
	}
}

// train runs from Start to the end of the run. Between two steps it obeys what
// has arrived; while paused it waits for more.
func (s *session) train(ctx context.Context, id int, c protocol.Start) {
	if err := s.engaged(); err != nil {
		s.Send(id, failure(err))
		return
	}
	if c.Run != "" && s.loaded == nil {
		s.id = c.Run
	}
	if err := s.work(ctx, changing, s.open); err != nil {
		s.Send(id, failure(err))
		return
	}
	if s.run.Title == "" {
		s.run.Title = s.id
	}
	s.training, s.paused, s.stop = true, false, false
	s.saved, s.monitored, s.last, s.unkept, s.stored = time.Now(), monitored{}, s.id, "", -1
	if s.loaded != nil {
		s.stored = s.run.Done
	}
	well := s.doctor
	s.doctor.Watch(s.run)
	taken := s.goOn()
	if taken {
		s.doctor.Found, s.doctor.Well, s.doctor.WellAt = well.Found, well.Well, well.WellAt
	}
	s.is("training")
	if len(s.run.Aside) > 0 && !taken {
		s.Send(0, protocol.SetAside{Samples: s.run.Aside})
	}
	s.note(s.run.NewNotices())
	err := s.steps(ctx)
	s.training, s.paused = false, false
	kernel.Trim(s.Backend)
	if err != nil {
		if s.doctor.Failed(err); errors.Is(err, train.ErrDiverged) {
			s.consult(ctx, false)
		}
		s.is("failed")
		s.Send(id, failure(err))
		return
	}
	done := s.ended(ctx, s.save(ctx))
	s.loaded, s.id = nil, "" // the next Start is a new run
	s.is("idle")
	s.Send(id, done)
}

// open makes the run that Start is about: the loaded one, or a new one.
func (s *session) open(ctx context.Context) (err error) {
	from := s.loaded
	if from == nil {
		if from, err = s.beginning(ctx, s.config); err != nil {
			return err
		}
	}
	if err := s.prepare(ctx, s.config, from); err != nil {
		return err
	}
	b := run.Builder{Config: s.config, Set: s.set, Backend: s.Backend, From: from, Labels: s.given}
	if s.loaded != nil {
		s.run, err = run.Open(s.loaded, s.set, s.Backend)
	} else {
		s.run, err = b.Build()
	}
	s.features, s.fitted, s.stream = nil, nil, nil
	if s.id == "" && err == nil {
		s.id = run.NewID(s.run.Config.Task, time.Now())
		s.run.Title = s.id
	}
	return err
}

func (s *session) steps(ctx context.Context) error {
	var pace pace
	for p, err := range s.run.Steps(ctx) {
		if err != nil {
			return err
		}
		s.note(s.run.NewNotices())
		last := s.run.Done == s.run.Config.Steps
		if last {
			s.monitor(ctx)
		}
		s.Send(0, s.progress(p, &pace))
		if last || s.monitored.due() { // after the news of the step, which are not to wait for it
			if !last {
				s.monitor(ctx)
			}
			s.work(ctx, analysing, func(ctx context.Context) error { return s.consult(ctx, false) }) // if it fails, the run itself will meet the same trouble, and report it
		}
		if time.Since(s.saved) > s.Every {
			s.save(ctx)
		}
		s.Tick()
		if !s.listen(ctx) {
			return ctx.Err()
		}
	}
	return nil
}

// listen obeys waiting commands, and while paused waits for them. It returns
// false when the run is to end.
func (s *session) listen(ctx context.Context) bool {
	for !s.stop {
		s.is(map[bool]string{true: "paused", false: "training"}[s.paused])
		if r, ok := s.next(); ok {
			s.obey(ctx, r)
			continue
		}
		if s.paused {
			select {
			case r, ok := <-s.in:
				if !ok {
					return false
				}
				s.obey(ctx, r)
			case <-ctx.Done():
				return false
			}
			continue
		}
		select {
		case r, ok := <-s.in:
			if !ok {
				return false
			}
			s.obey(ctx, r)
		default:
			return ctx.Err() == nil
		}
	}
	return false
}

func (s *session) progress(p train.Progress, pace *pace) protocol.Progress {
	steps := s.run.Config.Steps
	each := pace.add(p.Took)
	e := protocol.Progress{Step: p.Step + 1, Steps: steps, Epoch: p.Epoch, Loss: p.Loss,
		Metrics: map[string]float64{"rate": float64(p.Rate), "viewsShare": p.Views.Seconds() / p.Took.Seconds()},
	}
	if each > 0 {
		e.ItemsPerSecond = float64(p.Items) / each
		e.EtaSeconds = each * float64(steps-e.Step)
	}
	if steps == 0 {
		e.EtaSeconds = s.run.Config.Minutes * 60
	}
	for _, at := range s.run.History[max(len(s.run.History)-2, 0):] { // measured after the step before this one
		maps.Copy(e.Metrics, at.Metrics)
	}
	return e
}

// pace is the recent seconds of a step, forgetting slowly.
type pace struct{ each float64 }

func (p *pace) add(took time.Duration) float64 {
	if p.each == 0 {
		p.each = took.Seconds()
	}
	p.each += 0.1 * (took.Seconds() - p.each)
	return p.each
}

// monitored remembers when the run was last looked at, and what that cost: it may
// take a twentieth of the time.
type monitored struct {
	last time.Time
	cost time.Duration
}

func (m monitored) due() bool { return time.Since(m.last) > 20*m.cost }

// monitor measures the encoder as it is by now.
func (s *session) monitor(ctx context.Context) {
	start := time.Now()
	if err := s.work(ctx, analysing, func(ctx context.Context) error { return s.run.Monitor(ctx, s.hear) }); err != nil {
		return // the run itself will meet the same trouble, and report it
	}
	s.monitored = monitored{time.Now(), time.Since(start)}
}
