package data

import (
	"path"
	"strings"
)

// A role is what a file is beside others.
type role int

const (
	mayBeSample role = iota
	note             // a README or a license
	besideMedia      // a text or table of the same name as a picture or film
	besideTable      // a text of the same name as a table
	poster           // a picture of the same name as a film beside it
	besideFilms      // another picture in a folder of films, which is no frame
	aboutFiles       // a table that names other files, but says no labels
	labelsFiles      // a table that says labels of other files
)

// A candidate is a file that may be a sample, and what keeps it from being one.
type candidate struct {
	File
	is    form
	role  role
	why   string // why it is none, where its form alone does not say
	table LabelTable
}

// rolesOf determines what each of files is. Tables may be about these files, or about the samples that are here.
func rolesOf(files []File, here *Set) []candidate {
	found := make([]candidate, len(files))
	for i, f := range files {
		found[i] = candidate{File: f, is: formOf(f)}
	}
	beside(found)
	tables(found, here)
	notesOf(found)
	return found
}

// beside finds captions of pictures and films, posters of films, and other forms of tables: all have the others' names.
func beside(found []candidate) {
	media, tables, films, posters := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, f := range found {
		base := path.Base(f.Path)
		switch {
		case f.is == aFilm || f.is == aPicture:
			media[stem(base)], media[base] = true, true
		case f.is == aTable:
			tables[stem(f.Path)] = true
		}
		if f.is == aFilm {
			films[path.Dir(f.Path)], posters[stem(f.Path)] = true, true
		}
	}
	for i := range found {
		f := &found[i]
		name := stem(path.Base(f.Path))
		switch {
		case (f.is == aText || f.is == aTable) && media[name]:
			f.role, f.why = besideMedia, string(f.is)+" of the same name as a picture or film, such as a caption"
		case f.is == aText && tables[stem(f.Path)]:
			f.role, f.why = besideTable, "a text of the same name as a table"
		case f.is != aPicture || !films[path.Dir(f.Path)] || isGIF(f.Path) || moves(f.File, strings.ToLower(path.Ext(f.Path))):
		case posters[stem(f.Path)]:
			f.role, f.why = poster, "a picture of the same name as a film"
		default:
			f.role, f.why = besideFilms, "a picture beside films"
		}
	}
}

// tables finds tables about files.
func tables(found []candidate, here *Set) {
	var media, texts, readings []string
	for _, f := range found {
		switch {
		case f.is == aFilm || f.is == aPicture:
			media = append(media, f.Path)
		case f.is == aText:
			texts = append(texts, f.Path)
		case f.is == aTable:
			readings = append(readings, f.Path)
		}
	}
	if len(readings) == 0 {
		return
	}
	media = append(media, framed(found)...)
	if here != nil && here.Of != Series {
		for _, name := range here.Names {
			media = append(media, fileOf(name))
		}
	}
	files, onlyTables := indexed(append(media, texts...)), false
	if len(media)+len(texts) == 0 {
		files, onlyTables = indexed(readings), true
	}
	for i := range found {
		f := &found[i]
		if f.is != aTable || !isTable(f.Path) || f.role != mayBeSample || onlyTables && !titlesFiles(f.File) {
			continue
		}
		table, about, why := labelTable(f.File, files)
		switch {
		case about && why == "":
			f.role, f.table = labelsFiles, table
		case about:
			f.role, f.why = aboutFiles, why
		case len(media) > 0:
			f.why = "a table, of which no column names these files"
		}
	}
}

// framed are the folders of pictures, which may be films.
func framed(found []candidate) (folders []string) {
	seen := map[string]bool{}
	for _, f := range found {
		if dir := path.Dir(f.Path); f.is == aPicture && dir != "." && !seen[dir] {
			seen[dir] = true
			folders = append(folders, dir)
		}
	}
	return folders
}

// notesOf finds READMEs and licenses: those beside pictures, films and tables describe these, and those at the top of more
// texts than there are of them.
func notesOf(found []candidate) {
	var paths []string
	samples, notes, described := 0, 0, map[string]bool{}
	for _, f := range found {
		paths = append(paths, f.Path)
		switch {
		case f.is == aText && isNote(f.Path):
			notes++
		case f.role == mayBeSample && f.is == aText && isPlain(path.Ext(f.Path)):
			samples++
		case f.is == aPicture || f.is == aFilm || f.is == aTable || f.is == aText:
			samples++
			described[path.Dir(f.Path)] = true
		}
	}
	top := commonFolder(paths)
	for i := range found {
		f := &found[i]
		if dir := path.Dir(f.Path); f.is == aText && isNote(f.Path) && (described[dir] || dir == top && samples > notes) {
			f.role, f.why = note, "notes about the others, by its name: give it by itself to learn from it"
		}
	}
}

func isGIF(name string) bool { return strings.EqualFold(path.Ext(name), ".gif") }
