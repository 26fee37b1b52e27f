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
	out.WriteString(`# What each pretext task is worth

Measured by ` + "`make study`" + `, as it came out. Every task learns for the same processor time (of one core), without labels, from the same
pictures, with its default options and encoder at 32 pixels. Then pictures it never saw are told by the labels of those it learned from (of clips, four frames together; "scratch" is asked about frames):
by the k nearest neighbours (k 20, whitened features) and by a linear probe. Below each other: bare pixels, the same encoders
before learning, and the same encoders learning from all the labels for as long ("scratch", judged by its own head).
Figures are means over seeds ± their standard deviation, in per cent; a difference smaller than two of those is none.

A few minutes are short: papers train for days. What this table says is what a person gets who waits for that long, not
what a task is worth in the end.
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
