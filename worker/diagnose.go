package worker

import (
	"context"
	"fmt"

	"autodidact/core/checkpoint"
	"autodidact/worker/diagnose"
	"autodidact/worker/protocol"
	"autodidact/worker/report"
	"autodidact/worker/run"
)

// consult lets the doctor look, and sends the page what it says.
func (s *session) consult(ctx context.Context, thoroughly bool) error {
	if s.doctor.Run() != s.run {
		s.doctor.Watch(s.run)
	}
	if err := s.doctor.Examine(ctx, s.known(), thoroughly, s.hear); err != nil {
		return err
	}
	s.Send(0, s.examined())
	return nil
}

// examined is what the doctor says.
func (s *session) examined() protocol.Examined {
	d := s.doctor
	e := protocol.Examined{Findings: d.Found, Checked: diagnose.Checked(), Healthy: d.WellAt}
	if s.run != nil {
		e.Step = s.run.Done
	}
	if e.Findings == nil {
		e.Findings = []diagnose.Finding{}
	}
	return e
}

func (s *session) examine(ctx context.Context, _ protocol.Examine, attached []any) (protocol.Event, [][]byte, error) {
	if _, err := s.embedding(ctx, true); err != nil { // there is a run, and data
		return nil, nil, err
	}
	if !s.training {
		if err := s.monitorNow(ctx); err != nil {
			return nil, nil, err
		}
	}
	if err := s.consult(ctx, true); err != nil {
		return nil, nil, err
	}
	return s.examined(), nil, nil
}

// The next run has the change that the doctor proposes, and begins as this one was when it was well.
func (s *session) remedy(ctx context.Context, c protocol.Remedy, attached []any) (protocol.Event, [][]byte, error) {
	if err := s.engaged(); err != nil {
		return nil, nil, err
	}
	var finding *diagnose.Finding
	for i, f := range s.doctor.Found {
		if f.Code == c.Code {
			finding = &s.doctor.Found[i]
		}
	}
	if finding == nil || finding.Change == nil && len(finding.Omit) == 0 {
		return nil, nil, report.BadField("code", "the doctor has no remedy for %q that could be taken here", c.Code)
	}
	cfg, err := s.remedied(finding)
	if err != nil {
		return nil, nil, err
	}
	if finding.Change != nil && finding.Change.Missing != nil {
		cfg.From = "" // those weights learned of other readings
		if _, _, err := s.mark(ctx, protocol.Mark{Missing: cfg.Missing}, nil); err != nil {
			return nil, nil, err
		}
	}
	if len(finding.Omit) > 0 {
		if cfg.Batch == s.doctor.Run().Source().Len() {
			cfg.Batch = 0 // it took all there are, and there will be fewer
		}
		if _, _, err := s.omit(ctx, protocol.Omit{Names: finding.Omit}, nil); err != nil {
			return nil, nil, err
		}
	}
	s.config, s.loaded, s.id = cfg, nil, ""
	return protocol.Configured{Config: cfg}, nil, nil
}

// remedied is the configuration of the watched run with what a finding changes.
func (s *session) remedied(finding *diagnose.Finding) (cfg run.Config, err error) {
	was := s.doctor.Run().Config
	cfg = was
	if finding.Change != nil {
		if cfg, err = cfg.With(*finding.Change); err != nil {
			return cfg, err
		}
	}
	if cfg.Minutes > 0 && cfg.Steps == was.Steps {
		cfg.Steps = 0 // worked out from the minutes, it will be again
	}
	cfg.From = ""
	if s.doctor.Well != nil {
		cfg.From = diagnose.Healthy
	}
	return cfg.Resolve()
}

// beginning is the state that a new run begins with, if c names one.
func (s *session) beginning(ctx context.Context, c run.Config) (*checkpoint.State, error) {
	switch c.From {
	case "":
		return nil, nil
	case diagnose.Healthy:
		if s.doctor.Well == nil {
			return nil, report.Mismatch("there is no run here that was well: choose another one to begin with, or none")
		}
		return s.doctor.Well, nil
	}
	state, err := s.Store.Load(ctx, c.From)
	if err != nil {
		return nil, fmt.Errorf("what the run is to begin from: %w", err)
	}
	return state, nil
}

// monitorNow measures the encoder once more, if anything was learned since.
func (s *session) monitorNow(ctx context.Context) error {
	if n := len(s.run.History); n == 0 || len(s.run.History[n-1].Metrics) > 0 {
		return nil
	}
	return s.run.Monitor(ctx, s.hear)
}
