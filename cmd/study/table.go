package main

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"
)

// table writes the results as Markdown: one section for each set and budget, a line for each task.
func table(all []result) string {
	var out strings.Builder
	out.WriteString(`# Pretext tasks compared

Written by ` + "`make study`" + `. Every task trains for the same processor time (of one core), without labels, on the same images, with its default options and encoder at 32 pixels.
The table shows the accuracy on a test set, in per cent: of kNN (k 20, whitened features) and of a linear probe on the frozen features, both with all training labels. A clip's features are the mean of those of four frames; for clips, "scratch" is tested on single frames.

- "raw": raw pixels, without an encoder.
- "random": the same encoders with random weights, untrained.
- "scratch": the same encoders, supervised from scratch on all labels for the same time; accuracy of the network's own head.

Figures are means over seeds ± standard deviation. A difference of less than two standard deviations may be chance.

A few minutes are short: papers train for days. These figures are what you get if you wait that long, not what a task can reach.
`)
	for _, group := range groups(all) {
		r := group[0]
		fmt.Fprintf(&out, "\n## %s, %g minutes a run\n\n", r.Set, r.Minutes)
		out.WriteString("| | encoder | kNN | linear probe | own head | steps | seeds |\n|---|---|---|---|---|---|---|\n")
		var tasks []string // in the order they were measured
		for _, r := range group {
			if !slices.Contains(tasks, r.Task) {
				tasks = append(tasks, r.Task)
			}
		}
		for _, task := range tasks {
			var runs []result
			for _, r := range group {
				if r.Task == task {
					runs = append(runs, r)
				}
			}
			if len(runs) == 0 {
				continue
			}
			column := func(f func(result) float64) string { return spread(runs, f) }
			name, _, _ := strings.Cut(task, " ")
			fmt.Fprintf(&out, "| %s | %s | %s | %s | %s | %s | %d |\n", name, runs[0].Encoder,
				column(func(r result) float64 { return 100 * r.KNN }), column(func(r result) float64 { return 100 * r.Linear }),
				column(func(r result) float64 { return 100 * r.Direct }), steps(runs), len(runs))
		}
		fmt.Fprintf(&out, "\nMeasured %s.\n", r.Date)
	}
	return out.String()
}

// groups parts results by set and budget, in the order they first come in.
func groups(all []result) (out [][]result) {
	for _, r := range all {
		at := slices.IndexFunc(out, func(g []result) bool { return g[0].Set == r.Set && g[0].Minutes == r.Minutes })
		if at < 0 {
			out, at = append(out, nil), len(out)
		}
		out[at] = append(out[at], r)
	}
	return out
}

func spread(runs []result, f func(result) float64) string {
	var xs []float64
	for _, r := range runs {
		if v := f(r); v != 0 {
			xs = append(xs, v)
		}
	}
	switch len(xs) {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("%.1f", xs[0])
	}
	mean, std := stat.MeanStdDev(xs, nil)
	return fmt.Sprintf("%.1f ± %.1f", mean, std)
}

func steps(runs []result) string {
	var sum float64
	for _, r := range runs {
		sum += float64(r.Steps) / float64(len(runs))
	}
	if sum == 0 {
		return ""
	}
	return fmt.Sprint(math.Round(sum))
}
