package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gonum.org/v1/gonum/stat"

	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/kernel/cpu"
	"autodidact/core/probe"
	"autodidact/core/rng"
	"autodidact/worker/evaluate"
	"autodidact/worker/kind"
	"autodidact/worker/run"
)

// A seriesResult is a collection of labelled series, measured with the encoder of one run: accuracies on its test part with all labels
// of its training part.
type seriesResult struct {
	Set      string             `json:"set"`
	Data     string             `json:"data"` // fingerprint
	Task     string             `json:"task"`
	Seed     uint64             `json:"seed"`
	Steps    int                `json:"steps"`
	Kept     int                `json:"kept"` // the step whose weights were kept
	Accuracy map[string]float64 `json:"accuracy"`
	Raw      string             `json:"raw"` // the best baseline without an encoder
	Date     string             `json:"date"`
}

// measureSeries trains task with all defaults on the training part of each collection in dir, once for each seed, measures, and prints a
// table of these, which it also writes; what is in the log already is not measured again.
func measureSeries(ctx context.Context, dir, task string, seeds int, log, table string) error {
	sets, err := collections(dir)
	if err != nil {
		return err
	}
	done, err := readLog[seriesResult](log)
	if err != nil {
		return err
	}
	var measured []seriesResult
	for seed := range uint64(seeds) {
		for _, name := range slices.Sorted(maps.Keys(sets)) {
			set, err := readSeries(ctx, sets[name])
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			r := seriesResult{Set: name, Data: set.Fingerprint(), Task: task, Seed: seed + 1, Date: time.Now().Format(time.DateOnly)}
			if at := slices.IndexFunc(done, r.same); at >= 0 {
				measured = append(measured, done[at])
				continue
			}
			if err := r.measure(ctx, set); err != nil {
				return fmt.Errorf("%s, seed %d: %w", name, r.Seed, err)
			}
			fmt.Fprintf(os.Stderr, "%s, seed %d: linear %.1f %%, untrained %.1f %%\n", name, r.Seed, 100*r.Accuracy["pretrained"], 100*r.Accuracy["random"])
			if err := keep(log, r); err != nil {
				return err
			}
			measured = append(measured, r)
		}
	}
	fmt.Println(seriesTable(measured))
	return os.WriteFile(table, []byte(seriesTable(measured)), 0o644)
}

// same says whether o measured the same.
func (r seriesResult) same(o seriesResult) bool {
	return r.Data == o.Data && r.Task == o.Task && r.Seed == o.Seed
}

// collections are the files NAME_TRAIN and NAME_TEST in a folder, by name.
func collections(dir string) (map[string][]string, error) {
	trains, err := filepath.Glob(filepath.Join(dir, "*_TRAIN.*"))
	if err != nil || len(trains) == 0 {
		return nil, errors.Join(err, fmt.Errorf("there is no NAME_TRAIN.tsv or NAME_TRAIN.ts in %s", dir))
	}
	all := map[string][]string{}
	for _, train := range trains {
		test := strings.Replace(train, "_TRAIN.", "_TEST.", 1)
		if _, err := os.Stat(test); err != nil {
			return nil, err
		}
		name, _, _ := strings.Cut(filepath.Base(train), "_TRAIN.")
		all[name] = []string{train, test}
	}
	return all, nil
}

func readSeries(ctx context.Context, paths []string) (*data.Set, error) {
	var files []data.File
	for _, path := range paths {
		files = append(files, data.FromFile(os.DirFS(filepath.Dir(path)), filepath.Base(path))...)
	}
	set, refused, err := data.ReadSeries(ctx, files, nil)
	for _, r := range refused {
		fmt.Fprintf(os.Stderr, "%s: %s\n", r.Name, r.Reason)
	}
	if err == nil && set.Recordings == nil {
		err = errors.New("nothing could be read")
	}
	return set, err
}

func (r *seriesResult) measure(ctx context.Context, set *data.Set) error {
	b := cpu.New()
	trained, err := run.New(run.Config{Task: r.Task, Kind: data.Series, Seed: r.Seed}, set, b)
	if err != nil {
		return err
	}
	for _, err := range trained.Steps(ctx) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
	}
	r.Steps, r.Kept, r.Accuracy = trained.Done, trained.Kept.Step, map[string]float64{}
	if r.Kept == 0 {
		r.Kept = r.Steps
	}
	if err := r.contenders(ctx, trained, set, b); err != nil {
		return err
	}
	untrained, err := run.Untrained(ctx, trained.Config, set, b)
	if err != nil {
		return err
	}
	if err := r.apart(ctx, "untrained", untrained, set); err != nil {
		return err
	}
	return r.apart(ctx, "pretrained", trained.Embedder(), set)
}

// contenders measures the linear probe beside what it must beat.
func (r *seriesResult) contenders(ctx context.Context, trained *run.Run, set *data.Set, b *cpu.Backend) error {
	model, err := trained.Model(ctx)
	if err != nil {
		return err
	}
	m := evaluate.Evaluation{Plan: evaluate.Plan{Method: "linear", Labels: []string{"all"}, Repeats: 1, Against: []string{"scratch", "random", "raw"}},
		Model: model, Set: set, Backend: b, Seed: r.Seed}
	results, err := m.Results(ctx)
	for _, x := range results {
		r.Accuracy[x.Encoder] = x.Accuracy
		if x.Baseline != "" {
			r.Raw = x.Baseline
		}
	}
	return err
}

// apart measures single kinds of features by logistic regression, and those that are used by the nearest neighbour too.
func (r *seriesResult) apart(ctx context.Context, name string, e kind.Embedder, set *data.Set) error {
	seen, err := e.Windows(ctx, set.Recordings, set.Windows, nil)
	if err != nil {
		return err
	}
	lanes := len(set.Recordings.Channels) / e.Encoder.(encoder.SeriesEncoder).Channels()
	n := lanes * e.Encoder.Width()
	for _, part := range []struct {
		name string
		of   func(w kind.Window) []float32
	}{
		{"maximum", func(w kind.Window) []float32 { return w.Max }},
		{"deviation", func(w kind.Window) []float32 { return w.WholeFeatures()[n:][:n] }},
		{"mean", func(w kind.Window) []float32 { return w.Pooled }},
		{"last", func(w kind.Window) []float32 { return w.Last }},
		{"level", func(w kind.Window) []float32 { return w.Mean }},
		{"spread", func(w kind.Window) []float32 { return w.Std }},
		{"used", kind.Window.WholeFeatures},
	} {
		f := probe.Features{N: len(seen)}
		for _, w := range seen {
			f.Data = append(f.Data, part.of(w)...)
		}
		f.Width = len(f.Data) / f.N
		r.Accuracy[name+" "+part.name] = accuracy(f.On(e.Backend), set, func(train probe.Labelled) probe.Classifier { return probe.NewLinear(train, rng.New(1)) })
		if part.name == "used" {
			r.Accuracy[name+" nearest"] = accuracy(f.On(e.Backend), set, func(train probe.Labelled) probe.Classifier { return probe.NewNearest(train) })
		}
	}
	return nil
}

// accuracy is that of a classifier on the test part, features standardised by the training part.
func accuracy(f probe.Features, set *data.Set, fit func(train probe.Labelled) probe.Classifier) float64 {
	train, test := set.SplitByTime()
	f = probe.FitStandard(f.Pick(train)).Apply(f)
	all := probe.Labelled{Features: f, Labels: set.Labels}
	known, asked := all.Pick(train), all.Pick(test)
	return probe.ScoreOf(fit(known).Predict(asked.Features), asked.Labels).Accuracy
}

// readLog reads what was kept, one result a line.
func readLog[T any](path string) (done []T, err error) {
	f, err := os.Open(path)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for lines := json.NewDecoder(f); ; {
		var r T
		if err := lines.Decode(&r); err == io.EOF {
			return done, nil
		} else if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		done = append(done, r)
	}
}

// seriesTable writes the results as Markdown: a line for each collection.
func seriesTable(all []seriesResult) string {
	var out strings.Builder
	out.WriteString(`# Whole series

Written by ` + "`make series DATA=FOLDER`" + `, where FOLDER holds collections of labelled series, NAME_TRAIN.tsv and NAME_TEST.tsv, as the UCR archive has them. An encoder is trained without labels on the series of
the training part, all settings left at their defaults. The tables show accuracy in per cent on the test part, with all labels of the training part: mean ± standard deviation over seeds.

- "raw": the best classical baseline without an encoder, by cross-validation on the training part.
- "scratch": the same network, supervised from scratch on the labels.
- "linear": logistic regression on the frozen encoder's features. "1-NN": the nearest neighbour, features standardised.
`)
	groups := map[string][]seriesResult{}
	for _, r := range all {
		groups[r.Task+"\x00"+r.Set] = append(groups[r.Task+"\x00"+r.Set], r)
	}
	keys := slices.Sorted(maps.Keys(groups))
	for _, part := range []struct{ head, columns string }{
		{"## What an encoder is worth", "raw|scratch|random=untrained, linear|untrained nearest=untrained, 1-NN|pretrained=pretrained, linear|pretrained nearest=pretrained, 1-NN"},
		{"## Features apart\n\nLogistic regression on single features of the pretrained encoder, over the time of a series: their maximum, deviation, mean and last; and level and spread of the series, which normalising takes out. Maximum, deviation, level and spread together are what is used.",
			"pretrained maximum=maximum|pretrained deviation=deviation|pretrained mean=mean|pretrained last=last|pretrained level=level|pretrained spread=spread|pretrained used=used"},
	} {
		columns := strings.Split(part.columns, "|")
		fmt.Fprintf(&out, "\n%s\n\n| set | task |", part.head)
		for _, c := range columns {
			_, title, named := strings.Cut(c, "=")
			if !named {
				title = c
			}
			fmt.Fprintf(&out, " %s |", title)
		}
		out.WriteString(" steps | seeds |\n|---|---|" + strings.Repeat("---|", len(columns)+2) + "\n")
		for _, k := range keys {
			group := groups[k]
			fmt.Fprintf(&out, "| %s | %s |", group[0].Set, group[0].Task)
			for _, c := range columns {
				key, _, _ := strings.Cut(c, "=")
				fmt.Fprintf(&out, " %s |", meanAndDeviation(group, key))
			}
			fmt.Fprintf(&out, " %d | %d |\n", group[0].Steps, len(group))
		}
	}
	return out.String()
}

func meanAndDeviation(group []seriesResult, key string) string {
	var xs []float64
	for _, r := range group {
		if v, ok := r.Accuracy[key]; ok {
			xs = append(xs, 100*v)
		}
	}
	if len(xs) == 0 {
		return ""
	}
	mean, deviation := stat.MeanStdDev(xs, nil)
	if len(xs) == 1 || math.IsNaN(deviation) {
		return fmt.Sprintf("%.1f", mean)
	}
	return fmt.Sprintf("%.1f ± %.1f", mean, deviation)
}
