// Package exchange is how models leave and come back: files and folders, and what is in them.
package exchange

import (
	"io"

	"autodidact/core/checkpoint"
	"autodidact/worker/layout"
	"autodidact/worker/report"
)

// A Format is a layout that a model leaves in.
type Format struct {
	Name string
	Line string // what it is for
	Ext  string // of its file, as ".onnx"; "" if it is a folder
	// Whole says that it lays out the whole run where that is there; the model may then be missing.
	Whole bool
	// Portable formats take a model that package portable packed, and a Page.
	Portable bool
	Options  []Option
	// Files lays a model out. Nothing is written until they are.
	Files func(s Source) ([]File, error)
}

// An Option is a setting of a format.
type Option struct {
	Name string
	Line string // what it can be, and what that does
}

// A Source is what is exported.
type Source struct {
	Model *checkpoint.State // the encoder, and its task's head if that is kept
	Run   *checkpoint.State // the whole run it is of; nil if only the model is there

	Options map[string]string // of the format
	Title   string            // of the run; "" if it has none
	Page    *Page             // for portable formats
}

// A File is one file of an export. Write writes it, a part at a time.
type File struct {
	Name  string // within a folder; "" if the format is one file
	Write func(w io.Writer) error
}

// Formats are those there are.
var Formats = []Format{safetensorsFormat, huggingFaceFormat, onnxFormat, pyTorchFormat, htmlFormat}

// FindFormat is the named format.
func FindFormat(name string) (Format, error) {
	for _, f := range Formats {
		if f.Name == name {
			return f, nil
		}
	}
	return Format{}, report.BadField("format", "no format named %q; there are %s", name, report.And(FormatNames()))
}

// FormatNames are those of Formats.
func FormatNames() (names []string) {
	for _, f := range Formats {
		names = append(names, f.Name)
	}
	return names
}

// Laid is Files, with options that the format does not have refused by name.
func (f Format) Laid(s Source) ([]File, error) {
	if err := f.unknown(s); err != nil {
		return nil, err
	}
	return f.Files(s)
}

// Pack is files as one: the only one, or a zip of a folder. ext is what its name ends in.
func (f Format) Pack(s Source) (ext string, file File, err error) {
	files, err := f.Laid(s)
	if err != nil {
		return "", File{}, err
	}
	if f.Ext != "" {
		return f.Ext, files[0], nil
	}
	return "-" + f.Name + ".zip", File{Write: func(w io.Writer) error { return zipped(w, files) }}, nil
}

var safetensorsFormat = Format{Name: "safetensors", Line: "the encoder alone, as a file that PyTorch and any safetensors library reads", Ext: ".safetensors",
	Files: func(s Source) ([]File, error) {
		p, err := layout.Published(s.Model)
		if err != nil {
			return nil, err
		}
		return []File{{Write: func(w io.Writer) error { return checkpoint.Encode(w, p) }}}, nil
	}}

// fileOf is a file that is in memory.
func fileOf(name string, content []byte) File {
	return File{name, func(w io.Writer) error { _, err := w.Write(content); return err }}
}
