package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// A bar draws progress on standard error when that is a terminal.
type bar struct {
	what    string
	visible bool
	began   time.Time
	drawn   time.Time
}

func newBar(what string) *bar {
	return &bar{what: what, visible: term.IsTerminal(int(os.Stderr.Fd())), began: time.Now()}
}

// each draws progress at the pace so far.
func (b *bar) each(done, total int) {
	took := time.Since(b.began).Seconds()
	if took > 0 && done > 0 {
		rate := float64(done) / took
		b.draw(done, total, rate, float64(total-done)/rate, "")
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
	fmt.Fprintf(os.Stderr, "\r\x1b[K%s %s%s %d/%d  %.1f/s  %v left%s",
		b.what, strings.Repeat("█", full), strings.Repeat("░", width-full), done, total, rate, left, more)
}

func (b *bar) clear() {
	if b.visible {
		fmt.Fprint(os.Stderr, "\r\x1b[K")
	}
}
