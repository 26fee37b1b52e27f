// Package table reads rows of delimited text as people have them: whatever separates the fields, however the bytes
// are written, and whatever stands before the header.
package table

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// MaxText is the bytes that a text may have.
const MaxText = 1 << 30

// An Error says why a whole text or table cannot be read.
type Error struct {
	Code   string // "empty", "truncated", "not-utf8", "not-text", "too-large", "bad-csv"
	Reason string // for the person whose file it is
}

func (e Error) Error() string { return e.Reason }

// Text reads in as UTF-8: UTF-16 is decoded, a byte order mark dropped, and CR alone as the end of a line becomes LF.
// It fails with an Error at the first byte that no text has. progress, which may be nil, is called now and then with the bytes
// read. An empty text is an Error.
func Text(ctx context.Context, in io.Reader, progress func(read int64)) (*bufio.Reader, error) {
	raw := bufio.NewReaderSize(in, 4<<10)
	head, err := raw.Peek(4 << 10)
	if len(head) == 0 {
		if err == io.EOF {
			err = Error{"empty", "empty"}
		}
		return nil, err
	}
	checked := &checkedText{in: utf16(raw, head), ctx: ctx, progress: progress}
	text := bufio.NewReaderSize(checked, 64<<10)
	start, _ := text.Peek(64 << 10) // what it fails with, it will again
	if bytes.HasPrefix(start, []byte("\ufeff")) {
		text.Discard(3)
	}
	if bytes.IndexByte(start, '\n') < 0 && bytes.IndexByte(start, '\r') >= 0 {
		text = bufio.NewReaderSize(transform.NewReader(text, lineFeeds{}), 64<<10)
	}
	return text, nil
}

// utf16 decodes UTF-16, known by its mark or by every second byte being 0.
func utf16(raw io.Reader, head []byte) io.Reader {
	little, ok := unicode.LittleEndian, true
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		little = unicode.BigEndian
	default:
		zeros := [2]int{}
		for i, b := range head {
			if b == 0 {
				zeros[i%2]++
			}
		}
		ok = len(head) >= 8 && max(zeros[0], zeros[1]) > len(head)*2/5 && min(zeros[0], zeros[1]) == 0
		if zeros[0] > zeros[1] {
			little = unicode.BigEndian
		}
	}
	if !ok {
		return raw
	}
	return unicode.UTF16(little, unicode.UseBOM).NewDecoder().Reader(raw)
}

// lineFeeds turns CR to LF.
type lineFeeds struct{ transform.NopResetter }

func (lineFeeds) Transform(to, from []byte, _ bool) (int, int, error) {
	n := copy(to, from)
	for i, b := range to[:n] {
		if b == '\r' {
			to[i] = '\n'
		}
	}
	if n < len(from) {
		return n, n, transform.ErrShortDst
	}
	return n, n, nil
}

// checkedText reads UTF-8. It fails at the first byte that is not, or that no text has, and from then on.
type checkedText struct {
	in       io.Reader
	ctx      context.Context
	progress func(read int64)

	read  int64 // bytes
	last  int64 // of them, when progress was called
	lines int64 // whole ones
	cut   []byte
	err   error
}

func (c *checkedText) Read(p []byte) (int, error) {
	if c.err == nil {
		c.err = c.ctx.Err()
	}
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.in.Read(p)
	c.err = err
	if bad := c.check(p[:n], errors.Is(err, io.EOF)); bad != nil {
		c.err = bad
		return 0, bad
	}
	if c.progress != nil && c.read-c.last > 1<<18 {
		c.last = c.read
		c.progress(c.read)
	}
	return n, err
}

// check looks at p, which goes on where the last left off; if it is the last, nothing follows.
func (c *checkedText) check(p []byte, last bool) error {
	at := c.read - int64(len(c.cut))
	if c.read += int64(len(p)); c.read > MaxText {
		return TooLarge(c.read)
	}
	text := p
	if len(c.cut) > 0 {
		text = append(c.cut, p...)
	}
	whole := len(text) - unfinished(text)
	c.cut = nil
	if utf8.Valid(text[:whole]) && bytes.IndexByte(text[:whole], 0) < 0 {
		c.lines += int64(bytes.Count(text[:whole], []byte("\n")))
		if last && whole < len(text) {
			return Error{"truncated", "truncated: it ends in the middle of a character"}
		}
		c.cut = bytes.Clone(text[whole:])
		return nil
	}
	return c.why(text, at)
}

// TooLarge is the Error of a text of so many bytes.
func TooLarge(size int64) error {
	return Error{"too-large", fmt.Sprintf("too large: %d MB; there may be %d", size>>20, MaxText>>20)}
}

// unfinished is how many bytes at the end of text begin a character that goes on behind it.
func unfinished(text []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if end := text[len(text)-n:]; utf8.RuneStart(end[0]) {
			if utf8.FullRune(end) {
				return 0
			}
			return n
		}
	}
	return 0
}

// why says what is wrong with text, which begins with byte at of the file.
func (c *checkedText) why(text []byte, at int64) error {
	if i := bytes.IndexByte(text, 0); i >= 0 {
		return Error{"not-text", fmt.Sprintf("not text: byte %s is 0", Thousands(at+int64(i)+1))}
	}
	i := 0
	for r, n := utf8.DecodeRune(text); r != utf8.RuneError || n > 1; r, n = utf8.DecodeRune(text[i:]) {
		i += n
	}
	line := c.lines + int64(bytes.Count(text[:i], []byte("\n"))) + 1
	return Error{"not-utf8", fmt.Sprintf("not UTF-8: byte %s (line %s) is 0x%02X: save it as UTF-8", Thousands(at+int64(i)+1), Thousands(line), text[i])}
}

// Thousands writes a number as 1,234,567.
func Thousands(n int64) string {
	s := []byte(fmt.Sprint(n))
	for at := len(s) - 3; at > 0; at -= 3 {
		s = append(s[:at], append([]byte{','}, s[at:]...)...)
	}
	return string(s)
}
