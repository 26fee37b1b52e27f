package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"autodidact/core/kernel/cpu"
	"autodidact/e2e/bench/workload"
)

// benched are the workloads by the names that people call them.
var benched = []struct{ name, of string }{{"simclr", "w1"}, {"mlm", "w2"}, {"forecast", "w3"}}

// benchRounds is how many rounds of a second a workload is trained for.
const benchRounds = 7

// bench says how fast this machine trains.
func bench(ctx context.Context, args []string) error {
	f := flags("bench")
	only := f.String("workload", "", "simclr, mlm or forecast; all three by default")
	asJSON := f.Bool("json", false, "one JSON object a line")
	if err := parse(f, args); err != nil {
		return err
	}
	if *only != "" && !slices.ContainsFunc(benched, func(b struct{ name, of string }) bool { return b.name == *only }) {
		return wrong(f, "no workload named %q; there are simclr, mlm and forecast", *only)
	}
	for _, one := range benched {
		if *only != "" && one.name != *only {
			continue
		}
		bar := newBar(one.name)
		pace, err := workload.All[one.of]().Rounds(ctx, cpu.New(), benchRounds, bar.each)
		bar.clear()
		if err != nil {
			return err
		}
		pace.Workload = one.name
		if err := printPace(pace, *asJSON); err != nil {
			return err
		}
	}
	return nil
}

func printPace(p workload.Pace, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(stdout).Encode(struct {
			Event string `json:"event"`
			workload.Pace
			SIMD string `json:"simd"`
		}{"bench", p, cpu.SIMD()})
	}
	_, err := fmt.Fprintf(stdout, "%-9s %8.1f %s/s  (%.1f to %.1f in %d rounds, %d threads, SIMD: %s)  %s\n", p.Workload, p.Median, p.Unit, p.Low, p.High, p.Rounds, p.Threads, cpu.SIMD(), p.Line)
	return err
}
