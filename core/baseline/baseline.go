// Package baseline predicts classes without an encoder, by classical methods: what an encoder must beat.
// Of several methods it takes the one with the best cross-validation on the given labels.
package baseline

import (
	"context"
	"slices"

	"autodidact/core/probe"
	"autodidact/core/rng"
)

// A Baseline is the candidates for one set. Samples of a separate test set are numbered behind its own.
type Baseline struct {
	Tick func() // called between fits, if set, to let others run

	candidates []candidate
	chooseBy   int // labels by which is chosen, at most; 0 is all
}

// A candidate is one method on one kind of features.
type candidate struct {
	name     string
	settings []float64 // that are tried: of regressions their decay, strongest first
	usual    int       // the setting where there are too few labels to choose by
	single   bool      // only where a sample is of one class
	most     int       // most labels it is trained on, since it takes long; 0 is any number
	ahead    float64   // standard errors by which it must be better than others before it, since it rarely is
	fit      func(b trainSet, settings []float64) []predictor
}

// A predictor gives the probabilities of samples.
type predictor func(at []int) probe.Probabilities

// A trainSet is samples and their labels.
type trainSet struct {
	at      []int
	labels  []string
	stopped func() bool // lets others run; whether learning is to break off
}

func (b trainSet) pick(which []int) trainSet {
	p := trainSet{stopped: b.stopped}
	for _, k := range which {
		p.at, p.labels = append(p.at, b.at[k]), append(p.labels, b.labels[k])
	}
	return p
}

// Fit learns from the samples given, whose labels are labels, and returns what predicts and the name of the candidate
// that was taken. r draws the folds of cross-validation.
func (b *Baseline) Fit(ctx context.Context, train []int, labels []string, r *rng.Rand) (func(at []int) probe.Probabilities, string, error) {
	all := trainSet{train, labels, probe.Stopper(ctx, b.Tick)}
	c, setting, err := b.choose(ctx, all, r)
	if err != nil {
		return nil, "", err
	}
	return c.fit(all, []float64{setting})[0], c.name, ctx.Err()
}

// choose returns the candidate, and its setting, with the best accuracy in cross-validation; of equals the first, and one that must be
// ahead only if it is. Of equal settings of one candidate it takes the one with the lower log loss.
func (b *Baseline) choose(ctx context.Context, all trainSet, r *rng.Rand) (candidate, float64, error) {
	able := slices.DeleteFunc(slices.Clone(b.candidates), func(c candidate) bool {
		return c.single && probe.MultiLabel(all.labels) || c.most > 0 && len(all.at) > c.most
	})
	folds := makeFolds(all, b.chooseBy, r)
	best, at, most := able[0], able[0].settings[able[0].usual], score{right: -1}
	for _, c := range able {
		if len(folds) == 0 || len(able) == 1 && len(c.settings) == 1 {
			break
		}
		scores, err := b.validate(ctx, all, c, folds)
		if err != nil {
			return c, 0, err
		}
		s := 0
		for i := range scores {
			if scores[i].better(scores[s]) {
				s = i
			}
		}
		if scores[s].ahead(most, c.ahead) {
			best, at, most = c, c.settings[s], scores[s]
		}
	}
	return best, at, nil
}

// validate scores each setting of a candidate.
func (b *Baseline) validate(ctx context.Context, all trainSet, c candidate, folds []fold) ([]score, error) {
	scores := make([]score, len(c.settings))
	for _, f := range folds {
		for i, p := range c.fit(f.train, c.settings) {
			scores[i].add(p(f.test.at), f.test.labels)
		}
		if all.stopped() {
			return nil, ctx.Err()
		}
	}
	return scores, nil
}
