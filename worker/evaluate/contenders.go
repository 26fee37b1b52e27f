package evaluate

import (
	"context"

	"autodidact/core/data"
	"autodidact/core/nn"
	"autodidact/core/probe"
	"autodidact/core/rng"
	"autodidact/worker/kind"
	"autodidact/worker/run"
)

// Methods that let the network learn on, rather than read its features.
const (
	finetune = "finetune"
	fixmatch = "fixmatch"
)

// contenders is what "pretrained" can be measured against.
var contenders = []string{"scratch", "random", "raw"}

// tunes says whether a contender's network learns.
func (m *Evaluation) tunes(contender string) bool {
	return contender == "scratch" || (m.Method == finetune || m.Method == fixmatch) && contender == pretrained
}

// A predictor learns from some samples and predicts others.
type predictor func(ctx context.Context, repeat int, train, test []int) (probe.Probabilities, error)

// contender makes what a contender predicts with.
func (m *Evaluation) contender(ctx context.Context, name string) (predictor, error) {
	switch {
	case m.tunes(name):
		return m.tuned(name), nil
	case name == "raw":
		return m.baseline(ctx)
	}
	return m.probed(ctx, name)
}

// probed predicts from features that stay as they are.
func (m *Evaluation) probed(ctx context.Context, name string) (predictor, error) {
	embed := m.Embed
	if embed == nil {
		embed = m.embed
	}
	f, err := embed(ctx, name, m.Set)
	if err != nil {
		return nil, err
	}
	method := m.Method
	if method == finetune || method == fixmatch {
		method = "linear" // an encoder that does not learn
	}
	with, err := probe.FindMethod(method)
	if err != nil {
		return nil, err
	}
	queried := f
	if m.Test != nil {
		if queried, err = embed(ctx, name, m.Test); err != nil {
			return nil, err
		}
	}
	lay := with.Prepare(f)
	f, queried = lay(f), lay(queried)
	bank, queries := probe.Labelled{Features: f, Labels: m.Given}, probe.Labelled{Features: queried, Labels: make([]string, queried.N)}
	return func(_ context.Context, repeat int, train, test []int) (probe.Probabilities, error) {
		return with.Fit(bank.Pick(train), rng.New(m.Seed).For("read", repeat)).Predict(queries.Pick(test).Features), nil
	}, nil
}

// embed gives the features of a set by a contender.
func (m *Evaluation) embed(ctx context.Context, name string, set *data.Set) (probe.Features, error) {
	e, c, err := run.OpenEmbedder(m.Model, m.Backend)
	if err != nil {
		return probe.Features{}, err
	}
	if err := run.Prepare(ctx, c, m.Model, set, m.Busy); err != nil {
		return probe.Features{}, err
	}
	if name == pretrained {
		m.noteAll(e.Unread(set))
		return e.Embed(ctx, set, nil, m.Busy)
	}
	return run.UntrainedFeatures(ctx, c, m.Set, set, m.Backend, m.Busy)
}

// tuned predicts by a network that learns on from the labels given: the encoder, or the same from scratch.
func (m *Evaluation) tuned(name string) predictor {
	return func(ctx context.Context, repeat int, train, test []int) (probe.Probabilities, error) {
		e, c, err := run.OpenEmbedder(m.Model, m.Backend)
		if err != nil {
			return probe.Probabilities{}, err
		}
		if err := run.Prepare(ctx, c, m.Model, m.Set, m.Busy); err != nil {
			return probe.Probabilities{}, err
		}
		m.noteAll(e.Unread(m.Set))
		tuning := m.Tuning
		if name == "scratch" {
			c.Seed += uint64(repeat)
			e.Encoder = run.NewEncoder(c, e.Input)
			nn.Place(m.Backend, e.Encoder)
			tuning = Tuning{Scratch: true}
		}
		r := rng.New(m.Seed).For("classifier", repeat)
		of := m.Set
		if m.Test != nil {
			of = m.Test
			if err := run.Prepare(ctx, c, m.Model, of, m.Busy); err != nil {
				return probe.Probabilities{}, err
			}
		}
		labels := make([]string, m.Set.Len())
		for _, i := range train {
			labels[i] = m.Given[i]
		}
		if m.Method == fixmatch && name == pretrained {
			return semiSupervised(ctx, e, m.Set, labels, of, test, r, func() { m.clock.stepped(matchCost); m.tick() })
		}
		t, err := NewClassifier(ctx, e, m.Set, labels, tuning, r)
		if err != nil {
			return probe.Probabilities{}, err
		}
		m.noteAll(t.Notices())
		if err := t.Learn(ctx, func() { m.clock.stepped(1); m.tick() }); err != nil {
			return probe.Probabilities{}, err
		}
		return t.Predict(ctx, of, test)
	}
}

// baseline predicts without an encoder, as well as is known how. It notes which candidate was chosen.
func (m *Evaluation) baseline(ctx context.Context) (predictor, error) {
	c, err := run.ConfigOf(m.Model)
	if err != nil {
		return nil, err
	}
	for _, set := range []*data.Set{m.Set, m.Test} {
		if set == nil {
			continue
		}
		if err := run.Prepare(ctx, c, m.Model, set, nil); err != nil {
			return nil, err
		}
	}
	k := kind.Of(m.Set.Of)
	in, err := k.Input(m.Set, c.Size)
	if err != nil {
		return nil, err
	}
	b, notes := k.Baseline(m.Set, m.Test, len(probe.Classes(m.Given)), in, m.Backend)
	for _, n := range notes {
		m.note("raw", "%s", n)
	}
	b.Tick = m.tick
	first := 0 // number of the first sample that is tested
	if m.Test != nil {
		first = m.Set.Len()
	}
	return func(ctx context.Context, repeat int, train, test []int) (probe.Probabilities, error) {
		labels, at := make([]string, len(train)), make([]int, len(test))
		for k, i := range train {
			labels[k] = m.Given[i]
		}
		for k, i := range test {
			at[k] = first + i
		}
		predict, taken, err := b.Fit(ctx, train, labels, rng.New(m.Seed).For("baseline", repeat))
		if err != nil {
			return probe.Probabilities{}, err
		}
		m.taken = append(m.taken, taken)
		return predict(at), nil
	}, nil
}

// mostTaken is the candidate that was taken most often, of equals the first.
func mostTaken(taken []string) string {
	count, most := map[string]int{}, ""
	for _, name := range taken {
		count[name]++
	}
	for _, name := range taken {
		if count[name] > count[most] {
			most = name
		}
	}
	return most
}
