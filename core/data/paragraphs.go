package data

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// longDocument is the bytes beyond which a document is cut where a line, a sentence or a word ends.
const longDocument = 8 << 10

// plain reads paragraphs: runs of lines between blank ones.
func (r *textReader) plain(name string, in *bufio.Reader, markdown bool) error {
	if markdown {
		skipFrontMatter(in)
	}
	p := paragraphs{textReader: r, name: name, first: r.set.Len()}
	begins := true // a line; one longer than the buffer comes in parts
	for {
		part, err := in.ReadSlice('\n')
		if err != nil && err != io.EOF && err != bufio.ErrBufferFull {
			return err
		}
		ends := err == nil
		text := part
		if ends {
			text = bytes.TrimRight(part, "\r\n")
		}
		var failed error
		switch {
		case begins && ends && len(bytes.TrimSpace(text)) == 0:
			failed = p.end()
		case begins && markdown && isFence(text):
		default:
			failed = p.add(text, ends)
		}
		if failed != nil {
			return failed
		}
		if err == io.EOF {
			break
		}
		begins = ends
	}
	if err := p.end(); err != nil {
		return err
	}
	if r.set.Len() == p.first+1 {
		r.set.Names[p.first] = name // all there is
	}
	if n := p.rules; n > 0 && r.set.Len() > p.first {
		r.rejected = append(r.rejected, Rejected{name, Notice, fmt.Sprintf("%s without a letter or a number left out, as “%s”", plural(n, "paragraph"), brief(p.rule))})
	}
	return nil
}

// skipFrontMatter passes over what stands between two lines of --- at the top, if it is short.
func skipFrontMatter(in *bufio.Reader) {
	head, _ := in.Peek(16 << 10) // what it fails with, it will again
	for at, n := 0, 0; ; n++ {
		size := bytes.IndexByte(head[at:], '\n') + 1
		if size == 0 {
			return
		}
		line := string(bytes.TrimRight(head[at:at+size], " \t\r\n"))
		at += size
		switch {
		case n == 0 && line != "---":
			return
		case n > 0 && line == "---":
			in.Discard(at)
			return
		}
	}
}

// isFence reports whether line opens or closes a code block in Markdown.
func isFence(line []byte) bool {
	line = bytes.TrimLeft(line, " ")
	return bytes.HasPrefix(line, []byte("```")) || bytes.HasPrefix(line, []byte("~~~"))
}

// paragraphs makes documents of the lines of one file.
type paragraphs struct {
	*textReader
	name  string
	first int // the file's first document, in the set
	run   []byte
	rules int    // paragraphs with nothing to read in them
	rule  string // the first of them
}

// add goes on with a paragraph. One that grows too long to hold sheds documents from its front.
func (p *paragraphs) add(text []byte, ends bool) error {
	if p.run = append(p.run, text...); ends {
		p.run = append(p.run, '\n')
	}
	if len(p.run) <= 2*longDocument {
		return nil
	}
	return p.shed(2 * longDocument)
}

// end is where a paragraph ends.
func (p *paragraphs) end() error {
	p.run = bytes.TrimSpace(p.run)
	return p.shed(0)
}

// shed makes documents of the front of the paragraph until no more than most bytes of it are left.
func (p *paragraphs) shed(most int) error {
	rest := p.run
	for len(rest) > most {
		n := cutDocument(rest)
		text := strings.TrimSpace(string(rest[:n]))
		rest = rest[n:]
		if !readable(text) {
			if p.rules++; p.rules == 1 {
				p.rule = text
			}
			continue
		}
		name := fmt.Sprint(p.name, inParagraph, p.set.Len()-p.first+1)
		if err := p.take(p.name, name, text, ""); err != nil {
			return err
		}
	}
	p.run = append(p.run[:0], rest...)
	return nil
}

// cutDocument is how many bytes of text make a document: up to the end of a line, a sentence, a word,
// or, where there is none of these, a character.
func cutDocument(text []byte) int {
	if len(text) <= longDocument {
		return len(text)
	}
	head := text[:longDocument]
	for _, end := range []string{"\n", ". ", "! ", "? ", "。", "！", "？", " "} {
		if i := bytes.LastIndex(head, []byte(end)); i > longDocument/2 {
			return i + len(end)
		}
	}
	n := longDocument
	for n > longDocument-utf8.UTFMax && !utf8.RuneStart(text[n]) {
		n--
	}
	return n
}
