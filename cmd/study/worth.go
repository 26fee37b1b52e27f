package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"autodidact/core/data"
	"autodidact/core/kernel/cpu"
	"autodidact/worker/evaluate"
	"autodidact/worker/run"
)

// A worth is the label efficiency on one of the sample sets, with five random label samples.
type worth struct {
	Set      string            `json:"set"`
	Task     string            `json:"task"`
	Encoder  string            `json:"encoder"`
	Minutes  float64           `json:"minutes"`
	Steps    int               `json:"steps"`
	Samples  int               `json:"samples"`
	Classes  int               `json:"classes"`
	Results  []evaluate.Result `json:"results"`
	Headline string            `json:"headline"`
	Date     string            `json:"date"`
	RawDate  string            `json:"rawDate,omitempty"` // of "raw", where it was measured anew
}

// worthSets are the sample sets, each with the task that the page proposes for it.
var worthSets = []struct{ set, task string }{
	{"emoji", "simclr"}, {"clips", "frameorder"}, {"texts", "maskedlm"}, {"weather", "forecast"},
}

// worthLabels are the numbers of labels of each class that are tried.
var worthLabels = []string{"1", "2", "5", "10", "20", "50", "all"}

// measureWorth trains on each set for so many minutes and measures the label efficiency; a set that is in the log already is not
// measured again.
func measureWorth(ctx context.Context, minutes float64, log, table string) error {
	done, err := readLog[worth](log)
	if err != nil {
		return err
	}
next:
	for _, s := range worthSets {
		for _, w := range done {
			if w.Set == s.set && w.Minutes == minutes {
				continue next
			}
		}
		w, err := worthOf(ctx, s.set, s.task, minutes)
		if err != nil {
			return fmt.Errorf("set %s: %w", s.set, err)
		}
		fmt.Fprintf(os.Stderr, "%s: %s\n", s.set, w.Headline)
		if err := keep(log, w); err != nil {
			return err
		}
		done = append(done, w)
	}
	return os.WriteFile(table, []byte(worthTable(done)), 0o644)
}

func worthOf(ctx context.Context, name, task string, minutes float64) (worth, error) {
	w := worth{Set: name, Task: task, Minutes: minutes, Date: time.Now().Format(time.DateOnly)}
	set, err := whole(ctx, name)
	if err != nil {
		return w, err
	}
	c, err := run.Config{Task: task, Kind: set.Of, Minutes: minutes}.Resolve()
	if err != nil {
		return w, err
	}
	if err := run.Prepare(ctx, c, nil, set, nil); err != nil {
		return w, err
	}
	b := cpu.New()
	run, err := run.New(c, set, b)
	if err != nil {
		return w, err
	}
	for _, err := range run.Steps(ctx) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return w, err
		}
	}
	model, err := run.Model(ctx)
	if err != nil {
		return w, err
	}
	w.Encoder, w.Steps, w.Samples, w.Classes = c.Encoder, run.Done, set.Len(), len(set.Classes())
	m := evaluate.Evaluation{Plan: evaluate.Plan{Method: "linear", Labels: worthLabels, Repeats: 5, Against: []string{"scratch", "random", "raw"}},
		Model: model, Set: set, Backend: b, Seed: 1, Each: func(d evaluate.Progress) {
			fmt.Fprintf(os.Stderr, "\r%s: %d of %d, %v left   ", name, d.Done, d.Total, d.Left.Round(time.Second))
		}}
	if w.Results, err = m.Results(ctx); err != nil {
		return w, err
	}
	fmt.Fprintln(os.Stderr)
	w.Headline = m.Summary(w.Results)
	return w, nil
}

// lead is by how much ours is ahead of another, in points; without a band where the two were measured apart.
func lead(ours, other evaluate.Result) string {
	if a := other.Ahead; a != nil {
		return fmt.Sprintf("%.1f (%.1f to %.1f)", 100*a.Mean, 100*a.Low, 100*a.High)
	}
	return fmt.Sprintf("%.1f, means only", 100*(ours.Accuracy-other.Accuracy))
}

// worthTable writes the results as Markdown: a section for each set, a line for each number of labels.
func worthTable(all []worth) string {
	var out strings.Builder
	out.WriteString(`# Label efficiency

Written by ` + "`make worth`" + `. On each sample set an encoder is trained without labels, with the task that the page suggests and all defaults. The table shows accuracy in per cent on a test set, a fifth of the
samples (for series the last fifth in time), by the number of labels per class:

- "pretrained": logistic regression on the frozen encoder's features (linear probe).
- "scratch": the same network, supervised from scratch on those labels alone.
- "random": logistic regression on the features of the untrained encoder.
- "raw": the best classical baseline without an encoder, chosen for each label sample by cross-validation on the given labels. For texts: TF-IDF with logistic regression or complement naive Bayes, or word counts with
  multinomial naive Bayes (vocabulary and idf from all texts, without labels). For images: logistic regression on HOG, colour histograms, both, or pixels (for a clip the mean of four frames). For series: MiniRocket
  with ridge regression, or 1-NN by Euclidean distance or DTW, of series as they are or each normalised. The last column names the one chosen most often.

All get the same labels and the same test set. Five random label samples; in brackets the 95 % confidence interval of the mean. "ahead" is the lead of pretrained over the best of the others in
percentage points, with the interval of that difference: if it contains zero, the lead may be chance.

A few minutes of training are short. These figures are what you get if you wait that long.
`)
	for _, w := range all {
		fmt.Fprintf(&out, "\n## %s: %s, %s\n\n%s\n\n", w.Set, w.Task, w.Encoder, w.Headline)
		out.WriteString("| labels per class | pretrained | scratch | random | raw | ahead of the best other | chosen as raw |\n|---|---|---|---|---|---|---|\n")
		for _, label := range worthLabels {
			row := map[string]evaluate.Result{}
			for _, r := range w.Results {
				if fmt.Sprint(r.Labels) == label || r.Labels == 0 && label == "all" {
					row[r.Encoder] = r
				}
			}
			if len(row) == 0 {
				continue
			}
			best := evaluate.Result{Accuracy: -1}
			for _, c := range []string{"scratch", "random", "raw"} {
				if row[c].Accuracy > best.Accuracy {
					best = row[c]
				}
			}
			figure := func(c string) string {
				r := row[c]
				return fmt.Sprintf("%.1f (%.1f to %.1f)", 100*r.Accuracy, 100*r.Low, 100*r.High)
			}
			fmt.Fprintf(&out, "| %s | %s | %s | %s | %s | %s | %s |\n", label, figure("pretrained"), figure("scratch"), figure("random"), figure("raw"),
				lead(row["pretrained"], best), row["raw"].Baseline)
		}
		unit := "samples"
		if strings.Contains(w.Set, "weather") || w.Set == "hourly" {
			unit = string(data.Series) + " windows"
		}
		fmt.Fprintf(&out, "\n%d %s, %d classes; %g minutes, %d steps; measured %s.\n", w.Samples, unit, w.Classes, w.Minutes, w.Steps, w.Date)
		if w.RawDate != "" {
			fmt.Fprintf(&out, "\"raw\" was measured again on %s, on the same labels and test sets; the others were not, so the difference to it has no interval.\n", w.RawDate)
		}
	}
	return out.String()
}
