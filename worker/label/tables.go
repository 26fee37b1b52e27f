package label

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"autodidact/core/data"
	"autodidact/worker/kind"
)

// Offered are the labels of set that a table which came with it has.
func Offered(t data.LabelTable, set *data.Set) (Labels, error) {
	return normalised(t.Match(set).Labels)
}

// normalised is labels by name in the form that they are kept in.
func normalised(labels map[string]string) (Labels, error) {
	l := Labels{}
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		if err := l.Put(name, labels[name]); err != nil {
			return nil, fmt.Errorf("labels of %s: %w", name, err)
		}
	}
	return l, nil
}

// ForSet reads a table of labels of samples of set: one with columns name and label, or any other whose rows name their
// files. missing are names that no sample has. Names may lack folders or endings.
func ForSet(set *data.Set, name string, raw []byte) (l Labels, missing []string, err error) {
	exact, err := Read(bytes.NewReader(raw))
	if !kind.TraitsOf(set.Of).Files || err == nil && len(exact.Missing(set)) == 0 {
		return exact, exact.Missing(set), err
	}
	file := data.File{Path: name, Size: int64(len(raw)), Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(raw)), nil }}
	table, ok := data.Labels(file, set)
	if plain := strings.EqualFold(table.By, "name") && strings.EqualFold(table.Of, "label"); !ok || plain && err != nil {
		return exact, exact.Missing(set), err
	}
	o := table.Match(set)
	if l, err = normalised(o.Labels); err != nil {
		return nil, nil, err
	}
	nowhere := exact.Missing(set)
	for name, label := range exact { // a part of a film or text may have a label of its own
		if _, none := slices.BinarySearch(nowhere, name); !none {
			l[name] = label
		}
	}
	return l, slices.DeleteFunc(o.NoSample, func(name string) bool { return l[name] != "" }), nil
}

// OfNone is the notice that a table has no label for any sample of set.
func OfNone(t data.LabelTable, set *data.Set) data.Rejected {
	return data.Rejected{Name: t.Path, Code: "no-sample", Reason: fmt.Sprintf("a table of labels, but of no %s here", kind.NounOf(set))}
}
