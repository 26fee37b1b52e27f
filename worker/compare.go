package worker

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/kernel"
	"autodidact/core/probe"
	"autodidact/core/rng"
	"autodidact/pretext"
)

// A Comparison lets several tasks learn for as long as each other on the same data, and ranks what they made of it: by
// signs that need no labels, and, where there are some, by how well they are told.
type Comparison struct {
	Compare
	Config  Config // of each run, but for its task and its length
	Set     *data.Set
	Labels  []string        // by sample; nil is those of Set
	Notices []data.Rejected // what of the configuration or the labels was not used
	Backend kernel.Backend
	Tick    func()          // called between steps, if set
	Each    func(Comparing) // after each task, and now and then while it learns
}

// comparedSamples are what an encoder is told by.
const comparedSamples = 400

// resolve makes a Config of each task.
func (c *Comparison) resolve() (configs []Config, err error) {
	var unfit []string
	if len(c.Tasks) < 1 {
		return nil, &ConfigError{"tasks", "name at least one task to compare"}
	}
	if c.Minutes == 0 && c.Steps == 0 {
		c.Minutes = 0.5
	}
	if c.Labels == nil {
		c.Labels = c.Set.Labels
	}
	for _, name := range c.Tasks {
		spec, err := pretext.Find(name)
		if err != nil {
			return nil, &ConfigError{"tasks", err.Error()}
		}
		cfg := Config{Task: name, Kind: c.Set.Of, Seed: c.Config.Seed, Size: c.Config.Size, Batch: c.Config.Batch, Minutes: c.Minutes, Steps: c.Steps}
		if c.fits(spec) {
			cfg.Encoder = c.Config.Encoder
		} else if c.Config.Task == "" && c.Config.Encoder != "" {
			unfit = append(unfit, name)
		}
		if name == c.Config.Task {
			cfg.Options = c.Config.Options
		}
		if cfg, err = cfg.Resolve(); err != nil {
			return nil, err
		}
		configs = append(configs, cfg)
	}
	if len(unfit) == len(c.Tasks) {
		return nil, &ConfigError{"encoder", fmt.Sprintf("none of these tasks can train %s on samples of kind %s", c.Config.Encoder, c.Set.Of)}
	}
	if len(unfit) > 0 {
		c.Notices = append(c.Notices, note("encoder", "%s cannot be trained by %s: each of those is compared with its usual encoder", c.Config.Encoder, firsts(unfit, mostListed)))
	}
	c.tellUnlabelled()
	return configs, nil
}

// fits says whether a task can train the encoder that the Config names: that of a task like it, or one that was asked for.
func (c *Comparison) fits(spec pretext.Spec) bool {
	if was, err := pretext.Find(c.Config.Task); err == nil {
		return fmt.Sprint(was.Encoders) == fmt.Sprint(spec.Encoders)
	}
	enc, err := encoder.Find(c.Config.Encoder)
	return err == nil && slices.Contains(enc.Kinds, c.Set.Of) && (len(spec.Encoders) == 0 || slices.Contains(spec.Encoders, c.Config.Encoder))
}

// tellUnlabelled tells when there are labels, but too few to rank by.
func (c *Comparison) tellUnlabelled() {
	n, k := len(labelled(c.Labels)), len(probe.Classes(c.Labels))
	if n > 0 && (n < leastTold || k < 2) {
		c.Notices = append(c.Notices, note("labels", "%s of %s are too few to rank tasks by: it takes %d, of two classes", count(n, "label"), classes(k), leastTold))
	}
}

// Run is the entrants, the best first, and what their order is worth. When ctx ends it is those that were done.
func (c *Comparison) Run(ctx context.Context) (Compared, error) {
	configs, err := c.resolve()
	if err != nil {
		return Compared{}, err
	}
	var done []Entrant
	start := time.Now()
	for k, cfg := range configs {
		tell := func(part float64) {
			if c.Each != nil {
				share := (float64(k) + part) / float64(len(configs))
				left := 0.0
				if share > 0 {
					left = time.Since(start).Seconds() * (1 - share) / share
				}
				c.Each(Comparing{Entrants: ranked(done), Task: cfg.Task, Done: share, EtaSeconds: left})
			}
		}
		tell(0)
		e, err := c.enter(ctx, cfg, tell)
		if ctx.Err() != nil {
			return c.compared(done), ctx.Err()
		}
		if err != nil {
			e.Trouble = err.Error()
		}
		done = append(done, e)
	}
	return c.compared(done), nil
}

// enter lets one task learn and looks at what it made of the data.
func (c *Comparison) enter(ctx context.Context, cfg Config, tell func(part float64)) (Entrant, error) {
	e := Entrant{Task: cfg.Task}
	if c.Set.Of == data.Text && c.Set.Language == nil || c.Set.Of == data.Series {
		if err := Learn(ctx, cfg, nil, c.Set, nil); err != nil {
			return e, err
		}
	}
	r, err := NewRun(cfg, c.Set, c.Backend)
	if err != nil {
		return e, err
	}
	for p, err := range r.Steps(ctx) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return e, err
		}
		e.Steps, e.Loss, e.Seconds = r.Done, p.Loss, r.Seconds
		if c.Tick != nil {
			c.Tick()
		}
		if n := r.Config.Steps; n > 0 && r.Done%max(1, n/20) == 0 {
			tell(float64(r.Done) / float64(n))
		}
	}
	return e, c.look(ctx, r, &e)
}

// look tells an encoder by its effective rank (RankMe, arXiv:2210.02885), by whether it knows samples again that look a
// little different, and by their labels.
func (c *Comparison) look(ctx context.Context, r *Run, e *Entrant) error {
	at := probe.Evenly(all(c.Set.Len()), comparedSamples)
	f, err := r.Looker().Embed(ctx, c.Set, at, func(int, int) { c.tick() })
	if err != nil {
		return err
	}
	chance := rng.New(1)
	e.Rank = resampled(f.Pooled(), chance)
	other, err := altered(ctx, r.Looker(), c.Set, at, chance.For("altered", 0))
	if err != nil {
		return err
	}
	g, err := r.Looker().Embed(ctx, other, nil, func(int, int) { c.tick() })
	if err != nil {
		return err
	}
	white := probe.FitWhitening(f)
	a := probe.AccuracyOf(foundAgain(white.Apply(f), white.Apply(g)))
	e.Stable = Band{a.Mean, a.Low, a.High}
	return c.tell(ctx, r, e)
}

// leastTold is how many samples must have a label for a task to be ranked by them.
const leastTold = 20

// tell adds how well labels are told, if there are some.
func (c *Comparison) tell(ctx context.Context, r *Run, e *Entrant) error {
	at := probe.Evenly(labelled(c.Labels), comparedSamples)
	if len(at) < leastTold || len(probe.Classes(c.Labels)) < 2 {
		return nil
	}
	f, err := r.Looker().Embed(ctx, c.Set, at, func(int, int) { c.tick() })
	if err != nil {
		return err
	}
	voters := 0 // the usual number
	if len(at) < 100 {
		voters = 5
	}
	if a := r.knn(f, at, c.Labels, voters); a.Queries > 0 {
		e.KNN = &Band{a.Mean, a.Low, a.High}
	}
	return nil
}

func (c *Comparison) tick() {
	if c.Tick != nil {
		c.Tick()
	}
}

// resampled is the effective rank, and a band from drawing half of the samples again and again.
// measuredAgreement is how far orders without labels agreed with those by labels on the sample sets, half a minute a task, on
// 2026-11-28: Kendall's tau over the tasks of a kind (autodidact compare).
const measuredAgreement = "on our sample sets it agreed with the order by labels for pictures (Kendall’s tau 0.56 over ten exercises) and weather (0.5 over four), and not for texts (-0.17 over four)."

func resampled(f probe.Features, r *rng.Rand) Band {
	const draws = 20
	b := Band{Mean: probe.EffectiveRank(f)}
	var sum, squares float64
	for k := range draws {
		half := f.Pick(r.For("half", k).Perm(f.N)[:(f.N+1)/2])
		v := probe.EffectiveRank(half)
		sum += v / draws
		squares += v * v / draws
	}
	// Half of the samples have half the information: the rank of all varies by so much less.
	spread := 1.96 * math.Sqrt(math.Max(0, squares-sum*sum)/2)
	b.Low, b.High = b.Mean-spread, b.Mean+spread
	return b
}

// foundAgain says of each row of g whether the row of f nearest to it is its own, 1 or 0.
func foundAgain(f, g probe.Features) []float64 {
	found := make([]float64, g.N)
	for i, at := range probe.ClosestTo(f, g) {
		if at == i {
			found[i] = 1
		}
	}
	return found
}

// ranked puts the best first: by the mean of how large their rank is, beside the largest, and how many samples they found again.
func ranked(entrants []Entrant) []Entrant {
	out, most := append([]Entrant{}, entrants...), 0.0
	for _, e := range out {
		most = max(most, e.Rank.Mean)
	}
	for i, e := range out {
		if e.Trouble == "" && most > 0 {
			out[i].Score = (e.Rank.Mean/most + e.Stable.Mean) / 2
		}
	}
	slices.SortStableFunc(out, func(a, b Entrant) int {
		if a.KNN != nil && b.KNN != nil {
			return cmp.Compare(b.KNN.Mean, a.KNN.Mean)
		}
		return cmp.Compare(b.Score, a.Score)
	})
	return out
}

func (c *Comparison) compared(done []Entrant) Compared {
	e := Compared{Entrants: ranked(done)}
	var well []Entrant
	for _, one := range e.Entrants {
		if one.Trouble == "" {
			well = append(well, one)
		}
	}
	e.Words = reliability(well)
	if len(well) >= 2 && well[0].KNN != nil {
		tau := agreement(well)
		e.Agreement = &tau
	}
	return e
}

// agreement is Kendall's tau between the order by Score and that by labels: 1 is the same order, -1 the opposite.
func agreement(entrants []Entrant) float64 {
	sum, pairs := 0.0, 0.0
	for i, a := range entrants {
		for _, b := range entrants[i+1:] {
			sum += float64(cmp.Compare(a.Score, b.Score) * cmp.Compare(a.KNN.Mean, b.KNN.Mean))
			pairs++
		}
	}
	return sum / max(pairs, 1)
}

// reliability says how far the order is to be believed.
func reliability(well []Entrant) string {
	if len(well) == 0 {
		return "Nothing could be compared."
	}
	if len(well) == 1 {
		return "One exercise alone has no order."
	}
	first, second := well[0], well[1]
	if first.KNN != nil {
		words := fmt.Sprintf("Ranked by labels: %s first, with %s told right.", first.Task, percent(first.KNN.Mean))
		if second.KNN.High > first.KNN.Low {
			words += fmt.Sprintf(" But %s may be as good: its band overlaps.", second.Task)
		}
		tau := agreement(well)
		switch {
		case tau > 0.6:
			words += " The order without labels would have been much the same."
		case tau > 0.2:
			words += " The order without labels would have been similar, no more."
		default:
			words += " Without labels the order would have been another: do not trust it here."
		}
		return words
	}
	words := fmt.Sprintf("Ranked without labels: %s first, by how many directions its features use and how many samples it knows again.", first.Task)
	if second.Rank.High > first.Rank.Low && second.Stable.High > first.Stable.Low {
		words += fmt.Sprintf(" %s may as well be first: both figures overlap.", second.Task)
	}
	return words + " Such an order is a hint: " + measuredAgreement + " Label a few samples of each class, and the order is by those."
}

func (s *session) compare(ctx context.Context, c Compare) (Event, [][]byte, error) {
	if err := s.engaged(); err != nil {
		return nil, nil, err
	}
	if s.set.Len() == 0 {
		return nil, nil, fmt.Errorf("%w: there are no samples to learn from; add some", data.ErrTooFew)
	}
	like := s.config
	if like.Kind != s.set.Of && s.set.Of != data.Video { // it was for other data, whose sizes say nothing of these
		like = Config{Seed: like.Seed}
	}
	comparison := Comparison{Compare: c, Config: like, Set: s.set, Backend: s.Backend, Each: func(e Comparing) { s.Send(0, e) }}
	comparison.Labels = s.known()
	comparison.Tick = s.hear
	e, err := comparison.Run(ctx)
	s.note(comparison.Notices)
	_, err = partly(err)
	return e, nil, err
}
