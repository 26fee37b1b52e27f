package exchange

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	"autodidact/core/checkpoint"
	"autodidact/worker/report"
)

// A Page is what a page that has a model inside it is made of: HTML with a place for the rest, and the program, each file as gzip.
type Page struct {
	HTML  []byte // with PageTitle and PageFiles in it, each once
	Files []PageFile
}

// A PageFile is a file of the program, by the name that the page finds it by.
type PageFile struct {
	Name string
	Gzip []byte
}

// Where a Page's HTML gets the model's title, and the files of the program and the model.
const (
	PageTitle = "{{title}}"
	PageFiles = "<!--files-->"
)

// PageHTML is the file of a bundle that a Page's HTML is; the rest of a page are worker.js, autodidact.wasm and clips.js beside it, named
// by PageNames.
const PageHTML = "single.html"

// PageNames are those that a page finds the files of the program by, and their names in a bundle.
var PageNames = map[string]string{"worker": "worker.js", "wasm": "autodidact.wasm", "clips": "clips.js"}

// htmlFormat is a page for somebody who has nothing but a browser. The model is one that package portable packed.
var htmlFormat = Format{Name: "html", Line: "one HTML file to send to a colleague, which opens from disk and needs no network", Ext: ".html", Portable: true,
	Options: []Option{{"references", "N, how many of the samples go along, for others to be compared with: 200 by default, 0 for none"}, {"title", "TEXT, what the page is called"}},
	Files: func(s Source) ([]File, error) {
		if s.Page == nil {
			return nil, report.Mismatch("format html needs the program of the page: the page has it, and the command line that make build makes")
		}
		before, after, err := s.Page.around(cmp.Or(s.Title, "Autodidact model"))
		if err != nil {
			return nil, err
		}
		return []File{{Write: func(w io.Writer) error { return s.Page.write(w, before, after, s.Model) }}}, nil
	}}

// escaped is text as HTML has it.
var escaped = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;")

// around is what is before and behind the files.
func (p *Page) around(title string) (before, after []byte, err error) {
	before, after, ok := bytes.Cut(p.HTML, []byte(PageFiles))
	if !ok || !bytes.Contains(before, []byte(PageTitle)) {
		return nil, nil, fmt.Errorf("%s has no place for a title and for files: it is of another build", PageHTML)
	}
	return bytes.Replace(before, []byte(PageTitle), []byte(escaped.Replace(title)), 1), after, nil
}

// write writes the page. The model comes last: of a file that was cut short the program is there to say so.
func (p *Page) write(w io.Writer, before, after []byte, model *checkpoint.State) error {
	if _, err := w.Write(before); err != nil {
		return err
	}
	for _, f := range p.Files {
		if err := block(w, f.Name, func(to io.Writer) error { _, err := to.Write(f.Gzip); return err }); err != nil {
			return err
		}
	}
	err := block(w, "model", func(to io.Writer) error {
		z := gzip.NewWriter(to)
		if err := checkpoint.Encode(z, model); err != nil {
			return err
		}
		return z.Close()
	})
	if err != nil {
		return err
	}
	_, err = w.Write(after)
	return err
}

// block writes what fill does into a page, where a browser neither shows nor runs it.
func block(w io.Writer, name string, fill func(io.Writer) error) error {
	if _, err := fmt.Fprintf(w, "<script type=\"application/gzip;base64\" id=\"file-%s\">", name); err != nil {
		return err
	}
	b := base64.NewEncoder(base64.StdEncoding, w)
	if err := fill(b); err != nil {
		return err
	}
	if err := b.Close(); err != nil {
		return err
	}
	_, err := io.WriteString(w, "</script>\n")
	return err
}
