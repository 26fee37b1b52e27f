package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel/cpu"
	"autodidact/worker/diagnose"
	"autodidact/worker/run"
)

// doctor diagnoses a run: what may be wrong, and how to fix it.
func doctor(ctx context.Context, args []string) error {
	f := flags("doctor")
	dir := f.String("run", "", "run directory")
	path := f.String("data", "", "the samples it was trained on")
	var from reading
	from.flags(f)
	asJSON := f.Bool("json", false, "one JSON object a line")
	if err := parse(f, args, "run", "data"); err != nil {
		return err
	}
	store := checkpoint.Directory(*dir)
	saved, err := store.Load(ctx, checkpointID)
	if err != nil {
		return fmt.Errorf("run %s: %w", *dir, store.Remedied(ctx, err))
	}
	c, err := run.ConfigOf(saved)
	if err != nil {
		return err
	}
	d, err := from.as(c.Missing).read(ctx, *path, c.Size)
	if err != nil {
		return err
	}
	set := d.Set()
	tokens := newBar("tokenizing")
	if err := run.Prepare(ctx, c, saved, set, tokens.each); err != nil {
		return err
	}
	tokens.clear()
	run, err := run.Open(saved, set, cpu.New())
	if err != nil {
		return err
	}
	stdout.notice(run.Notices...)
	found, err := examined(ctx, run, set)
	if err != nil {
		return err
	}
	if *asJSON {
		for _, f := range found {
			line := struct {
				Event string `json:"event"`
				diagnose.Finding
			}{"finding", f}
			if err := json.NewEncoder(stdout).Encode(line); err != nil {
				return err
			}
		}
		return nil
	}
	fmt.Fprint(stdout, prescription(found, *dir, *path, c))
	return nil
}

// examined is what the doctor finds in a run, with its progress.
func examined(ctx context.Context, run *run.Run, set *data.Set) ([]diagnose.Finding, error) {
	bar := newBar("examining")
	defer bar.clear()
	tick := func() { bar.tick(diagnose.Ticks(set)) }
	if err := run.Monitor(ctx, tick); err != nil {
		return nil, err
	}
	var d diagnose.Doctor
	d.Watch(run)
	err := d.Examine(ctx, set.Labels, true, tick)
	return d.Found, err
}

// prescription is findings in words, each with the command that fixes it.
func prescription(found []diagnose.Finding, dir, path string, c run.Config) string {
	var out strings.Builder
	for _, f := range found {
		mark := "note"
		if f.Grave {
			mark = "serious"
		}
		fmt.Fprintf(&out, "%s (%s): %s.\n  %s\n", f.Title, mark, f.Evidence, f.Remedy)
		if len(f.Omit) > 0 {
			some := f.Omit[:min(len(f.Omit), 8)]
			fmt.Fprintf(&out, "  Copies: %s", strings.Join(some, ", "))
			if more := len(f.Omit) - len(some); more > 0 {
				fmt.Fprintf(&out, " and %d more", more)
			}
			fmt.Fprintln(&out)
		}
		if f.Change != nil {
			from := ""
			if _, err := os.Stat(filepath.Join(dir, healthyFile)); err == nil && f.Change.Missing == nil {
				from = " -from " + quoted(filepath.Join(dir, healthyFile))
			}
			fmt.Fprintf(&out, "  autodidact pretrain -task %s -data %s -out NEW%s%s\n", c.Task, quoted(path), from, changed(f.Change, c.Missing))
		}
	}
	if len(found) == 0 {
		return "No problems found.\n"
	}
	return out.String()
}

// changed is a change as flags, with the readings that count as missing already, unless it names others.
func changed(c *run.Config, missing []data.Missing) string {
	var out strings.Builder
	if c.Missing != nil {
		missing = c.Missing
	}
	if c.Rate > 0 {
		fmt.Fprintf(&out, " -rate %.3g", c.Rate)
	}
	if c.Steps > 0 {
		fmt.Fprintf(&out, " -steps %d", c.Steps)
	}
	for _, m := range writtenMissing(missing) {
		fmt.Fprintf(&out, " -missing %s", quoted(m))
	}
	options := map[string]json.RawMessage{}
	if len(c.Options) > 0 && json.Unmarshal(c.Options, &options) == nil {
		for _, name := range slices.Sorted(maps.Keys(options)) {
			fmt.Fprintf(&out, " -option %s=%s", name, options[name])
		}
	}
	return out.String()
}

func quoted(path string) string {
	if strings.ContainsAny(path, " '\"$`\\()[]{}<>|&;*?#~!") {
		return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	}
	return path
}
