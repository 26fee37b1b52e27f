package data

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What texts may be.
const (
	maxTextFile  = 1 << 30 // bytes
	maxAllText   = 1 << 30 // bytes of all texts together
	maxDocuments = 2_000_000
	longDocument = 8 << 10 // bytes, beyond which a document is cut where a sentence or a word ends
	longField    = 1 << 20 // bytes of a CSV field or a line of JSON
	tellRows     = 20      // rows of one file that are refused by name
)

// ReadTexts reads documents: paragraphs of .txt and .md files, rows of .csv and .tsv files with a column
// named text, lines of .jsonl files with a field named text. A column or field named label is
// their label; paragraphs have that of the folder of their file, if there are two such folders or more. Files
// are read piece by piece. What cannot be used is rejected by name and the rest goes on. The error is that of
// ctx. progress, which may be nil, is told bytes.
func ReadTexts(ctx context.Context, files []File, progress func(done, total int)) (*Set, []Rejected, error) {
	files = tidy(files)
	var total, before int64
	for _, f := range files {
		total += f.Size
	}
	r := textReader{set: &Set{Of: Text, Texts: &Texts{}}, plain: map[int]bool{}}
	for _, f := range files {
		start := r.set.Len()
		tell := func(read int64) {
			if progress != nil {
				progress(int(before+min(read, f.Size)), int(max(total, 1)))
			}
		}
		err := r.file(ctx, f, tell)
		if e := ctx.Err(); e != nil {
			return nil, nil, fmt.Errorf("data: reading texts: %w", e)
		}
		if err == nil && r.set.Len() == start && r.skipped == 0 {
			err = Rejected{f.Path, "empty", "no text in it"}
		}
		if err != nil { // all of the file or nothing
			r.set.Names, r.set.Labels = r.set.Names[:start], r.set.Labels[:start]
			r.set.Texts.truncate(start)
			r.rejected = append(r.rejected, asRejected(f.Path, err))
		} else if more := r.skipped - tellRows; more > 0 {
			r.rejected = append(r.rejected, Rejected{f.Path, "bad-row", fmt.Sprintf("%d more of its rows cannot be used", more)})
		}
		before += f.Size
	}
	r.label()
	return r.set, r.rejected, nil
}

func isText(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".txt", ".md", ".markdown", ".jsonl", ".ndjson":
		return true
	}
	return isTable(name)
}

func isTable(name string) bool {
	ext := strings.ToLower(path.Ext(name))
	return ext == ".csv" || ext == ".tsv"
}

// hasText says whether a table's header names a column text; a file that cannot be read is left to
// those who say why.
func hasText(f File) bool {
	body, err := f.Open()
	if err != nil {
		return true
	}
	defer body.Close()
	head, err := bufio.NewReader(io.LimitReader(body, 64<<10)).ReadString('\n')
	if head == "" {
		return err == nil
	}
	head = strings.TrimPrefix(head, "\ufeff")
	return column(strings.FieldsFunc(head, func(r rune) bool { return strings.ContainsRune(",\t\"\r\n", r) }), "text") >= 0
}

type textReader struct {
	set      *Set
	rejected []Rejected
	plain    map[int]bool // texts that are labelled by their folder
	skipped  int          // rows of the present file
}

// label gives paragraphs the folders of their files.
func (r *textReader) label() {
	var names []string
	var at []int
	for i, name := range r.set.Names {
		if r.plain[i] {
			file, _, _ := strings.Cut(name, ", paragraph ")
			names, at = append(names, file), append(at, i)
		}
	}
	for k, label := range folders(names) {
		r.set.Labels[at[k]] = label
	}
}

// take adds a document. One with nothing to read in it is passed over.
func (r *textReader) take(name, text, label string) error {
	letters := 0
	for _, c := range text {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			letters++
		}
		if letters == 2 {
			break
		}
	}
	if letters < 2 {
		return nil
	}
	if r.set.Len() >= maxDocuments || r.set.Texts.Bytes()+int64(len(text)) > maxAllText {
		return Rejected{name, "too-large", fmt.Sprintf("too much text: there may be %d documents and %d MB in all", maxDocuments, maxAllText>>20)}
	}
	r.set.Names, r.set.Labels = append(r.set.Names, name), append(r.set.Labels, label)
	r.set.Texts.Append(text)
	return nil
}

// row refuses one row, of which only the first few are told.
func (r *textReader) row(name, code, reason string) {
	if r.skipped++; r.skipped <= tellRows {
		r.rejected = append(r.rejected, Rejected{name, code, reason})
	}
}

func (r *textReader) file(ctx context.Context, f File, tell func(int64)) error {
	if f.Size > maxTextFile {
		return Rejected{f.Path, "too-large", fmt.Sprintf("too large: %d MB", f.Size>>20)}
	}
	r.skipped = 0
	body, err := f.Open()
	if err != nil {
		return err
	}
	defer body.Close()
	in := &checked{name: f.Path, in: io.LimitReader(body, maxTextFile), ctx: ctx, tell: tell}
	buffered := bufio.NewReaderSize(in, 64<<10)
	if head, err := buffered.Peek(3); len(head) == 0 {
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		return Rejected{f.Path, "empty", "empty"}
	} else if string(head) == "\ufeff" {
		buffered.Discard(3)
	}
	switch ext := strings.ToLower(path.Ext(f.Path)); ext {
	case ".txt", ".md", ".markdown":
		return r.paragraphs(f.Path, buffered, ext != ".txt")
	case ".csv":
		return r.table(f.Path, buffered, ',')
	case ".tsv":
		return r.table(f.Path, buffered, '\t')
	case ".jsonl", ".ndjson":
		return r.lines(f.Path, buffered)
	}
	return Rejected{f.Path, "not-text", "not a text file that can be read: save it as .txt, .md, .csv or .jsonl"}
}

// checked reads UTF-8 and fails at the first byte that is not, or that no text has.
type checked struct {
	name string
	in   io.Reader
	ctx  context.Context
	tell func(int64)

	read int64 // bytes checked
	line int64
	tail int // bytes of a character that the last read cut in two
	cut  [utf8.UTFMax]byte
	told int64
}

func (c *checked) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.in.Read(p)
	if bad := c.check(p[:n], err != nil); bad != nil {
		return 0, bad
	}
	if c.read-c.told > 1<<18 {
		c.told = c.read
		c.tell(c.read)
	}
	return n, err
}

// check looks at p, which goes on where the last left off; with last nothing follows.
func (c *checked) check(p []byte, last bool) error {
	if c.read == 0 && len(p) >= 2 && (p[0] == 0xff && p[1] == 0xfe || p[0] == 0xfe && p[1] == 0xff) {
		return Rejected{c.name, "not-utf8", "not UTF-8 but UTF-16: save it as UTF-8"}
	}
	joined := p
	if c.tail > 0 {
		joined = append(append(make([]byte, 0, c.tail+len(p)), c.cut[:c.tail]...), p...)
		c.read -= int64(c.tail)
	}
	for i := 0; i < len(joined); {
		b := joined[i]
		switch {
		case b == '\n':
			c.line++
		case b == 0:
			return Rejected{c.name, "not-text", fmt.Sprintf("not text: byte %d is 0, as in a program or a picture", c.read+int64(i)+1)}
		case b >= utf8.RuneSelf:
			r, n := utf8.DecodeRune(joined[i:])
			if r == utf8.RuneError && n == 1 {
				if !utf8.FullRune(joined[i:]) {
					if last {
						return Rejected{c.name, "truncated", "truncated: it ends in the middle of a character"}
					}
					c.tail = copy(c.cut[:], joined[i:])
					c.read += int64(len(joined))
					return nil
				}
				return Rejected{c.name, "not-utf8", fmt.Sprintf("not UTF-8: byte %d, in line %d, is 0x%02X: save it as UTF-8", c.read+int64(i)+1, c.line+1, b)}
			}
			i += n
			continue
		}
		i++
	}
	c.read, c.tail = c.read+int64(len(joined)), 0
	return nil
}

// paragraphs reads runs of lines between blank ones.
func (r *textReader) paragraphs(name string, in *bufio.Reader, markdown bool) error {
	first, count := r.set.Len(), 0
	var run strings.Builder
	end := func() error {
		text := strings.TrimSpace(run.String())
		run.Reset()
		for text != "" {
			piece := cutDocument(text)
			count++
			at := r.set.Len()
			if err := r.take(fmt.Sprintf("%s, paragraph %d", name, count), piece, ""); err != nil {
				return err
			}
			if r.set.Len() > at {
				r.plain[at] = true
			}
			text = strings.TrimSpace(text[len(piece):])
		}
		return nil
	}
	front := markdown
	for lines := 0; ; lines++ {
		line, err := in.ReadSlice('\n') // at most the buffer: a longer line comes in parts
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
		text := strings.TrimRight(string(line), "\r\n")
		whole := !errors.Is(err, bufio.ErrBufferFull)
		switch {
		case front && text == "---" && lines == 0:
		case front && lines > 0 && text == "---":
			front = false
		case front && lines > 0:
		case whole && strings.TrimSpace(text) == "" && (len(line) > 0 || err != nil):
			front = false
			if err := end(); err != nil {
				return err
			}
		case markdown && strings.HasPrefix(text, "```"):
		default:
			front = false
			run.WriteString(text)
			if whole {
				run.WriteByte('\n')
			}
			if run.Len() > 2*longDocument && !(whole && run.Len() < 4*longDocument) || run.Len() > 8*longDocument {
				if err := r.shed(&run, name, &count); err != nil {
					return err
				}
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
	}
	if err := end(); err != nil {
		return err
	}
	if r.set.Len() == first+1 {
		r.set.Names[first] = name // all there is
	}
	return nil
}

// shed takes documents off the front of a run that grows too long to hold.
func (r *textReader) shed(run *strings.Builder, name string, count *int) error {
	text := run.String()
	run.Reset()
	for len(text) > 2*longDocument {
		piece := cutDocument(text)
		*count++
		at := r.set.Len()
		if err := r.take(fmt.Sprintf("%s, paragraph %d", name, *count), strings.TrimSpace(piece), ""); err != nil {
			return err
		}
		if r.set.Len() > at {
			r.plain[at] = true
		}
		text = text[len(piece):]
	}
	run.WriteString(text)
	return nil
}

// cutDocument is text, or as much of it as makes a document: up to the end of a line, a sentence, a
// word, or, where there is none of these, a character.
func cutDocument(text string) string {
	if len(text) <= longDocument {
		return text
	}
	head := text[:longDocument]
	for _, end := range []string{"\n", ". ", "。", "! ", "? ", " "} {
		if i := strings.LastIndex(head, end); i > longDocument/2 {
			return head[:i+len(end)]
		}
	}
	n := longDocument
	for !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

// table reads rows with a header.
func (r *textReader) table(name string, in *bufio.Reader, comma rune) error {
	rows := csv.NewReader(&bounded{in: in, name: name})
	rows.Comma, rows.ReuseRecord, rows.FieldsPerRecord = comma, true, -1
	header, err := rows.Read()
	if err != nil {
		return csvError(name, err)
	}
	header = slices.Clone(header)
	text, label := column(header, "text"), column(header, "label")
	if text < 0 {
		return Rejected{name, "no-text-column", "no column named text: it has " + strings.Join(header, ", ")}
	}
	for n := 2; ; n++ {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return csvError(name, err)
		}
		at := fmt.Sprintf("%s, row %d", name, n)
		if len(row) != len(header) {
			r.row(at, "bad-row", fmt.Sprintf("%d fields where the header has %d", len(row), len(header)))
			continue
		}
		is := ""
		if label >= 0 {
			is = strings.TrimSpace(row[label])
		}
		if err := r.take(at, strings.TrimSpace(row[text]), is); err != nil {
			return err
		}
	}
}

func column(header []string, name string) int {
	return slices.IndexFunc(header, func(h string) bool { return strings.EqualFold(strings.TrimSpace(h), name) })
}

func csvError(name string, err error) error {
	e, ok := errors.AsType[*csv.ParseError](err)
	if !ok {
		return err
	}
	if errors.Is(err, csv.ErrQuote) && e.StartLine != e.Line || errors.Is(err, csv.ErrQuote) && strings.Contains(err.Error(), "extraneous") {
		return Rejected{name, "bad-csv", fmt.Sprintf("a quote that is opened in line %d is never closed, or closed too early in line %d", e.StartLine, e.Line)}
	}
	return Rejected{name, "bad-csv", fmt.Sprintf("line %d, column %d: %v", e.Line, e.Column, e.Err)}
}

// bounded fails a table whose rows do not end: a quote left open would read on to the end of the file.
type bounded struct {
	in   *bufio.Reader
	name string
	line int64
	run  int // bytes since the last quote or line end
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.in.Read(p)
	for _, c := range p[:n] {
		switch c {
		case '\n':
			b.line++
			b.run = 0
		case '"':
			b.run = 0
		default:
			b.run++
		}
	}
	if b.run > longField {
		return 0, Rejected{b.name, "bad-csv", fmt.Sprintf("line %d is longer than %d MB", b.line+1, longField>>20)}
	}
	return n, err
}

// lines reads a JSON object a line.
func (r *textReader) lines(name string, in *bufio.Reader) error {
	var line []byte
	for n := 1; ; n++ {
		line = line[:0]
		over := false
		var err error
		for {
			var part []byte
			part, err = in.ReadSlice('\n')
			if over = over || len(line)+len(part) > longField; !over {
				line = append(line, part...)
			}
			if !errors.Is(err, bufio.ErrBufferFull) {
				break
			}
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		at := fmt.Sprintf("%s, line %d", name, n)
		var row struct {
			Text  *string `json:"text"`
			Label any     `json:"label"`
		}
		switch {
		case over:
			r.row(at, "too-large", fmt.Sprintf("longer than %d MB", longField>>20))
		case len(strings.TrimSpace(string(line))) == 0:
		case json.Unmarshal(line, &row) != nil:
			r.row(at, "bad-row", "not a JSON object with a text in it")
		case row.Text == nil:
			r.row(at, "bad-row", "no field named text")
		default:
			label := ""
			if row.Label != nil {
				label = fmt.Sprint(row.Label)
			}
			if err := r.take(at, strings.TrimSpace(*row.Text), label); err != nil {
				return err
			}
		}
		if err != nil {
			return nil
		}
	}
}
