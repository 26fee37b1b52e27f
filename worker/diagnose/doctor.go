// Package diagnose is the doctor: it measures a run, and says what may be wrong with it and what to do.
package diagnose

import (
	"context"
	"errors"
	"maps"
	"strings"
	"time"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/probe"
	"autodidact/core/train"
	"autodidact/worker/kind"
	"autodidact/worker/run"
)

// Healthy is the Config.From of what a run was when the doctor last found nothing grave.
const Healthy = "healthy"

// A Doctor watches a run: it remembers what it found, and how all was when it was well.
type Doctor struct {
	Found  []Finding
	Well   *checkpoint.State // the weights when nothing grave was found last, as a run is saved; nil if that was never
	WellAt int               // and the step

	run     *run.Run
	slow    Vitals    // what takes long to measure: shortcuts, duplicates
	slowAt  int       // the step that was measured after
	resting time.Time // until when it is not measured again: it may take a twentieth of the time
	trouble error     // that ended the run
}

// Watch makes r the run that is watched. What a run was when it was well is kept for one that begins with it.
func (d *Doctor) Watch(r *run.Run) {
	well, at := d.Well, d.WellAt
	if r.Config.From != Healthy {
		well, at = nil, 0
	}
	*d = Doctor{run: r, Well: well, WellAt: at}
}

// Keep remembers the weights of the run, which is being saved, if it is well. Moments are not needed: a remedied run begins anew.
func (d *Doctor) Keep(s *checkpoint.State) {
	if d.run == nil || d.run.Done < minJudged {
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
	looks := (min(set.Len(), run.MonitorSamples) + 63) / 64
	return 3*looks + len(probe.Cues) + 4 + set.Len()/500
}

// slowly is how many times in a run that is measured which takes long.
const slowly = 4

// Examine looks at the run, which was monitored just now. What takes long it measures a few times in a run, or thoroughly at
// once; labels, by sample, may be predictable by shortcuts.
func (d *Doctor) Examine(ctx context.Context, labels []string, thoroughly bool, tick func()) error {
	r := d.run
	defer kernel.Trim(r.Backend())
	if d.slow.Before == (Before{}) {
		var err error
		if d.slow.Before, err = before(ctx, r, tick); err != nil {
			return err
		}
	}
	if thoroughly || r.Done >= minTrend && r.Done-d.slowAt >= max(minTrend, r.Until()/slowly) && time.Now().After(d.resting) {
		var err error
		start := time.Now()
		if d.slow.Task, err = taskCues(ctx, r); err != nil {
			return err
		}
		tick()
		if d.slow.Labels, err = labelCues(ctx, r, labels, tick); err != nil {
			return err
		}
		if d.slow.Duplicates, err = kind.Of(r.Set().Of).Duplicates(ctx, r.Embedder(), r.Set(), tick); err != nil {
			return err
		}
		d.slowAt, d.resting = r.Done, time.Now().Add(20*time.Since(start))
	}
	v := vitalsOf(r)
	v.Task, v.Labels, v.Duplicates, v.Before = d.slow.Task, d.slow.Labels, d.slow.Duplicates, d.slow.Before
	v.Fill = r.Set().FillValues()
	v.Diverged = errors.Is(d.trouble, train.ErrDiverged)
	d.Found = Diagnose(v)
	return nil
}

// Run is the run that is watched; nil if there is none.
func (d *Doctor) Run() *run.Run { return d.run }

// Follow makes r, which is the watched run in another trainer, the run that is watched.
func (d *Doctor) Follow(r *run.Run) { d.run = r }

// Failed notes what ended the run.
func (d *Doctor) Failed(trouble error) { d.trouble = trouble }
