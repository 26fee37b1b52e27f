package data

import (
	"path"
	"slices"
	"strings"
)

// A form is what a file is by its name's ending, in words for a person; "" if that says nothing.
type form string

const (
	aPicture  form = "a picture"
	aFilm     form = "a film"
	aTable    form = "a table"
	aText     form = "a text"
	aZip      form = "a zip"
	anArchive form = "an archive"
	aSidecar  form = "a photo program's sidecar"
	aJSON     form = "a JSON file"
	anXML     form = "an XML file"
	aYAML     form = "a YAML file"
	aPage     form = "a web page"
	aProgram  form = "a program"
	aLog      form = "a log"
	settings  form = "settings"
)

// endings are the forms of files, by what their names end in.
var endings = func() map[string]form {
	byEnding := map[string]form{}
	for is, all := range map[form]string{
		aPicture:                         ".png .apng .jpg .jpeg .jpe .jfif .webp .bmp .gif .avif .heic .heif .svg .tif .tiff .ico .jxl .jp2 .cr2 .cr3 .nef .arw .dng .orf .rw2 .raf",
		aFilm:                            ".mp4 .m4v .mov .webm .mkv .avi .mpg .mpeg .ogv .wmv .3gp .flv .mts .m2ts",
		aTable:                           ".csv .tsv",
		aText:                            ".txt .md .markdown .jsonl .ndjson",
		aZip:                             ".zip",
		anArchive:                        ".tar .tgz .tbz .tbz2 .txz .bz2 .xz .zst .7z .rar .lzh .cab .z01",
		aSidecar:                         ".xmp .aae .thm .pp3 .dop",
		aJSON:                            ".json .geojson",
		anXML:                            ".xml",
		aYAML:                            ".yaml .yml",
		aPage:                            ".html .htm .xhtml .mhtml .css",
		aProgram:                         ".py .pyc .js .mjs .java .go .rs .c .h .cpp .hpp .cs .rb .php .sh .bat .ps1 .sql .exe .dll .so .jar",
		aLog:                             ".log",
		settings:                         ".ini .cfg .conf .toml .names",
		"subtitles":                      ".srt .vtt .ass .ssa .sub",
		"a document; save it as .txt":    ".pdf .doc .docx .odt .rtf .epub .ppt .pptx .odp .tex .bib .rst",
		"a spreadsheet; save it as .csv": ".xls .xlsx .ods .numbers",
		"a notebook":                     ".ipynb",
		"packed numbers":                 ".npy .npz .mat .h5 .hdf5 .pkl .pickle .parquet .feather .arrow .tfrecord .sqlite .db .arff",
		"a sound":                        ".wav .mp3 .flac .ogg .m4a .aac .wma .opus .mid",
		"a model":                        ".pt .pth .ckpt .onnx .safetensors .tflite .pb .weights",
		"a shortcut":                     ".lnk .url .webloc",
		"a checksum":                     ".md5 .sha1 .sha256 .sig .asc",
		"a drawing to edit":              ".psd .xcf .ai .kra .indd",
		"a font":                         ".ttf .otf .woff .woff2",
	} {
		for ending := range strings.FieldsSeq(all) {
			byEnding[ending] = is
		}
	}
	return byEnding
}()

// formOf determines what a file is, by its name or, if that says nothing, by its first bytes.
func formOf(f File) form {
	ext := strings.ToLower(path.Ext(f.Path))
	switch is, known := endings[ext]; {
	case known:
		return is
	case ext == ".gz":
		if inner := strings.TrimSuffix(f.Path, path.Ext(f.Path)); isText(inner) || strings.EqualFold(path.Ext(inner), ".ts") {
			return endings[strings.ToLower(path.Ext(inner))]
		}
		return anArchive
	case isNote(f.Path):
		return aText
	}
	head, _ := Head(f)
	return formOfBytes(head, ext)
}

// formOfBytes determines what a file with these first bytes is. A .ts is a collection of series, a film, or a program.
func formOfBytes(head []byte, ext string) form {
	is := func(at int, magic string) bool {
		return len(head) >= at+len(magic) && string(head[at:at+len(magic)]) == magic
	}
	if p, _ := sniff(head); p.Format != "" {
		return aPicture
	}
	switch {
	case is(4, "ftyp"), is(0, "\x1a\x45\xdf\xa3"), ext == ".ts" && is(0, "G"):
		return aFilm
	case ext == ".ts" && (is(0, "@") || is(0, "#") || is(0, "\ufeff@") || is(0, "\ufeff#")):
		return aTable
	case ext == ".ts":
		return aProgram
	}
	return ""
}

// textual forms are texts whose names end in something else: whoever reads texts says how to have them read.
var textual = []form{aJSON, anXML, aYAML, aPage, aProgram, aLog, settings}

// notes are the names of texts that describe data, without extension.
var notes = []string{"README", "LICENSE", "LICENCE", "COPYING", "NOTICE", "CHANGELOG", "CONTRIBUTING", "AUTHORS", "CITATION", "CODE_OF_CONDUCT", "SECURITY"}

// isNote reports whether a file describes data and is not data, by its name: README.md, LICENSE.
func isNote(name string) bool {
	base, ext := path.Base(name), strings.ToLower(path.Ext(name))
	if ext != "" && !isPlain(ext) && ext != ".cff" && ext != ".rst" {
		return false
	}
	return slices.Contains(notes, strings.ToUpper(strings.TrimSuffix(base, path.Ext(base))))
}
