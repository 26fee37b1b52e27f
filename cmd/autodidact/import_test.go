package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// foreignBERT is a folder with a BERT that PyTorch wrote, in shards.
func foreignBERT(t *testing.T) string {
	t.Helper()
	from, dir := filepath.Join("..", "..", "worker", "exchange", "testdata", "bert"), filepath.Join(t.TempDir(), "bert")
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(from, "sharded"))); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"config.json", "vocab.txt"} {
		raw, err := os.ReadFile(filepath.Join(from, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), raw, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// A model made elsewhere embeds at once, imported or not, and pretraining goes on from it.
func TestAModelMadeElsewhereIsUsedAsARun(t *testing.T) {
	data, dir, bert := sentences(t, 40), t.TempDir(), foreignBERT(t)
	imported, trained := filepath.Join(dir, "imported"), filepath.Join(dir, "trained")
	_, said := outputOf(t, "import", "-from", bert, "-out", imported, "-json")
	if !strings.Contains(said, "2 tensors were not used: ") || !strings.Contains(said, "pooler.dense.bias [16]") {
		t.Errorf("import said %q", said)
	}
	var features [2][]byte
	for i, run := range []string{imported, bert} {
		out := filepath.Join(dir, "features.npy")
		does(t, "embed", "-run", run, "-data", data, "-out", out)
		var err error
		if features[i], err = os.ReadFile(out); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(features[0], features[1]) || len(features[0]) < 40*16*4 {
		t.Error("a folder has other features than what was imported from it")
	}
	does(t, "probe", "-run", bert, "-data", data, "-labels", "3", "-repeats", "1", "-json")
	_, said = outputOf(t, "pretrain", "-task", "maskedlm", "-data", data, "-out", trained, "-from", bert, "-steps", "2", "-batch", "4")
	if !strings.Contains(said, "taken over: the encoder bert-1x16x2x32x32") {
		t.Errorf("pretrain said %q", said)
	}
	does(t, "embed", "-run", trained, "-data", data, "-out", filepath.Join(dir, "features.csv"))
}

func TestWhatIsNoModelIsRefusedAndLeavesNothing(t *testing.T) {
	torch, dir := filepath.Join("..", "..", "core", "torchfile", "testdata"), t.TempDir()
	lacking := foreignBERT(t)
	if err := os.Remove(filepath.Join(lacking, "pytorch_model-00002-of-00002.bin")); err != nil {
		t.Fatal(err)
	}
	for from, want := range map[string]string{
		filepath.Join(torch, "harm.pth"):   `wants to run "posix.system" when it is opened: this file has code in it`,
		filepath.Join(torch, "module.pth"): `it holds an object of "torch.nn.modules.container.Sequential"`,
		filepath.Join(torch, "nested.pth"): "not of an encoder that can be used",
		lacking:                            "of 2 shards that pytorch_model.bin.index.json names, 1 is not there: pytorch_model-00002-of-00002.bin",
		filepath.Join(dir, "none.pth"):     "no such file",
	} {
		out := filepath.Join(dir, "out")
		if _, said := fails(t, "import", "-from", from, "-out", out); !strings.Contains(said, want) || strings.Count(strings.TrimSpace(said), "\n") > 0 {
			t.Errorf("%s: said %q", from, said)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%s: %s was made", from, out)
		}
	}
}
