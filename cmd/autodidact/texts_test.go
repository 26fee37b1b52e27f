package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sentences is a table of n texts about the sea and the town.
func sentences(t *testing.T, n int) string {
	t.Helper()
	words := [2][]string{{"waves", "boats", "gulls", "sails", "tides"}, {"trams", "crowds", "lamps", "clocks", "bells"}}
	var b strings.Builder
	b.WriteString("text,label\n")
	for i := range n {
		w := words[i%2]
		fmt.Fprintf(&b, "\"The %s and the %s, near the %s.\",%s\n", w[i%5], w[(i/2)%5], w[(i/3)%5], []string{"sea", "town"}[i%2])
	}
	path := filepath.Join(t.TempDir(), "sentences.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// does runs a command that must succeed and returns its standard output.
func does(t *testing.T, args ...string) string {
	t.Helper()
	c := program(t, args...)
	var out, output bytes.Buffer
	c.Stdout, c.Stderr = &out, &output
	if err := c.Run(); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, output.String())
	}
	return out.String()
}

func TestTextsFromATableToHuggingFaceAndBack(t *testing.T) {
	data, dir := sentences(t, 120), t.TempDir()
	run, hf, back := filepath.Join(dir, "run"), filepath.Join(dir, "hf"), filepath.Join(dir, "back")
	small := []string{"-encoder", "bert-1x16x2x32x32", "-size", "32", "-vocab", "200"}
	log := does(t, append([]string{"pretrain", "-task", "maskedlm", "-data", data, "-out", run, "-steps", "30", "-batch", "4", "-json"}, small...)...)
	if !strings.Contains(log, `"event":"score"`) || !strings.Contains(log, `"baseAccuracy"`) {
		t.Errorf("the log has no score:\n%s", log)
	}
	var filled struct {
		Blanks [][]struct {
			Text  string
			Share float64
		}
	}
	if err := json.Unmarshal([]byte(does(t, "fill-mask", "-run", run, "-text", "The waves and the ___", "-k", "3", "-json")), &filled); err != nil || len(filled.Blanks) != 1 || len(filled.Blanks[0]) != 3 {
		t.Errorf("filled %+v, %v", filled, err)
	}
	if found := does(t, "search", "-run", run, "-data", data, "-text", "boats and sails", "-k", "2"); strings.Count(found, "sentences.csv, row") != 2 {
		t.Errorf("found %s", found)
	}
	if probed := does(t, "probe", "-run", run, "-data", data, "-json"); strings.Count(probed, `"event":"probe"`) != 3 {
		t.Errorf("probed %s", probed)
	}
	if probed := does(t, "probe", "-run", run, "-data", data, "-method", "finetune", "-labels", "3", "-repeats", "2", "-json"); strings.Count(probed, `"method":"finetune"`) != 3 {
		t.Errorf("probed %s", probed)
	}
	does(t, "export", "-run", run, "-format", "huggingface", "-out", hf)
	does(t, "import", "-from", hf, "-out", back)
	vectors := func(run string) []byte {
		out := filepath.Join(t.TempDir(), "v.npy")
		does(t, "embed", "-run", run, "-data", data, "-out", out)
		raw, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	if !bytes.Equal(vectors(run), vectors(back)) || !bytes.Equal(vectors(run), vectors(hf)) {
		t.Error("the model that came back makes other vectors")
	}
	does(t, "pretrain", "-task", "simcse", "-data", data, "-out", filepath.Join(dir, "twins"), "-from", hf, "-steps", "2", "-batch", "8")
}

func TestTextsAreRefusedInWords(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	empty := filepath.Join(dir, "empty")
	os.Mkdir(empty, 0o755)
	for says, path := range map[string]string{
		"byte 4 (line 1) is 0xE9":        write("latin.txt", "Caf\xe9 au lait"),
		"it has name, city":              write("columns.csv", "name,city\nAnn,Rome\n"),
		"no text in":                     empty,
		"the quote that opens in line 2": write("quote.csv", "text\n\"never closed\nmore\n"),
	} {
		c := program(t, "pretrain", "-task", "maskedlm", "-data", path, "-out", filepath.Join(dir, "run"), "-steps", "1")
		output, err := c.CombinedOutput()
		if err == nil || !strings.Contains(string(output), says) {
			t.Errorf("%s: %v\n%s", path, err, output)
		}
	}
	// A vocabulary larger than the texts have is no error; it is reported.
	c := program(t, "pretrain", "-task", "maskedlm", "-data", sentences(t, 60), "-out", filepath.Join(dir, "run"), "-encoder", "bert-1x16x2x32x32", "-size", "32", "-steps", "1")
	if output, err := c.CombinedOutput(); err != nil || !strings.Contains(string(output), "4096 were asked for; the texts have no more") {
		t.Errorf("%v\n%s", err, output)
	}
}
