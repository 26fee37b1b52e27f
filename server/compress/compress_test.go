package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
)

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }

// unpacked reads both twins of a file and fails unless they hold the same.
func unpacked(t *testing.T, path string) string {
	t.Helper()
	packed, err := os.ReadFile(path + ".gz")
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	first, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if packed, err = os.ReadFile(path + ".br"); err != nil {
		t.Fatal(err)
	}
	second, err := io.ReadAll(brotli.NewReader(bytes.NewReader(packed)))
	if err != nil || !bytes.Equal(first, second) {
		t.Fatalf("the twins of %s differ: %v", path, err)
	}
	return string(first)
}

func TestFilesGetTwinsThatHoldTheSame(t *testing.T) {
	root := t.TempDir()
	page, script := filepath.Join(root, "index.html"), filepath.Join(root, "deep", "main.js")
	text := strings.Repeat("<p>again</p>", 500)
	write(t, page, text)
	write(t, script, text+"script")
	write(t, filepath.Join(root, "emoji.zip"), text)
	write(t, filepath.Join(root, "tiny.css"), "a")
	for range 2 { // twice is like once
		if err := folder(root); err != nil {
			t.Fatal(err)
		}
		if unpacked(t, page) != text || unpacked(t, script) != text+"script" {
			t.Error("a twin holds something else")
		}
		for _, none := range []string{"emoji.zip.gz", "emoji.zip.br", "tiny.css.gz", "tiny.css.br", "index.html.br.gz", "index.html.gz.br"} {
			if exists(filepath.Join(root, none)) {
				t.Errorf("%s was made", none)
			}
		}
	}
}

func TestATwinFollowsItsFile(t *testing.T) {
	root := t.TempDir()
	page := filepath.Join(root, "index.html")
	write(t, page, strings.Repeat("old ", 500))
	if err := folder(root); err != nil {
		t.Fatal(err)
	}
	// A build may put back an older file, with its older time.
	write(t, page, strings.Repeat("new ", 500))
	if err := os.Chtimes(page, time.Time{}, time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := folder(root); err != nil {
		t.Fatal(err)
	}
	if got := unpacked(t, page); got[:3] != "new" {
		t.Errorf("a twin kept %q", got[:3])
	}
	if err := os.Remove(page); err != nil {
		t.Fatal(err)
	}
	if err := folder(root); err != nil {
		t.Fatal(err)
	}
	if exists(page+".br") || exists(page+".gz") {
		t.Error("a twin outlived its file")
	}
}

func TestAFolderThatIsNotThereIsAnError(t *testing.T) {
	if err := folder(filepath.Join(t.TempDir(), "gone")); err == nil {
		t.Error("no error")
	}
}
