package worker

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/probe"
	"autodidact/core/rng"
	"autodidact/core/table"
)

// Given is labels that a person gave, by the sample's name. They are not those the data came with.
type Given map[string]string

// Of is the labels of set's samples, "" where none was given.
func (g Given) Of(set *data.Set) []string {
	out := make([]string, set.Len())
	for i, name := range set.Names {
		out[i] = g[name]
	}
	return out
}

// Missing are the names that no sample of set has, in order.
func (g Given) Missing(set *data.Set) []string {
	there := map[string]bool{}
	for _, name := range set.Names {
		there[name] = true
	}
	return slices.DeleteFunc(slices.Sorted(maps.Keys(g)), func(name string) bool { return there[name] })
}

const (
	longLabel    = 200     // characters
	mostClasses  = 200     // that a person tells apart
	mostLabelled = 1 << 20 // rows of a table of labels
)

// put gives a label, or with "" takes it away. Names and labels are kept in Unicode's composed form, as those of samples are.
func (g Given) put(name, label string) error {
	name, label = norm.NFC.String(name), strings.Join(probe.Tags(norm.NFC.String(label)), "|")
	if len([]rune(label)) > longLabel || strings.ContainsFunc(label, func(r rune) bool { return r < ' ' }) {
		return &ConfigError{"labels", fmt.Sprintf("a label is one line of at most %d characters", longLabel)}
	}
	if label == "" {
		delete(g, name)
		return nil
	}
	g[name] = label
	return nil
}

// ReadLabels reads a table with columns name and label, in any of the ways that tables are written. A sample in several rows
// is of several classes.
func ReadLabels(from io.Reader) (Given, error) {
	text, err := table.Text(context.Background(), from, nil)
	if err != nil {
		return nil, fmt.Errorf("labels: a header with columns name and label is missing: %w", err)
	}
	rows, err := table.Open(text, false)
	if err != nil {
		return nil, fmt.Errorf("labels: %w", err)
	}
	name, label := rows.Column("name"), rows.Column("label")
	if name < 0 || label < 0 {
		return nil, fmt.Errorf("labels: the table has columns %s; it needs name and label", strings.Join(rows.Header, ", "))
	}
	g := Given{}
	for n := 0; ; n++ {
		fields, err := rows.Next()
		if err == io.EOF {
			return g, nil
		}
		if err != nil {
			return nil, fmt.Errorf("labels: %w", err)
		}
		if n >= mostLabelled {
			return nil, fmt.Errorf("labels: more than %d rows", mostLabelled)
		}
		of := norm.NFC.String(strings.Clone(fields[name]))
		if err := g.put(of, g[of]+"|"+strings.Clone(fields[label])); err != nil { // several rows of one sample are several classes
			return nil, fmt.Errorf("labels: row %d: %w", rows.Row, err)
		}
	}
}

// WriteLabels writes such a table, in the order of names.
func WriteLabels(to io.Writer, g Given) error {
	out := csv.NewWriter(to)
	out.Write([]string{"name", "label"})
	for _, name := range slices.Sorted(maps.Keys(g)) {
		out.Write([]string{name, g[name]})
	}
	out.Flush()
	return out.Error()
}

// A Prediction is what labels tell of all samples of a set.
type Prediction struct {
	Labels []string // given, by sample
	Shares probe.Probabilities
}

// tellMethod tells the other samples from the ones labelled by hand: as good as class means with few labels, and better with many.
const tellMethod = "linear"

// Predict learns from the samples that have one of labels and tells all of them. Of fewer than two classes it tells nothing.
func Predict(f probe.Features, labels []string, method string, r *rng.Rand) (Prediction, error) {
	p := Prediction{Labels: labels}
	if len(probe.Classes(labels)) < 2 {
		return p, nil
	}
	m, err := probe.FindMethod(method)
	if err != nil {
		return p, &ConfigError{"method", err.Error()}
	}
	f = m.Prepare(f)(f)
	p.Shares = m.Fit(probe.Labelled{Features: f, Labels: labels}, r).Predict(f)
	return p, nil
}

// Next is n samples that are worth labelling next, the most telling first, and whether that is because they are typical.
func (p Prediction) Next(f probe.Features, n int, r *rng.Rand) (at []int, typical bool) {
	next := probe.ActiveSampler{Features: probe.FitStandard(f).Apply(f).Pooled(), Known: make([]bool, f.N), Classes: len(probe.Classes(p.Labels)), Rand: r}
	for i, l := range p.Labels {
		next.Known[i] = l != ""
		if p.Shares.Len() > 0 {
			next.Margin = append(next.Margin, p.Shares.Margin(i))
		}
	}
	return next.Next(n)
}

// Write writes a table of all samples: the label given, if one was, what is told and how likely that is.
func (p Prediction) Write(to io.Writer, names []string) error {
	if p.Shares.Len() != len(names) {
		return fmt.Errorf("%w: predictions need labels of at least two classes", ErrNoLabels)
	}
	out := csv.NewWriter(to)
	out.Write(append([]string{"name", "given", "predicted", "likely"}, p.Shares.Classes...))
	for i, name := range names {
		row := []string{name, p.Labels[i], p.Shares.Label(i), share(p.Shares.Row(i)[p.Shares.Best(i)])}
		for _, v := range p.Shares.Row(i) {
			row = append(row, share(v))
		}
		out.Write(row)
	}
	out.Flush()
	return out.Error()
}

func share(v float32) string { return fmt.Sprintf("%.4f", v) }

// label gives labels, takes them away, or only asks what they tell.
func (s *session) label(ctx context.Context, c Label, attached []any) (Event, [][]byte, error) {
	if len(c.Labels) != 1 && len(c.Labels) != len(c.Names) {
		return nil, nil, &ConfigError{"labels", fmt.Sprintf("there are %d labels for %d samples: give one for all, or one for each", len(c.Labels), len(c.Names))}
	}
	more := Given{}
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
		table, lost, err := LabelsFor(s.set, "labels.csv", raw)
		if err != nil {
			return nil, nil, &checkpoint.FormatError{Reason: err.Error()}
		}
		maps.Copy(more, table)
		for _, name := range lost { // told, and not given
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
	e, beside, err := s.told(ctx)
	e.NotFound = missing
	return e, beside, err
}

// give puts labels, and names those that no sample has.
func (s *session) give(more Given) (missing []string, err error) {
	if len(more) == 0 {
		return nil, nil
	}
	given, missing := maps.Clone(s.given), more.Missing(s.set)
	for _, name := range slices.Sorted(maps.Keys(more)) {
		if _, none := slices.BinarySearch(missing, name); none {
			continue
		}
		if err := given.put(name, more[name]); err != nil {
			return nil, err
		}
	}
	if n := len(probe.Classes(slices.Collect(maps.Values(given)))); n > mostClasses {
		return nil, &ConfigError{"labels", fmt.Sprintf("there would be %d classes; at most %d can be told apart here", n, mostClasses)}
	}
	s.given, s.unsaved = given, time.Now()
	return missing, nil
}

// known is the labels by which samples may be told: those the data came with, or, if they are of fewer than two classes,
// those given here.
func (s *session) known() []string {
	if len(probe.Classes(s.set.Labels)) >= 2 {
		return s.set.Labels
	}
	return s.given.Of(s.set)
}

// proposed is how many samples are said to be worth labelling next.
const proposed = 6

// told is what the labels given here tell of all samples, by the encoder as it is.
func (s *session) told(ctx context.Context) (Told, [][]byte, error) {
	e := Told{Given: s.given, Classes: []string{}, Next: []int{}}
	if s.set.Len() == 0 {
		return e, nil, nil
	}
	f, err := s.embedding(ctx, true)
	if err != nil {
		return e, nil, err
	}
	labels := s.given.Of(s.set)
	r := rng.New(s.run.Config.Seed).For("labels", 0)
	p, err := Predict(f.Features.WithContext(ctx, s.hear), labels, tellMethod, r)
	if err = cmp.Or(ctx.Err(), err); err != nil {
		return e, nil, err
	}
	e.Several = probe.MultiLabel(labels)
	if c := probe.Classes(labels); c != nil {
		e.Classes = c
	}
	for i, l := range labels {
		if found := s.set.Labels[i]; l == "" && p.Shares.Len() > 0 && slices.Contains(e.Classes, found) {
			e.Checked++
			if p.Shares.Label(i) == found {
				e.Agree++
			}
		}
	}
	e.Agree /= float64(max(e.Checked, 1))
	if at, typical := p.Next(f.Features, proposed, r); len(at) > 0 {
		e.Next, e.Typical = at, typical
	}
	return e, [][]byte{wireFloats(p.Shares.Data)}, nil
}

// table writes labels, or what they tell, as CSV.
func (s *session) table(ctx context.Context, what string) (Event, [][]byte, error) {
	var out bytes.Buffer
	if what == "labels" {
		err := WriteLabels(&out, s.given)
		return Exported{Name: "labels.csv", Bytes: int64(out.Len())}, [][]byte{out.Bytes()}, err
	}
	f, err := s.embedding(ctx, true)
	if err != nil {
		return nil, nil, err
	}
	p, err := Predict(f.Features.WithContext(ctx, s.hear), s.given.Of(s.set), tellMethod, rng.New(s.run.Config.Seed).For("labels", 0))
	if err = cmp.Or(ctx.Err(), err); err == nil {
		err = p.Write(&out, s.set.Names)
	}
	return Exported{Name: "predictions.csv", Bytes: int64(out.Len())}, [][]byte{out.Bytes()}, err
}

// settling is how long labels wait to be saved with the run: they come one after the other.
const settling = 1500 * time.Millisecond

// keepLabels saves the run again when labels were given after its last save.
func (s *session) keepLabels(ctx context.Context) {
	if s.unsaved.IsZero() || s.training || s.last == "" || s.run == nil || s.run.set != s.set || s.run.Done == 0 {
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
	s.last = NewID(s.run.Config.Task, time.Now())
	s.run.Title = copyOf(cmp.Or(was, s.last))
	s.note([]data.Rejected{note(was, "another tab went on with this run, to step %d: your labels are saved with a copy of it as it stands here, at step %d, named %s", step, s.run.Done, s.run.Title)})
}

// json is how labels travel in a checkpoint.
func (g Given) json() string {
	raw, err := json.Marshal(g)
	if err != nil {
		panic(err) // strings by strings
	}
	return string(raw)
}

// labelsOf reads the labels that a saved run came with.
func labelsOf(s *checkpoint.State, key string) (Given, error) {
	g := Given{}
	if s == nil || s.Meta[key] == "" {
		return g, nil
	}
	if err := json.Unmarshal([]byte(s.Meta[key]), &g); err != nil {
		return nil, &checkpoint.FormatError{Reason: "the labels in the checkpoint cannot be read: " + err.Error()}
	}
	return given(g)
}
