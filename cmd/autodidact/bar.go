package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// A bar draws progress on standard error when that is a terminal. With -json, where that gives a line for each thing, what
// takes long also reports its progress in lines of its own.
type bar struct {
	what     string
	visible  bool
	began    time.Time
	drawn    time.Time
	reported time.Time // when progress was last reported as a line
	passed   int       // by tick
}

// reportEvery is how often a line of JSON reports progress.
const reportEvery = 30 * time.Second

// progressEvent is how far a part of a command is.
type progressEvent struct {
	Event          string  `json:"event"`
	What           string  `json:"what"`
	Done           int     `json:"done"`
	Total          int     `json:"total"`
	ItemsPerSecond float64 `json:"itemsPerSecond"`
	EtaSeconds     float64 `json:"etaSeconds"`
}

func newBar(what string) *bar {
	return &bar{what: what, visible: term.IsTerminal(int(os.Stderr.Fd())), began: time.Now(), reported: time.Now()}
}

// shown is the bar of what a Data reports; one is drawn at a time.
var shown *bar

// show draws how far something is that a Data reports.
func show(what string, done, total int) {
	if shown == nil || shown.what != what {
		clearShown()
		shown = newBar(what)
	}
	shown.each(done, total)
}

func clearShown() {
	if shown != nil {
		shown.clear()
	}
	shown = nil
}

// each draws progress at the pace so far.
func (b *bar) each(done, total int) {
	took := time.Since(b.began).Seconds()
	if took > 0 && done > 0 {
		rate := float64(done) / took
		left := float64(total-done) / rate
		b.draw(done, total, rate, left, "")
		b.report(progressEvent{"progress", b.what, done, total, rate, left})
	}
}

// tick draws one of about so many parts; more than those are not counted.
func (b *bar) tick(about int) {
	b.passed++
	b.each(min(b.passed, about), about)
}

func (b *bar) report(p progressEvent) {
	if stdout.lines && time.Since(b.reported) >= reportEvery {
		b.reported = time.Now()
		json.NewEncoder(stdout).Encode(p)
	}
}

// draw shows done of total, items a second, the seconds left, and a word more; ten
// times a second is enough.
func (b *bar) draw(done, total int, rate, eta float64, more string) {
	if !b.visible || done < total && time.Since(b.drawn) < 100*time.Millisecond {
		return
	}
	b.drawn = time.Now()
	const width = 24
	full := 0
	if total > 0 {
		full = min(width, done*width/total)
	}
	left := time.Duration(eta * float64(time.Second)).Round(time.Second)
	fmt.Fprintf(os.Stderr, "\r\x1b[K%s %s%s %d %%  %d/%d  %.1f/s  %v left%s",
		b.what, strings.Repeat("█", full), strings.Repeat("░", width-full), 100*done/max(total, 1), done, total, rate, left, more)
}

func (b *bar) clear() {
	if b.visible {
		fmt.Fprint(os.Stderr, "\r\x1b[K")
	}
}
