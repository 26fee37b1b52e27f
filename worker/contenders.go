package worker

import (
	"context"

	"autodidact/core/baseline"
	"autodidact/core/data"
	"autodidact/core/nn"
	"autodidact/core/probe"
	"autodidact/core/rng"
)

// Methods that let the network learn on, rather than read its features.
const (
	finetune = "finetune"
	fixmatch = "fixmatch"
)

// contenders is what "pretrained" can be measured against.
var contenders = []string{"scratch", "random", "raw"}

// tunes says whether a contender's network learns.
func (m *Meter) tunes(contender string) bool {
	return contender == "scratch" || (m.Method == finetune || m.Method == fixmatch) && contender == "pretrained"
}

// An answerer learns from the samples given and tells those asked.
type answerer func(ctx context.Context, repeat int, given, asked []int) (probe.Probabilities, error)

// contender makes what a contender answers with.
func (m *Meter) contender(ctx context.Context, name string) (answerer, error) {
	switch {
	case m.tunes(name):
		return m.tuned(name), nil
	case name == "raw":
		return m.baseline(ctx)
	}
	return m.read(ctx, name)
}

// read answers from features that stay as they are.
func (m *Meter) read(ctx context.Context, name string) (answerer, error) {
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
	test := f
	if m.Test != nil {
		if test, err = embed(ctx, name, m.Test); err != nil {
			return nil, err
		}
	}
	lay := with.Prepare(f)
	f, test = lay(f), lay(test)
	bank, queries := probe.Labelled{Features: f, Labels: m.Labels}, probe.Labelled{Features: test, Labels: make([]string, test.N)}
	return func(_ context.Context, repeat int, given, asked []int) (probe.Probabilities, error) {
		return with.Fit(bank.Pick(given), rng.New(m.Seed).For("read", repeat)).Predict(queries.Pick(asked).Features), nil
	}, nil
}

// embed looks at the samples of a set as a contender does.
func (m *Meter) embed(ctx context.Context, name string, set *data.Set) (probe.Features, error) {
	look, c, err := OpenLooker(m.Model, m.Backend)
	if err != nil {
		return probe.Features{}, err
	}
	if err := Learn(ctx, c, m.Model, set, m.Busy); err != nil {
		return probe.Features{}, err
	}
	if name == "pretrained" {
		m.noteAll(look.Unread(set))
		return look.Embed(ctx, set, nil, m.Busy)
	}
	return Untrained{c, m.Set, m.Backend, m.Busy}.Embed(ctx, name, set)
}

// tuned answers by a network that learns on from the labels given: the encoder, or the same from scratch.
func (m *Meter) tuned(name string) answerer {
	return func(ctx context.Context, repeat int, given, asked []int) (probe.Probabilities, error) {
		look, c, err := OpenLooker(m.Model, m.Backend)
		if err != nil {
			return probe.Probabilities{}, err
		}
		if err := Learn(ctx, c, m.Model, m.Set, m.Busy); err != nil {
			return probe.Probabilities{}, err
		}
		m.noteAll(look.Unread(m.Set))
		tuning := m.Tuning
		if name == "scratch" {
			c.Seed += uint64(repeat)
			look.Encoder = newEncoder(c, look.Tokens, look.Readings)
			nn.Place(m.Backend, look.Encoder)
			tuning = Tuning{Scratch: true}
		}
		r := rng.New(m.Seed).For("classifier", repeat)
		test := m.Set
		if m.Test != nil {
			test = m.Test
			if err := Learn(ctx, c, m.Model, test, m.Busy); err != nil {
				return probe.Probabilities{}, err
			}
		}
		labels := make([]string, m.Set.Len())
		for _, i := range given {
			labels[i] = m.Labels[i]
		}
		if m.Method == fixmatch && name == "pretrained" {
			return semiSupervised(ctx, look, m.Set, labels, test, asked, r, func() { m.clock.stepped(matchCost); m.tick() })
		}
		t, err := NewClassifier(ctx, look, m.Set, labels, tuning, r)
		if err != nil {
			return probe.Probabilities{}, err
		}
		if err := t.Learn(ctx, func() { m.clock.stepped(1); m.tick() }); err != nil {
			return probe.Probabilities{}, err
		}
		return t.Tell(ctx, test, asked)
	}
}

// baseline answers without an encoder, as well as is known how. It notes which candidate was taken.
func (m *Meter) baseline(ctx context.Context) (answerer, error) {
	var scale data.Scale
	if m.Set.Of == data.Series {
		c, err := ConfigOf(m.Model)
		if err != nil {
			return nil, err
		}
		for _, set := range []*data.Set{m.Set, m.Test} {
			if set == nil {
				continue
			}
			if err := Learn(ctx, c, m.Model, set, nil); err != nil {
				return nil, err
			}
		}
		scale = readings(m.Set, c.Size).Scale
	}
	b, notes := baseline.New(m.Set, m.Test, len(probe.Classes(m.Labels)), scale, m.Backend)
	for _, n := range notes {
		m.note("raw", "%s", n)
	}
	b.Tick = m.tick
	first := 0 // number of the first sample that is asked about
	if m.Test != nil {
		first = m.Set.Len()
	}
	return func(ctx context.Context, repeat int, given, asked []int) (probe.Probabilities, error) {
		labels, at := make([]string, len(given)), make([]int, len(asked))
		for k, i := range given {
			labels[k] = m.Labels[i]
		}
		for k, i := range asked {
			at[k] = first + i
		}
		predict, taken, err := b.Fit(ctx, given, labels, rng.New(m.Seed).For("baseline", repeat))
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
