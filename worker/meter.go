package worker

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/probe"
	"autodidact/core/rng"
)

// A Meter measures how well labels are told, for each number of labels of each class and each contender: the pretrained
// encoder, the same network from scratch, the same encoder before learning, and what needs no encoder. All are
// given the same labels and asked the same questions; the encoder learned without any.
type Meter struct {
	Probe
	Model   *checkpoint.State // the encoder, and its vocabulary or channels
	Set     *data.Set
	Labels  []string  // by sample, "" where there is none; nil is those of Set
	Test    *data.Set // is asked instead of the samples that gave no label
	Backend kernel.Backend
	Seed    uint64
	Tuning  Tuning

	// Embed gives the features of a contender, if they are known already or are to be remembered; nil computes them.
	Embed func(ctx context.Context, contender string, set *data.Set) (probe.Features, error)
	Busy  func(done, total int) // while samples are looked at
	Tick  func()                // called often, to let others run
	Each  func(Measured)        // after each figure
	Note  func(data.Rejected)   // what a person would want to know of who takes part, each once
	// Moving, if set, tells often how far all is, from 0 to 1, and how long the rest will take.
	Moving func(share float64, left time.Duration)

	clock   *clock
	taken   []string // candidates of the baseline, by repeat, with the labels under way
	askable int      // samples that could be asked about in a repeat
	noted   []data.Rejected
}

// Measured is a figure, and how far the meter is.
type Measured struct {
	Result      ProbeResult
	Done, Total int // figures
	Left        time.Duration
}

// ErrNoLabels means a probe has nothing to compare with.
var ErrNoLabels = errors.New("there are no labels: put the files of each kind into a folder of its own, or label some by hand")

// mostAsked is how many samples are asked about in one repeat: with a network that learns anew each time, fewer.
const (
	mostAsked      = 2000
	mostAskedTuned = 500
)

// Results are in the order of labels, then of contenders, "pretrained" first. When ctx ends they are those measured
// by then, with the context's error.
func (m *Meter) Results(ctx context.Context) ([]ProbeResult, error) {
	numbers, err := m.resolve()
	if err != nil {
		return nil, err
	}
	names := append([]string{"pretrained"}, m.Against...)
	deals := m.deals(names)
	if len(deals[0].Test) == 0 {
		return nil, fmt.Errorf("%w: no sample with a label is left to be asked about, once those of a class of one are taken out", data.ErrTooFew)
	}
	numbers = m.worthwhile(numbers, deals)
	m.tell(numbers, deals)
	answer := map[string]answerer{}
	for _, c := range names {
		if answer[c], err = m.contender(ctx, c); err != nil {
			return nil, err
		}
	}
	m.clock = m.start(numbers, names, deals)
	var out []ProbeResult
	for _, n := range numbers {
		var ours probe.Accuracy
		for _, c := range names {
			var grades []probe.Score
			m.taken = nil
			for repeat, d := range deals {
				given := d.Train(n)
				s, err := answer[c](ctx, repeat, given, d.Test)
				if err != nil {
					return out, err
				}
				grades = append(grades, probe.ScoreOf(s, m.asked(d.Test)))
				m.clock.did(c, given)
				m.tick()
				if err := ctx.Err(); err != nil {
					return out, err
				}
			}
			r, a := m.figure(n, c, grades)
			if c == "pretrained" {
				ours = a
			} else {
				mean, low, high := ours.PairedDifference(a)
				r.Ahead = &Band{mean, low, high}
			}
			out = append(out, r)
			if m.Each != nil {
				m.Each(Measured{r, len(out), len(numbers) * len(names), m.clock.left()})
			}
		}
	}
	return out, nil
}

// resolve fills in what was not said, and reads the numbers of labels.
func (m *Meter) resolve() (numbers []int, err error) {
	or(&m.Method, "knn")
	or(&m.Repeats, 5)
	if m.Labels == nil {
		m.Labels = m.Set.Labels
	}
	if len(m.Probe.Labels) == 0 {
		m.Probe.Labels = []string{"all"}
	}
	if m.Repeats < 1 || m.Repeats > 100 {
		return nil, &ConfigError{"repeats", fmt.Sprintf("repeats is %d; it must lie between 1 and 100", m.Repeats)}
	}
	if _, err := probe.FindMethod(m.Method); err != nil && m.Method != finetune && m.Method != fixmatch {
		return nil, &ConfigError{"method", fmt.Sprintf("%v, %s, %s", err, finetune, fixmatch)}
	}
	if m.Method == fixmatch && m.Set.Of != data.Images {
		return nil, &MisfitError{"learning from labelled and unlabelled samples together is for pictures so far; finetune is for every kind"}
	}
	for _, c := range m.Against {
		if !slices.Contains(contenders, c) {
			return nil, &ConfigError{"against", fmt.Sprintf("no contender named %q; there are %s", c, strings.Join(contenders, ", "))}
		}
	}
	for _, l := range m.Probe.Labels {
		n, err := probe.PerClass(l)
		if err != nil {
			return nil, &ConfigError{"labels", err.Error()}
		}
		numbers = append(numbers, n)
	}
	if len(probe.Classes(m.Labels)) < 2 {
		return nil, ErrNoLabels
	}
	return numbers, nil
}

// deals are who gives labels and who is asked, in each repeat. Windows of series are parted by time.
func (m *Meter) deals(names []string) []probe.LabelDraw {
	most := mostAsked
	if slices.ContainsFunc(names, m.tunes) {
		most = mostAskedTuned
	}
	deals, r := make([]probe.LabelDraw, m.Repeats), rng.New(m.Seed)
	for i := range deals {
		switch {
		case m.Test != nil:
			deals[i] = probe.DrawLabelsFrom(m.Labels, all(m.Set.Len()), nil, i, r)
			deals[i].Test = labelled(m.Test.Labels)
		case m.Set.Of == data.Series:
			before, behind := m.Set.SplitByTime()
			deals[i] = probe.DrawLabelsFrom(m.Labels, before, behind, i, r)
		default:
			deals[i] = probe.DrawLabels(m.Labels, i, r)
		}
		m.askable = max(m.askable, len(deals[i].Test))
		deals[i].Test = probe.Evenly(deals[i].Test, most)
	}
	return deals
}

// fixed says whether every repeat asks the same questions.
func (m *Meter) fixed() bool { return m.Test != nil || m.Set.Of == data.Series }

// asked is the labels of those that are asked about.
func (m *Meter) asked(at []int) []string {
	from := m.Labels
	if m.Test != nil {
		from = m.Test.Labels
	}
	out := make([]string, len(at))
	for k, i := range at {
		out[k] = from[i]
	}
	return out
}

// worthwhile leaves out numbers of labels that no class has: they would be "all" under another name.
func (m *Meter) worthwhile(numbers []int, deals []probe.LabelDraw) []int {
	most := 0
	for _, d := range deals {
		count := map[string]int{}
		for _, i := range d.Pool {
			for _, tag := range probe.Tags(m.Labels[i]) {
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

// figure is what the grades of a contender with n labels of each class come to. With few labels it is the draw of
// them that chance decides; with all of them, which questions are asked.
func (m *Meter) figure(n int, contender string, grades []probe.Score) (ProbeResult, probe.Accuracy) {
	g := probe.PooledScore(grades)
	var a probe.Accuracy
	switch {
	case n == 0 && m.fixed():
		mean := make([]float64, len(grades[0].Right))
		for _, one := range grades {
			for i, v := range one.Right {
				mean[i] += v / float64(len(grades))
			}
		}
		a = probe.AccuracyOf(mean)
	case n == 0 || len(grades) == 1:
		a = probe.AccuracyOf(g.Right)
	default:
		shares := make([]float64, len(grades))
		for i, one := range grades {
			shares[i] = one.Accuracy
		}
		a = probe.AccuracyOver(shares, len(grades[0].Right))
	}
	r := ProbeResult{Method: m.Method, Labels: n, Encoder: contender, Accuracy: a.Mean, Low: a.Low, High: a.High, Repeats: len(grades), Balanced: g.Balanced, F1: g.F1}
	if contender == "pretrained" && len(g.Classes) <= mostConfused {
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

// mostConfused is how many classes a confusion matrix has that somebody may look at.
const mostConfused = 40

func all(n int) []int {
	at := make([]int, n)
	for i := range at {
		at[i] = i
	}
	return at
}

// labelled are the samples that have a label.
func labelled(labels []string) (at []int) {
	for i, l := range labels {
		if l != "" {
			at = append(at, i)
		}
	}
	return at
}

// A clock tells how long the rest will take: a network that learns costs by its steps, a look at features next to nothing.
type clock struct {
	m                 *Meter
	done, part, total float64 // part is of what is under way
	start             time.Time
}

// tick is called after each step of a network that learns, and between measurements.
func (m *Meter) tick() {
	if m.Moving != nil {
		m.Moving((m.clock.done+m.clock.part)/max(m.clock.total, 1), m.clock.left())
	}
	if m.Tick != nil {
		m.Tick()
	}
}

func (m *Meter) start(numbers []int, names []string, deals []probe.LabelDraw) *clock {
	c := &clock{m: m, start: time.Now()}
	for _, n := range numbers {
		for _, d := range deals {
			given := d.Train(n)
			for _, name := range names {
				c.total += c.cost(name, given)
			}
		}
	}
	return c
}

func (c *clock) cost(name string, given []int) float64 {
	if c.m.Method == fixmatch && name == "pretrained" {
		return matchSteps * matchCost
	}
	if c.m.tunes(name) {
		return float64(tuningSteps(len(given), c.m.Set.Of))
	}
	return 1
}

func (c *clock) did(name string, given []int) { c.done, c.part = c.done+c.cost(name, given), 0 }

// stepped is a step of a network that learns, which takes so much.
func (c *clock) stepped(cost float64) { c.part += cost }

func (c *clock) left() time.Duration {
	done := c.done + c.part
	if done == 0 {
		return 0
	}
	return time.Duration(float64(time.Since(c.start)) * math.Max(0, c.total-done) / done)
}
