package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAnUnfinishedRunLeavesForPyTorch(t *testing.T) {
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
	said, err := program(t, "export", "-run", out, "-format", "safetensors", "-out", filepath.Join(to, "model.safetensors")).CombinedOutput()
	if err == nil || !strings.Contains(string(said), "no finished model") {
		t.Errorf("the model of an unfinished run: %v, %s", err, said)
	}
}
