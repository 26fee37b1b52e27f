// Package label is the labels a person gives: reading and writing them, predicting those of all other samples, and which
// samples to label next.
package label

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/probe"
	"autodidact/core/table"
	"autodidact/worker/report"
)

// Labels is labels that a person gave, by the sample's name. They are not those the data came with. A sample of several classes
// has them with | in between.
type Labels map[string]string

// Of is the labels of set's samples, "" where none was given.
func (l Labels) Of(set *data.Set) []string {
	out := make([]string, set.Len())
	for i, name := range set.Names {
		out[i] = l[name]
	}
	return out
}

// Missing are the names that no sample of set has, in order.
func (l Labels) Missing(set *data.Set) []string {
	there := map[string]bool{}
	for _, name := range set.Names {
		there[name] = true
	}
	return slices.DeleteFunc(slices.Sorted(maps.Keys(l)), func(name string) bool { return there[name] })
}

const (
	maxLength = 200     // characters
	maxRows   = 1 << 20 // of a table of labels
)

// MaxClasses is how many classes a person can distinguish.
const MaxClasses = 200

// ErrNone means that there is nothing to learn classes from, or to compare with.
var ErrNone = errors.New("there are no labels: put the files of each kind into a folder of its own, or label some by hand")

// OfSet is the labels that a set came with.
func OfSet(set *data.Set) Labels {
	l := Labels{}
	for i, name := range set.Names {
		l[name] = set.Labels[i]
	}
	return l
}

// Put gives a label, or with "" takes it away. Names and labels are kept in Unicode's composed form, as those of samples are.
func (l Labels) Put(name, label string) error {
	name, label = norm.NFC.String(name), strings.Join(probe.Tags(norm.NFC.String(label)), "|")
	if len([]rune(label)) > maxLength || strings.ContainsFunc(label, func(r rune) bool { return r < ' ' }) {
		return report.BadField("labels", "a label is one line of at most %d characters", maxLength)
	}
	if label == "" {
		delete(l, name)
		return nil
	}
	l[name] = label
	return nil
}

// Read reads a table with columns name and label, in any of the ways that tables are written. A sample in several rows
// is of several classes.
func Read(from io.Reader) (Labels, error) {
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
	l := Labels{}
	for n := 0; ; n++ {
		fields, err := rows.Next()
		if err == io.EOF {
			return l, nil
		}
		if err != nil {
			return nil, fmt.Errorf("labels: %w", err)
		}
		if n >= maxRows {
			return nil, fmt.Errorf("labels: more than %d rows", maxRows)
		}
		of := norm.NFC.String(strings.Clone(fields[name]))
		if err := l.Put(of, l[of]+"|"+strings.Clone(fields[label])); err != nil { // several rows of one sample are several classes
			return nil, fmt.Errorf("labels: row %d: %w", rows.Row, err)
		}
	}
}

// Write writes such a table, in the order of names.
func Write(to io.Writer, l Labels) error {
	out := csv.NewWriter(to)
	out.Write([]string{"name", "label"})
	for _, name := range slices.Sorted(maps.Keys(l)) {
		out.Write([]string{name, l[name]})
	}
	out.Flush()
	return out.Error()
}

// JSON is how labels travel in a checkpoint.
func (l Labels) JSON() string {
	raw, err := json.Marshal(l)
	if err != nil {
		panic(err) // strings by strings
	}
	return string(raw)
}

// Saved reads the labels that a saved run came with.
func Saved(s *checkpoint.State, key string) (Labels, error) {
	l := Labels{}
	if s == nil || s.Meta[key] == "" {
		return l, nil
	}
	if err := json.Unmarshal([]byte(s.Meta[key]), &l); err != nil {
		return nil, &checkpoint.FormatError{Reason: "the labels in the checkpoint cannot be read: " + err.Error()}
	}
	return normalised(l)
}
