// Package evaluate measures what an encoder is worth: its label efficiency beside baselines, by classifiers on its features and by
// fine-tuning, and the comparison of what several tasks make of the same data.
package evaluate

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/probe"
	"autodidact/core/rng"
	"autodidact/worker/kind"
	"autodidact/worker/label"
	"autodidact/worker/report"
)

// A Plan says what is measured.
type Plan struct {
	Method  string   `json:"method"`            // "knn", "linear", "centroid", "finetune", "fixmatch"
	Labels  []string `json:"labels,omitempty"`  // of each class: numbers and "all"
	Repeats int      `json:"repeats,omitempty"` // 5 by default
	Against []string `json:"against,omitempty"` // "scratch", "random", "raw"
}

// An Evaluation measures label efficiency: the accuracy with each number of labels of each class, of each contender: the
// pretrained encoder, the same network from scratch, the untrained encoder, and the best baseline without an encoder. All get
// the same labels and the same test samples; the encoder was trained without any labels.
type Evaluation struct {
	Plan
	Model   *checkpoint.State // the encoder, and its vocabulary or channels
	Set     *data.Set
	Given   []string  // labels by sample, "" where there is none; nil is those of Set
	Test    *data.Set // to test with, instead of the samples that gave no label
	Backend kernel.Backend
	Seed    uint64
	Tuning  Tuning

	// Embed gives the features of a contender, if they are known already or are to be remembered; nil computes them.
	Embed func(ctx context.Context, contender string, set *data.Set) (probe.Features, error)
	Busy  func(done, total int) // while samples are looked at
	Tick  func()                // called often, to let others run
	Each  func(Progress)        // after each figure
	Note  func(data.Rejected)   // what a person would want to know of who takes part, each once
	// Moving, if set, is called often with how far all is, from 0 to 1, and how long the rest will take.
	Moving func(share float64, left time.Duration)

	clock    *clock
	taken    []string // candidates of the baseline, by repeat, with the labels under way
	testable int      // samples that could be tested in a repeat
	noted    []data.Rejected
}

// Progress is a figure, and how many of all are measured.
type Progress struct {
	Result      Result
	Done, Total int // figures
	Left        time.Duration
}

// Test samples in one repeat, at most: with a network that is trained anew each time, fewer.
const (
	maxTest      = 2000
	maxTestTuned = 500
)

// pretrained is the contender that is measured.
const pretrained = "pretrained"

// Results are in the order of labels, then of contenders, "pretrained" first. When ctx ends they are those measured
// by then, with the context's error.
func (m *Evaluation) Results(ctx context.Context) ([]Result, error) {
	numbers, err := m.resolve()
	if err != nil {
		return nil, err
	}
	names := append([]string{pretrained}, m.Against...)
	draws := m.draws(names)
	if len(draws[0].Test) == 0 {
		return nil, fmt.Errorf("%w: no sample with a label is left to test with, once those of a class of one are taken out", data.ErrTooFew)
	}
	numbers = m.attainable(numbers, draws)
	m.report(numbers, draws)
	predict := map[string]predictor{}
	for _, c := range names {
		if predict[c], err = m.contender(ctx, c); err != nil {
			return nil, err
		}
	}
	m.clock = m.start(numbers, names, draws)
	var out []Result
	for _, n := range numbers {
		var ours probe.Accuracy
		for _, c := range names {
			scores, err := m.scores(ctx, c, predict[c], n, draws)
			if err != nil {
				return out, err
			}
			r, a := m.result(n, c, scores)
			if c == pretrained {
				ours = a
			} else {
				mean, low, high := ours.PairedDifference(a)
				r.Ahead = &Band{mean, low, high}
			}
			out = append(out, r)
			if m.Each != nil {
				m.Each(Progress{r, len(out), len(numbers) * len(names), m.clock.left()})
			}
		}
	}
	return out, nil
}

// scores are those of a contender with n labels of each class, by repeat.
func (m *Evaluation) scores(ctx context.Context, contender string, predict predictor, n int, draws []probe.LabelDraw) (scores []probe.Score, err error) {
	m.taken = nil
	for repeat, d := range draws {
		train := d.Train(n)
		p, err := predict(ctx, repeat, train, d.Test)
		if err != nil {
			return nil, err
		}
		scores = append(scores, probe.ScoreOf(p, m.truth(d.Test)))
		m.clock.did(contender, train)
		m.tick()
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return scores, nil
}

// resolve fills in what was not said, and reads the numbers of labels.
func (m *Evaluation) resolve() (numbers []int, err error) {
	m.Method, m.Repeats = cmp.Or(m.Method, "knn"), cmp.Or(m.Repeats, 5)
	if m.Given == nil {
		m.Given = m.Set.Labels
	}
	if len(m.Plan.Labels) == 0 {
		m.Plan.Labels = []string{"all"}
	}
	if m.Repeats < 1 || m.Repeats > 100 {
		return nil, report.BadField("repeats", "repeats is %d; it must lie between 1 and 100", m.Repeats)
	}
	if _, err := probe.FindMethod(m.Method); err != nil && m.Method != finetune && m.Method != fixmatch {
		return nil, report.BadField("method", "%v, %s, %s", err, finetune, fixmatch)
	}
	if m.Method == fixmatch && !kind.TraitsOf(m.Set.Of).FixMatch {
		return nil, report.Mismatch("learning from labelled and unlabelled samples together is for pictures so far; finetune is for every kind")
	}
	for _, c := range m.Against {
		if !slices.Contains(contenders, c) {
			return nil, report.BadField("against", "no contender named %q; there are %s", c, strings.Join(contenders, ", "))
		}
	}
	for _, l := range m.Plan.Labels {
		n, err := probe.PerClass(l)
		if err != nil {
			return nil, report.BadField("labels", "%v", err)
		}
		numbers = append(numbers, n)
	}
	if len(probe.Classes(m.Given)) < 2 {
		return nil, label.ErrNone
	}
	return numbers, nil
}

// draws are which samples give labels and which are tested, in each repeat.
func (m *Evaluation) draws(names []string) []probe.LabelDraw {
	most := maxTest
	if slices.ContainsFunc(names, m.tunes) {
		most = maxTestTuned
	}
	train, test, fixed := kind.Of(m.Set.Of).Split(m.Set)
	draws, r := make([]probe.LabelDraw, m.Repeats), rng.New(m.Seed)
	for i := range draws {
		switch {
		case m.Test != nil:
			draws[i] = probe.DrawLabelsFrom(m.Given, probe.All(m.Set.Len()), nil, i, r)
			draws[i].Test = probe.WithLabel(m.Test.Labels)
		case fixed:
			draws[i] = probe.DrawLabelsFrom(m.Given, train, test, i, r)
		default:
			draws[i] = probe.DrawLabels(m.Given, i, r)
		}
		m.testable = max(m.testable, len(draws[i].Test))
		draws[i].Test = probe.Evenly(draws[i].Test, most)
	}
	return draws
}

// fixed says whether every repeat tests the same samples.
func (m *Evaluation) fixed() bool {
	_, _, fixed := kind.Of(m.Set.Of).Split(m.Set)
	return m.Test != nil || fixed
}

// truth is the labels of test samples.
func (m *Evaluation) truth(at []int) []string {
	from := m.Given
	if m.Test != nil {
		from = m.Test.Labels
	}
	out := make([]string, len(at))
	for k, i := range at {
		out[k] = from[i]
	}
	return out
}

// attainable leaves out numbers of labels that no class has: they would be "all" under another name.
func (m *Evaluation) attainable(numbers []int, draws []probe.LabelDraw) []int {
	most := 0
	for _, d := range draws {
		count := map[string]int{}
		for _, i := range d.Pool {
			for _, tag := range probe.Tags(m.Given[i]) {
				count[tag]++
				most = max(most, count[tag])
			}
		}
	}
	var kept []int
	for _, n := range numbers {
		switch {
		case slices.Contains(kept, n):
		case n <= most || len(numbers) == 1:
			kept = append(kept, n)
		default:
			m.note("labels", "no class has %d to give, the largest %d: that number is left out", n, most)
		}
	}
	return kept
}

// result is what the scores of a contender with n labels of each class come to. With few labels it is the draw of
// them that chance decides; with all of them, which samples are tested.
func (m *Evaluation) result(n int, contender string, scores []probe.Score) (Result, probe.Accuracy) {
	g := probe.PooledScore(scores)
	var a probe.Accuracy
	switch {
	case n == 0 && m.fixed():
		mean := make([]float64, len(scores[0].Right))
		for _, one := range scores {
			for i, v := range one.Right {
				mean[i] += v / float64(len(scores))
			}
		}
		a = probe.AccuracyOf(mean)
	case n == 0 || len(scores) == 1:
		a = probe.AccuracyOf(g.Right)
	default:
		accuracies := make([]float64, len(scores))
		for i, one := range scores {
			accuracies[i] = one.Accuracy
		}
		a = probe.AccuracyOver(accuracies, len(scores[0].Right))
	}
	r := Result{Method: m.Method, Labels: n, Encoder: contender, Accuracy: a.Mean, Low: a.Low, High: a.High, Repeats: len(scores), Balanced: g.Balanced, F1: g.F1}
	if contender == pretrained && len(g.Classes) <= maxConfused {
		r.Classes, r.Confusion = g.Classes, g.Confusion
	}
	if contender == "raw" {
		r.Baseline = mostTaken(m.taken)
	}
	if contender == "scratch" && m.Method != fixmatch {
		r.Method = finetune
	}
	return r, a
}

// maxConfused is how many classes a confusion matrix has that somebody may look at.
const maxConfused = 40
