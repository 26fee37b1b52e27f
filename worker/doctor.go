package worker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/probe"
	"autodidact/core/train"
)

// healthy is the Config.From of what a run was when the doctor last found nothing grave.
const healthy = "healthy"

// A Doctor watches a run: it remembers what it found, and how all was when it was well.
type Doctor struct {
	Found  []Finding
	Well   *checkpoint.State // the weights when nothing grave was found last, as a run is saved; nil if that was never
	WellAt int               // and the step

	run     *Run
	slow    Vitals    // what takes long to measure: questions, labels, duplicates
	slowAt  int       // the step that was measured after
	resting time.Time // until when it is not measured again: it may take a twentieth of the time
	trouble error     // that ended the run
}

// Watch makes r the run that is watched. What a run was when it was well is kept for one that begins with it.
func (d *Doctor) Watch(r *Run) {
	well, at := d.Well, d.WellAt
	if r.Config.From != healthy {
		well, at = nil, 0
	}
	*d = Doctor{run: r, Well: well, WellAt: at}
}

// Keep remembers the weights of the run, which is being saved, if it is well. Moments are not needed: a remedied run begins anew.
func (d *Doctor) Keep(s *checkpoint.State) {
	if d.run == nil || d.run.Done < settled {
		return
	}
	for _, f := range d.Found {
		if f.Grave {
			return
		}
	}
	well := &checkpoint.State{Meta: maps.Clone(s.Meta), Tensors: maps.Clone(s.Tensors)}
	for name := range well.Tensors {
		if !strings.HasPrefix(name, "model.") {
			delete(well.Tensors, name)
		}
	}
	d.Well, d.WellAt = well, d.run.Done
}

// Ticks is about how many times Monitor and a thorough Examine call their ticks, for progress to be shown by.
func Ticks(set *data.Set) int {
	looks := (min(set.Len(), monitorSamples) + 63) / 64
	return 3*looks + len(probe.Cues) + 4 + set.Len()/500
}

// slowly is how many times in a run that is measured which takes long.
const slowly = 4

// Examine looks at the run, which was monitored just now. What takes long it measures a few times in a run, or thoroughly at
// once; labels are those that may tell of shortcuts, by sample.
func (d *Doctor) Examine(ctx context.Context, labels []string, thoroughly bool, tick func()) error {
	r := d.run
	defer kernel.Trim(r.backend)
	if d.slow.Before == (Before{}) {
		var err error
		if d.slow.Before, err = r.before(ctx, tick); err != nil {
			return err
		}
	}
	if thoroughly || r.Done >= slow && r.Done-d.slowAt >= max(slow, r.until()/slowly) && time.Now().After(d.resting) {
		var err error
		start := time.Now()
		if d.slow.Questions, err = r.questioned(ctx); err != nil {
			return err
		}
		tick()
		if d.slow.Labels, err = r.labelCues(ctx, labels, tick); err != nil {
			return err
		}
		if d.slow.Duplicates, err = r.duplicates(ctx, tick); err != nil {
			return err
		}
		d.slowAt, d.resting = r.Done, time.Now().Add(20*time.Since(start))
	}
	v := r.vitals()
	v.Questions, v.Labels, v.Duplicates, v.Before = d.slow.Questions, d.slow.Labels, d.slow.Duplicates, d.slow.Before
	v.Fill = r.set.FillValues()
	v.Diverged = errors.Is(d.trouble, train.ErrDiverged)
	d.Found = Diagnose(v)
	return nil
}

// consult lets the doctor look, and tells the page what it says.
func (s *session) consult(ctx context.Context, thoroughly bool) error {
	if s.doctor.run != s.run {
		s.doctor.Watch(s.run)
	}
	if err := s.doctor.Examine(ctx, s.known(), thoroughly, s.hear); err != nil {
		return err
	}
	s.Send(0, s.examined())
	return nil
}

// examined is what the doctor says.
func (s *session) examined() Examined {
	d := s.doctor
	e := Examined{Findings: d.Found, Checked: looked(), Healthy: d.WellAt}
	if s.run != nil {
		e.Step = s.run.Done
	}
	if e.Findings == nil {
		e.Findings = []Finding{}
	}
	return e
}

func (s *session) examine(ctx context.Context) (Event, [][]byte, error) {
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

// remedy does what the doctor says of a finding: the next run has that change, and begins as this one was when it was well.
func (s *session) remedy(c Remedy) (Event, [][]byte, error) {
	if err := s.engaged(); err != nil {
		return nil, nil, err
	}
	var finding *Finding
	for i, f := range s.doctor.Found {
		if f.Code == c.Code {
			finding = &s.doctor.Found[i]
		}
	}
	if finding == nil || finding.Change == nil && len(finding.Omit) == 0 {
		return nil, nil, &ConfigError{"code", fmt.Sprintf("the doctor has no remedy for %q that could be taken here", c.Code)}
	}
	was := s.doctor.run.Config
	cfg, err := was, error(nil)
	if finding.Change != nil {
		if cfg, err = cfg.with(*finding.Change); err != nil {
			return nil, nil, err
		}
	}
	if cfg.Minutes > 0 && cfg.Steps == was.Steps {
		cfg.Steps = 0 // worked out from the minutes, it will be again
	}
	cfg.From = ""
	if s.doctor.Well != nil {
		cfg.From = healthy
	}
	if cfg, err = cfg.Resolve(); err != nil {
		return nil, nil, err
	}
	if finding.Change != nil && finding.Change.Missing != nil {
		cfg.From = "" // those weights learned of other readings
		if _, _, err := s.mark(Mark{cfg.Missing}); err != nil {
			return nil, nil, err
		}
	}
	if len(finding.Omit) > 0 {
		if cfg.Batch == s.doctor.run.from.Len() {
			cfg.Batch = 0 // it took all there are, and there will be fewer
		}
		if _, _, err := s.omit(Omit{Names: finding.Omit}); err != nil {
			return nil, nil, err
		}
	}
	s.config, s.loaded, s.id = cfg, nil, ""
	return Configured{Config: cfg}, nil, nil
}

// beginning is the state that a new run begins with, if c names one.
func (s *session) beginning(ctx context.Context, c Config) (*checkpoint.State, error) {
	switch c.From {
	case "":
		return nil, nil
	case healthy:
		if s.doctor.Well == nil {
			return nil, &MisfitError{"there is no run here that was well: choose another one to begin with, or none"}
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
