package run

import (
	"slices"

	"autodidact/worker/kind"
	"autodidact/worker/report"
)

// How many steps a run takes: as many as it is asked for, or as its epochs, its minutes or its samples come to.

// measured is how many steps a run with a budget of minutes times before it
// knows how many there will be. The first, which fills pools, does not count.
const measured = 6

// plan turns epochs, or how many samples there are, into steps. A run with a budget of minutes plans itself after
// a few measured steps; from then on its length is fixed, so that it can be resumed.
func (r *Run) plan() {
	c := &r.Config
	switch {
	case c.Steps > 0:
	case c.Epochs > 0:
		c.Steps = c.Epochs * (r.from.Len() / c.Batch)
	default:
		c.Steps = r.enough()
	}
}

// enough is how many steps the samples are worth; 0 if that is not known.
func (r *Run) enough() int {
	task := r.Config.spec()
	if task.Steps == nil {
		return 0
	}
	readings := 0
	for i := range r.from.Len() {
		if s, err := r.from.At(i); err == nil {
			readings += s.X.Shape.Size()
		}
	}
	return task.Steps(readings, r.from.Len())
}

// budget turns minutes into steps by the median of the measured ones, which one slow
// step does not sway.
func (r *Run) budget() {
	if r.Done < measured {
		return
	}
	times := slices.Sorted(slices.Values(r.times[min(1, len(r.times)-1):]))
	step := times[len(times)/2]
	r.Config.Steps = max(measured, int(r.Config.Minutes*60/step))
	if most := max(measured, r.enough()); most > measured && most < r.Config.Steps {
		r.Notices = append(r.Notices, report.Notice("length", "it trains %d steps, not the %d that %g minutes allow: %s to learn from are few, and more steps on these would teach no more",
			most, r.Config.Steps, r.Config.Minutes, report.Count(r.from.Len(), kind.NounOf(r.set))))
		r.Config.Steps = most
	}
}

// Until is how many steps the run will have, or those that are measured where that is not known yet.
func (r *Run) Until() int {
	if r.Config.Steps == 0 {
		return measured
	}
	return r.Config.Steps
}
