package data

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// checkedText reads UTF-8. It fails at the first byte that is not, or that no text has, and from then on.
type checkedText struct {
	name string
	in   io.Reader
	ctx  context.Context
	tell func(read int64)

	read  int64 // bytes
	told  int64
	lines int64  // whole ones
	cut   []byte // a character that the last read ended in
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
	if c.read-c.told > 1<<18 {
		c.told = c.read
		c.tell(c.read)
	}
	return n, err
}

// check looks at p, which goes on where the last left off; if it is the last, nothing follows.
func (c *checkedText) check(p []byte, last bool) error {
	at := c.read - int64(len(c.cut))
	if c.read += int64(len(p)); c.read > maxTextFile {
		return tooLargeText(c.name, c.read)
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
			return Rejected{c.name, "truncated", "truncated: it ends in the middle of a character"}
		}
		c.cut = bytes.Clone(text[whole:])
		return nil
	}
	return c.why(text, at)
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

// why tells what is wrong with text, which begins with byte at of the file.
func (c *checkedText) why(text []byte, at int64) error {
	bom := func(magic string) bool { return at == 0 && bytes.HasPrefix(text, []byte(magic)) }
	if bom("\xff\xfe") || bom("\xfe\xff") {
		return Rejected{c.name, "not-utf8", "not UTF-8 but UTF-16: save it as UTF-8"}
	}
	if i := bytes.IndexByte(text, 0); i >= 0 {
		return Rejected{c.name, "not-text", fmt.Sprintf("not text: byte %s is 0", thousands(at+int64(i)+1))}
	}
	i := 0
	for r, n := utf8.DecodeRune(text); r != utf8.RuneError || n > 1; r, n = utf8.DecodeRune(text[i:]) {
		i += n
	}
	line := c.lines + int64(bytes.Count(text[:i], []byte("\n"))) + 1
	return Rejected{c.name, "not-utf8", fmt.Sprintf("not UTF-8: byte %s (line %s) is 0x%02X: save it as UTF-8", thousands(at+int64(i)+1), thousands(line), text[i])}
}
