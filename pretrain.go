package autodidact

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"time"

	"autodidact/core/checkpoint"
	"autodidact/core/kernel/cpu"
	"autodidact/core/train"
	"autodidact/worker/diagnose"
	"autodidact/worker/kind"
	"autodidact/worker/report"
	"autodidact/worker/run"
)

const (
	// SaveEvery is how often a run in a directory is saved: what a crash may cost.
	SaveEvery = 30 * time.Second
	// retryFor is how long a run that has ended waits for room to save it, and retryEvery how often it looks.
	retryFor, retryEvery = 10 * time.Minute, 2 * time.Second
)

// DiskFull is the Code of a notice that a run could not be saved, because the disk is full.
const DiskFull = "disk-full"

// A Run is one training. [Pretrain] makes one in memory, [Dir.Pretrain] and [Dir.Resume] one that is saved as it goes. One goroutine
// works with it at a time.
type Run struct {
	run  *run.Run
	data *Data
	news []Rejected
	last Progress
	done bool // and saved, if it is

	doctor diagnose.Doctor

	path    string
	store   checkpoint.Store // nil of a run in memory
	log     *log             // nil of a run in memory
	stored  int              // the step of the latest checkpoint; -1 if there is none
	rescued bool             // that checkpoint is damaged: the one before is not to be given up for it
	full    bool             // the disk was, when it was last saved
	tried   time.Time        // when it was last saved, or was to be
	again   time.Duration    // how long it waits for room in the end
	unkept  error            // of the save of a run whose loop was left
}

// Progress is how far a run is.
type Progress struct {
	Step  int // steps done
	Steps int // of so many; 0 while it is not known how many fit into Config.Minutes
	Epoch int // passes over the data done

	Loss           float32       // of the step, on its batch
	ItemsPerSecond float64       // samples
	Left           time.Duration // until the last step, at the pace of this one

	Saved   bool       // the run was saved after this step, or the disk has no room for that
	Notices []Rejected // what is to be said since the last Progress
}

// Pretrain makes a run of a [Config] on samples, in memory. Nothing is trained before [Run.Steps].
//
// Texts become tokens here, which takes a while. A Config that cannot be is a [*ConfigError]; too few samples, and samples of
// another kind than the task takes, are errors too.
func Pretrain(ctx context.Context, data *Data, c Config) (*Run, error) {
	asked, err := c.run()
	if err != nil {
		return nil, err
	}
	plan, err := c.resolved()
	if err != nil {
		return nil, err
	}
	var first *checkpoint.State
	if c.From != nil {
		first = c.From.state
	}
	if data, err = prepared(ctx, data, plan, first); err != nil {
		return nil, err
	}
	inner, err := run.Builder{Config: asked, Set: data.set, Backend: cpu.New(), From: first}.Build()
	if err != nil {
		return nil, err
	}
	return newRun(inner, data), nil
}

// prepared is samples as encoders of c read them. saved, if it is not nil, has the vocabulary.
func prepared(ctx context.Context, data *Data, c run.Config, saved *checkpoint.State) (*Data, error) {
	if err := data.Usable(); err != nil {
		return nil, err
	}
	if !kind.TraitsOf(data.Kind()).Trains([]Kind{c.Kind}) {
		return nil, report.Mismatch("task %s learns from samples of kind %s; these are of kind %s", c.Task, c.Kind, data.Kind())
	}
	data, err := data.For(ctx, c.Size)
	if err != nil {
		return nil, err
	}
	return data, run.Prepare(ctx, c, saved, data.set, data.how.each("tokenizing"))
}

func newRun(inner *run.Run, data *Data) *Run {
	r := &Run{run: inner, data: data, stored: -1, again: retryFor}
	r.doctor.Watch(inner)
	r.last = Progress{Step: inner.Done, Steps: inner.Config.Steps}
	if n := len(inner.History); n > 0 {
		r.last.Loss = inner.History[n-1].Loss
	}
	return r
}

// Config is that of the run, with its defaults filled in.
func (r *Run) Config() Config {
	c, _ := configOf(r.run.Config) // what Resolve took can be read
	return c
}

// Data is the samples that it trains on: those it was given, or the same decoded for the size of its encoder.
func (r *Run) Data() *Data { return r.data }

// Progress is how far it is.
func (r *Run) Progress() Progress { return r.last }

// LeftOut are samples that the task cannot use, and why.
func (r *Run) LeftOut() []Rejected { return r.run.Aside }

// Notices are what a person should know that came since it was called last: what was taken over from another model, what was changed.
func (r *Run) Notices() []Rejected {
	some := append(r.news, r.run.NewNotices()...)
	r.news = nil
	return some
}

// Steps trains to the end of the run, one step a pull. A run in a directory is saved every [SaveEvery], and at its end, with its model;
// while the disk is full it waits there, for ten minutes at most, and says so by a Progress without a new step.
//
// When ctx ends, the step under way is finished, the run is saved, and the last error is a [*StoppedError]. Leaving the loop saves it
// too. After an error there is nothing more: of a loss that is no number it is [ErrDiverged]. Calling Steps again goes on from where
// the run stands.
func (r *Run) Steps(ctx context.Context) iter.Seq2[Progress, error] {
	return func(yield func(Progress, error) bool) {
		r.tried = time.Now()
		for p, err := range r.run.Steps(context.WithoutCancel(ctx)) {
			if err == nil {
				err = r.step(p)
			}
			if !yield(r.now(), err) {
				r.left(err)
				return
			}
			if err != nil {
				return
			}
			if ctx.Err() != nil {
				err := r.stop(ctx.Err())
				yield(r.now(), err)
				return
			}
		}
		if err := r.finish(ctx, func() bool { return yield(r.now(), nil) }); err != nil {
			yield(r.now(), err)
		}
	}
}

// step notes a step that was made, and saves it if that is due.
func (r *Run) step(p train.Progress) error {
	rate, total := float64(p.Items)/p.Took.Seconds(), r.run.Config.Steps
	left := max(float64(total-r.run.Done)*p.Took.Seconds(), 0)
	r.last = Progress{Step: r.run.Done, Steps: total, Epoch: p.Epoch, Loss: p.Loss, ItemsPerSecond: rate, Left: time.Duration(left * float64(time.Second))}
	if err := r.write(stepEvent{"step", r.run.Done, p.Epoch, p.Loss, rate, left}); err != nil {
		return err
	}
	if r.store != nil && time.Since(r.tried) >= SaveEvery {
		r.last.Saved = true
		if err := r.keep(); err != nil {
			return err
		}
	}
	return nil
}

// now is the Progress of the last step, with what came since the one before.
func (r *Run) now() Progress {
	p := r.last
	p.Notices, r.last.Saved = r.Notices(), false
	return p
}

// write adds a line to the log.
func (r *Run) write(event any) error {
	lacks, err := r.log.write(event)
	r.news = append(r.news, lacks...)
	return err
}

// A StoppedError is the end of a run before its last step. It wraps the error of the context.
type StoppedError struct {
	Step  int  // the last one
	Saved bool // that it is in the run's directory
	Err   error
}

func (e *StoppedError) Error() string {
	return fmt.Sprintf("stopped after step %d%s", e.Step, map[bool]string{true: " and saved"}[e.Saved])
}

func (e *StoppedError) Unwrap() error { return e.Err }

// stop saves the run, unless that was just done, or it is in memory.
func (r *Run) stop(why error) error {
	if r.store == nil {
		return &StoppedError{r.run.Done, false, why}
	}
	if r.stored != r.run.Done {
		if err := r.save(); err != nil {
			return r.unsaved(err)
		}
	}
	return &StoppedError{r.run.Done, true, why}
}

// left saves a run whose loop was left without an error, and its model if that was the last step.
func (r *Run) left(err error) {
	if err != nil || r.store == nil {
		return
	}
	if r.stored != r.run.Done {
		err = r.save()
	}
	if err == nil && r.run.Done >= r.run.Until() {
		err = r.put(checkpoint.ModelID, r.run.Model)
		r.done = err == nil
	}
	if err != nil {
		r.unkept = r.unsaved(err)
	}
}

// unsaved is the error of a save, with what there still is.
func (r *Run) unsaved(err error) error {
	still := "nothing was saved before"
	if r.stored >= 0 {
		still = fmt.Sprintf("the checkpoint of step %d is still there", r.stored)
	}
	return fmt.Errorf("step %d could not be saved: %w; %s", r.run.Done, err, still)
}

// tellFull says that the disk is full.
func (r *Run) tellFull(err error, format string, a ...any) {
	r.news = append(r.news, Rejected{Name: r.path, Code: DiskFull, Reason: r.unsaved(err).Error() + fmt.Sprintf(format, a...)})
}

// keep saves the run. A full disk does not end it: that is reported once, and the next save is tried in its turn.
func (r *Run) keep() error {
	r.tried = time.Now()
	err := r.save()
	if !errors.Is(err, checkpoint.ErrFull) {
		r.full = false
		return err
	}
	if !r.full {
		r.tellFull(err, ". Training continues, and saving is tried again every %v: make room on the disk", SaveEvery)
	}
	r.full = true
	return nil
}

// finish saves the run, which has ended, and its model. While the disk is full it waits for room, and tells so once.
func (r *Run) finish(ctx context.Context, tell func() bool) error {
	noted := false
	for began := time.Now(); r.store != nil; {
		err := r.save()
		if err == nil {
			err = r.put(checkpoint.ModelID, r.run.Model)
		}
		if err == nil {
			break
		}
		if !errors.Is(err, checkpoint.ErrFull) || ctx.Err() != nil || time.Since(began) > r.again {
			return r.unsaved(err)
		}
		if !noted {
			r.tellFull(err, ". The run is done: make room on the disk; saving is tried again for %v; Ctrl-C gives up", r.again)
			if !tell() { // nobody waits any more
				r.unkept = r.unsaved(err)
				return nil
			}
		}
		noted = true
		select {
		case <-time.After(min(retryEvery, r.again)):
		case <-ctx.Done():
		}
	}
	r.done = true
	return nil
}

// Save saves the run in its directory now, with the scores of [Run.Evaluate]. A full disk is [ErrFull]; the checkpoint before stays.
func (r *Run) Save() error {
	if r.store == nil {
		return errors.New("the run is in memory: Dir.Pretrain makes one that can be saved")
	}
	if err := r.save(); err != nil {
		return r.unsaved(err)
	}
	return nil
}

// save writes everything the run goes on from, and, if it is well, its weights for a remedy to begin with.
func (r *Run) save() error {
	ctx := context.Background() // a save is finished even after Ctrl-C
	state, err := r.run.State(ctx)
	if err != nil {
		return err
	}
	if d, ok := r.store.(checkpoint.Directory); ok && !r.rescued && r.stored != r.run.Done {
		d.Keep(checkpoint.RunID, checkpoint.PreviousID)
	}
	if _, err := r.store.Save(ctx, checkpoint.RunID, state); err != nil {
		return err
	}
	r.stored, r.rescued = r.run.Done, false
	if r.doctor.Keep(state); r.doctor.Well != nil && r.doctor.WellAt == r.run.Done {
		_, err = r.store.Save(ctx, checkpoint.HealthyID, r.doctor.Well)
	}
	return err
}

func (r *Run) put(id string, make func(context.Context) (*checkpoint.State, error)) error {
	state, err := make(context.Background())
	if err == nil {
		_, err = r.store.Save(context.Background(), id, state)
	}
	return err
}

// Model is the encoder as it is by now, a copy: training on does not change it.
func (r *Run) Model(ctx context.Context) (*Model, error) {
	s, err := r.run.Model(ctx)
	if err != nil {
		return nil, err
	}
	return newModel("", s)
}

// close ends the log: if the run is done, with what was found and that it is done.
func (r *Run) close() error {
	if r.log == nil {
		return r.unkept
	}
	var err error
	if r.done {
		for _, f := range r.doctor.Found {
			err = errors.Join(err, r.write(findingEvent{"finding", r.run.Done, f}))
		}
		err = errors.Join(err, r.write(doneEvent{"done", r.run.Done, r.last.Loss, r.run.Seconds, filepath.Join(r.path, checkpoint.ModelID+checkpoint.Ext)}))
	}
	return errors.Join(r.unkept, err, r.log.Close())
}
