// Command study compares the pretext tasks: on labelled sets, at an equal budget of processor time on one core,
// from three seeds, beside the untrained encoder, raw pixels and the same encoder supervised from scratch. One line of results is kept as soon as it is measured; a study that
// was broken off goes on where it stood.
//
//	go run ./cmd/study -minutes 2 -seeds 3
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"autodidact/core/data"
	"autodidact/core/kernel/cpu"
	"autodidact/core/probe"
	"autodidact/core/rng"
	"autodidact/pretext"
	"autodidact/worker/kind"
	"autodidact/worker/run"
)

func main() {
	var s study
	flag.Float64Var(&s.minutes, "minutes", 2, "training time of each run, on one core")
	flag.IntVar(&s.seeds, "seeds", 3, "runs of each task")
	sets := flag.String("sets", "emoji,fashion-mnist,clips", "sets, separated by commas")
	flag.StringVar(&s.log, "log", "docs/pretext-tasks.jsonl", "`file` of results, one a line")
	flag.StringVar(&s.table, "table", "docs/pretext-tasks.md", "`file` the table is written to")
	worth := flag.Bool("worth", false, "measure label efficiency on each sample set instead")
	series := flag.String("series", "", "measure collections of labelled series in this `folder` instead")
	task := flag.String("task", "ts2vec", "with -series: the task")
	flag.Parse()
	s.sets = strings.Split(*sets, ",")
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *worth {
		if err := measureWorth(ctx, s.minutes, "docs/label-efficiency.jsonl", "docs/label-efficiency.md"); err != nil {
			fmt.Fprintln(os.Stderr, "study:", err)
			os.Exit(1)
		}
		return
	}
	if *series != "" {
		if err := measureSeries(ctx, *series, *task, s.seeds, "build/series.jsonl", "build/series.md"); err != nil {
			fmt.Fprintln(os.Stderr, "study:", err)
			os.Exit(1)
		}
		return
	}
	runtime.GOMAXPROCS(1) // so that processor time is what was spent on the run
	if err := s.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "study:", err)
		os.Exit(1)
	}
}

type study struct {
	minutes    float64
	seeds      int
	sets       []string
	log, table string
}

// A result is one run, or one contender that does not learn, measured.
type result struct {
	Set     string  `json:"set"`
	Task    string  `json:"task"` // of the catalogue, or "random ENCODER", "raw", "scratch ENCODER"
	Encoder string  `json:"encoder,omitempty"`
	Seed    int     `json:"seed"`
	Minutes float64 `json:"minutes"` // of processor time
	Steps   int     `json:"steps,omitempty"`
	KNN     float64 `json:"knn,omitempty"`
	Linear  float64 `json:"linear,omitempty"`
	Direct  float64 `json:"direct,omitempty"` // by the network's own head: scratch has one
	Date    string  `json:"date"`
}

func (s *study) run(ctx context.Context) error {
	done, err := read(s.log)
	if err != nil {
		return err
	}
	for _, name := range s.sets {
		train, test, err := load(ctx, name)
		if err != nil {
			return fmt.Errorf("set %s: %w", name, err)
		}
		fmt.Fprintf(os.Stderr, "%s: %d training images, %d test images\n", name, train.Len(), test.Len())
		for seed := 1; seed <= s.seeds; seed++ {
			for _, task := range contenders(train.Of) {
				r := result{Set: name, Task: task, Seed: seed, Minutes: s.minutes, Date: time.Now().Format(time.DateOnly)}
				if slices.ContainsFunc(done, r.same) {
					continue
				}
				if at := slices.IndexFunc(done, r.sibling); at >= 0 {
					r.Steps = done[at].Steps
				}
				if err := r.measure(ctx, train, test); err != nil {
					return fmt.Errorf("%s on %s, seed %d: %w", task, name, seed, err)
				}
				fmt.Fprintf(os.Stderr, "%-14s %-24s seed %d: kNN %.1f %%, linear %.1f %%, direct %.1f %%, %d steps\n",
					name, task, seed, 100*r.KNN, 100*r.Linear, 100*r.Direct, r.Steps)
				if err := keep(s.log, r); err != nil {
					return err
				}
				done = append(done, r)
			}
		}
	}
	if done, err = read(s.log); err != nil { // others may have measured other sets meanwhile
		return err
	}
	return os.WriteFile(s.table, []byte(table(done)), 0o644)
}

// contenders are the tasks for a kind, and what they are measured against. Of the tasks for pictures one
// learns from clips, for comparison.
func contenders(of data.Kind) []string {
	if kind.TraitsOf(of).Film {
		return []string{"raw", "random resnet6", "scratch resnet6", "frameorder", "simclr"}
	}
	all := []string{"raw", "random resnet6", "random vit-tiny", "scratch resnet6", "scratch vit-tiny"}
	for _, t := range pretext.Catalog {
		if slices.Contains(t.Kinds, data.Images) {
			all = append(all, t.Name)
		}
	}
	return all
}

func (r result) same(o result) bool {
	return r.Set == o.Set && r.Task == o.Task && r.Seed == o.Seed && r.Minutes == o.Minutes
}

// sibling says whether o is the same from another seed: it takes as many steps.
func (r result) sibling(o result) bool {
	o.Seed = r.Seed
	return r.same(o) && o.Steps > 0
}

func (r *result) measure(ctx context.Context, train, test *data.Set) error {
	b := cpu.New()
	name, enc, _ := strings.Cut(r.Task, " ")
	c := run.Config{Encoder: enc, Steps: timed, Seed: uint64(r.Seed)}
	if enc == "" && name != "raw" {
		c.Task = name
	}
	c, err := c.Resolve()
	if err != nil {
		return err
	}
	r.Encoder = c.Encoder
	switch name {
	case "raw":
		r.Encoder = ""
		const side = 16
		return r.probe(train, test, func(set *data.Set) (probe.Features, error) { return probe.RawPixels(set, side).On(b), nil })
	case "random":
		look, err := run.Untrained(ctx, c, train, b)
		if err != nil {
			return err
		}
		return r.look(ctx, look, train, test)
	}
	begin := run.New
	if name == "scratch" {
		begin = run.NewSupervised
	}
	learn := func(steps int) (*run.Run, error) {
		c.Steps = steps
		r, err := begin(c, train, b)
		if err != nil {
			return nil, err
		}
		return r, trainAll(ctx, r)
	}
	if r.Steps == 0 {
		if _, err := learn(2); err != nil { // the first steps fill pools
			return err
		}
		start := processor()
		if _, err := learn(timed); err != nil {
			return err
		}
		r.Steps = int(r.Minutes * 60 * timed / (processor() - start).Seconds())
	}
	trained, err := learn(r.Steps)
	if err != nil {
		return err
	}
	if p, ok := trained.Task.(*pretext.Supervised); ok {
		test, _ = kind.Stills(test)
		r.Direct, err = p.Accuracy(ctx, b, test)
		return err
	}
	return r.look(ctx, kind.Embedder{Backend: b, Encoder: trained.Task.Backbone(), Size: c.Size}, train, test)
}

// trainAll trains a run to its end.
func trainAll(ctx context.Context, r *run.Run) error {
	for _, err := range r.Steps(ctx) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// timed is how many steps are timed to learn how many the budget has.
const timed = 12

// processor is the time that this process has had of its core.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // it cannot fail with these arguments
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func (r *result) look(ctx context.Context, l kind.Embedder, train, test *data.Set) error {
	return r.probe(train, test, func(set *data.Set) (probe.Features, error) { return l.Embed(ctx, set, nil, nil) })
}

// probe asks about test by the labels of train, as the command line does.
func (r *result) probe(train, test *data.Set, embed func(*data.Set) (probe.Features, error)) error {
	f, err := embed(train)
	if err != nil {
		return err
	}
	g, err := embed(test)
	if err != nil {
		return err
	}
	accuracy := func(method string) float64 {
		m, _ := probe.FindMethod(method)
		lay := m.Prepare(f)
		return probe.ScoreOf(m.Fit(probe.Labelled{Features: lay(f), Labels: train.Labels}, rng.New(1)).Predict(lay(g)), test.Labels).Accuracy
	}
	r.KNN, r.Linear = accuracy("knn"), accuracy("linear")
	return nil
}

func read(path string) (done []result, err error) {
	raw, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for i, line := range strings.Split(strings.TrimSpace(string(raw)), "\n") {
		var r result
		if line == "" {
			continue
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", path, i+1, err)
		}
		done = append(done, r)
	}
	return done, nil
}

func keep(path string, r any) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	return json.NewEncoder(f).Encode(r)
}
