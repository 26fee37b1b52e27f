package exchange

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/worker/report"
)

// zipped packs files as one.
func zipped(w io.Writer, files []File) error {
	z := zip.NewWriter(w)
	for _, f := range files {
		to, err := z.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)})
		if err == nil {
			err = f.Write(to)
		}
		if err != nil {
			return err
		}
	}
	return z.Close()
}

// most is how many bytes each file of a model made elsewhere may have: what the largest of its kind need.
var most = map[string]int64{
	"config.json":           1 << 20,
	"tokenizer_config.json": 16 << 20,
	"tokenizer.json":        64 << 20,
	"vocab.txt":             32 << 20,
	weightsFile:             2<<30 + 16<<20, // what package checkpoint reads
}

const weightsFile = "model.safetensors"

// limited reads a file of at most so many bytes.
func limited(r io.Reader, name string, limit int64) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, &checkpoint.FormatError{Reason: name + " cannot be read: " + err.Error()}
	}
	if int64(len(content)) > limit {
		return nil, &checkpoint.FormatError{Reason: fmt.Sprintf("%s is too large: it has more than %s, which no such file of a model needs", name, megabytes(limit))}
	}
	return content, nil
}

func megabytes(n int64) string { return fmt.Sprintf("%.4g MB", float64(n)/(1<<20)) }

// unpacked is how much a packed file may unpack to: weights hardly become smaller, so ones that unpack to many times their
// size are none.
func unpacked(e *zip.File, name string) int64 {
	limit := most[name]
	if name == weightsFile {
		limit = min(limit, 16<<20+32*int64(e.CompressedSize64))
	}
	return limit
}

// Unzipped reads the files that make a model in Hugging Face's layout from a zip of its folder. Notices are of files that it does not read.
func Unzipped(raw []byte) (map[string][]byte, []data.Rejected, error) {
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return nil, nil, &checkpoint.FormatError{Reason: "this is neither safetensors nor a zip: " + err.Error()}
	}
	files, others := map[string][]byte{}, []string(nil)
	for _, e := range z.File {
		name := path.Base(strings.ReplaceAll(e.Name, `\`, "/"))
		if !slices.Contains(HuggingFaceFiles, name) || files[name] != nil {
			if !e.Mode().IsDir() {
				others = append(others, e.Name)
			}
			continue
		}
		body, err := e.Open()
		if err != nil {
			return nil, nil, &checkpoint.FormatError{Reason: name + " in the zip cannot be read: " + err.Error()}
		}
		files[name], err = limited(body, name+" in the zip", unpacked(e, name))
		body.Close()
		if err != nil {
			return nil, nil, err
		}
	}
	return files, unreadNote(others), nil
}

// unreadNote is the notice of files of a model's folder that are not read, none if there are none. A card, and a list of tokens
// that are named elsewhere too, are no loss.
func unreadNote(files []string) []data.Rejected {
	files = slices.DeleteFunc(files, func(f string) bool {
		return slices.Contains([]string{"README.md", "special_tokens_map.json"}, path.Base(f))
	})
	if len(files) == 0 {
		return nil
	}
	slices.Sort(files)
	return []data.Rejected{report.Notice("the folder", "%s: %s", report.WereNot(len(files), "file", "read"), report.List(files, report.MostListed))}
}

// Folder reads the files that make a model in Hugging Face's layout from its folder.
func Folder(fsys fs.FS) (map[string][]byte, []data.Rejected, error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, nil, err
	}
	files, others := map[string][]byte{}, []string(nil)
	for _, e := range entries {
		if !slices.Contains(HuggingFaceFiles, e.Name()) {
			others = append(others, e.Name())
			continue
		}
		file, err := fsys.Open(e.Name())
		if err != nil {
			return nil, nil, err
		}
		files[e.Name()], err = limited(file, e.Name(), most[e.Name()])
		file.Close()
		if err != nil {
			return nil, nil, err
		}
	}
	return files, unreadNote(others), nil
}

// HuggingFaceFiles are the files that a BERT made elsewhere is read from.
var HuggingFaceFiles = []string{"config.json", "model.safetensors", "tokenizer.json", "vocab.txt", "tokenizer_config.json"}
