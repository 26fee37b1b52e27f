package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"autodidact"
)

// scoreShare is how many times what scoring cost last must have been spent training before it is done again: it takes a
// tenth of the time at most.
const scoreShare = 10

// A trainer takes a run to its end, and shows how far it is.
type trainer struct {
	run    *autodidact.Run
	bar    *bar
	looked time.Time     // when it was last scored
	cost   time.Duration // of that
	scored string        // what it came to, for the bar
	found  []autodidact.Finding
}

// train takes the run to its end, or to ctx's, and saves it.
func (t *trainer) train(ctx context.Context) error {
	t.looked = time.Now()
	err := t.steps(ctx)
	t.bar.clear()
	if err != nil {
		if stopped, is := errors.AsType[*autodidact.StoppedError](err); is {
			return fmt.Errorf("%s; -resume continues", stopped.Error())
		}
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
	if err := t.run.Save(); err != nil { // with the score in its curve; without it, it is saved already
		if !errors.Is(err, autodidact.ErrFull) {
			return err
		}
		fmt.Fprintln(os.Stderr, err)
	}
	for _, f := range t.found {
		fmt.Fprintf(os.Stderr, "%s: %s. %s\n", f.Title, f.Evidence, f.Remedy)
	}
	return nil
}

// steps trains to the end of the run. What a first Ctrl-C lets finish is a step with its save.
func (t *trainer) steps(ctx context.Context) error {
	giveBack := hold()
	defer func() { giveBack() }()
	for p, err := range t.run.Steps(ctx) {
		t.tell(p)
		if err != nil {
			return err
		}
		if !p.Saved || ctx.Err() != nil || time.Since(t.looked) < max(autodidact.SaveEvery, scoreShare*t.cost) {
			continue
		}
		giveBack()
		err := t.score(ctx)
		giveBack = hold()
		if err != nil && ctx.Err() == nil {
			return err
		}
	}
	return nil
}

// tell draws how far the run is, and reports what is to be said.
func (t *trainer) tell(p autodidact.Progress) {
	if len(p.Notices) > 0 {
		t.bar.clear()
	}
	for _, n := range p.Notices {
		if n.Code == autodidact.DiskFull {
			fmt.Fprintln(os.Stderr, n.Reason)
			continue
		}
		stdout.notice(n)
	}
	t.bar.draw(p.Step, p.Steps, p.ItemsPerSecond, p.Left.Seconds(), fmt.Sprintf("  loss %.3f", p.Loss)+t.scored)
}

// score evaluates the run: on held-out samples, and by the diagnostics. What it finds is reported
// when the run ends. It ends with ctx.
func (t *trainer) score(ctx context.Context) error {
	start := time.Now()
	defer func() { t.looked, t.cost = time.Now(), time.Since(start) }()
	s, err := t.run.Evaluate(ctx)
	if err != nil {
		return err
	}
	t.found = s.Findings
	if a, ok := s.Metrics["accuracy"]; ok {
		t.scored = fmt.Sprintf("  accuracy %.0f %% (most frequent token %.0f %%)", 100*a, 100*s.Metrics["baseAccuracy"])
	} else if held, ok := s.Metrics["heldOut"]; ok {
		t.scored = fmt.Sprintf("  validation loss %.3f", held)
	}
	return nil
}
