package autodidact

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"autodidact/core/checkpoint"
	"autodidact/worker/report"
)

// A log is log.jsonl.
type log struct {
	file *os.File
	also io.Writer // may be nil
	err  error     // of the first line that could not be written; it does not end the run
}

// openLog keeps the lines up to step, which is where the run goes on: a run that was
// killed had logged more than it had saved.
func openLog(path string, step int, also io.Writer) (*log, error) {
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
		if json.Unmarshal(raw, &line) == nil && (line.Event == "step" || line.Event == "score" || line.Event == "resumed") && line.Step <= step {
			kept.Write(append(bytes.TrimRight(raw, "\r\n"), '\n'))
		}
	}
	if err := checkpoint.Replace(path, func(f *os.File) error { _, err := f.Write(kept.Bytes()); return err }); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return nil, err
	}
	return &log{file: f, also: also}, nil
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
	// scoreEvent is the accuracy of predicted tokens in held-out texts; base is that of a model that
	// knows only token frequencies.
	scoreEvent struct {
		Event          string  `json:"event"`
		Step           int     `json:"step"`
		Accuracy       float64 `json:"accuracy"`
		Perplexity     float64 `json:"perplexity"`
		BaseAccuracy   float64 `json:"baseAccuracy"`
		BasePerplexity float64 `json:"basePerplexity"`
	}
	// resumedEvent says that the steps after Step are trained on another machine than those before.
	resumedEvent struct {
		Event   string `json:"event"`
		Step    int    `json:"step"`
		Before  string `json:"before"` // such as "js/wasm with relaxed SIMD"
		Machine string `json:"machine"`
	}
	// heldOutEvent is the validation loss on held-out series, and the loss on some training series.
	heldOutEvent struct {
		Event   string  `json:"event"`
		Step    int     `json:"step"`
		HeldOut float64 `json:"heldOut"`
		Learned float64 `json:"learned"`
	}
	// findingEvent is a finding of the diagnostics.
	findingEvent struct {
		Event string `json:"event"`
		Step  int    `json:"step"`
		Finding
	}
	doneEvent struct {
		Event      string  `json:"event"`
		Steps      int     `json:"steps"`
		Loss       float32 `json:"loss"`
		Seconds    float64 `json:"seconds"`
		Checkpoint string  `json:"checkpoint"`
	}
)

// write adds a line. The first one that the file does not take, as on a full disk, gives a notice.
func (l *log) write(event any) (lacks []Rejected, err error) {
	if l == nil {
		return nil, nil
	}
	line, err := json.Marshal(event)
	if err != nil {
		return nil, err
	}
	line = append(line, '\n')
	if l.also != nil {
		l.also.Write(line) // who gave it knows what it failed with
	}
	if l.err != nil {
		line = append([]byte{'\n'}, line...) // what failed may have left half a line
	}
	if _, err := l.file.Write(line); err != nil && l.err == nil {
		l.err = err
		lacks = append(lacks, report.Notice(l.file.Name(), "lines are missing from here on: %v", err))
	}
	return lacks, nil
}

// Close fails if lines are missing.
func (l *log) Close() error {
	if err := l.file.Close(); l.err == nil {
		return err
	}
	return fmt.Errorf("%s lacks lines: %w", l.file.Name(), l.err)
}
