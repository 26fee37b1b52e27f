package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"autodidact"
	"autodidact/core/data"
	"autodidact/core/kernel/cpu"
	"autodidact/worker/evaluate"
	"autodidact/worker/label"
)

// probeRun measures label efficiency: a run's accuracy by number of labels, beside baselines.
func probeRun(ctx context.Context, args []string) error {
	f := flags("probe")
	dir := f.String("run", "", "run directory")
	path := f.String("data", "", "samples in a folder for each label, or a table with a column named label")
	var from reading
	from.flags(f)
	table := f.String("labels-from", "", "file.csv with a column of names and one of labels, instead of the labels in -data; several labels of a sample are separated by |")
	test := f.String("test", "", "test set; by default a fifth of -data, another one in each repeat")
	method := f.String("method", "knn", "knn, linear (linear probe: logistic regression), centroid (nearest class mean), finetune (fine-tuning), or, for images, fixmatch (semi-supervised fine-tuning with the unlabelled samples)")
	labels := f.String("labels", "all", "labels per class: numbers and all, separated by commas")
	repeats := f.Int("repeats", 5, "random label samples")
	against := f.String("against", "", "baselines, separated by commas: scratch (the same network, supervised from scratch), random (the untrained encoder), raw (the best classical baseline, whatever -method: TF-IDF, HOG, DTW and others, chosen by cross-validation on the given labels); random,raw by default, scratch,raw for finetune and fixmatch")
	decay := f.Float64("layer-decay", 0, "for finetune: learning rate of each layer relative to the next; 0.8 by default")
	freeze := f.Float64("freeze", 0, "for finetune: fraction of the layers, from the first on, that are frozen")
	confusion := f.Bool("confusion", false, "print the confusion matrix with the most labels")
	seed := f.Uint64("seed", 1, "random seed of the label samples")
	asJSON := f.Bool("json", false, "one JSON object a line")
	if err := parse(f, args, "run", "data"); err != nil {
		return err
	}
	if *against == "" {
		*against = map[bool]string{true: "scratch,raw", false: "random,raw"}[*method == "finetune" || *method == "fixmatch"]
	}
	for _, name := range []string{"layer-decay", "freeze"} {
		if given(f, name) && *method != "finetune" {
			return wrong(f, "-%s is for -method finetune, not for %s", name, *method)
		}
	}
	if !(*decay >= 0 && *decay <= 1) || !(*freeze >= 0 && *freeze <= 1) {
		return fmt.Errorf("-layer-decay and -freeze must lie between 0 and 1; they are %g and %g", *decay, *freeze)
	}
	trained, err := model(ctx, *dir)
	if err != nil {
		return err
	}
	c := trained.Config()
	m := evaluate.Evaluation{Plan: evaluate.Plan{Method: *method, Labels: list(*labels), Repeats: *repeats, Against: list(*against)},
		Model: trained.State(), Backend: cpu.New(), Seed: *seed, Tuning: evaluate.Tuning{Decay: float32(*decay), Freeze: float32(*freeze)}}
	if err := readProbed(ctx, &m, from.as(c.Missing), c.Size, *path, *test, *table); err != nil {
		return err
	}
	m.Note = func(n data.Rejected) { stdout.notice(n) }
	looking := newBar("embedding")
	m.Busy = looking.each
	out := newProbeTable(*asJSON)
	m.Each = out.add
	m.Moving = out.moving
	results, err := m.Results(ctx)
	out.bar.clear()
	if err != nil {
		return err
	}
	return out.end(m.Summary(results), results, *confusion)
}

// readProbed reads the samples of -data and -test, and the labels of -labels-from.
func readProbed(ctx context.Context, m *evaluate.Evaluation, from reading, size int, path, test, table string) error {
	d, err := from.read(ctx, path, size)
	if err != nil {
		return err
	}
	m.Set = d.Set()
	if test != "" {
		tested, err := from.read(ctx, test, size)
		if err != nil {
			return err
		}
		m.Test = tested.Set()
	}
	if table != "" {
		if m.Given, err = labelsFrom(table, d); err != nil {
			return err
		}
	}
	if m.Test != nil && m.Test.Of != m.Set.Of {
		return fmt.Errorf("-data has samples of kind %s, and -test of kind %s", m.Set.Of, m.Test.Of)
	}
	return nil
}

// labelsFrom reads labels by name, and reports names that no sample has.
func labelsFrom(path string, d *autodidact.Data) ([]string, error) {
	given, missing, err := d.LabelsFrom(path)
	if err != nil {
		return nil, err
	}
	labels := label.Labels(given).Of(d.Set())
	if n := len(missing); n > 0 {
		some := strings.Join(missing[:min(n, 5)], ", ")
		if n > 5 {
			some += fmt.Sprintf(" and %d more", n-5)
		}
		notef(path, "%d of %d labels name no sample: %s", n, len(given), some)
	}
	return labels, nil
}

// A probeTable prints figures as they are measured.
type probeTable struct {
	json bool
	bar  *bar
	head bool // is printed
}

func newProbeTable(asJSON bool) *probeTable {
	return &probeTable{json: asJSON, bar: newBar("measuring")}
}

func (t *probeTable) add(m evaluate.Progress) {
	t.bar.clear()
	r := m.Result
	if t.json {
		json.NewEncoder(stdout).Encode(struct {
			Event string `json:"event"`
			evaluate.Result
		}{"probe", r})
	} else {
		if !t.head {
			fmt.Fprintf(stdout, "%-8s %-12s %6s  %8s  %-14s %8s %8s  %s\n", "method", "encoder", "labels", "accuracy", "95 % CI", "balanced", "macro F1", "pretrained ahead by, points")
			t.head = true
		}
		n := "all"
		if r.Labels > 0 {
			n = fmt.Sprint(r.Labels)
		}
		behind := ""
		if a := r.Ahead; a != nil {
			behind = fmt.Sprintf("%.1f (%.1f to %.1f)", 100*a.Mean, 100*a.Low, 100*a.High)
		}
		if r.Baseline != "" {
			behind += "  " + r.Baseline
		}
		fmt.Fprintf(stdout, "%-8s %-12s %6s  %6.1f %%  %4.1f to %4.1f %% %6.1f %% %8.3f  %s\n",
			r.Method, r.Encoder, n, 100*r.Accuracy, 100*r.Low, 100*r.High, 100*r.Balanced, r.F1, behind)
	}
	t.bar.draw(m.Done, m.Total, float64(m.Done)/time.Since(t.bar.began).Seconds(), m.Left.Seconds(), "")
}

// moving draws how far measuring is, between figures.
func (t *probeTable) moving(share float64, left time.Duration) {
	const parts = 1000
	done := int(parts * share)
	rate := float64(done) / max(time.Since(t.bar.began).Seconds(), 1e-3)
	t.bar.draw(done, parts, rate, left.Seconds(), "")
	t.bar.report(progressEvent{"progress", t.bar.what, done, parts, rate, left.Seconds()})
}

func (t *probeTable) end(headline string, results []evaluate.Result, confusion bool) error {
	if t.json {
		return json.NewEncoder(stdout).Encode(map[string]string{"event": "headline", "text": headline})
	}
	if confusion {
		if !slices.ContainsFunc(results, func(r evaluate.Result) bool { return r.Confusion != nil }) {
			notef("-confusion", "there is no confusion matrix for samples with several labels, or with more than 40 classes")
		}
		for _, r := range slices.Backward(results) {
			if r.Confusion != nil {
				printConfusion(r)
				break
			}
		}
	}
	_, err := fmt.Fprintln(stdout, "\n"+headline)
	return err
}

// printConfusion has a line for each class: what it was predicted to be.
func printConfusion(r evaluate.Result) {
	wide := 8
	for _, c := range r.Classes {
		wide = max(wide, min(len(c), 20))
	}
	fmt.Fprintf(stdout, "\n%-*s", wide, "true, predicted")
	for _, c := range r.Classes {
		fmt.Fprintf(stdout, " %8.8s", c)
	}
	fmt.Fprintln(stdout)
	for i, row := range r.Confusion {
		fmt.Fprintf(stdout, "%-*.*s", wide, wide, r.Classes[i])
		for _, n := range row {
			fmt.Fprintf(stdout, " %8d", n)
		}
		fmt.Fprintln(stdout)
	}
}

func list(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}
