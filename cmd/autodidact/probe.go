package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"autodidact/core/data"
	probing "autodidact/core/probe"
	"autodidact/worker"
)

// probeRun measures what a run's encoder is worth to a task with labels.
func probeRun(ctx context.Context, args []string) error {
	f := flags("probe")
	dir := f.String("run", "", "run directory")
	path := f.String("data", "", "folder of samples in a folder for each label, or a table of texts with a column named label")
	var from reading
	from.flags(f)
	test := f.String("test", "", "other samples to be asked about; by default those whose labels were not given")
	method := f.String("method", "knn", "knn, linear, or, for texts, finetune")
	labels := f.String("labels", "all", "labels given of each class: numbers and all, with commas")
	repeats := f.Int("repeats", 5, "draws of those labels")
	against := f.String("against", "", "contenders: random, raw, with commas (both by default); of finetune: scratch, raw, which is naive Bayes")
	seed := f.Uint64("seed", 1, "which labels are drawn")
	asJSON := f.Bool("json", false, "one JSON object a line")
	if err := parse(f, args, "run", "data"); err != nil {
		return err
	}
	if *against == "" {
		*against = map[bool]string{true: "scratch,raw", false: "random,raw"}[*method == "finetune"]
	}
	look, c, err := model(ctx, *dir)
	if err != nil {
		return err
	}
	j := worker.Judge{Seed: *seed, Probe: worker.Probe{Method: *method, Labels: list(*labels), Repeats: *repeats, Against: list(*against)}}
	if j.Set, err = from.read(ctx, *path, c.Size); err != nil {
		return err
	}
	bar := newBar("embedding")
	if *method == "finetune" {
		bar = newBar("fine-tuning")
		saved, err := state(ctx, *dir)
		if err != nil {
			return err
		}
		results, err := worker.FineTuning{Probe: j.Probe, Model: saved, Set: j.Set, Backend: look.Backend, Seed: *seed, Each: bar.each}.Results(ctx)
		bar.clear()
		if err != nil {
			return err
		}
		return printProbe(results, *asJSON)
	}
	if err := learned(ctx, look, j.Set, bar); err != nil {
		return err
	}
	features := func(set *data.Set) func(string) (probing.Features, error) {
		return func(contender string) (probing.Features, error) {
			if contender == "pretrained" {
				return look.Embed(ctx, set, nil, bar.each)
			}
			return worker.Untrained(ctx, contender, c, set, look.Backend, bar.each)
		}
	}
	j.Embed = features(j.Set)
	if *test != "" {
		if *against != "" && strings.Contains(*against, "raw") && j.Set.Of == data.Text {
			return fmt.Errorf("test: bags of words are compared within one set: leave out -test, or say -against random")
		}
		if j.Test, err = from.read(ctx, *test, c.Size); err != nil {
			return err
		}
		if err := learned(ctx, look, j.Test, bar); err != nil {
			return err
		}
		j.EmbedTest = features(j.Test)
	}
	results, err := j.Results()
	bar.clear()
	if err != nil {
		return err
	}
	return printProbe(results, *asJSON)
}

func list(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}

func printProbe(results []worker.ProbeResult, asJSON bool) error {
	if asJSON {
		out := json.NewEncoder(os.Stdout)
		for _, r := range results {
			line := struct {
				Event string `json:"event"`
				worker.ProbeResult
			}{"probe", r}
			if err := out.Encode(line); err != nil {
				return err
			}
		}
		return nil
	}
	fmt.Printf("%-8s %-12s %6s  %8s  %-14s %s\n", "method", "encoder", "labels", "accuracy", "95 % band", "behind pretrained, points")
	for _, r := range results {
		n := "all"
		if r.Labels > 0 {
			n = fmt.Sprint(r.Labels)
		}
		behind := ""
		if a := r.Ahead; a != nil {
			behind = fmt.Sprintf("%.1f (%.1f to %.1f)", 100*a.Mean, 100*a.Low, 100*a.High)
		}
		fmt.Printf("%-8s %-12s %6s  %7.1f%%  %-14s %s\n", r.Method, r.Encoder, n, 100*r.Accuracy, fmt.Sprintf("%.1f to %.1f", 100*r.Low, 100*r.High), behind)
	}
	return nil
}
