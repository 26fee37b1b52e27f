package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"

	"autodidact/worker"
)

// A log is log.jsonl, and standard output with -json.
type log struct {
	file *os.File
	json bool
}

// openLog keeps the lines up to step, which is where the run goes on: a run that was
// killed had logged more than it had saved.
func openLog(path string, step int, asJSON bool) (*log, error) {
	var kept bytes.Buffer
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for raw := range bytes.Lines(old) {
		var line struct {
			Event string
			Step  int
		}
		if json.Unmarshal(raw, &line) == nil && (line.Event == "step" || line.Event == "score") && line.Step <= step {
			kept.Write(append(bytes.TrimRight(raw, "\r\n"), '\n'))
		}
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if _, err := f.Write(kept.Bytes()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &log{f, asJSON}, nil
}

// The lines of a log.
type (
	stepEvent struct {
		Event          string  `json:"event"`
		Step           int     `json:"step"`
		Epoch          int     `json:"epoch"`
		Loss           float32 `json:"loss"`
		ItemsPerSecond float64 `json:"itemsPerSecond"`
		EtaSeconds     float64 `json:"etaSeconds"`
	}
	// scoreEvent is how well tokens are told in texts that are not learned from; base is of one who
	// knows only how often each is used.
	scoreEvent struct {
		Event          string  `json:"event"`
		Step           int     `json:"step"`
		Accuracy       float64 `json:"accuracy"`
		Perplexity     float64 `json:"perplexity"`
		BaseAccuracy   float64 `json:"baseAccuracy"`
		BasePerplexity float64 `json:"basePerplexity"`
	}
	// heldOutEvent is the task's loss on series that are not learned from, and on some that are.
	heldOutEvent struct {
		Event   string  `json:"event"`
		Step    int     `json:"step"`
		HeldOut float64 `json:"heldOut"`
		Learned float64 `json:"learned"`
	}
	// findingEvent is something that the doctor saw in the run.
	findingEvent struct {
		Event string `json:"event"`
		Step  int    `json:"step"`
		worker.Finding
	}
	doneEvent struct {
		Event      string  `json:"event"`
		Steps      int     `json:"steps"`
		Loss       float32 `json:"loss"`
		Seconds    float64 `json:"seconds"`
		Checkpoint string  `json:"checkpoint"`
	}
)

func (l *log) write(event any) error {
	var w io.Writer = l.file
	if l.json {
		w = io.MultiWriter(l.file, stdout)
	}
	return json.NewEncoder(w).Encode(event)
}

func (l *log) Close() error { return l.file.Close() }
