package main

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// lines reads one JSON object a line.
func lines(t *testing.T, out string) (all []map[string]any) {
	t.Helper()
	for line := range strings.Lines(out) {
		var one map[string]any
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		all = append(all, one)
	}
	return all
}

func TestWhetherItWasWorthItOnTheCommandLine(t *testing.T) {
	data, dir := folder(t, 40), t.TempDir()
	run := filepath.Join(dir, "run")
	does(t, "pretrain", "-task", "simclr", "-data", data, "-out", run, "-size", "16", "-batch", "8", "-steps", "30")
	if _, err := os.Stat(filepath.Join(run, healthyFile)); err != nil {
		t.Errorf("how the run was when it was well is not kept: %v", err)
	}

	figures := lines(t, does(t, "probe", "-run", run, "-data", data, "-method", "linear", "-labels", "1,2,all", "-repeats", "2", "-against", "scratch,random,raw", "-json"))
	if len(figures) != 13 || figures[0]["event"] != "probe" || figures[0]["encoder"] != "pretrained" || figures[12]["event"] != "headline" {
		t.Fatalf("%d lines: %v", len(figures), figures)
	}
	for _, f := range figures[:12] {
		for _, field := range []string{"method", "labels", "accuracy", "low", "high", "repeats", "balanced", "f1"} {
			if f[field] == nil {
				t.Errorf("%v has no %s", f, field)
			}
		}
	}
	table := does(t, "probe", "-run", run, "-data", data, "-method", "finetune", "-labels", "2", "-repeats", "1", "-against", "raw", "-freeze", "0.5", "-confusion")
	if !strings.Contains(table, "finetune pretrained        2") || !strings.Contains(table, "true, predicted") || !strings.Contains(table, "With 2 labels") && !strings.Contains(table, "too easy") {
		t.Errorf("%s", table)
	}

	labels := filepath.Join(dir, "labels.csv")
	if err := os.WriteFile(labels, []byte("name,label\ndark/0.png,night\ndark/2.png,night\nlight/1.png,day\ngone.png,day\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "output.csv")
	does(t, "predict", "-run", run, "-data", data, "-labels-from", labels, "-out", out)
	file, err := os.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil || len(rows) != 41 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	right := 0
	for _, row := range rows[1:] {
		if strings.HasPrefix(row[0], "dark/") == (row[2] == "night") {
			right++
		}
	}
	if right < 30 {
		t.Errorf("%d of 40 are predicted from three labels", right)
	}
	if next := strings.Fields(does(t, "predict", "-run", run, "-data", data, "-labels-from", labels, "-next", "5")); len(next) != 5 || strings.Contains(strings.Join(next, " "), "dark/0.png") {
		t.Errorf("next are %v", next)
	}
}

func TestTheDoctorAndTheComparisonOnTheCommandLine(t *testing.T) {
	data, dir := folder(t, 40), t.TempDir()
	run := filepath.Join(dir, "run")
	does(t, "pretrain", "-task", "simclr", "-data", data, "-out", run, "-size", "16", "-batch", "8", "-steps", "24",
		"-option", "crop=1", "-option", "jitter=0", "-option", "gray=0", "-option", "blur=0", "-option", "flip=false")
	words := does(t, "doctor", "-run", run, "-data", data)
	if !strings.Contains(words, "too much alike") || !strings.Contains(words, "-option crop=0.35") || !strings.Contains(words, "too little") {
		t.Errorf("%s", words)
	}
	codes := map[any]bool{}
	for _, l := range lines(t, does(t, "doctor", "-run", run, "-data", data, "-json")) {
		codes[l["code"]] = true
	}
	if !codes["augmentation-weak"] {
		t.Errorf("%v", codes)
	}
	begun := filepath.Join(dir, "again") // as the doctor says
	does(t, "pretrain", "-task", "simclr", "-data", data, "-out", begun, "-batch", "8", "-steps", "3", "-from", filepath.Join(run, healthyFile))

	compared := lines(t, does(t, "compare", "-data", data, "-tasks", "simclr,rotation", "-steps", "5", "-size", "16", "-batch", "8", "-json"))
	entrants, _ := compared[0]["entrants"].([]any)
	if len(compared) != 1 || len(entrants) != 2 || compared[0]["words"] == "" {
		t.Errorf("%v", compared)
	}
	if table := does(t, "compare", "-data", data, "-tasks", "simclr,rotation", "-steps", "2", "-size", "16", "-batch", "8"); !strings.Contains(table, "retrieval") || !strings.Contains(table, "Ranked by labels") {
		t.Errorf("%s", table)
	}
}

func TestLabelsBesideATaskOnTheCommandLine(t *testing.T) {
	data, run := folder(t, 24), filepath.Join(t.TempDir(), "run")
	args := []string{"pretrain", "-task", "simclr", "-data", data, "-out", run, "-size", "16", "-batch", "8", "-steps", "4", "-joint", "0.5"}
	does(t, args...)
	does(t, append(args, "-resume")...) // it is the same run
	c := program(t, append(args[:len(args)-1], "0.7", "-resume")...)
	if out, err := c.CombinedOutput(); err == nil || !strings.Contains(string(out), "-joint 0.5, not 0.7") {
		t.Errorf("%s, %v", out, err)
	}
}
