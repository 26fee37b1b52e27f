package data

import (
	"slices"
	"strings"
)

// Input is what a person gave to learn from.
type Input struct {
	Files []File
	Kind  Kind // of data; "" to guess it from the files
	Here  *Set // samples that are here already, which a table may name; nil if there are none
	// Inside says that the files are what lies inside the one thing a person named, a folder or a zip, so that hidden
	// ones are not what was meant, and a single zip has no name of its own.
	Inside bool
}

// Chosen is what was given, sorted out: files to be read as samples of one kind, and what is none of them.
type Chosen struct {
	Kind     Kind
	Files    []File
	Tables   []LabelTable // that name files, or samples that are here
	Rejected []Rejected   // what is left out before anything is read, and notes
}

// Choose unpacks zips, leaves out system files, determines the kind, and separates what lies beside samples of that
// kind: captions, notes, tables of labels. What is left out is named, or counted, with its reason.
func Choose(g Input) Chosen {
	files, system := withoutSystem(tidy(g.Files), !g.Inside)
	zipped := g.Inside && len(files) == 1 && formOf(files[0]) == aZip
	files, packed, notes := unpack(files)
	if zipped {
		for i, f := range files {
			_, name, _ := strings.Cut(f.Path, "/")
			files[i] = renamed(f, name)
		}
	}
	c := Chosen{Kind: g.Kind, Rejected: append(countSystem(append(system, packed...)), notes...)}
	found := rolesOf(tidy(files), g.Here)
	if c.Kind == "" {
		n := count(found)
		if c.Kind = n.kind(); n.total() == 0 && len(found) > 0 && g.Here != nil {
			c.Kind = g.Here.Of // only tables about what is here
		}
		c.Rejected = append(c.Rejected, n.mixed(c.Kind)...)
	}
	for _, f := range found {
		switch reason := f.unfit(c.Kind, g.Kind != ""); {
		case reason == "" && f.role == labelsFiles:
			c.Tables = append(c.Tables, f.table)
		case reason == "":
			c.Files = append(c.Files, f.File)
		default:
			c.Rejected = append(c.Rejected, Rejected{f.Path, unfitCodes[c.Kind], reason})
		}
	}
	return c
}

// KindOf is the kind of most files, not counting those that only describe others.
func KindOf(files []File) Kind { return Choose(Input{Files: files}).Kind }

// A tally is how many files there are that may be samples.
type tally struct {
	pictures, gifs, films, texts int
	tables                       []File
	gif                          File // the first one
}

func count(found []candidate) (n tally) {
	for _, f := range found {
		switch {
		case f.role != mayBeSample && f.role != besideFilms:
		case isGIF(f.Path):
			if n.gifs++; n.gifs == 1 {
				n.gif = f.File
			}
		case f.is == aPicture:
			n.pictures++
		case f.is == aFilm:
			n.films++
		case f.is == aTable:
			n.tables = append(n.tables, f.File)
		case f.is == aText:
			n.texts++
		}
	}
	return n
}

func (n tally) total() int { return n.pictures + n.gifs + n.films + n.texts + len(n.tables) }

// fewPictures are too few to learn from: beside a table, which has many samples, they do not count.
const fewPictures = 8

// kind is texts or tables if there are more of these than of others. GIFs are pictures and clips; alone they are clips if
// the first moves. Tables are of readings if none has a column of texts.
func (n tally) kind() Kind {
	seen, read := n.pictures+n.gifs+n.films, n.texts+len(n.tables)
	if few := n.films == 0 && seen < fewPictures && len(n.tables) > 0; read > seen || few {
		if len(n.tables) > n.texts && areReadings(n.tables) {
			return Series
		}
		return Text
	}
	if n.gifs == seen && n.gifs > 0 {
		if raw, err := readAll(n.gif); err == nil {
			if p, _ := sniff(raw); p.Frames > 1 {
				return Video
			}
		}
		return Images
	}
	if n.films > n.pictures {
		return Video
	}
	return Images
}

// mixed reports the kinds there were, when the kind was decided by the majority of files.
func (n tally) mixed(kind Kind) []Rejected {
	var parts []string
	of := map[Kind]int{Images: n.pictures + n.gifs, Video: n.films + n.gifs, Text: n.texts + len(n.tables), Series: len(n.tables)}[kind]
	if kind == Video { // pictures may be frames
		of += n.pictures
	}
	if of == 0 || of == n.total() {
		return nil
	}
	for _, p := range []struct {
		n    int
		what string
	}{{n.pictures + n.gifs, "picture"}, {n.films, "film"}, {n.texts, "text"}, {len(n.tables), "table"}} {
		if p.n > 0 {
			parts = append(parts, plural(p.n, p.what))
		}
	}
	last := len(parts) - 1
	listed := strings.Join(parts[:last], ", ") + " and " + parts[last]
	return []Rejected{{"mixed files", Notice, listed + ": read as " + map[Kind]string{Images: "pictures", Video: "clips", Text: "texts", Series: "series"}[kind] +
		"; the others are left out: give them by themselves to learn from them"}}
}

// unfitCodes are the codes of a Rejected that is no sample of a kind, and unfitWords how its reason begins.
var (
	unfitCodes = map[Kind]string{Images: "not-an-image", Video: "not-a-clip", Text: "not-text", Series: "not-a-table"}
	unfitWords = map[Kind]string{Images: "not a picture: ", Video: "not a clip: ", Text: "not a text: ", Series: "not a table: "}
)

// unfit is why a file is not read as samples of a kind, "" if it is. What no name shows is left to the decoder. A person who
// asked for the kind has plain texts read as tables too.
func (f candidate) unfit(kind Kind, requested bool) string {
	why := string(f.is)
	fits := f.is == ""
	switch kind {
	case Images:
		fits = fits || f.is == aPicture || f.role == labelsFiles
	case Video:
		fits = fits || f.is == aFilm || isGIF(f.Path) || f.is == aPicture && f.role != besideFilms && f.role != poster || f.role == labelsFiles
	case Text:
		fits = fits || f.is == aText && f.role != note || f.is == aTable && f.role != aboutFiles || slices.Contains(textual, f.is)
	case Series:
		fits = fits || f.is == aTable && f.role != labelsFiles && f.role != aboutFiles || requested && f.is == aText
		if f.role == labelsFiles {
			why = "a table of labels by file: series have theirs in a column named label"
		}
	default:
		return "" // there is no such kind, which reading says
	}
	if fits {
		return ""
	}
	if f.why != "" {
		why = f.why
	}
	return unfitWords[kind] + why
}
