package data

import (
	"bufio"
	"fmt"
	"io"
	"path"
	"strings"

	"autodidact/core/table"
)

// isSktime says whether a .ts file is a collection of series; others are films, or programs.
func isSktime(f File) bool {
	if !strings.EqualFold(path.Ext(f.Path), ".ts") {
		return false
	}
	body, err := f.Open()
	if err != nil {
		return false
	}
	defer body.Close()
	head := make([]byte, 4<<10)
	n, _ := io.ReadFull(body, head)
	text := strings.TrimPrefix(string(head[:n]), "\ufeff")
	return strings.HasPrefix(text, "@") || strings.HasPrefix(text, "#")
}

// sktime reads .ts: lines that begin with @ describe what is in it, then each line is a series, dimension after dimension with
// colons between, and last its class. Dimensions may be unequally long: the shorter are missing at their end.
func (r *seriesReader) sktime(in *bufio.Reader) error {
	labelled, begun := false, false
	had := len(r.all.Of)
	err := eachLine(in, func(n int, line string) error {
		line = strings.TrimSpace(line)
		word, rest, _ := strings.Cut(line, " ")
		switch low := strings.ToLower(word); {
		case strings.HasPrefix(line, "#"):
			return nil
		case strings.HasPrefix(line, "@"):
			value := strings.ToLower(strings.TrimSpace(rest))
			switch low {
			case "@timestamps":
				if value == "true" {
					return Rejected{"", "unsupported", "its readings have times of their own (@timeStamps true), which is not read yet: write a table with a time column"}
				}
			case "@classlabel":
				labelled = strings.HasPrefix(value, "true")
			case "@targetlabel":
				labelled = value == "true"
			case "@data":
				begun = true
			}
			return nil
		case !begun:
			return Rejected{"", "not-a-table", fmt.Sprintf("line %d: not sktime's .ts: @data is missing before the first series", n)}
		}
		return r.case_(line, n, labelled)
	})
	if err == nil && len(r.all.Of) == had && r.skipped == 0 {
		err = Rejected{r.file, "empty", "empty: there is no series in it"}
	}
	return r.named(err)
}

// case_ reads one series.
func (r *seriesReader) case_(line string, n int, labelled bool) error {
	parts := strings.Split(line, ":")
	x := Recording{Name: fmt.Sprintf("%s, line %s", r.file, table.Thousands(int64(n))), Line: true}
	if labelled {
		x.Labels = []uint16{r.class(strings.TrimSpace(parts[len(parts)-1]))}
		parts = parts[:len(parts)-1]
	}
	if len(parts) == 0 || len(parts) > maxChannels {
		r.refuse(n, "bad-row", fmt.Sprintf("%d dimensions; there may be 1 to %d", len(parts), maxChannels))
		return nil
	}
	var dims [][]float32
	long := 0
	for _, part := range parts {
		dim, bad := r.values(strings.Split(part, ","), n)
		if bad {
			return nil
		}
		dims, long = append(dims, dim), max(long, len(dim))
	}
	if long < leastLine {
		r.refuse(n, "too-short", fmt.Sprintf("only %d readings: too short to learn from", long))
		return nil
	}
	channels := []string{"value"}
	if len(dims) > 1 {
		channels = nil
		for c := range dims {
			channels = append(channels, fmt.Sprintf("dimension %d", c+1))
		}
	}
	x.X = make([]float32, long*len(dims))
	for c, dim := range dims {
		for row := range long {
			x.X[row*len(dims)+c] = nan
			if row < len(dim) {
				x.X[row*len(dims)+c] = dim[row]
			}
		}
	}
	x.Tests = strings.Contains(strings.ToUpper(r.file), "_TEST.")
	return r.take(channels, x)
}
