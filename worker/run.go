package worker

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/kernel"
	"autodidact/core/nn"
	"autodidact/core/optim"
	"autodidact/core/probe"
	"autodidact/core/rng"
	"autodidact/core/token"
	"autodidact/core/train"
	"autodidact/pretext"
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

	// Aside are samples that the task cannot ask about, and why.
	Aside []data.Rejected
	// Notices are what else a person would want to know of how it was made: what was taken over, left or changed.
	Notices []data.Rejected

	backend  kernel.Backend
	set      *data.Set      // all samples
	from     data.Source    // what it learns from
	words    *data.Language // of texts
	readings *Readings      // of series
	held     data.Source    // what it does not learn from, so that it can be asked about that; may be empty
	taught   Given          // labels that are learned beside the task
	often    []float32      // the share of each token in those it does
	optim    optim.Optimizer
	rand     *rng.Rand
	print    string    // fingerprint of the data
	times    []float64 // seconds of the measured steps
	norm     float64   // of the gradient, in recent steps
}

// A Birth is what a run is made of.
type Birth struct {
	Config  Config
	Set     *data.Set
	Backend kernel.Backend
	From    *checkpoint.State // whose encoder and vocabulary it begins with; nil to begin with nothing learned
	Taught  Given             // labels to learn beside the task, if the Config asks for that; none: those of the Set

	tokens token.Tokenizer // that texts are read by; nil learns a vocabulary
	pose   func(Config, pretext.Setup) (pretext.Task, error)
}

// Run makes the run. The Config is resolved first.
func (b Birth) Run() (*Run, error) {
	if b.From == nil {
		return b.born()
	}
	was, err := ConfigOf(b.From)
	if err != nil {
		return nil, err
	}
	c := &b.Config
	notes := overruled(*c, was)
	c.Encoder, c.Size, c.Vocab, c.Tokenizer, c.Cased = was.Encoder, was.Size, was.Vocab, was.Tokenizer, was.Cased
	if b.tokens, err = tokenizerOf(b.From); err != nil {
		return nil, err
	}
	r, err := b.born()
	if err != nil {
		return nil, err
	}
	r.Notices = append(r.Notices, notes...)
	return r, r.begin(b.From)
}

// NewRun makes the run that c describes.
func NewRun(c Config, set *data.Set, b kernel.Backend) (*Run, error) {
	return Birth{Config: c, Set: set, Backend: b}.Run()
}

// NewRunFrom is NewRun, but that the encoder and the vocabulary are those of a model or a checkpoint.
func NewRunFrom(s *checkpoint.State, c Config, set *data.Set, b kernel.Backend) (*Run, error) {
	return Birth{Config: c, Set: set, Backend: b, From: s}.Run()
}

// FromScratch makes the run that trains c's encoder on the labels of set instead, for as long; of clips, on those of their frames.
func FromScratch(c Config, set *data.Set, b kernel.Backend) (*Run, error) {
	if set.Of == data.Video {
		set, c.Task, c.Kind = data.Stills(set), "", data.Images
	}
	return Birth{Config: c, Set: set, Backend: b,
		pose: func(_ Config, s pretext.Setup) (pretext.Task, error) { return pretext.NewSupervised(s, set), nil }}.born()
}

// catalogued is the task that a Config names, with labels beside it if that asks for them.
func (b Birth) catalogued(c Config, s pretext.Setup) (pretext.Task, error) {
	spec, _ := pretext.Find(c.Task)
	task, err := spec.Build(s, c.Options)
	if err != nil || c.Joint == 0 {
		return task, err
	}
	labels := b.Taught.Of(b.Set)
	if len(probe.Classes(labels)) < 2 {
		return nil, &ConfigError{"joint", "learning labels beside the task needs labels of at least two classes"}
	}
	return pretext.NewJoint(task, s, b.Set, labels, float32(c.Joint)), nil
}

// born makes the run with weights that are drawn.
func (b Birth) born() (*Run, error) {
	c, set := b.Config, b.Set
	if set.Of == data.Video && c.Kind == data.Images {
		c.Kind = data.Video // whose frames are pictures
	}
	c, err := c.Resolve()
	if err != nil {
		return nil, err
	}
	if c.Kind != set.Of && set.Len() > 0 {
		return nil, &MisfitError{fmt.Sprintf("task %s learns from samples of kind %s; these are of kind %s", c.Task, c.Kind, set.Of)}
	}
	if c.Joint > 0 && len(b.Taught) == 0 {
		b.Taught = Given{}
		for i, name := range set.Names {
			b.Taught[name] = set.Labels[i]
		}
	}
	pose := b.pose
	if pose == nil {
		pose = b.catalogued
	}
	r := rng.New(c.Seed)
	run := &Run{Config: c, backend: b.Backend, set: set, rand: r, print: set.Fingerprint()}
	if c.Joint > 0 {
		run.taught = b.Taught
	}
	var from data.Source
	if c.Kind == data.Images || c.Kind == data.Video {
		from, run.held = pictured(c, set)
	}
	setup := pretext.Setup{Size: c.Size, Rand: r.For("heads", 0)}
	if c.Kind == data.Text {
		if err := run.read(b.tokens); err != nil {
			return nil, err
		}
		setup.Tokens, from = run.words.Tokens, run.from
	}
	if c.Kind == data.Series {
		if set.Recordings == nil || len(set.Recordings.Of) == 0 {
			return nil, fmt.Errorf("%w: there are no series", data.ErrTooFew)
		}
		if c.Missing != nil {
			set.Mark(c.Missing)
		}
		c.Missing = set.Missing()
		run.Config = c
		run.print, run.readings = set.Fingerprint(), readings(set, c.Size)
		setup.Channels = run.readings.Channels
	}
	setup.NewEncoder = func() nn.Encoder { return newEncoder(c, setup.Tokens, run.readings) }
	setup.Encoder = setup.NewEncoder()
	task, err := pose(c, setup)
	if err != nil {
		return nil, optionsError(err)
	}
	if c.Kind == data.Series {
		from = set.Recordings.Pieces(c.Size, aheadOf(task), run.readings.Scale, false)
		run.held = set.Recordings.Pieces(c.Size, aheadOf(task), run.readings.Scale, true)
	}
	from, aside := apart(task, from)
	if c.Batch, err = batchFor(c, from, aside); err != nil {
		return nil, err
	}
	run.Config = c
	nn.Place(b.Backend, task)
	run.Task, run.Aside, run.from = task, aside, from
	switch c.Optimizer {
	case "adamw":
		run.optim = optim.NewAdamW(float32(c.Decay))
	case "sgd":
		run.optim = optim.NewSGD(0.9, float32(c.Decay))
	case "lars":
		run.optim = optim.NewLARS(0.9, float32(c.Decay))
	}
	if c.Minutes == 0 || c.Steps > 0 {
		run.plan()
	}
	return run, nil
}

// leastBatch is the fewest samples a step can take: with one there is nothing to tell it apart from.
const leastBatch = 2

// batchFor is how many samples a step takes of those that are learned from: as many as c asks for, or, where it leaves that
// open, as usual, or all if there are fewer.
func batchFor(c Config, from data.Source, aside []data.Rejected) (int, error) {
	n := from.Len()
	if c.Batch == 0 {
		c.Batch = max(leastBatch, min(usual[c.Kind].batch, n))
	}
	if n >= c.Batch {
		return c.Batch, nil
	}
	why := ""
	if len(aside) > 0 {
		why = fmt.Sprintf(" (%d were set aside: %s is %s)", len(aside), aside[0].Name, aside[0].Reason)
	}
	of := units[c.Kind]
	if n < leastBatch {
		return 0, &tooFewError{fmt.Sprintf("%s to learn from%s; training takes %d at least", count(n, of), why, leastBatch)}
	}
	return 0, &tooFewError{fmt.Sprintf("a batch of %d cannot be filled: there are %s to learn from%s, so that at most %d fits", c.Batch, count(n, of), why, n)}
}

// A tooFewError is a data.ErrTooFew in its own words.
type tooFewError struct{ reason string }

func (e *tooFewError) Error() string { return e.reason }
func (e *tooFewError) Unwrap() error { return data.ErrTooFew }

// units are what a step takes of each kind: short texts share sequences.
var units = map[data.Kind]string{data.Images: "sample", data.Video: "sample", data.Text: "sequence", data.Series: "window"}

// pictured parts pictures, or clips, into those to learn from and the few that are held out, and gives of clips the
// frames where a task is about pictures.
func pictured(c Config, set *data.Set) (learn, held data.Source) {
	n := set.Len()
	parts := [2]*data.Set{set, {Of: set.Of}}
	if n >= leastHeld {
		parts[0] = set.Subset(func(i int) bool { return !heldOut(i, n) })
		parts[1] = set.Subset(func(i int) bool { return heldOut(i, n) })
	}
	if spec, _ := pretext.Find(c.Task); c.Kind == data.Video && !slices.Contains(spec.Kinds, data.Video) {
		return data.Stills(parts[0]), data.Stills(parts[1])
	}
	return parts[0], parts[1]
}

// newEncoder draws the weights that c begins with.
func newEncoder(c Config, tok token.Tokenizer, known *Readings) nn.Encoder {
	spec, _ := encoder.Find(c.Encoder)
	in := encoder.Input{Size: c.Size}
	if tok != nil {
		in.Tokens = tok.Size()
	}
	if known != nil {
		in.Channels = len(known.Channels)
	}
	enc := spec.Build(rng.New(c.Seed).For("encoder", 0), in)
	task, _ := pretext.Find(c.Task)
	switch e := enc.(type) {
	case *encoder.BERT:
		e.Causal = task.Causal
	case *encoder.PatchTST:
		e.Causal = task.Causal
	}
	return enc
}

// apart sets aside the samples that task refuses.
func apart(task pretext.Task, from data.Source) (data.Source, []data.Rejected) {
	picky, ok := task.(pretext.Filter)
	set, all := from.(*data.Set)
	if !ok || !all {
		return from, nil
	}
	kept, aside := &data.Set{Of: set.Of}, []data.Rejected(nil)
	for i, x := range set.X {
		if why := picky.Reject(data.Sample{Name: set.Names[i], X: x}); why != "" {
			aside = append(aside, data.Rejected{Name: set.Names[i], Code: "set-aside", Reason: why})
			continue
		}
		kept.Names, kept.Labels, kept.X = append(kept.Names, set.Names[i]), append(kept.Labels, set.Labels[i]), append(kept.X, x)
	}
	return kept, aside
}

// measured is how many steps a run with a budget of minutes times before it
// knows how many there will be. The first, which fills pools, does not count.
const measured = 6

// plan turns epochs into steps. A run with a budget of minutes plans itself after
// a few measured steps; from then on its length is fixed, so that it can be resumed.
func (r *Run) plan() {
	if r.Config.Steps == 0 {
		r.Config.Steps = r.Config.Epochs * (r.from.Len() / r.Config.Batch)
	}
}

// Steps trains from Done on. One pull is one step.
func (r *Run) Steps(ctx context.Context) iter.Seq2[train.Progress, error] {
	loop := train.Loop{Backend: r.backend, Learner: r.Task, Optim: r.optim, Rand: r.rand, First: r.Done,
		Batches: data.Epochs(r.from, r.Config.Batch, r.Done, r.rand),
		Rate:    r.rate, Clip: r.clip(),
		Until: func() int { return r.until() },
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
			}
			if !yield(p, err) || err != nil {
				return
			}
		}
	}
}

// budget turns minutes into steps by the median of the measured ones, which one slow
// step does not sway.
func (r *Run) budget() {
	if r.Done < measured {
		return
	}
	times := slices.Sorted(slices.Values(r.times[min(1, len(r.times)-1):]))
	r.Config.Steps = max(measured, int(r.Config.Minutes*60/times[len(times)/2]))
}

func (r *Run) until() int {
	if r.Config.Steps == 0 {
		return measured
	}
	return r.Config.Steps
}

// rate is a cosine schedule whose warm-up is a twentieth of the run, 10 to 500 steps.
func (r *Run) rate(step int) float32 {
	total := r.until()
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

// A MisfitError means a checkpoint and a model do not belong together.
type MisfitError struct{ Reason string }

func (e *MisfitError) Error() string { return e.Reason }

// NewID names a run by when it began, so that a list sorts by age.
func NewID(task string, now time.Time) string {
	return task + "-" + now.UTC().Format("20060102-150405.000")
}
