package worker

import (
	"context"
	"errors"
	"slices"

	"autodidact/core/kernel"
	"autodidact/worker/protocol"
)

// A priority orders commands by how long they take and what they change: while one is carried out, only lesser ones are obeyed
// in between, and the others wait for its end.
type priority int

const (
	light     priority = iota // answered at once, whatever is under way
	looking                   // at most runs the encoder over the samples
	analysing                 // fits something to what the encoder makes of them: seconds to minutes
	measuring                 // trains and compares: minutes to hours
	changing                  // other data, another configuration, another run
)

func rankOf(c protocol.Command) priority {
	switch c := c.(type) {
	case protocol.Start, protocol.Add, protocol.AddSample, protocol.Clear, protocol.Omit, protocol.Mark, protocol.Configure, protocol.Load, protocol.Remedy, protocol.TakeOver:
		return changing
	case protocol.Probe, protocol.Compare:
		return measuring
	case protocol.Forecast, protocol.Anomalies, protocol.Cluster, protocol.Examine, protocol.Feed:
		return analysing
	case protocol.Embed, protocol.Map, protocol.Neighbors, protocol.Search, protocol.Label, protocol.Preview, protocol.Fill:
		return looking
	case protocol.Open:
		return changing
	case protocol.Apply:
		return looking
	case protocol.Export:
		if c.Format == "html" { // of series what is usual is fitted
			return analysing
		}
		if c.Format == "predictions" || c.Checkpoint == "" && c.Format != "labels" && c.Format != "checkpoint" {
			return looking
		}
	}
	return light
}

// A job is a command under way that takes long.
type job struct {
	rank   priority
	ctx    context.Context
	cancel context.CancelFunc
}

// errCancelled answers a command that Cancel, or a newer command, ended.
var errCancelled = errors.New("this was cancelled before it was done")

// work carries out something that takes long: waiting commands are obeyed meanwhile, whenever it calls hear.
func (s *session) work(ctx context.Context, r priority, do func(ctx context.Context) error) error {
	if n := len(s.jobs); n > 0 { // inside another: it ends with that
		ctx = s.jobs[n-1].ctx
	}
	inner, cancel := context.WithCancel(ctx)
	s.jobs = append(s.jobs, job{r, inner, cancel})
	defer func() {
		cancel()
		if s.jobs = s.jobs[:len(s.jobs)-1]; len(s.jobs) == 0 && r >= analysing {
			kernel.Trim(s.Backend)
		}
	}()
	err := do(inner)
	if errors.Is(err, context.Canceled) && s.root.Err() == nil {
		return errCancelled
	}
	return err
}

// hear lets the commands in that have arrived since. What is under way calls it every fraction of a second.
func (s *session) hear() {
	s.Tick()
	for n := len(s.jobs); n > 0 && s.jobs[n-1].ctx.Err() == nil; {
		if r, ok := s.overdue(); ok {
			s.obey(s.root, r)
			continue
		}
		select {
		case r, ok := <-s.in:
			if !ok {
				s.cancel(light)
				return
			}
			s.admit(r)
		default:
			return
		}
	}
}

// admit obeys a command that arrived while another is under way, or lets it wait. What a person wants last counts: a command
// that changes the ground ends what is measured.
func (s *session) admit(r protocol.Request) {
	rank := rankOf(r.Command)
	_, clear := r.Command.(protocol.Clear)
	switch {
	case rank == light || s.training && rank == changing || s.nests(r.Command, rank): // of a run under way, they are refused
		s.obey(s.root, r)
		return
	case clear:
		s.cancel(light)
	case rank == changing:
		s.cancel(changing)
	}
	s.waiting = append(s.waiting, r)
}

// overdue is a command that waited for something else than what is under way now, inside which it may be obeyed.
func (s *session) overdue() (r protocol.Request, ok bool) {
	at := slices.IndexFunc(s.waiting, func(w protocol.Request) bool { return s.nests(w.Command, rankOf(w.Command)) })
	if at < 0 {
		return r, false
	}
	r = s.waiting[at]
	s.waiting = slices.Delete(s.waiting, at, at+1)
	return r, true
}

// nests is whether a command may be obeyed inside the one under way: it reads what that does not change.
func (s *session) nests(c protocol.Command, r priority) bool {
	top := s.jobs[len(s.jobs)-1].rank
	if s.run == nil || top == changing || r >= top || s.training && top != measuring {
		return false
	}
	for _, w := range s.waiting {
		if rankOf(w.Command) == changing {
			return false
		}
	}
	if p, ok := c.(protocol.Preview); ok {
		return s.shows(p)
	}
	return true
}

// shows is whether a preview is of the run there is: of another it would read the samples anew.
func (s *session) shows(p protocol.Preview) bool {
	cfg, err := s.config, error(nil)
	if p.Config != nil {
		cfg, err = p.Config.Resolve()
		cfg.Missing = s.config.Missing
	}
	return err == nil && s.run != nil && s.run.Set() == s.set && s.run.Config.SameTask(cfg.Sized(s.set))
}

// cancel ends what is under way, where that is below a priority, and what waits for it; light ends all.
func (s *session) cancel(below priority) {
	for _, j := range s.jobs {
		if below == light || j.rank < below {
			j.cancel()
		}
	}
	var kept []protocol.Request
	for _, r := range s.waiting {
		if rankOf(r.Command) == changing {
			kept = append(kept, r)
		} else {
			s.Send(r.ID, failure(errCancelled))
		}
	}
	s.waiting = kept
}

// next is a command that waits, if one does.
func (s *session) next() (r protocol.Request, ok bool) {
	if len(s.waiting) == 0 {
		return r, false
	}
	r = s.waiting[0]
	s.waiting = s.waiting[1:]
	return r, true
}
