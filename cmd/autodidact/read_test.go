package main

import (
	"archive/zip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// zipOf packs a folder, with some more files in it.
func zipOf(t *testing.T, dir string, more map[string]string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "mine.zip")
	to, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	z := zip.NewWriter(to)
	if err := z.AddFS(os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	for name, body := range more {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		w.Write([]byte(body))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestAZipIsReadLikeItsFolderAndItsTableGivesLabels(t *testing.T) {
	dir := folder(t, 12) // dark/0.png, light/1.png, dark/2.png ...
	whole, err := reading{}.read(t.Context(), dir, 16)
	if err != nil {
		t.Fatal(err)
	}
	zipped, err := reading{}.read(t.Context(), zipOf(t, dir, map[string]string{".DS_Store": "x", "README.md": "about"}), 16)
	if err != nil || zipped.Set().Fingerprint() != whole.Set().Fingerprint() || fmt.Sprint(zipped.Labels()) != fmt.Sprint(whole.Labels()) {
		t.Errorf("of a zip %q, of its folder %q, %v", zipped.Names(), whole.Names(), err)
	}

	one := filepath.Join(dir, "light")
	table := "image,class\n1.png,odd\n3.png,even\n5.png,odd\n11.png,even\ngone.png,odd\n"
	if err := os.WriteFile(filepath.Join(one, "labels.csv"), []byte(table), 0o644); err != nil {
		t.Fatal(err)
	}
	set, err := reading{}.read(t.Context(), one, 16)
	if err != nil || fmt.Sprint(set.Set().Classes()) != "map[even:2 odd:2]" {
		t.Fatalf("classes %v, %v", set.Set().Classes(), err)
	}
	for i := range 24 {
		if err := os.WriteFile(filepath.Join(one, fmt.Sprintf("%d%s", i/2, []string{".txt", ".json"}[i%2])), []byte("{}"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	run := filepath.Join(t.TempDir(), "run")
	out, err := program(t, "pretrain", "-task", "simclr", "-data", one, "-out", run, "-size", "16", "-batch", "2", "-steps", "1").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, want := range []string{
		"labels.csv: took its labels for 4 of 6 pictures (columns image and class); 1 row names no picture here: gone.png; 2 pictures have no label in it: 7.png, 9.png\n",
		"left out 0.txt: not a picture: a text\n",
		"left out 1.txt: not a picture: a text of the same name as a picture or film, such as a caption\n",
		"left out 2 more: not a picture: a JSON file\n",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%q is missing in %s", want, out)
		}
	}
	output := does(t, "predict", "-run", run, "-data", one)
	if !strings.Contains(output, "\n1.png,odd,") || !strings.Contains(output, "\n7.png,,") {
		t.Errorf("predicted %s", output)
	}
	out, _ = program(t, "predict", "-run", run, "-data", dir, "-labels-from", filepath.Join(one, "labels.csv")).CombinedOutput()
	if !strings.Contains(string(out), "light/labels.csv: has labels for 4 of 12 pictures") || !strings.Contains(string(out), "\nlight/1.png,odd,") {
		t.Errorf("folders and a table: %s", out)
	}
}
