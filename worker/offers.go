package worker

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"autodidact/core/data"
)

// Nouns are what one sample of each kind is called.
var Nouns = map[data.Kind]string{data.Images: "picture", data.Video: "clip", data.Text: "text", data.Series: "window"}

// offers are what the tables that came with the data say of the samples there are.
func (s *session) offers() (all []TableOffer) {
	for _, t := range s.tables {
		if o := t.Match(s.set); len(o.Labels) > 0 { // samples may have been left out since
			all = append(all, TableOffer{Name: t.Path, Labels: len(o.Labels), Says: t.Path + " has " + o.Counts(Nouns[s.set.Of])})
		}
	}
	return all
}

// OfNone says that a table has no label for any sample.
func OfNone(t data.LabelTable, kind data.Kind) data.Rejected {
	return data.Rejected{Name: t.Path, Code: "no-sample", Reason: fmt.Sprintf("a table of labels, but of no %s here", Nouns[kind])}
}

// offered are the labels of one of these tables.
func (s *session) offered(name string) (Given, error) {
	for _, t := range slices.Backward(s.tables) {
		if t.Path == name {
			return given(t.Match(s.set).Labels)
		}
	}
	return nil, &ConfigError{"table", fmt.Sprintf("no table of labels named %q came with the data", name)}
}

func given(labels map[string]string) (Given, error) {
	g := Given{}
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		if err := g.put(name, labels[name]); err != nil {
			return nil, fmt.Errorf("labels of %s: %w", name, err)
		}
	}
	return g, nil
}

// LabelsFor reads a table of labels of samples of set: one with columns name and label, or any other whose rows name their
// files. missing are names that no sample has. Names may lack folders or endings.
func LabelsFor(set *data.Set, name string, raw []byte) (g Given, missing []string, err error) {
	exact, err := ReadLabels(bytes.NewReader(raw))
	if set.Of == data.Series || err == nil && len(exact.Missing(set)) == 0 {
		return exact, exact.Missing(set), err
	}
	file := data.File{Path: name, Size: int64(len(raw)), Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(raw)), nil }}
	table, ok := data.Labels(file, set)
	if plain := strings.EqualFold(table.By, "name") && strings.EqualFold(table.Of, "label"); !ok || plain && err != nil {
		return exact, exact.Missing(set), err
	}
	o := table.Match(set)
	if g, err = given(o.Labels); err != nil {
		return nil, nil, err
	}
	nowhere := exact.Missing(set)
	for name, label := range exact { // a part of a film or text may have a label of its own
		if _, none := slices.BinarySearch(nowhere, name); !none {
			g[name] = label
		}
	}
	return g, slices.DeleteFunc(o.NoSample, func(name string) bool { return g[name] != "" }), nil
}
