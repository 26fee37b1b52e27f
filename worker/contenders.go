package worker

import (
	"context"

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
type answerer func(ctx context.Context, repeat int, given, asked []int) (probe.Shares, error)

// contender makes what a contender answers with.
func (m *Meter) contender(ctx context.Context, name string) (answerer, error) {
	switch {
	case m.tunes(name):
		return m.tuned(name), nil
	case name == "raw" && m.Method == finetune && m.Set.Of == data.Text:
		return m.bayes(), nil
	}
	return m.read(ctx, name)
}

// read answers from features that stay as they are. Raw series are told by the nearest curve, as it is.
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
	if name == "raw" && m.Set.Of == data.Series {
		method = "nearest"
	} else if method == finetune || method == fixmatch {
		method = "linear" // these have no network that could learn
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
	return func(_ context.Context, repeat int, given, asked []int) (probe.Shares, error) {
		return with.Learn(bank.Pick(given), rng.New(m.Seed).For("read", repeat)).Tell(queries.Pick(asked).Features), nil
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
	return func(ctx context.Context, repeat int, given, asked []int) (probe.Shares, error) {
		look, c, err := OpenLooker(m.Model, m.Backend)
		if err != nil {
			return probe.Shares{}, err
		}
		if err := Learn(ctx, c, m.Model, m.Set, m.Busy); err != nil {
			return probe.Shares{}, err
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
				return probe.Shares{}, err
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
			return probe.Shares{}, err
		}
		if err := t.Learn(ctx, func() { m.clock.stepped(1); m.tick() }); err != nil {
			return probe.Shares{}, err
		}
		return t.Tell(ctx, test, asked)
	}
}

// bayes answers by naive Bayes, from words alone.
func (m *Meter) bayes() answerer {
	return func(_ context.Context, _ int, given, asked []int) (probe.Shares, error) {
		texts, labels := make([]string, len(given)), make([]string, len(given))
		for k, i := range given {
			texts[k], labels[k] = m.Set.Texts.At(i), m.Labels[i]
		}
		test := m.Set
		if m.Test != nil {
			test = m.Test
		}
		b, says := probe.NewBayes(texts, labels), make([]string, len(asked))
		for k, i := range asked {
			says[k] = b.Label(test.Texts.At(i))
		}
		s := probe.Shares{Classes: probe.Classes(labels)}
		s.Data = probe.Member(says, s.Classes)
		return s, nil
	}
}
