package data

import (
	"context"
	"fmt"
	"path"
	"strings"
	"unicode"

	"autodidact/core/table"
)

// What texts may be.
const (
	maxAllText   = 1 << 30 // bytes of all texts together
	maxDocuments = 2_000_000
	reportRows   = 20 // rows of one file that are refused by name
)

// ReadTexts reads documents: paragraphs of .txt and .md files, rows of .csv and .tsv files with a column
// named text, lines of .jsonl files with a field named text. A column or field named label is
// their label; paragraphs have that of the folder of their file, if there are two such folders or more. Files
// are read piece by piece. What cannot be used is rejected by name and the rest goes on. The error is that of
// ctx. progress, which may be nil, is called with bytes.
func ReadTexts(ctx context.Context, files []File, progress func(done, total int)) (*Set, []Rejected, error) {
	files = tidy(files)
	var before, total int64
	taken := map[string]int{}
	for i := range files {
		files[i].Path = unused(files[i].Path, taken)
		total += max(files[i].Size, 0)
	}
	r := textReader{set: &Set{Of: Text, Texts: &Texts{}}, labels: map[string]string{}}
	for _, f := range files {
		size := max(f.Size, 0)
		report := func(read int64) {
			if progress != nil {
				progress(int(before+min(read, size)), int(max(total, 1)))
			}
		}
		r.all(ctx, f, report)
		if err := ctx.Err(); err != nil {
			return nil, nil, fmt.Errorf("data: reading texts: %w", err)
		}
		report(size)
		before += size
	}
	r.set.labelPlain()
	return r.set, r.rejected, nil
}

func isText(name string) bool {
	ext := strings.ToLower(path.Ext(name))
	return isPlain(ext) || ext == ".jsonl" || ext == ".ndjson" || isTable(name)
}

func isPlain(ext string) bool {
	switch strings.ToLower(ext) {
	case ".txt", ".md", ".markdown":
		return true
	}
	return false
}

func isTable(name string) bool {
	ext := strings.ToLower(path.Ext(name))
	return ext == ".csv" || ext == ".tsv"
}

// inParagraph goes between the name of a plain file and the number of a document in it.
const inParagraph = ", paragraph "

// labelPlain labels the documents from plain files by the folders they are in. Their names show which these
// are: those of others end in a row or a line.
func (s *Set) labelPlain() {
	var files []string
	var at []int
	for i, name := range s.Names {
		ext, _, _ := strings.Cut(path.Ext(name), inParagraph)
		if isPlain(ext) {
			files, at = append(files, name), append(at, i)
		}
	}
	for k, label := range folders(files) {
		s.Labels[at[k]] = label
	}
}

type textReader struct {
	set      *Set
	rejected []Rejected
	labels   map[string]string // each label once: a part of a row would hold all of it
	skipped  int               // rows of the present file
}

// all reads all of a file or, if there is something wrong with it, nothing.
func (r *textReader) all(ctx context.Context, f File, progress func(read int64)) {
	documents, refused := r.set.Len(), len(r.rejected)
	r.skipped = 0
	err := r.file(ctx, f, progress)
	if err == nil && r.set.Len() == documents && r.skipped == 0 {
		err = Rejected{f.Path, "empty", "empty: there is no text in it"}
	}
	if err != nil {
		r.set.Names, r.set.Labels = r.set.Names[:documents], r.set.Labels[:documents]
		r.set.Texts.truncate(documents)
		r.rejected = append(r.rejected[:refused], asRejected(f.Path, err))
	} else if more := r.skipped - reportRows; more == 1 {
		r.rejected = append(r.rejected, Rejected{f.Path, "bad-row", "and 1 more row"})
	} else if more > 1 {
		r.rejected = append(r.rejected, Rejected{f.Path, "bad-row", fmt.Sprintf("and %s more rows", table.Thousands(int64(more)))})
	}
}

func (r *textReader) file(ctx context.Context, f File, progress func(read int64)) error {
	ext := strings.ToLower(path.Ext(f.Path))
	switch {
	case !isText(f.Path) && ext == "":
		return Rejected{f.Path, "not-text", "not a text file: save it as .txt"}
	case !isText(f.Path):
		return Rejected{f.Path, "not-text", fmt.Sprintf("not a text file: %s: save it as .txt", ext)}
	case f.Size > table.MaxText:
		return table.TooLarge(f.Size)
	}
	body, err := f.Open()
	if err != nil {
		return err
	}
	defer body.Close()
	in, err := table.Text(ctx, body, progress)
	if err != nil {
		return err
	}
	switch ext {
	case ".csv", ".tsv":
		return r.table(f.Path, in, ext == ".tsv")
	case ".jsonl", ".ndjson":
		return r.lines(f.Path, in)
	}
	return r.plain(f.Path, in, ext != ".txt")
}

// take adds a document of file.
func (r *textReader) take(file, name, text, label string) error {
	if r.set.Len() >= maxDocuments {
		return Rejected{file, "too-large", fmt.Sprintf("no room: there may be %s documents in all", table.Thousands(maxDocuments))}
	}
	if r.set.Texts.Bytes()+int64(len(text)) > maxAllText {
		return Rejected{file, "too-large", fmt.Sprintf("no room: there may be %d MB of text in all", maxAllText>>20)}
	}
	if label != "" {
		if r.labels[label] == "" {
			label = strings.Clone(label)
			r.labels[label] = label
		}
		label = r.labels[label]
	}
	r.set.Names, r.set.Labels = append(r.set.Names, name), append(r.set.Labels, label)
	r.set.Texts.Append(text)
	return nil
}

// readable says whether a paragraph has something to read in it: a rule of dashes or stars has not, a word, a number and an emoji are.
func readable(text string) bool {
	return strings.ContainsFunc(text, func(c rune) bool { return unicode.IsLetter(c) || unicode.IsNumber(c) || unicode.Is(unicode.So, c) })
}

// refuse refuses one row, of which only the first few are reported.
func (r *textReader) refuse(row, code, reason string) {
	if r.skipped++; r.skipped <= reportRows {
		r.rejected = append(r.rejected, Rejected{row, code, reason})
	}
}
