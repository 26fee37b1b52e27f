package protocol

import (
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/pretext"
)

// TaskInfo is a task of the catalog, enough to draw its form.
type TaskInfo struct {
	Name  string      `json:"name"`
	Title string      `json:"title"`
	Line  string      `json:"line"`
	Kinds []data.Kind `json:"kinds"`
	Paper string      `json:"paper"` // arXiv id
	// Encoders are the only ones the task can train, the usual one first; none means any of its kinds.
	Encoders []string     `json:"encoders,omitempty"`
	Options  []OptionInfo `json:"options"`
}

// OptionInfo is one option of a task.
type OptionInfo struct {
	Name    string  `json:"name"`
	Type    string  `json:"type"` // "number", "integer" or "boolean"
	Default any     `json:"default"`
	Min     float64 `json:"min"`
	Max     float64 `json:"max"`
	Doc     string  `json:"doc"`
}

// EncoderInfo is an encoder of the catalog.
type EncoderInfo struct {
	Name  string      `json:"name"`
	Line  string      `json:"line"`
	Kinds []data.Kind `json:"kinds"`
}

// Catalog tells a page, or a command line, what there is to choose from.
func Catalog() (tasks []TaskInfo, encoders []EncoderInfo) {
	for _, s := range pretext.Catalog {
		t := TaskInfo{Name: s.Name, Title: s.Title, Line: s.Line, Kinds: s.Kinds, Paper: s.Paper, Encoders: s.Encoders}
		for _, f := range s.Fields() {
			t.Options = append(t.Options, OptionInfo(f))
		}
		tasks = append(tasks, t)
	}
	for _, s := range encoder.Catalog {
		encoders = append(encoders, EncoderInfo{s.Name, s.Line, s.Kinds})
	}
	return tasks, encoders
}
