package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel/cpu"
	"autodidact/pretext"
	"autodidact/worker/explore"
	"autodidact/worker/forecast"
	"autodidact/worker/kind"
	"autodidact/worker/run"
)

// series is a run's encoder, its forecasting head if it has one, and the series they are to look at.
func series(ctx context.Context, dir, path string, from reading) (kind.Embedder, *forecast.Head, *data.Set, error) {
	none := func(err error) (kind.Embedder, *forecast.Head, *data.Set, error) {
		return kind.Embedder{}, nil, nil, err
	}
	m, look, err := opened(ctx, dir)
	if err != nil {
		return none(err)
	}
	c := m.Config()
	if look.Channels == nil {
		return none(fmt.Errorf("the run in %s was trained on data of kind %s; this needs one of kind series", dir, c.Kind))
	}
	head, err := forecast.OpenHead(ctx, m.State(), look)
	if err != nil {
		return none(fmt.Errorf("run %s: %w", dir, err))
	}
	from.kind = c.Kind
	d, err := from.as(c.Missing).read(ctx, path, c.Size)
	if err != nil {
		return none(err)
	}
	return look, head, d.Set(), nil
}

// forecasts predicts beyond the end of each series, and measures forecasts of the test set.
func forecasts(ctx context.Context, args []string) error {
	f := flags("forecast")
	dir := f.String("run", "", "run directory")
	path := f.String("data", "", "table or folder of series")
	horizon := f.Int("horizon", 24, "rows to forecast")
	cover := f.Float64("cover", 0.9, "coverage of the forecast interval between low and high")
	out := f.String("out", "", "file.csv for the forecasts")
	asJSON := f.Bool("json", false, "one JSON object a line")
	if err := parse(f, args, "run", "data"); err != nil {
		return err
	}
	if !(*cover > 0 && *cover < 1) {
		return fmt.Errorf("-cover is %g; it must lie between 0 and 1", *cover)
	}
	look, head, set, err := series(ctx, *dir, *path, reading{})
	if err != nil {
		return err
	}
	bar := newBar("fitting")
	of := set.Recordings
	caster, err := forecast.FitForecaster(ctx, look, head, of, *horizon, bar.each)
	if err != nil {
		return err
	}
	stdout.notice(caster.Notices...)
	tested, err := caster.Test(ctx, of, *cover, bar.each)
	bar.clear()
	if err != nil {
		return err
	}
	if err := printTested(tested, *asJSON); err != nil {
		return err
	}
	if *out == "" && !*asJSON {
		return nil
	}
	write := func(table *csv.Writer) error { return writeForecasts(ctx, caster, of, *cover, table, *asJSON) }
	if *out == "" {
		return write(nil)
	}
	return toTable(*out, write)
}

// writeForecasts writes the forecasts of each series into a table, unless that is nil, and with asJSON to standard output.
func writeForecasts(ctx context.Context, caster *forecast.Forecaster, of *data.Recordings, cover float64, table *csv.Writer, asJSON bool) error {
	if table != nil {
		table.Write([]string{"series", "time", "channel", "forecast", "low", "high", "last value", "seasonal naive", "DLinear"})
	}
	for i, r := range of.Of {
		if err := ctx.Err(); err != nil {
			return err
		}
		channels, err := caster.At(ctx, of, i, of.Rows(i), cover)
		if err != nil {
			return err
		}
		if asJSON {
			if err := json.NewEncoder(stdout).Encode(map[string]any{"event": "forecast", "name": r.Name, "channels": channels}); err != nil {
				return err
			}
		}
		if table == nil {
			continue
		}
		for _, c := range channels {
			for h := range c.Said {
				row := []string{r.Name, of.When(i, of.Rows(i)+h), c.Channel}
				for _, v := range []pretext.Values{c.Said, c.Low, c.High, c.Last, c.Seasonal, c.DLinear} {
					row = append(row, written(v[h]))
				}
				table.Write(row)
			}
		}
	}
	return nil
}

// written is a number as a table has it; one that is not known is left empty.
func written(v float32) string {
	if v != v || math.IsInf(float64(v), 0) {
		return ""
	}
	return strconv.FormatFloat(float64(v), 'g', 6, 32)
}

// methods are a forecast's, for people.
var methods = map[string]string{"readout": "DLinear plus encoder", "head": "forecasting head", "both": "better, by channel", "last": "last value", "seasonal": "seasonal naive", "dlinear": "DLinear"}

func printTested(t forecast.TestResult, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(stdout).Encode(struct {
			Event string `json:"event"`
			forecast.TestResult
		}{"tested", t})
	}
	fmt.Fprintf(stdout, "%d rows ahead, on the test set (the last fifth of a recording); channels are scaled to a standard deviation of 1\n", t.Horizon)
	for _, c := range t.LeftOut {
		fmt.Fprintf(stdout, "not measured: channel %s %s\n", c.Channel, c.Why)
	}
	if t.Scores[0].N == 0 {
		fmt.Fprintln(stdout, "there is nothing to test forecasts on")
		return nil
	}
	fmt.Fprintln(stdout, t.Choice.Says)
	fmt.Fprintf(stdout, "%-20s %8s %8s\n", "", "MAE", "MSE")
	for _, s := range t.Scores {
		fmt.Fprintf(stdout, "%-20s %8.3f %8.3f\n", methods[s.Method], s.MAE, s.MSE)
	}
	fmt.Fprintf(stdout, "intervals: nominal coverage %.0f %%, actual %.1f %%\n", 100*t.Cover, 100*t.Held)
	for name, period := range t.Periods {
		if period > 0 {
			fmt.Fprintf(stdout, "season of %s: %d rows\n", name, period)
		}
	}
	return nil
}

// anomalies lists anomalous rows, or scores rows as they arrive on standard input.
func anomalies(ctx context.Context, args []string) error {
	f := flags("anomaly")
	dir := f.String("run", "", "run directory")
	path := f.String("data", "", "table or folder of series; with -follow those that define normal")
	rate := f.Float64("rate", 0.01, "false-alarm rate: fraction of normal rows that may raise an alarm")
	follow := f.Bool("follow", false, "score rows of standard input as they arrive: a header that names the channels, then a row a line")
	learn := f.Bool("learn", false, "with -follow: continue training on what arrives, and on -data")
	asJSON := f.Bool("json", false, "one JSON object a line")
	if err := parse(f, args, "run", "data"); err != nil {
		return err
	}
	if *learn && !*follow {
		return fmt.Errorf("-learn needs -follow")
	}
	if !(*rate > 0 && *rate < 0.5) {
		return fmt.Errorf("-rate is %g; it must lie between 0 and 0.5", *rate)
	}
	look, head, set, err := series(ctx, *dir, *path, reading{})
	if err != nil {
		return err
	}
	var trained *run.Run
	if *learn {
		if trained, err = goOn(ctx, *dir, set); err != nil {
			return err
		}
		stdout.notice(trained.Notices...)
		look = trained.Embedder()
		if head, err = forecast.HeadOf(ctx, trained); err != nil {
			return err
		}
	}
	bar := newBar("fitting")
	of := set.Recordings
	caster, err := forecast.FitForecaster(ctx, look, head, of, head.DetectorHorizon(), bar.each)
	if err != nil {
		return err
	}
	stdout.notice(caster.Notices...)
	detector, err := forecast.FitDetector(ctx, caster, of, bar.each)
	bar.clear()
	if err != nil {
		return err
	}
	ours, _ := detector.Threshold(*rate)
	fmt.Fprintf(os.Stderr, "threshold %.2f from %d normal rows: between %.2f %% and %.2f %% of such rows exceed it\n", ours.At, ours.N, 100*ours.Low, 100*ours.High)
	if *follow {
		stream := detector.Stream(*rate)
		if trained != nil {
			if err := stream.Learn(trained); err != nil {
				return err
			}
		}
		return followRows(ctx, stream, of.Channels, os.Stdin, stdout, *asJSON)
	}
	return printAlarms(ctx, detector, of, *rate, *asJSON)
}

// goOn takes up the run in a directory: with all it knows if set is what it learned from, else with its encoder.
func goOn(ctx context.Context, dir string, set *data.Set) (*run.Run, error) {
	saved, err := checkpoint.Directory(dir).Load(ctx, checkpointID)
	if err == nil {
		r, err := run.Open(saved, set, cpu.New())
		if !errors.Is(err, run.ErrOtherData) {
			return r, err
		}
		notef(dir, "the run was trained on other data: its encoder is trained further, but its task head and optimizer state start anew")
	} else if !errors.Is(err, checkpoint.ErrNotFound) {
		return nil, fmt.Errorf("run %s: %w", dir, err)
	}
	m, err := model(ctx, dir)
	if err != nil {
		return nil, err
	}
	c, err := run.ConfigOf(m.State())
	if err != nil {
		return nil, err
	}
	c.Batch = 0 // there may be fewer of these
	return run.NewFrom(m.State(), c, set, cpu.New())
}

func printAlarms(ctx context.Context, detector *forecast.Detector, of *data.Recordings, rate float64, asJSON bool) error {
	ours, baseline := detector.Threshold(rate)
	lines := json.NewEncoder(stdout)
	for i, r := range of.Of {
		stdout.notice(detector.Unscored(of, i)...)
		s, err := detector.Score(ctx, of, i, nil)
		if err != nil {
			return err
		}
		alarms, z := detector.Alarms(of, s, ours.At), 0
		for _, v := range s.Z {
			if v > baseline.At {
				z++
			}
		}
		if !asJSON {
			fmt.Fprintf(stdout, "%s: %d alarms in %d rows, from row %d on (a moving z-score at the same rate: %d rows)\n", r.Name, len(alarms), len(s.Score), s.From+1, z)
		}
		for _, a := range alarms {
			if asJSON {
				err = lines.Encode(struct {
					Event  string `json:"event"`
					Series string `json:"series"`
					forecast.Alarm
				}{"alarm", r.Name, a})
			} else {
				learned := ""
				if a.Learned {
					learned = ", in the training part"
				}
				_, err = fmt.Fprintf(stdout, "  %s  score %.1f, %s, %d rows%s\n", a.When, a.Score, alarmWords[a.Kind], a.Until-a.From, learned)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

var alarmWords = map[string]string{"forecast": "forecast error", "look": "novel pattern", "missing": "missing readings", "changed": "a constant channel changed"}

// clusters groups similar samples.
func clusters(ctx context.Context, args []string) error {
	f := flags("cluster")
	dir := f.String("run", "", "run directory")
	path := f.String("data", "", "samples")
	var from reading
	from.flags(f)
	k := f.Int("k", 0, "number of clusters; chosen by the silhouette by default")
	whole := f.Bool("whole", false, "for series: cluster whole series, not their windows")
	out := f.String("out", "", "file.csv for the cluster of each")
	asJSON := f.Bool("json", false, "a JSON object")
	if err := parse(f, args, "run", "data"); err != nil {
		return err
	}
	m, e, err := see(ctx, *dir, *path, from)
	if err != nil {
		return err
	}
	set := e.Samples().Set()
	found, err := explore.Clusters(e.Features(), set, *k, *whole, m.Config().Seed)
	if err != nil {
		return err
	}
	names := e.Names
	if *whole {
		names = nil
		for _, r := range set.Recordings.Of {
			names = append(names, r.Name)
		}
	}
	if *out != "" {
		if err := writeClusters(*out, names, found.Of); err != nil {
			return err
		}
	}
	if *asJSON {
		return json.NewEncoder(stdout).Encode(struct {
			Event string `json:"event"`
			explore.Clustering
		}{"clusters", found})
	}
	size := make([]int, found.K)
	for _, of := range found.Of {
		size[of]++
	}
	for i, n := range size {
		fmt.Fprintf(stdout, "cluster %d: %d, such as %s\n", i+1, n, names[found.Exemplars[i]])
	}
	for i, silhouette := range found.Silhouettes {
		if *k > 0 {
			i = *k - 2
		}
		fmt.Fprintf(stdout, "silhouette of %d clusters: %.2f\n", i+2, silhouette)
	}
	return nil
}

// writeClusters writes the cluster of each of names, counted from 1.
func writeClusters(path string, names []string, of []int) error {
	return toTable(path, func(table *csv.Writer) error {
		table.Write([]string{"name", "cluster"})
		for i, c := range of {
			table.Write([]string{names[i], strconv.Itoa(c + 1)})
		}
		return nil
	})
}
