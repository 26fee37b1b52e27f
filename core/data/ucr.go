package data

import (
	"bufio"
	"fmt"
	"io"
	"path"
	"strings"

	"autodidact/core/table"
)

// maxLine is the bytes that a series on one line may have.
const maxLine = 16 << 20

// eachLine calls f with every line that is not blank.
func eachLine(in *bufio.Reader, f func(n int, line string) error) error {
	for n := 1; ; n++ {
		var line []byte
		for {
			part, err := in.ReadSlice('\n')
			if line = append(line, part...); len(line) > maxLine {
				return Rejected{"", "too-large", fmt.Sprintf("line %s is longer than %d MB", table.Thousands(int64(n)), maxLine>>20)}
			}
			if err == nil {
				break
			}
			if err != bufio.ErrBufferFull {
				if s := strings.TrimSpace(string(line)); s != "" {
					if err := f(n, s); err != nil {
						return err
					}
				}
				if err == io.EOF {
					return nil
				}
				return err
			}
		}
		if s := strings.TrimRight(string(line), "\r\n"); strings.TrimSpace(s) != "" {
			if err := f(n, s); err != nil {
				return err
			}
		}
	}
}

// ucr reads a collection as the UCR archive has it: on each line a class and then the readings of one series, with tabs
// between. NaN at the end only makes lines equally long.
func (r *seriesReader) ucr(in *bufio.Reader) error {
	base := strings.ToUpper(strings.TrimSuffix(path.Base(r.file), path.Ext(r.file)))
	return r.named(eachLine(in, func(n int, line string) error {
		class, rest, _ := strings.Cut(line, "\t")
		x, bad := r.values(strings.Split(rest, "\t"), n)
		for len(x) > 0 && x[len(x)-1] != x[len(x)-1] {
			x = x[:len(x)-1]
		}
		if bad || len(x) < leastLine {
			if !bad {
				r.refuse(n, "too-short", fmt.Sprintf("only %d readings: too short to learn from", len(x)))
			}
			return nil
		}
		return r.take([]string{"value"}, Recording{Name: fmt.Sprintf("%s, row %s", r.file, table.Thousands(int64(n))), X: x, Line: true,
			Labels: []uint16{r.class(strings.TrimSpace(class))}, Tests: strings.HasSuffix(base, "_TEST")})
	}))
}

// named gives an error of a line the file's name.
func (r *seriesReader) named(err error) error {
	if bad, ok := err.(Rejected); ok && bad.Name == "" {
		bad.Name = r.file
		return bad
	}
	return err
}

// values reads the readings of a line; what is no number refuses it.
func (r *seriesReader) values(fields []string, n int) (x []float32, bad bool) {
	for _, f := range fields {
		v, ok := numberStyle{}.read(strings.TrimSpace(f))
		if !ok {
			r.refuse(n, "not-a-number", fmt.Sprintf("%q is not a number: the series is left out", brief(f)))
			return nil, true
		}
		x = append(x, v)
	}
	return x, false
}

// brief is a field, not longer than fits a sentence.
func brief(s string) string {
	if s = strings.TrimSpace(s); len(s) > 40 {
		return strings.ToValidUTF8(s[:40], "") + "…"
	}
	return s
}
