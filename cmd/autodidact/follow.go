package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"autodidact/core/data"
	"autodidact/core/table"
	"autodidact/worker/forecast"
)

// A feed is rows as they arrive: a table whose header names the channels.
type feed struct {
	lines    *csv.Reader
	header   []string
	channels []string
	column   []int // of each channel
	none     []int // by channel: fields that were no numbers
	short    int   // rows with fewer fields than the header
	long     int   // and with more
	again    int   // headers that came again
}

// saidOnce is how many fields that are not numbers are reported one by one.
const saidOnce = 5

// newFeed reads the header, and reports which columns it does not read.
func newFeed(in io.Reader, channels []string) (*feed, error) {
	rows := bufio.NewReader(in)
	first, _ := rows.ReadString('\n') // what it fails with, it will again; more of a feed may not be there yet
	f := &feed{lines: csv.NewReader(io.MultiReader(strings.NewReader(first), rows)), channels: channels, column: make([]int, len(channels)), none: make([]int, len(channels))}
	f.lines.Comma, f.lines.FieldsPerRecord = table.Sniff([]byte(first), false, true).Comma, -1
	header, err := f.lines.Read()
	if err != nil {
		return nil, fmt.Errorf("standard input: %w", errors.Join(errors.New("a header that names the channels is missing"), err))
	}
	for k, h := range header {
		header[k] = norm.NFC.String(strings.TrimSpace(strings.TrimPrefix(h, "\ufeff")))
	}
	f.header = header
	for c, name := range channels {
		if f.column[c] = slices.Index(header, name); f.column[c] < 0 {
			return nil, fmt.Errorf("standard input: no column named %s: it has %s", name, strings.Join(header, ", "))
		}
		if slices.Contains(header[f.column[c]+1:], name) {
			return nil, fmt.Errorf("standard input: two columns are named %s", name)
		}
	}
	if others := slices.DeleteFunc(slices.Clone(header), func(h string) bool { return slices.Contains(channels, h) }); len(others) > 0 {
		notef("standard input", "columns that are not channels are not read: %s. Rows are taken in the order in which they arrive, whatever such columns say", strings.Join(others, ", "))
	}
	return f, nil
}

// next is the readings of the next row, NaN where one is missing. It is io.EOF behind the last.
func (f *feed) next() ([]float32, error) {
	for {
		fields, err := f.lines.Read()
		if err != nil {
			return nil, err
		}
		if f.isHeader(fields) {
			f.again++
			continue
		}
		switch {
		case len(fields) < len(f.header):
			f.short++
		case len(fields) > len(f.header):
			f.long++
		}
		x := make([]float32, len(f.channels))
		for c, k := range f.column {
			x[c] = f.number(fields, k, c)
		}
		return x, nil
	}
}

// isHeader says whether the header came again, as it does when a logger begins anew.
func (f *feed) isHeader(fields []string) bool {
	return len(fields) == len(f.header) && slices.EqualFunc(fields, f.header, func(a, h string) bool { return strings.TrimSpace(strings.TrimPrefix(a, "\ufeff")) == h })
}

// number is a field as a reading. One that is no number counts as missing, and is reported.
func (f *feed) number(fields []string, k, c int) float32 {
	missing := float32(math.NaN())
	if k >= len(fields) {
		return missing
	}
	if v, ok := data.Reading(fields[k], f.lines.Comma); ok {
		return v
	}
	if f.none[c]++; f.none[c] <= saidOnce {
		line, _ := f.lines.FieldPos(k)
		fmt.Fprintf(os.Stderr, "row %d: %q in column %s is not a number; it counts as missing\n", line, fields[k], f.channels[c])
	}
	return missing
}

// end reports how many rows were not as they should be.
func (f *feed) end() {
	for c, n := range f.none {
		if n > 0 {
			notef("standard input", "column %s: %s, counted as missing", f.channels[c], map[bool]string{true: "1 field was not a number", false: fmt.Sprint(n, " fields were not numbers")}[n == 1])
		}
	}
	if f.short > 0 {
		notef("standard input", "rows with fewer fields than the header: %d. Their missing readings count as missing", f.short)
	}
	if f.long > 0 {
		notef("standard input", "rows with more fields than the header: %d. Those fields were not read", f.long)
	}
	if f.again > 0 {
		notef("standard input", "rows that repeat the header: %d. They were not taken for readings", f.again)
	}
}

// followRows reads a table row by row and answers each at once.
func followRows(ctx context.Context, f *forecast.Stream, channels []string, in io.Reader, out io.Writer, asJSON bool) error {
	rows, err := newFeed(in, channels)
	if err != nil {
		return err
	}
	defer rows.end()
	answers := json.NewEncoder(out)
	for ctx.Err() == nil {
		x, err := rows.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("standard input: %w", err)
		}
		start := time.Now()
		fed, err := f.Feed(ctx, x)
		if err != nil {
			return err
		}
		took := time.Since(start)
		if asJSON {
			err = answers.Encode(struct {
				Event string `json:"event"`
				forecast.StreamScore
				Milliseconds float64 `json:"milliseconds"`
			}{"fed", fed, float64(took.Microseconds()) / 1000})
		} else if fed.Alarm {
			_, err = fmt.Fprintf(out, "row %d: alarm, score %.1f, %s\n", fed.Row, fed.Score, alarmWords[fed.Kind])
		}
		if err != nil {
			return err
		}
	}
	return nil
}
