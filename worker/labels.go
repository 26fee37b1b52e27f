package worker

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"golang.org/x/text/unicode/norm"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/probe"
	"autodidact/core/rng"
	"autodidact/worker/kind"
	"autodidact/worker/label"
	"autodidact/worker/protocol"
	"autodidact/worker/report"
	"autodidact/worker/run"
)

func (s *session) label(ctx context.Context, c protocol.Label, attached []any) (protocol.Event, [][]byte, error) {
	if len(c.Labels) != 1 && len(c.Labels) != len(c.Names) {
		return nil, nil, report.BadField("labels", "there are %d labels for %d samples: give one for all, or one for each", len(c.Labels), len(c.Names))
	}
	more := label.Labels{}
	for i, name := range c.Names {
		name = norm.NFC.String(name)
		more[name] = c.Labels[min(i, len(c.Labels)-1)]
	}
	var notFound []string
	if len(attached) > 0 {
		raw, ok := attached[0].([]byte)
		if !ok {
			return nil, nil, fmt.Errorf("worker: labels come as bytes, not as %T", attached[0])
		}
		table, lost, err := label.ForSet(s.set, "labels.csv", raw)
		if err != nil {
			return nil, nil, &checkpoint.FormatError{Reason: err.Error()}
		}
		maps.Copy(more, table)
		for _, name := range lost { // reported, and not given
			delete(more, name)
		}
		notFound = lost
	}
	if c.Table != "" {
		table, err := s.offered(c.Table)
		if err != nil {
			return nil, nil, err
		}
		maps.Copy(more, table)
	}
	missing, err := s.give(more)
	if err != nil {
		return nil, nil, err
	}
	missing = append(notFound, missing...)
	e, beside, err := s.predicted(ctx)
	e.NotFound = missing
	return e, beside, err
}

// give puts labels, and names those that no sample has.
func (s *session) give(more label.Labels) (missing []string, err error) {
	if len(more) == 0 {
		return nil, nil
	}
	given, missing := maps.Clone(s.given), more.Missing(s.set)
	for _, name := range slices.Sorted(maps.Keys(more)) {
		if _, none := slices.BinarySearch(missing, name); none {
			continue
		}
		if err := given.Put(name, more[name]); err != nil {
			return nil, err
		}
	}
	if n := len(probe.Classes(slices.Collect(maps.Values(given)))); n > label.MaxClasses {
		return nil, report.BadField("labels", "there would be %d classes; at most %d can be distinguished here", n, label.MaxClasses)
	}
	s.given, s.unsaved = given, time.Now()
	return missing, nil
}

// known is the labels by which encoders may be measured: those the data came with, or, if they are of fewer than two classes,
// those given here.
func (s *session) known() []string {
	if len(probe.Classes(s.set.Labels)) >= 2 {
		return s.set.Labels
	}
	return s.given.Of(s.set)
}

// proposed is how many samples are said to be worth labelling next.
const proposed = 6

// predicted is the classes of all samples by the labels given here, through the encoder as it is.
func (s *session) predicted(ctx context.Context) (protocol.Predicted, [][]byte, error) {
	e := protocol.Predicted{Given: s.given, Classes: []string{}, Next: []int{}}
	if s.set.Len() == 0 {
		return e, nil, nil
	}
	f, err := s.embedding(ctx, true)
	if err != nil {
		return e, nil, err
	}
	labels := s.given.Of(s.set)
	r := rng.New(s.run.Config.Seed).For("labels", 0)
	p, err := label.Predict(f.Features.WithContext(ctx, s.hear), labels, label.Method, r)
	if err = cmp.Or(ctx.Err(), err); err != nil {
		return e, nil, err
	}
	e.Several = probe.MultiLabel(labels)
	if c := probe.Classes(labels); c != nil {
		e.Classes = c
	}
	for i, l := range labels {
		if found := s.set.Labels[i]; l == "" && p.Probabilities.Len() > 0 && slices.Contains(e.Classes, found) {
			e.Checked++
			if p.Probabilities.Label(i) == found {
				e.Agree++
			}
		}
	}
	e.Agree /= float64(max(e.Checked, 1))
	if at, typical := p.Next(f.Features, proposed, r); len(at) > 0 {
		e.Next, e.Typical = at, typical
	}
	return e, [][]byte{wireFloats(p.Probabilities.Data)}, nil
}

// table writes labels, or predictions, as CSV.
func (s *session) table(ctx context.Context, what string) (protocol.Event, [][]byte, error) {
	var out bytes.Buffer
	if what == "labels" {
		err := label.Write(&out, s.given)
		return protocol.Exported{Name: "labels.csv", Bytes: int64(out.Len())}, [][]byte{out.Bytes()}, err
	}
	f, err := s.embedding(ctx, true)
	if err != nil {
		return nil, nil, err
	}
	p, err := label.Predict(f.Features.WithContext(ctx, s.hear), s.given.Of(s.set), label.Method, rng.New(s.run.Config.Seed).For("labels", 0))
	if err = cmp.Or(ctx.Err(), err); err == nil {
		err = p.WriteCSV(&out, s.set.Names)
	}
	return protocol.Exported{Name: "predictions.csv", Bytes: int64(out.Len())}, [][]byte{out.Bytes()}, err
}

// offers are what the tables that came with the data say of the samples there are.
func (s *session) offers() (all []protocol.TableOffer) {
	for _, t := range s.tables {
		if o := t.Match(s.set); len(o.Labels) > 0 { // samples may have been left out since
			all = append(all, protocol.TableOffer{Name: t.Path, Labels: len(o.Labels), Says: t.Path + " has " + o.Counts(kind.NounOf(s.set))})
		}
	}
	return all
}

// offered are the labels of one of these tables.
func (s *session) offered(name string) (label.Labels, error) {
	for _, t := range slices.Backward(s.tables) {
		if t.Path == name {
			return label.Offered(t, s.set)
		}
	}
	return nil, report.BadField("table", "no table of labels named %q came with the data", name)
}

// settling is how long labels wait to be saved with the run: they come one after the other.
const settling = 1500 * time.Millisecond

// keepLabels saves the run again when labels were given after its last save.
func (s *session) keepLabels(ctx context.Context) {
	if s.unsaved.IsZero() || s.training || s.last == "" || s.run == nil || s.run.Set() != s.set || s.run.Done == 0 {
		return
	}
	if now, ok := s.kept(ctx, s.last); ok && !s.wrote.IsZero() && now.Saved.UnixMilli() != s.wrote.UnixMilli() {
		s.branch(now.Step)
	}
	s.store(ctx, s.last)
}

// branch gives the run as it stands here an id of its own, when another tab went on with the one that is saved, to a step.
func (s *session) branch(step int) {
	was := s.run.Title
	s.last = run.NewID(s.run.Config.Task, time.Now())
	s.run.Title = copyOf(cmp.Or(was, s.last))
	s.note([]data.Rejected{report.Notice(was, "another tab went on with this run, to step %d: your labels are saved with a copy of it as it stands here, at step %d, named %s", step, s.run.Done, s.run.Title)})
}
