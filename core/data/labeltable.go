package data

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"autodidact/core/table"
)

// maxLabelTable is the bytes that a table of labels may have.
const maxLabelTable = 64 << 20

// fileColumns and labelColumns are what columns of file names and of labels are called, in small letters, the
// likeliest first.
var (
	fileColumns = []string{"name", "file", "filename", "file_name", "path", "filepath", "file_path", "image", "image_name", "image_path", "image_id", "img", "img_name",
		"img_path", "picture", "photo", "frame", "clip", "clip_name", "video", "video_name", "video_path", "video_id", "text_file", "document", "id", "sample", "key"}
	labelColumns = []string{"label", "class", "category", "label_name", "class_name", "classname", "labels", "classes", "categories", "target",
		"tag", "tags", "species", "breed", "diagnosis", "group", "type", "kind", "y", "label_id", "class_id", "category_id"}
)

// A LabelTable is a table beside files whose rows name these and say what each is.
type LabelTable struct {
	Path          string
	By, Of        string   // the columns of names and of labels; numbers where there is no header
	Names, Labels []string // of each row
	Unread        []string // rows that cannot be read, and why
}

// Labels reads f as a table that names samples of set and says what they are; not ok if it is none.
func Labels(f File, set *Set) (t LabelTable, ok bool) {
	var names []string
	for _, name := range set.Names {
		names = append(names, fileOf(name))
	}
	t, about, reason := labelTable(f, indexed(slices.Compact(names)))
	return t, about && reason == ""
}

// labelTable reads f as one that names files. about says that it names them; without a column of labels it is no
// LabelTable all the same, and reason says so.
func labelTable(f File, files index) (t LabelTable, about bool, reason string) {
	rows, unread, err := grid(f, maxLabelTable)
	if err != nil || len(rows) == 0 {
		return t, false, ""
	}
	beside := path.Dir(f.Path)
	header := rows[0]
	if headless(header, files, beside) {
		header = nil
	} else {
		rows = rows[1:]
	}
	by := nameColumn(header, rows, files, beside)
	if by < 0 {
		return t, false, ""
	}
	of := labelColumn(header, rows, by)
	if of < 0 {
		return t, true, "a table about these files without a column of labels: it has " + some(header)
	}
	t = LabelTable{Path: f.Path, By: titled(header, by), Of: titled(header, of), Unread: unread}
	for _, row := range rows {
		if label := cell(row, of); cell(row, by) != "" && label != "" {
			t.Names, t.Labels = append(t.Names, cell(row, by)), append(t.Labels, norm.NFC.String(label))
		}
	}
	return t, true, ""
}

// grid is the rows in the first bytes of a table, its header first; unread says which cannot be read.
func grid(f File, most int64) (rows [][]string, unread []string, err error) {
	if f.Size > maxLabelTable {
		return nil, nil, Rejected{f.Path, "too-large", fmt.Sprintf("too large: %d MB", f.Size>>20)}
	}
	body, err := f.Open()
	if err != nil {
		return nil, nil, err
	}
	defer body.Close()
	text, err := table.Text(context.Background(), io.LimitReader(body, most), nil)
	if err != nil {
		return nil, nil, err
	}
	t, err := table.Open(text, false)
	if err != nil {
		return nil, nil, err
	}
	if t.Header != nil {
		rows = append(rows, t.Header)
	}
	for {
		row, err := t.Next()
		if err == io.EOF {
			return rows, unread, nil
		}
		if bad, one := err.(table.RowError); one {
			unread = append(unread, bad.Error())
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		rows = append(rows, slices.Clone(row))
	}
}

// cell is a field without the space around it, "" where a row ends before it.
func cell(row []string, i int) string {
	if i >= len(row) {
		return ""
	}
	return strings.TrimSpace(row[i])
}

func titled(header []string, i int) string {
	if i < len(header) {
		return strings.TrimSpace(header[i])
	}
	return fmt.Sprint(i + 1)
}

// rank is how early a column's title is in titles, 0 if it is in none.
func rank(title string, titles []string) int {
	title = strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(strings.TrimSpace(title)))
	return len(titles) - cmp.Or(1+slices.Index(titles, title), len(titles)+1) + 1
}

// titlesFiles says whether a table has a column with a title for file names.
func titlesFiles(f File) bool {
	rows, _, err := grid(f, 4<<10)
	return err == nil && len(rows) > 0 && slices.ContainsFunc(rows[0], func(title string) bool { return rank(title, fileColumns) > 0 })
}

// headless says whether a first row is one of a file: with its ending, so that a title is taken for none.
func headless(row []string, files index, beside string) bool {
	return slices.ContainsFunc(row, func(field string) bool {
		at, _ := files.find(field, beside)
		return at != -1 && path.Ext(strings.TrimSpace(field)) != ""
	})
}

// nameColumn is the column that names most files, or -1: one that has a title for it, or half of whose fields do, and not
// by numbers alone.
func nameColumn(header []string, rows [][]string, files index, beside string) int {
	best, most := -1, 0
	for c := range wide(header, rows) {
		titledSo := rank(titled(header, c), fileColumns) > 0
		found, filled, numbers := 0, 0, 0
		for _, row := range rows {
			name := cell(row, c)
			if name == "" {
				continue
			}
			filled++
			if at, _ := files.find(name, beside); at != -1 {
				found++
				if strings.Trim(name, "0123456789") == "" {
					numbers++
				}
			}
		}
		some := 2*found >= filled || 2*found >= len(files.paths)
		if !titledSo && (numbers == found || !some) || numbers == found && 2*found < filled && found < fewPictures {
			continue
		}
		if found > most || found == most && found > 0 && rank(titled(header, c), fileColumns) > rank(titled(header, max(best, 0)), fileColumns) {
			best, most = c, found
		}
	}
	return best
}

// wide is how many columns there are.
func wide(header []string, rows [][]string) int {
	n := len(header)
	for _, row := range rows {
		n = max(n, len(row))
	}
	return n
}

// labelColumn is the column with a title for labels, or else the only other one in which words come again, or -1.
func labelColumn(header []string, rows [][]string, by int) int {
	best := -1
	for c := range header {
		if r := rank(titled(header, c), labelColumns); c != by && r > 0 && (best < 0 || r > rank(titled(header, best), labelColumns)) {
			best = c
		}
	}
	if best >= 0 {
		return best
	}
	columns := wide(header, rows)
	for c := range columns {
		if values, filled := filledBy(rows, c); c == by || values < 2 || values == filled || columns > 2 && 2*values > filled {
			continue
		}
		if best >= 0 {
			return -1
		}
		best = c
	}
	return best
}

// filledBy is how many values a column has, and how many rows have one.
func filledBy(rows [][]string, c int) (values, filled int) {
	seen := map[string]bool{}
	for _, row := range rows {
		if v := cell(row, c); v != "" {
			seen[v] = true
			filled++
		}
	}
	return len(seen), filled
}

// MatchedLabels is what a table says of the samples of a set.
type MatchedLabels struct {
	Table     LabelTable
	Total     int               // samples there are
	Labels    map[string]string // by sample's name; several of one are parted by |
	NoSample  []string          // names in the table that are no sample's, or may be several samples'
	Unlabeled []string          // samples that it gives no label
}

// Match is what t has for the samples of set. A row for a film or a text is one for all of its parts.
func (t LabelTable) Match(set *Set) MatchedLabels {
	files := map[string][]string{} // the samples of each
	var paths []string
	for _, name := range set.Names {
		file := fileOf(name)
		if files[file] == nil {
			paths = append(paths, file)
		}
		files[file] = append(files[file], name)
	}
	o := MatchedLabels{Table: t, Total: len(set.Names), Labels: map[string]string{}}
	for file, label := range o.byFile(indexed(paths)) {
		for _, name := range files[file] {
			o.Labels[name] = label
		}
	}
	for _, name := range set.Names {
		if o.Labels[name] == "" {
			o.Unlabeled = append(o.Unlabeled, name)
		}
	}
	return o
}

// byFile is the label of each file; where several rows name one, of those that share most folders with it.
func (o *MatchedLabels) byFile(files index) map[string]string {
	type claim struct {
		share  int
		labels []string
	}
	claims, beside := map[int]*claim{}, path.Dir(o.Table.Path)
	at, shares := make([]int, len(o.Table.Names)), make([]int, len(o.Table.Names))
	for row, name := range o.Table.Names {
		at[row], shares[row] = files.find(name, beside)
		if c := claims[at[row]]; at[row] >= 0 && (c == nil || shares[row] > c.share) {
			claims[at[row]] = &claim{share: shares[row]}
		}
	}
	for row, i := range at {
		switch c := claims[i]; {
		case i < 0 || shares[row] < c.share:
			o.NoSample = append(o.NoSample, o.Table.Names[row])
		case !slices.Contains(c.labels, o.Table.Labels[row]):
			c.labels = append(c.labels, o.Table.Labels[row])
		}
	}
	labels := map[string]string{}
	for i, c := range claims {
		labels[files.paths[i]] = strings.Join(c.labels, "|")
	}
	return labels
}

// fileOf is the file that a sample was cut from.
func fileOf(sample string) string {
	for _, part := range []string{", frame ", inParagraph} {
		if at := strings.LastIndex(sample, part); at > 0 {
			return sample[:at]
		}
	}
	return sample
}

// Counts says how many samples there are labels for, and what does not fit together: what is a word for one sample.
func (o MatchedLabels) Counts(what string) string {
	says := fmt.Sprintf("labels for %s of %s (columns %s and %s)", table.Thousands(int64(len(o.Labels))), plural(o.Total, what), o.Table.By, o.Table.Of)
	if n := len(o.NoSample); n > 0 {
		says += fmt.Sprintf("; %s no %s here: %s", pluralVerb(n, "row names", "rows name"), what, few(o.NoSample))
	}
	if n := len(o.Unlabeled); n > 0 {
		says += fmt.Sprintf("; %s no label in it: %s", pluralVerb(n, what+" has", several(what)+" have"), few(o.Unlabeled))
	}
	if n := len(o.Table.Unread); n > 0 {
		says += fmt.Sprintf("; %s be read: %s", pluralVerb(n, "row cannot", "rows cannot"), few(o.Table.Unread))
	}
	return says
}

func pluralVerb(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return table.Thousands(int64(n)) + " " + more
}

// upTo are the first of names, and how many more there are.
func upTo(most int, names []string) string {
	if n := len(names) - most; n > 0 {
		return fmt.Sprintf("%s and %s more", strings.Join(names[:most], ", "), table.Thousands(int64(n)))
	}
	return strings.Join(names, ", ")
}

// few are the first of names, and how many more there are.
func few(names []string) string {
	return upTo(3, names)
}
