package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"autodidact/core/kernel/cpu"
	"autodidact/pretext"

	"autodidact/worker/evaluate"
	"autodidact/worker/kind"
	"autodidact/worker/run"
)

// compare trains several tasks for the same time on the same data, and ranks them.
func compare(ctx context.Context, args []string) error {
	f := flags("compare")
	path := f.String("data", "", "samples")
	var from reading
	from.flags(f)
	tasks := f.String("tasks", "", "tasks, separated by commas; by default all for this kind of data")
	minutes := f.Float64("minutes", 0.5, "training time of each task")
	steps := f.Int("steps", 0, "or: training steps of each task")
	encoder := f.String("encoder", "", "network to train, for tasks that can train it")
	size := f.Int("size", 0, "pixels on a side of an image, tokens of a text, or rows of a window")
	batch := f.Int("batch", 0, "batch size")
	seed := f.Uint64("seed", 1, "random seed of the runs")
	asJSON := f.Bool("json", false, "one JSON object a line")
	if err := errors.Join(parse(f, args, "data"), together(f, "minutes", "steps")); err != nil {
		return err
	}
	d, err := from.read(ctx, *path, *size)
	if err != nil {
		return err
	}
	set := d.Set()
	names := list(*tasks)
	for _, t := range pretext.Catalog {
		meant := kind.TraitsOf(set.Of).Trains(t.Kinds)
		if *tasks == "" && meant {
			names = append(names, t.Name)
		}
	}
	bar := newBar("comparing")
	c := evaluate.Comparison{Tasks: names, Minutes: *minutes, Steps: *steps, Set: set, Backend: cpu.New(),
		Config: run.Config{Encoder: *encoder, Size: *size, Batch: *batch, Seed: *seed},
		Each: func(e evaluate.Standing) {
			done, rate := int(1000*e.Done), 1000*e.Done/max(time.Since(bar.began).Seconds(), 1e-3)
			bar.draw(done, 1000, rate, e.Left, "  "+e.Task)
			bar.report(progressEvent{"progress", e.Task, done, 1000, rate, e.Left})
		}}
	compared, err := c.Run(ctx)
	bar.clear()
	stdout.notice(c.Notices...)
	stopped := errors.Is(err, context.Canceled)
	if err != nil && !stopped {
		return err
	}
	if err := printCompared(compared, *asJSON); err != nil {
		return err
	}
	if stopped {
		return errors.New("stopped before all tasks were compared")
	}
	return nil
}

func printCompared(compared evaluate.Ranking, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(stdout).Encode(struct {
			Event string `json:"event"`
			evaluate.Ranking
		}{"compared", compared})
	}
	fmt.Fprintf(stdout, "%-14s %6s %8s  %-20s %-20s %s\n", "task", "steps", "loss", "effective rank", "retrieval", "kNN accuracy")
	for _, e := range compared.Entries {
		if e.Trouble != "" {
			fmt.Fprintf(stdout, "%-14s %s\n", e.Task, e.Trouble)
			continue
		}
		accuracy := ""
		if e.KNN != nil {
			accuracy = share(*e.KNN)
		}
		fmt.Fprintf(stdout, "%-14s %6d %8.3f  %-20s %-20s %s\n", e.Task, e.Steps, e.Loss,
			fmt.Sprintf("%.1f (%.1f to %.1f)", e.Rank.Mean, e.Rank.Low, e.Rank.High), share(e.Stable), accuracy)
	}
	_, err := fmt.Fprintln(stdout, "\n"+strings.TrimSpace(compared.Words))
	return err
}

func share(b evaluate.Band) string {
	return fmt.Sprintf("%.0f %% (%.0f to %.0f)", 100*b.Mean, 100*b.Low, 100*b.High)
}
