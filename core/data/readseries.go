package data

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"golang.org/x/text/encoding/unicode"
)

// What series may be.
const (
	maxReadings   = 1 << 25 // of all series together; longer ones are averaged down
	maxChannels   = 1024
	maxRecordings = 100_000
	maxClasses    = 1000
	leastRows     = 8
)

// Notice is the code of a Rejected that is none: all was read, and Reason says what was done about it.
const Notice = "notice"

// ReadSeries reads tables of readings, .csv and .tsv with a header, collections of labelled series in UCR's .tsv, and
// sktime's .ts. Several files are several series of the same channels. Missing readings are NaN. Files are read row by row;
// of those longer than fit, neighbouring rows are averaged. What cannot be used is rejected by name and the rest goes on;
// so are single readings, which then count as missing. The error is that of ctx. progress, which may be nil, is told bytes.
// Cut makes samples of what was read.
func ReadSeries(ctx context.Context, files []File, progress func(done, total int)) (*Set, []Rejected, error) {
	files = tidy(files)
	var before, total int64
	taken := map[string]int{}
	for i := range files {
		files[i].Path = unused(files[i].Path, taken)
		total += max(files[i].Size, 0)
	}
	r := seriesReader{all: &Recordings{Classes: []string{""}}, most: maxReadings}
	for _, f := range files {
		size := max(f.Size, 0)
		tell := func(read int64) {
			if progress != nil {
				progress(int(before+min(read, size)), int(max(total, 1)))
			}
		}
		had := len(r.all.Of)
		r.file, r.skipped = f.Path, 0
		if err := r.read(ctx, f, tell); err != nil {
			r.all.Of = r.all.Of[:had]
			r.rejected = append(slices.DeleteFunc(r.rejected, func(x Rejected) bool { return x.Name == f.Path }), asRejected(f.Path, err))
		} else if more := r.skipped - tellRows; more > 0 {
			r.rejected = append(r.rejected, Rejected{f.Path, "not-a-number", fmt.Sprintf("and %s more such rows", thousands(int64(more)))})
		}
		if err := ctx.Err(); err != nil {
			return nil, nil, fmt.Errorf("data: reading series: %w", err)
		}
		tell(size)
		before += size
	}
	set := &Set{Of: Series}
	if len(r.all.Of) > 0 {
		set.Recordings = r.all
		r.rejected = append(r.rejected, r.all.notes(set.FillValues())...)
	}
	return set, r.rejected, nil
}

type seriesReader struct {
	all      *Recordings
	rejected []Rejected
	most     int // readings of all

	file    string // that is being read
	skipped int    // of it, rows with something wrong
}

// refuse tells what is wrong with a row, of which only the first few are told.
func (r *seriesReader) refuse(row int, code, reason string) {
	if r.skipped++; r.skipped <= tellRows {
		r.rejected = append(r.rejected, Rejected{fmt.Sprintf("%s, row %s", r.file, thousands(int64(row))), code, reason})
	}
}

// note tells what was done about a file.
func (r *seriesReader) note(format string, about ...any) {
	r.rejected = append(r.rejected, Rejected{r.file, Notice, fmt.Sprintf(format, about...)})
}

func (r *seriesReader) read(ctx context.Context, f File, tell func(read int64)) error {
	ext := strings.ToLower(path.Ext(f.Path))
	if ext != ".csv" && ext != ".tsv" && ext != ".ts" && ext != ".txt" {
		return Rejected{f.Path, "not-a-table", "not a table: series are read from .csv, .tsv and sktime's .ts"}
	}
	if f.Size > maxTextFile {
		return tooLargeText(f.Path, f.Size)
	}
	body, err := f.Open()
	if err != nil {
		return err
	}
	defer body.Close()
	raw := bufio.NewReader(body)
	var plain io.Reader = raw
	if mark, _ := raw.Peek(2); len(mark) == 2 && (mark[0] == 0xff && mark[1] == 0xfe || mark[0] == 0xfe && mark[1] == 0xff) {
		plain = unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Reader(raw)
	}
	in := bufio.NewReaderSize(&checkedText{name: f.Path, in: plain, ctx: ctx, tell: tell}, 64<<10)
	head, err := in.Peek(3)
	switch {
	case len(head) == 0 && err == io.EOF:
		return Rejected{f.Path, "empty", "empty"}
	case string(head) == "\ufeff":
		in.Discard(3)
	}
	if ext == ".ts" {
		return r.sktime(in)
	}
	line, err := firstLine(in)
	if err != nil {
		return err
	}
	comma := delimiter(line, ext == ".tsv")
	if fields := strings.Split(strings.TrimSpace(line), string(comma)); len(fields) > leastRows && allNumbers(fields) {
		if comma != '\t' {
			return Rejected{f.Path, "no-header", "its first row is numbers: a header that names the columns is missing"}
		}
		return r.ucr(in)
	} else if allNumbers(fields) {
		return Rejected{f.Path, "no-header", "its first row is numbers: a header that names the columns is missing"}
	}
	return r.table(in, comma)
}

// firstLine looks at the first line that is not blank.
func firstLine(in *bufio.Reader) (string, error) {
	head, err := in.Peek(in.Size())
	if err != nil && !errors.Is(err, io.EOF) && len(head) == 0 {
		return "", err
	}
	for line := range strings.Lines(string(head)) {
		if strings.TrimSpace(line) != "" {
			return line, nil
		}
	}
	return "", nil
}

// delimiter is what a header's fields are separated by most.
func delimiter(line string, tab bool) rune {
	if tab || strings.Contains(line, "\t") && !strings.ContainsAny(line, ",;") {
		return '\t'
	}
	if strings.Count(line, ";") > strings.Count(line, ",") {
		return ';'
	}
	return ','
}

func allNumbers(fields []string) bool {
	for _, f := range fields {
		if v, ok := number(strings.Trim(f, `"`), true); !ok || v != v && len(fields) == 1 {
			return false
		}
	}
	return true
}

// take adds a recording of some channels, whose readings come in the order of these. Those that were read before must
// have the same, in any order.
func (r *seriesReader) take(channels []string, x Recording) error {
	switch {
	case len(r.all.Of) >= maxRecordings:
		return Rejected{r.file, "too-large", fmt.Sprintf("no room: there may be %s series in all", thousands(maxRecordings))}
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
		return Rejected{r.file, "too-large", fmt.Sprintf("no room: there may be %s readings in all", thousands(int64(r.most)))}
	}
	r.all.Of = append(r.all.Of, x)
	return nil
}
