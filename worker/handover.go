package worker

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"autodidact/core/checkpoint"
	"autodidact/worker/diagnose"
	"autodidact/worker/kind"
	"autodidact/worker/label"
	"autodidact/worker/protocol"
	"autodidact/worker/report"
	"autodidact/worker/run"
)

// A browser never takes back memory that a trainer had: another trainer takes this one's place now and then. The page gives
// it the same data, and then what HandOver answered.

// elsewhere is the latest run of a session whose data are gone: it can be exported and looked through.
type elsewhere struct{ run, model *checkpoint.State }

// handOver answers what a session that takes this one's place needs. A run under way waits from then on, until it is
// resumed: the page does that when the other session could not be made.
func (s *session) handOver(ctx context.Context, _ protocol.HandOver, attached []any) (protocol.Event, [][]byte, error) {
	if why := s.staying(); why != "" {
		return nil, nil, &report.MismatchError{Reason: why}
	}
	h := protocol.Handed{Config: s.config, Run: s.id, Last: s.last, Stored: s.stored, Unkept: s.unkept, Given: s.given, Unsaved: !s.unsaved.IsZero(),
		Noted: s.noted, Found: s.doctor.Found, WellAt: s.doctor.WellAt, Training: s.training, States: []string{}}
	if s.set.Len() > 0 {
		h.Print = s.set.Fingerprint()
	}
	states, err := s.states(ctx)
	if err != nil {
		return nil, nil, err
	}
	var beside [][]byte
	for _, name := range slices.Sorted(maps.Keys(states)) {
		var buf bytes.Buffer
		if err := checkpoint.Encode(&buf, states[name]); err != nil {
			return nil, nil, err
		}
		h.States, beside = append(h.States, name), append(beside, buf.Bytes())
	}
	s.paused = s.training
	return protocol.HandedOver{Handed: h}, beside, nil
}

// staying says why no other session can take this one's place now, "" if one can.
func (s *session) staying() string {
	switch {
	case !s.training && len(s.jobs) > 0 || len(s.waiting) > 0: // beside a run, what monitors it may be
		return "something is being measured"
	case s.training && (s.paused || s.stop):
		return "the run is paused"
	case s.training && s.run.Config.Steps == 0:
		return "how long the run will be is not known yet"
	case s.stream != nil:
		return "rows of readings are being followed"
	}
	return ""
}

// states are those that travel.
func (s *session) states(ctx context.Context) (map[string]*checkpoint.State, error) {
	states := map[string]*checkpoint.State{}
	put := func(name string, x *checkpoint.State) {
		if x != nil {
			states[name] = x
		}
	}
	put("well", s.doctor.Well)
	if s.elsewhere != nil {
		put("run", s.elsewhere.run)
		put("model", s.elsewhere.model)
	}
	if !s.training {
		put("loaded", s.loaded)
	}
	if s.run == nil || s.run.Done == 0 {
		return states, nil
	}
	run, err := s.run.State(ctx)
	if err != nil {
		return nil, err
	}
	model, err := s.run.Model(ctx)
	put("run", run)
	put("model", model)
	return states, err
}

// takeOver makes this session, which has the same data, go on where another one stood. Start goes on with its run if one
// was under way.
func (s *session) takeOver(ctx context.Context, c protocol.TakeOver, attached []any) (protocol.Event, [][]byte, error) {
	if err := s.engaged(); err != nil {
		return nil, nil, err
	}
	states, err := decoded(c.States, attached)
	if err != nil {
		return nil, nil, err
	}
	s.config, s.id, s.last, s.stored, s.unkept = c.Config, c.Run, c.Last, c.Stored, c.Unkept
	if s.given = c.Given; s.given == nil {
		s.given = label.Labels{}
	}
	if c.Unsaved {
		s.unsaved = time.Now()
	}
	s.noted, s.loaded = c.Noted, states["loaded"]
	s.doctor = diagnose.Doctor{Found: c.Found, Well: states["well"], WellAt: c.WellAt}
	kind.Of(s.set.Of).Cut(s.set, s.viewSize(), c.Config.Missing)
	if c.Print != "" && s.set.Fingerprint() != c.Print {
		return nil, nil, run.ErrOtherData
	}
	return protocol.OK{}, nil, s.takeRun(ctx, c, states["run"], states["model"])
}

// takeRun takes the latest run, if there was one: to go on with it, or to look through it.
func (s *session) takeRun(ctx context.Context, c protocol.TakeOver, saved, model *checkpoint.State) error {
	switch {
	case saved == nil:
		return nil
	case c.Training:
		s.loaded, s.taken = saved, &c.Handed
		return nil
	case s.set.Len() == 0 || run.Fingerprint(saved) == "" || run.Fingerprint(saved) != c.Print:
		s.elsewhere = &elsewhere{saved, model}
		return nil
	}
	was, err := run.ConfigOf(saved)
	if err != nil {
		return err
	}
	if err := s.prepare(ctx, was, saved); err != nil {
		return err
	}
	if s.run, err = run.Open(saved, s.set, s.Backend); err == nil {
		s.doctor.Follow(s.run)
	}
	return err
}

// goOn is for a run that was under way in another session: what the page heard there it knows.
func (s *session) goOn() (taken bool) {
	h := s.taken
	if h == nil || s.loaded == nil {
		return false
	}
	s.stored, s.unkept, s.taken = h.Stored, h.Unkept, nil
	return true
}

// throughElsewhere makes a run that looks at the data there is with the encoder of a run on others.
func (s *session) throughElsewhere(ctx context.Context) error {
	from := s.elsewhere.run
	c, err := run.ConfigOf(from)
	if err != nil {
		return err
	}
	c.Batch = min(c.Batch, max(2, s.set.Len()))
	if err := s.prepare(ctx, c, from); err != nil {
		return err
	}
	through, err := run.Builder{Config: c, Set: s.set, Backend: s.Backend, From: from, Labels: s.given}.Build()
	if err == nil {
		s.run, s.features, s.fitted = through, nil, nil
	}
	return err
}

// decoded are states that travelled as bytes.
func decoded(names []string, attached []any) (map[string]*checkpoint.State, error) {
	if len(names) != len(attached) {
		return nil, fmt.Errorf("worker: takeOver names %d states and brings %d", len(names), len(attached))
	}
	states := map[string]*checkpoint.State{}
	for i, name := range names {
		raw, ok := attached[i].([]byte)
		if !ok {
			return nil, fmt.Errorf("worker: takeOver takes bytes, not %T", attached[i])
		}
		var err error
		if states[name], err = checkpoint.Decode(bytes.NewReader(raw)); err != nil {
			return nil, err
		}
	}
	return states, nil
}
