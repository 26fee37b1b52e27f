// Package run is one training: its configuration, its steps, what is measured of it as it goes, its checkpoints, and going
// on from them.
package run

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"time"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/kernel"
	"autodidact/core/nn"
	"autodidact/core/optim"
	"autodidact/core/probe"
	"autodidact/core/rng"
	"autodidact/core/train"
	"autodidact/pretext"
	"autodidact/worker/kind"
	"autodidact/worker/label"
	"autodidact/worker/report"
)

// A Run is one training: a task on data, as its Config says, from its first step
// or from where a State left it.
type Run struct {
	Config  Config // resolved
	Title   string
	Task    pretext.Task
	Done    int     // steps done
	History []Point // the curve so far, thinned
	Seconds float64 // spent training, over all sittings

	// Sittings are where it was trained, in order.
	Sittings []Sitting

	// Kept is the best weights so far, where the run judges them.
	Kept Kept

	// Aside are samples that the task cannot use, and why.
	Aside []data.Rejected
	// Notices are what else a person would want to know: what was taken over, left or changed when it was made, and later of how long
	// it trains and which weights are kept.
	Notices []data.Rejected

	noticed     int // of Notices, by NewNotices
	backend     kernel.Backend
	set         *data.Set // all samples
	input       kind.Input
	from        data.Source  // what it trains on
	held        data.Source  // what it does not, so that it can be validated; may be empty
	labels      label.Labels // that are learned beside the task
	frequencies []float32    // of each token in what it trains on
	optim       optim.Optimizer
	rand        *rng.Rand
	print       string    // fingerprint of the data
	origin      string    // that of the files they were read from
	times       []float64 // seconds of the measured steps
	norm        float64   // of the gradient, in recent steps
}

// A Point is one step of a run's curve.
type Point struct {
	Step    int                `json:"step"`
	Loss    float32            `json:"loss"`
	Metrics map[string]float64 `json:"metrics,omitempty"`
}

// What others who work with a run need of it.
func (r *Run) Backend() kernel.Backend { return r.backend }
func (r *Run) Set() *data.Set          { return r.set }
func (r *Run) Source() data.Source     { return r.from }
func (r *Run) Input() kind.Input       { return r.input }
func (r *Run) Rand() *rng.Rand         { return r.rand }

// NewNotices are those that came since it was called last.
func (r *Run) NewNotices() []data.Rejected {
	fresh := r.Notices[r.noticed:]
	r.noticed = len(r.Notices)
	return fresh
}

// A Builder makes a run.
type Builder struct {
	Config  Config
	Set     *data.Set
	Backend kernel.Backend
	From    *checkpoint.State // whose encoder and vocabulary it is initialized from; nil for random weights
	Labels  label.Labels      // to learn beside the task, if the Config asks for that; none: those of the Set

	input kind.Input // a vocabulary that there is already; else one is learned
	task  func(Config, pretext.Setup) (pretext.Task, error)
}

// Build makes the run. The Config is resolved first.
func (b Builder) Build() (*Run, error) {
	if b.From == nil {
		return b.random()
	}
	was, err := ConfigOf(b.From)
	if err != nil {
		return nil, err
	}
	c := &b.Config
	notes := overruled(*c, was)
	c.Encoder, c.Size, c.Vocab, c.Tokenizer, c.Cased = was.Encoder, was.Size, was.Vocab, was.Tokenizer, was.Cased
	if b.input, err = kind.SavedInput(b.From); err != nil {
		return nil, err
	}
	r, err := b.random()
	if err != nil {
		return nil, err
	}
	r.Notices = append(r.Notices, notes...)
	return r, r.initialize(b.From)
}

// New makes the run that c describes.
func New(c Config, set *data.Set, b kernel.Backend) (*Run, error) {
	return Builder{Config: c, Set: set, Backend: b}.Build()
}

// NewFrom is New, but that the encoder and the vocabulary are those of a model or a checkpoint.
func NewFrom(s *checkpoint.State, c Config, set *data.Set, b kernel.Backend) (*Run, error) {
	return Builder{Config: c, Set: set, Backend: b, From: s}.Build()
}

// NewSupervised makes the run that trains c's encoder on the labels of set instead, for as long; of clips, on those of their frames.
func NewSupervised(c Config, set *data.Set, b kernel.Backend) (*Run, error) {
	if stills, ok := kind.Stills(set); ok {
		set, c.Task, c.Kind = stills, "", stills.Of
	}
	return Builder{Config: c, Set: set, Backend: b,
		task: func(_ Config, s pretext.Setup) (pretext.Task, error) { return pretext.NewSupervised(s, set), nil }}.random()
}

// catalogued is the task that a Config names, with labels beside it if that asks for them.
func (b Builder) catalogued(c Config, s pretext.Setup) (pretext.Task, error) {
	spec, _ := pretext.Find(c.Task)
	task, err := spec.Build(s, c.Options)
	if err != nil || c.Joint == 0 {
		return task, err
	}
	labels := b.Labels.Of(b.Set)
	if len(probe.Classes(labels)) < 2 {
		return nil, report.BadField("joint", "learning labels beside the task needs labels of at least two classes")
	}
	return pretext.NewJoint(task, s, b.Set, labels, float32(c.Joint)), nil
}

// resolved is the configuration for the samples there are.
func (b Builder) resolved() (Config, error) {
	c := b.Config
	if parts := kind.TraitsOf(b.Set.Of).Parts; parts != "" && c.Kind == parts {
		c.Kind = b.Set.Of // whose parts are of that kind
	}
	c, err := c.Resolve()
	if err != nil {
		return c, err
	}
	return c, c.fits(b.Set)
}

// random makes the run with random weights.
func (b Builder) random() (*Run, error) {
	c, err := b.resolved()
	if err != nil {
		return nil, err
	}
	set, k := b.Set, kind.Of(c.Kind)
	c = c.Sized(set)
	if c.Joint > 0 && len(b.Labels) == 0 {
		b.Labels = label.OfSet(set)
	}
	if b.task == nil {
		b.task = b.catalogued
	}
	r := rng.New(c.Seed)
	run := &Run{backend: b.Backend, set: set, rand: r, Sittings: []Sitting{{0, machineOf(b.Backend)}}}
	if c.Joint > 0 {
		run.labels = b.Labels
	}
	if err := k.Prepare(context.Background(), set, c.plan(), b.input.Tokens, nil); err != nil {
		return nil, err
	}
	if run.input, err = k.Input(set, c.Size); err != nil {
		return nil, err
	}
	if k.Traits().Missing {
		c.Missing = set.Missing()
	}
	run.print, run.origin = set.Fingerprint(), set.Origin()
	if run.Task, err = b.task(c, run.setup(c)); err != nil {
		return nil, optionsError(err)
	}
	if err := run.divide(&c, k); err != nil {
		return nil, err
	}
	run.Config = c
	nn.Place(b.Backend, run.Task)
	run.optim = newOptimizer(c)
	if c.Minutes == 0 || c.Steps > 0 {
		run.plan()
	}
	return run, nil
}

// setup is what a task is made with.
func (r *Run) setup(c Config) pretext.Setup {
	s := pretext.Setup{Size: c.Size, Rand: r.rand.For("heads", 0), Tokens: r.input.Tokens}
	if r.input.Channels != nil {
		s.Channels = r.input.Channels.Names
	}
	s.NewEncoder = func() nn.Encoder { return NewEncoder(c, r.input) }
	s.Encoder = s.NewEncoder()
	return s
}

// divide parts the samples into those that the task trains on, those that are held out and those that it cannot use, and
// settles how many go into a batch.
func (r *Run) divide(c *Config, k kind.Kind) (err error) {
	spec, _ := pretext.Find(c.Task)
	s := k.Sources(r.set, c.Size, r.input, r.Task, spec)
	r.held, r.frequencies, r.Notices = s.Held, s.Frequencies, s.Notices
	r.from, r.Aside = filtered(r.Task, s.Train)
	unit := k.Traits().Unit
	if unit == k.Traits().Noun {
		unit = kind.NounOf(r.set)
	}
	c.Batch, err = batchFor(*c, r.from, r.Aside, unit)
	return err
}

func newOptimizer(c Config) optim.Optimizer {
	switch c.Optimizer {
	case "sgd":
		return optim.NewSGD(0.9, float32(c.Decay))
	case "lars":
		return optim.NewLARS(0.9, float32(c.Decay))
	}
	return optim.NewAdamW(float32(c.Decay))
}

// minBatch is the fewest samples a step can take: one has no other to be compared with.
const minBatch = 2

// batchFor is how many samples a step takes of those that are trained on: as many as c asks for, or, where it leaves that
// open, as usual, or all if there are fewer. Each is a unit, in words.
func batchFor(c Config, from data.Source, aside []data.Rejected, unit string) (int, error) {
	n, task := from.Len(), c.spec()
	if c.Batch == 0 {
		c.Batch = max(minBatch, min(cmp.Or(task.Batch, kind.TraitsOf(c.Kind).Batch), n))
	}
	if n >= c.Batch {
		return c.Batch, nil
	}
	why := ""
	if len(aside) > 0 {
		why = fmt.Sprintf(" (%d were set aside: %s is %s)", len(aside), aside[0].Name, aside[0].Reason)
	}
	if n < minBatch {
		return 0, report.TooFew("%s to learn from%s; training takes %d at least", report.Count(n, unit), why, minBatch)
	}
	return 0, report.TooFew("a batch of %d cannot be filled: there are %s to learn from%s, so that at most %d fits", c.Batch, report.Count(n, unit), why, n)
}

// NewEncoder draws the weights that a run of c begins with.
func NewEncoder(c Config, known kind.Input) nn.Encoder {
	return buildEncoder(c, known, rng.New(c.Seed).For("encoder", 0))
}

// EmptyEncoder is NewEncoder with weights of zero, to be read from elsewhere: it costs neither time nor memory before they are.
func EmptyEncoder(c Config, known kind.Input) nn.Encoder { return buildEncoder(c, known, nil) }

func buildEncoder(c Config, known kind.Input, r *rng.Rand) nn.Encoder {
	spec, _ := encoder.Find(c.Encoder)
	in := encoder.Input{Size: c.Size}
	if known.Tokens != nil {
		in.Tokens = known.Tokens.Size()
	}
	if known.Channels != nil {
		in.Channels = len(known.Channels.Names)
	}
	enc := spec.Build(r, in)
	task, _ := pretext.Find(c.Task)
	switch e := enc.(type) {
	case *encoder.BERT:
		e.Causal = task.Causal
	case *encoder.PatchTST:
		e.Causal = task.Causal
	case *encoder.Dilated:
		e.Causal = task.Causal
	}
	return enc
}

// filtered sets aside the samples that task refuses.
func filtered(task pretext.Task, from data.Source) (data.Source, []data.Rejected) {
	filter, ok := task.(pretext.Filter)
	set, all := from.(*data.Set)
	if !ok || !all {
		return from, nil
	}
	kept, aside := &data.Set{Of: set.Of}, []data.Rejected(nil)
	for i, x := range set.X {
		if why := filter.Reject(data.Sample{Name: set.Names[i], X: x}); why != "" {
			aside = append(aside, data.Rejected{Name: set.Names[i], Code: "set-aside", Reason: why})
			continue
		}
		kept.Names, kept.Labels, kept.X = append(kept.Names, set.Names[i]), append(kept.Labels, set.Labels[i]), append(kept.X, x)
	}
	return kept, aside
}

// Steps trains from Done on. One pull is one step.
func (r *Run) Steps(ctx context.Context) iter.Seq2[train.Progress, error] {
	loop := train.Loop{Backend: r.backend, Learner: r.Task, Optim: r.optim, Rand: r.rand, First: r.Done,
		Batches: data.Epochs(r.from, r.Config.Batch, r.Done, r.rand),
		Rate:    r.rate, Clip: r.Clip(),
		Until: func() int { return r.Until() },
	}
	return func(yield func(train.Progress, error) bool) {
		for p, err := range loop.Steps(ctx) {
			if err == nil {
				r.Done = p.Step + 1
				r.Seconds += p.Took.Seconds()
				if r.norm == 0 {
					r.norm = float64(p.Norm)
				}
				r.norm += 0.1 * (float64(p.Norm) - r.norm)
				if r.Config.Steps == 0 {
					r.times = append(r.times, p.Took.Seconds())
					r.budget()
				}
				r.record(Point{Step: r.Done, Loss: p.Loss})
				err = r.judge(ctx)
			}
			if !yield(p, err) || err != nil {
				return
			}
		}
	}
}

// Clip is the longest gradient of a step; 0 is any.
func (r *Run) Clip() float32 { return kind.TraitsOf(r.Config.Kind).Clip }

// rate is a cosine schedule whose warm-up is a twentieth of the run, 10 to 500 steps.
func (r *Run) rate(step int) float32 {
	total := r.Until()
	return optim.Cosine(float32(r.Config.Rate), min(max(total/20, 10), 500), total)(step)
}

// keepPoints is how many points a curve keeps: twice what a wide screen can show.
const keepPoints = 4096

func (r *Run) record(p Point) {
	r.History = append(r.History, p)
	if len(r.History) > keepPoints {
		kept := r.History[:0]
		for i, p := range r.History {
			if i%2 == 1 || len(p.Metrics) > 0 {
				kept = append(kept, p)
			}
		}
		r.History = kept
	}
}

// Measure adds metrics to the latest point of the curve.
func (r *Run) Measure(m map[string]float64) {
	if n := len(r.History); n > 0 {
		r.History[n-1].Metrics = m
	}
}

// NewID names a run by when it began, so that a list sorts by age.
func NewID(task string, now time.Time) string {
	return task + "-" + now.UTC().Format("20060102-150405.000")
}
