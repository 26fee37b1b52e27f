package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"autodidact/core/checkpoint"
	"autodidact/core/train"
	"autodidact/worker/diagnose"
	"autodidact/worker/run"
)

const (
	// saveEvery is how much work a crash may cost.
	saveEvery = 30 * time.Second
	// scoreShare is how many times what scoring cost last must have been spent training before it is done again: it takes a
	// tenth of the time at most.
	scoreShare = 10
	// retryFor is how long a run that has ended waits for room to save it, and retryEvery how often it looks.
	retryFor, retryEvery = 10 * time.Minute, 2 * time.Second
)

// A trainer takes a run to its end, saving as it goes. What it saves is saved before it is scored, which may take long.
type trainer struct {
	run   *run.Run
	store checkpoint.Store
	log   *log
	bar   *bar
	loss  float32

	doctor diagnose.Doctor
	labels []string // of the samples, which only the doctor looks at

	stored  int           // the step of the latest checkpoint; -1 if there is none
	rescued bool          // that checkpoint is damaged: the one before is not to be given up for it
	full    bool          // the disk was, when it was last saved
	again   time.Duration // how long it waits for room in the end

	tried  time.Time     // when it was last saved, or was to be
	looked time.Time     // when it was last scored
	cost   time.Duration // of that
	scored string        // what it came to, for the bar
}

// train takes the run to its end, or to ctx's, and saves it.
func (t *trainer) train(ctx context.Context) error {
	if n := len(t.run.History); n > 0 {
		t.loss = t.run.History[n-1].Loss
	}
	t.tried, t.looked = time.Now(), time.Now()
	if err := t.steps(ctx); err != nil {
		return err
	}
	t.bar.clear()
	if err := t.finish(ctx); err != nil {
		return err
	}
	switch err := t.score(ctx); {
	case ctx.Err() != nil:
		notef("the last evaluation", "it was stopped; the run is done, and saved")
		return nil
	case err != nil:
		return err
	}
	defer hold()()
	if err := t.keep(); err != nil { // with the score in its curve; without it, it is saved already
		return err
	}
	return t.tellFound()
}

// steps trains to the end of the run.
func (t *trainer) steps(ctx context.Context) error {
	giveBack := hold()
	defer func() { giveBack() }()
	// The step under way when Ctrl-C comes is finished, so the run itself is not interrupted.
	for p, err := range t.run.Steps(context.WithoutCancel(ctx)) {
		if err != nil {
			return err
		}
		if fresh := t.run.NewNotices(); len(fresh) > 0 {
			t.bar.clear()
			stdout.notice(fresh...)
		}
		if err := t.report(p); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return t.stop()
		}
		if time.Since(t.tried) < saveEvery {
			continue
		}
		if err := t.keep(); err != nil {
			return err
		}
		if time.Since(t.looked) < max(saveEvery, scoreShare*t.cost) {
			continue
		}
		giveBack()
		err := t.score(ctx)
		giveBack = hold()
		switch {
		case ctx.Err() != nil:
			return t.stop()
		case err != nil:
			return err
		}
	}
	return nil
}

// stop saves the run, unless that was just done, and says how to go on.
func (t *trainer) stop() error {
	t.bar.clear()
	if t.stored != t.run.Done {
		if err := t.save(); err != nil {
			return t.unsaved(err)
		}
	}
	return fmt.Errorf("stopped after step %d and saved; -resume continues", t.run.Done)
}

// unsaved is the error of a save, with what there still is.
func (t *trainer) unsaved(err error) error {
	still := "nothing was saved before"
	if t.stored >= 0 {
		still = fmt.Sprintf("the checkpoint of step %d is still there", t.stored)
	}
	return fmt.Errorf("step %d could not be saved: %w; %s", t.run.Done, err, still)
}

// keep saves the run. A full disk does not end it: that is reported once, and the next save is tried in its turn.
func (t *trainer) keep() error {
	t.tried = time.Now()
	err := t.save()
	if !errors.Is(err, checkpoint.ErrFull) {
		t.full = false
		return err
	}
	if !t.full {
		t.bar.clear()
		fmt.Fprintf(os.Stderr, "%v. Training continues, and saving is tried again every %v: make room on the disk\n", t.unsaved(err), saveEvery)
	}
	t.full = true
	return nil
}

// finish saves the run, which has ended, and its model. While the disk is full it waits for room.
func (t *trainer) finish(ctx context.Context) error {
	defer hold()()
	noted := false
	for began := time.Now(); ; {
		err := t.save()
		if err == nil {
			err = t.put(modelID, t.run.Model)
		}
		switch {
		case err == nil:
			return nil
		case !errors.Is(err, checkpoint.ErrFull) || ctx.Err() != nil || time.Since(began) > t.again:
			return t.unsaved(err)
		case !noted:
			fmt.Fprintf(os.Stderr, "%v. The run is done: make room on the disk; saving is tried again for %v; Ctrl-C gives up\n", t.unsaved(err), t.again)
		}
		noted = true
		select {
		case <-time.After(min(retryEvery, t.again)):
		case <-ctx.Done():
		}
	}
}

// save writes everything the run goes on from, and, if it is well, its weights for a remedy to begin with.
func (t *trainer) save() error {
	ctx := context.Background() // a save is finished even after Ctrl-C
	state, err := t.run.State(ctx)
	if err != nil {
		return err
	}
	if d, ok := t.store.(checkpoint.Directory); ok && !t.rescued && t.stored != t.run.Done {
		d.Keep(checkpointID, previousID)
	}
	if _, err := t.store.Save(ctx, checkpointID, state); err != nil {
		return err
	}
	t.stored, t.rescued = t.run.Done, false
	if t.doctor.Keep(state); t.doctor.Well != nil && t.doctor.WellAt == t.run.Done {
		_, err = t.store.Save(ctx, healthyID, t.doctor.Well)
	}
	return err
}

func (t *trainer) put(id string, make func(context.Context) (*checkpoint.State, error)) error {
	state, err := make(context.Background())
	if err == nil {
		_, err = t.store.Save(context.Background(), id, state)
	}
	return err
}

// score evaluates the run: on held-out samples, and by the diagnostics. What it finds is reported
// when the run ends. It ends with ctx.
func (t *trainer) score(ctx context.Context) error {
	start := time.Now()
	defer func() { t.looked, t.cost = time.Now(), time.Since(start) }()
	if err := t.run.Monitor(ctx, nil); err != nil {
		return err
	}
	if err := t.doctor.Examine(ctx, t.labels, false, func() {}); err != nil {
		return err
	}
	if len(t.run.History) == 0 { // nothing was learned
		return nil
	}
	m := t.run.History[len(t.run.History)-1].Metrics
	if a, ok := m["accuracy"]; ok {
		t.scored = fmt.Sprintf("  accuracy %.0f %% (most frequent token %.0f %%)", 100*a, 100*m["baseAccuracy"])
		return t.log.write(scoreEvent{"score", t.run.Done, a, m["perplexity"], m["baseAccuracy"], m["basePerplexity"]})
	}
	if r, ok := m["heldOut"]; ok {
		t.scored = fmt.Sprintf("  validation loss %.3f", r)
		return t.log.write(heldOutEvent{"score", t.run.Done, r, m["learned"]})
	}
	return nil
}

// tellFound reports what the diagnostics found.
func (t *trainer) tellFound() error {
	for _, f := range t.doctor.Found {
		fmt.Fprintf(os.Stderr, "%s: %s. %s\n", f.Title, f.Evidence, f.Remedy)
		if err := t.log.write(findingEvent{"finding", t.run.Done, f}); err != nil {
			return err
		}
	}
	return nil
}

func (t *trainer) report(p train.Progress) error {
	t.loss = p.Loss
	rate, total := float64(p.Items)/p.Took.Seconds(), t.run.Config.Steps
	eta := float64(total-t.run.Done) * p.Took.Seconds()
	t.bar.draw(t.run.Done, total, rate, max(eta, 0), fmt.Sprintf("  loss %.3f", p.Loss)+t.scored)
	return t.log.write(stepEvent{"step", t.run.Done, p.Epoch, p.Loss, rate, max(eta, 0)})
}
