package data

import (
	"bufio"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"autodidact/core/table"
)

// What series may be.
const (
	maxReadings   = 1 << 25 // of all series together; longer ones are averaged down
	maxChannels   = 1024
	maxRecordings = 100_000
	maxClasses    = 1000
	leastRows     = 8 // of a table
	leastLine     = 2 // readings, of a line of a collection
)

// Notice is the code of a Rejected that is none: all was read, and Reason says what was done about it.
const Notice = "notice"

// ReadSeries reads tables of readings, .csv and .tsv with a header, collections of labelled series in UCR's .tsv, and
// sktime's .ts. Several files are several series of the same channels. Missing readings are NaN. A table is read twice, row by row:
// once to see how all of it is written, then for its readings; of those longer than fit, neighbouring rows are averaged. What cannot be used is rejected by name and the rest goes on;
// so are single readings, which then count as missing. The error is that of ctx. progress, which may be nil, is called with bytes.
// Cut makes samples of what was read.
func ReadSeries(ctx context.Context, files []File, progress func(done, total int)) (*Set, []Rejected, error) {
	files = tidy(files)
	var before, total int64
	taken := map[string]int{}
	for i := range files {
		files[i].Path = unused(files[i].Path, taken)
		total += max(files[i].Size, 0)
	}
	report := func(f File, looks int64) func(read int64) { // each file is read twice
		return func(read int64) {
			if progress != nil {
				progress(int((looks*total+before+min(read, max(f.Size, 0)))/2), int(max(total, 1)))
			}
		}
	}
	r := seriesReader{ctx: ctx, all: &Recordings{Classes: []string{""}}, most: maxReadings}
	surveys, failures := make([]*survey, len(files)), make([]error, len(files))
	for i, f := range files {
		surveys[i], failures[i] = r.survey(f, report(f, 0))
		before += max(f.Size, 0)
	}
	agree(surveys)
	before = 0
	for i, f := range files {
		r.readFile(f, surveys[i], failures[i], report(f, 1))
		if err := ctx.Err(); err != nil {
			return nil, nil, fmt.Errorf("data: reading series: %w", err)
		}
		before += max(f.Size, 0)
		report(f, 1)(0)
	}
	set := &Set{Of: Series}
	if len(r.all.Of) > 0 {
		r.all.Settle()
		set.Recordings = r.all
		r.rejected = append(r.rejected, r.all.settled()...)
		r.rejected = append(r.rejected, r.all.notes(set.FillValues())...)
	}
	return set, r.rejected, nil
}

type seriesReader struct {
	ctx      context.Context
	all      *Recordings
	rejected []Rejected
	most     int // readings of all

	file    string // the name of the one that is being read
	skipped int    // of it, rows with something wrong
	other   int    // of it, rows with a class beyond those there may be
}

// readFile reads a file that was surveyed: all of it or, if there is something wrong with it, nothing.
func (r *seriesReader) readFile(f File, s *survey, err error, progress func(read int64)) {
	had := len(r.all.Of)
	r.file, r.skipped, r.other = f.Path, 0, 0
	if err == nil {
		err = r.read(f, s, progress)
	}
	if err != nil {
		r.all.Of = r.all.Of[:had]
		r.rejected = append(slices.DeleteFunc(r.rejected, func(x Rejected) bool { return x.Name == f.Path }), asRejected(f.Path, err))
		return
	}
	if more := r.skipped - reportRows; more > 0 {
		r.rejected = append(r.rejected, Rejected{f.Path, "bad-row", "and " + plural(more, "more row")})
	}
	if r.other > 0 {
		r.note("%s have a label beyond the first %s there are: they count as having none", plural(r.other, "row"), table.Thousands(maxClasses))
	}
}

// class is the number of a label; of one beyond those there may be, that of none.
func (r *seriesReader) class(label string) uint16 {
	if len(r.all.Classes) <= maxClasses || slices.Contains(r.all.Classes, norm.NFC.String(label)) {
		return r.all.class(label)
	}
	r.other++
	return 0
}

// refuse says what is wrong with a row, of which only the first few are named.
func (r *seriesReader) refuse(row int, code, reason string) {
	if r.skipped++; r.skipped <= reportRows {
		r.rejected = append(r.rejected, Rejected{fmt.Sprintf("%s, row %s", r.file, table.Thousands(int64(row))), code, reason})
	}
}

// note says what was done about a file.
func (r *seriesReader) note(format string, about ...any) {
	r.rejected = append(r.rejected, Rejected{r.file, Notice, fmt.Sprintf(format, about...)})
}

// open gives the text of a file, which close ends.
func (r *seriesReader) open(f File, progress func(read int64)) (in *bufio.Reader, end func() error, err error) {
	ext := strings.ToLower(path.Ext(f.Path))
	if ext != ".csv" && ext != ".tsv" && ext != ".ts" && ext != ".txt" {
		return nil, nil, Rejected{f.Path, "not-a-table", "not a table: series are read from .csv, .tsv and sktime's .ts"}
	}
	if f.Size > table.MaxText {
		return nil, nil, table.TooLarge(f.Size)
	}
	body, err := f.Open()
	if err != nil {
		return nil, nil, err
	}
	if in, err = table.Text(r.ctx, body, progress); err != nil {
		body.Close()
	}
	return in, body.Close, err
}

// survey looks at all of a table before it is read. Of a collection of series, which needs no such look, it is nil.
func (r *seriesReader) survey(f File, progress func(read int64)) (*survey, error) {
	in, end, err := r.open(f, progress)
	if err != nil {
		return nil, err
	}
	defer end()
	if isCollection(f.Path) {
		return nil, nil
	}
	t, err := table.Open(in, strings.EqualFold(path.Ext(f.Path), ".tsv"))
	if err != nil {
		return nil, err
	}
	if t.Header != nil {
		return surveyed(t)
	}
	row, err := t.Next()
	if err == nil && t.Comma == '\t' && len(row) > leastRows {
		return nil, nil // UCR's
	}
	return nil, Rejected{f.Path, "no-header", "its first row is numbers: a header that names the columns is missing"}
}

func isCollection(name string) bool { return strings.EqualFold(path.Ext(name), ".ts") }

func (r *seriesReader) read(f File, s *survey, progress func(read int64)) error {
	in, end, err := r.open(f, progress)
	if err != nil {
		return err
	}
	defer end()
	switch {
	case isCollection(f.Path):
		return r.sktime(in)
	case s == nil:
		return r.ucr(in)
	}
	t, err := table.Open(in, strings.EqualFold(path.Ext(f.Path), ".tsv"))
	if err != nil {
		return err
	}
	return r.table(t, s)
}

// take adds a recording of some channels, whose readings come in the order of these. Those that were read before must
// have the same, in any order.
func (r *seriesReader) take(channels []string, x Recording) error {
	switch {
	case len(r.all.Of) >= maxRecordings:
		return Rejected{r.file, "too-large", fmt.Sprintf("no room: there may be %s series in all", table.Thousands(maxRecordings))}
	case len(r.all.Of) == 0:
		r.all.Channels = slices.Clone(channels)
	case !slices.Equal(r.all.Channels, channels):
		to := make([]int, len(channels))
		for c, name := range channels {
			if to[c] = slices.Index(r.all.Channels, name); to[c] < 0 || len(channels) != len(r.all.Channels) {
				return Rejected{r.file, "other-channels", fmt.Sprintf("its channels are %s; those of the files before are %s", some(channels), some(r.all.Channels))}
			}
		}
		turned := make([]float32, len(x.X))
		for i, v := range x.X {
			turned[i/len(to)*len(to)+to[i%len(to)]] = v
		}
		x.X = turned
	}
	held := len(x.X)
	for _, of := range r.all.Of {
		held += len(of.X)
	}
	if held > r.most {
		return Rejected{r.file, "too-large", fmt.Sprintf("no room: there may be %s readings in all", table.Thousands(int64(r.most)))}
	}
	x.file = r.file
	r.all.Of = append(r.all.Of, x)
	return nil
}
