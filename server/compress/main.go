// Command compress writes x.br and x.gz beside each file x of a folder that gets smaller by it,
// at build time, as small as can be: the server then only chooses.
//
//	go run ./server/compress server/bundle
package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/andybalholm/brotli"
)

// worthwhile is what kinds of files shrink; pictures and zips are compressed already.
var worthwhile = map[string]bool{
	".css": true, ".html": true, ".js": true, ".json": true, ".map": true, ".svg": true, ".txt": true, ".wasm": true,
}

// forms are the compressed twins a file may have.
var forms = []struct {
	suffix string
	writer func(io.Writer) io.WriteCloser
}{
	{".br", func(w io.Writer) io.WriteCloser {
		// A window of 16 MB sees the whole of the trainer at once.
		return brotli.NewWriterOptions(w, brotli.WriterOptions{Quality: brotli.BestCompression, LGWin: 24})
	}},
	{".gz", func(w io.Writer) io.WriteCloser {
		z, err := gzip.NewWriterLevel(w, gzip.BestCompression)
		if err != nil {
			panic(err) // only for a level that does not exist
		}
		return z
	}},
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: compress FOLDER")
		os.Exit(2)
	}
	if err := folder(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "compress:", err)
		os.Exit(1)
	}
}

// folder brings every twin under root up to date, and removes those of files that are gone.
func folder(root string) error {
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		for _, form := range forms {
			if original, isTwin := strings.CutSuffix(path, form.suffix); isTwin {
				return removeOrphan(path, original)
			}
		}
		if !worthwhile[filepath.Ext(path)] {
			return nil
		}
		for _, form := range forms {
			if err := twin(path, path+form.suffix, form.writer); err != nil {
				return err
			}
		}
		return nil
	})
}

func removeOrphan(twin, original string) error {
	if _, err := os.Stat(original); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Remove(twin)
}

// twin writes the compressed form of a file, unless there is one already: a twin bears
// its file's time. Where it would not be smaller there is none.
func twin(original, to string, writer func(io.Writer) io.WriteCloser) error {
	source, err := os.Stat(original)
	if err != nil {
		return err
	}
	if made, err := os.Stat(to); err == nil && made.ModTime().Equal(source.ModTime()) {
		return nil
	}
	content, err := os.ReadFile(original)
	if err != nil {
		return err
	}
	var small bytes.Buffer
	w := writer(&small)
	if _, err := w.Write(content); err != nil {
		return fmt.Errorf("%s: %w", original, err)
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("%s: %w", original, err)
	}
	if small.Len() >= len(content) {
		if err := os.Remove(to); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	if err := os.WriteFile(to, small.Bytes(), 0o644); err != nil {
		return err
	}
	return os.Chtimes(to, source.ModTime(), source.ModTime())
}
