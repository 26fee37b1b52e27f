package main

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
)

// An output is standard output. It remembers a failed write, so that the command fails in the end.
type output struct {
	to       io.Writer
	json     bool // one JSON object a line
	lines    bool // and any number of them
	err      error
	reported []data.Rejected
}

var stdout = &output{to: os.Stdout}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.to.Write(p)
	if err != nil && o.err == nil {
		o.err = fmt.Errorf("standard output: %w", err)
	}
	return n, err
}

// noticeEvent is a notice as a line of JSON.
type noticeEvent struct {
	Event string `json:"event"`
	data.Rejected
}

// event writes something that was not used, or was changed, as a line of JSON if such are wanted.
func (o *output) event(n data.Rejected) {
	if o.json {
		json.NewEncoder(o).Encode(noticeEvent{"notice", n})
	}
}

// notice reports on standard error what was not used or was changed, each once.
func (o *output) notice(some ...data.Rejected) {
	for _, n := range some {
		if slices.Contains(o.reported, n) {
			continue
		}
		o.reported = append(o.reported, n)
		fmt.Fprintf(os.Stderr, "%s: %s\n", n.Name, n.Reason)
		o.event(n)
	}
}

// notef is notice with a sentence made of parts.
func notef(name, format string, a ...any) {
	stdout.notice(data.Rejected{Name: name, Code: data.Notice, Reason: fmt.Sprintf(format, a...)})
}

// toFile is checkpoint.WriteFile, which a first Ctrl-C lets finish.
func toFile(path string, write func(io.Writer) error) error {
	defer hold()()
	return checkpoint.WriteFile(path, write)
}

// toTable is toFile for a table.
func toTable(path string, rows func(*csv.Writer) error) error {
	return toFile(path, func(to io.Writer) error {
		table := csv.NewWriter(to)
		err := rows(table)
		table.Flush()
		return errors.Join(err, table.Error())
	})
}
