package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAnUnfinishedRunLeaves(t *testing.T) {
	data, out, to := folder(t, 16), filepath.Join(t.TempDir(), "run"), filepath.Join(t.TempDir(), "torch")
	if said, err := program(t, "pretrain", "-task", "simclr", "-data", data, "-out", out, "-size", "16", "-batch", "8", "-steps", "3").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	os.Remove(filepath.Join(out, "model.safetensors")) // as of a run that was stopped
	if said, err := program(t, "export", "-run", out, "-format", "pytorch", "-out", to).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	for _, name := range []string{"README.md", "config.json", "continue.py", "run.safetensors"} {
		if about, err := os.Stat(filepath.Join(to, name)); err != nil || about.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	model := filepath.Join(to, "model.safetensors")
	said, err := program(t, "export", "-run", out, "-format", "safetensors", "-out", model).CombinedOutput()
	if err != nil || !strings.Contains(string(said), "the run is not finished: this is its encoder after step 3") {
		t.Errorf("the model of an unfinished run: %v, %s", err, said)
	}
	if said, err := program(t, "import", "-from", model, "-out", filepath.Join(to, "back")).CombinedOutput(); err != nil {
		t.Errorf("it does not come back: %v, %s", err, said)
	}
}
