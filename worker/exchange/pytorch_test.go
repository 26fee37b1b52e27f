package exchange

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"autodidact/core/autograd"
	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/kernel/cpu"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/worker/run"
	"autodidact/worker/testsets"
)

const python = "/usr/bin/python3"

var hasTorch = sync.OnceValue(func() bool { return exec.Command(python, "-c", "import torch").Run() == nil })

// needsTorch skips a test where PyTorch is not installed.
func needsTorch(t *testing.T) {
	t.Helper()
	if !hasTorch() {
		t.Skip("PyTorch is not installed for " + python + ": what continue.py computes is not compared (Debian: apt install python3-torch)")
	}
}

// continuedRun is a tiny run, which trains so many steps.
type continuedRun struct {
	name string
	run.Config
	set *data.Set
}

func continuedRuns(short bool) []continuedRun {
	var all []continuedRun
	pictures := func(task, encoder string, options string) {
		all = append(all, continuedRun{task + " " + encoder, run.Config{Task: task, Encoder: encoder, Size: 16, Batch: 8, Steps: 2, Seed: 2, Options: []byte(options)}, testsets.Shapes(16, 1)})
	}
	for _, e := range []string{"resnet6", "resnet8", "resnet10", "resnet18", "resnet50", "resnet18-imagenet", "vit-tiny"} {
		if !short || !deep(e) {
			pictures("simclr", e, `{"temperature":0.3}`)
		}
	}
	pictures("simclr", "vit-2x32x2x64x4x32", `{}`)
	pictures("mae", "vit-2x32x2x64x4x16", `{"depth":1}`)
	pictures("mae", "vit-tiny", `{"depth":1}`)
	pictures("mae", "vit-tiny", `{"depth":1,"normalise":false,"mask":0.5}`)
	for _, tok := range []string{"wordpiece", "bpe"} {
		c := run.Config{Task: "maskedlm", Kind: data.Text, Encoder: "bert-2x16x2x32x32", Size: 32, Batch: 4, Steps: 2, Seed: 2, Vocab: 300, Tokenizer: tok, Options: []byte(`{"dropout":0}`)}
		all = append(all, continuedRun{"maskedlm " + tok, c, testsets.Weather(40)})
		if tok == "wordpiece" {
			c.Encoder += "-erf-eps1e-12"
			all = append(all, continuedRun{"maskedlm erf", c, testsets.Weather(40)})
		}
	}
	series := func(task, encoder string, options string) {
		c := run.Config{Task: task, Kind: data.Series, Encoder: encoder, Size: 32, Batch: 4, Steps: 2, Seed: 2, Options: []byte(options)}
		all = append(all, continuedRun{task + " " + encoder, c, testsets.Waves(400)})
	}
	for _, e := range []string{"tcn-small", "tcn-mixing", "patchtst", "patchtst-mixing", "dilated-tiny"} {
		series("forecast", e, `{"horizon":5}`)
	}
	series("maskedseries", "patchtst", `{}`)
	series("maskedseries", "patchtst-mixing", `{}`)
	return all
}

// deep says which encoders have so many weights that tests take none of their steps.
func deep(encoder string) bool {
	return strings.HasPrefix(encoder, "resnet18") || strings.HasPrefix(encoder, "resnet50")
}

// exportedTo writes the folder that a state is exported as.
func exportedTo(t *testing.T, dir string, s Source) {
	t.Helper()
	files, err := pyTorch(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		var raw bytes.Buffer
		if err := f.Write(&raw); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, f.Name), raw.Bytes())
	}
}

func write(t *testing.T, path string, raw []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, raw, 0o644); err != nil {
		t.Fatal(err)
	}
}

func writeTensors(t *testing.T, path string, tensors map[string]*tensor.Tensor) {
	t.Helper()
	write(t, path, encoded(t, &checkpoint.State{Tensors: tensors}))
}

// stepOf writes to dir the views of a step of r, and what its loss and gradients are, with the axes as PyTorch has them.
func stepOf(t *testing.T, dir string, r *run.Run) {
	t.Helper()
	if d, ok := r.Task.Backbone().(*encoder.Dilated); ok {
		d.Dropout = 0
	}
	var b data.Batch
	for i := range r.Config.Batch {
		s, err := r.Source().At(i)
		if err != nil {
			t.Fatal(err)
		}
		b.Samples = append(b.Samples, s)
	}
	views, named := r.Task.Views(rng.New(7), b), map[string]*tensor.Tensor{}
	for i, v := range views {
		named[fmt.Sprint(i)] = v
	}
	writeTensors(t, filepath.Join(dir, "views.safetensors"), named)
	tape := autograd.NewTape(r.Backend(), rng.New(1))
	defer tape.Free()
	host := func(x *tensor.Tensor) *tensor.Tensor {
		raw, err := tape.Download(t.Context(), x)
		if err != nil {
			t.Fatal(err)
		}
		return tensor.Float32s(raw, x.Shape...)
	}
	loss := r.Task.Loss(tape, views)
	tape.Backward(loss)
	want := map[string]*tensor.Tensor{"loss": host(loss.Value())}
	for name, p := range nn.Params(r.Task) {
		switch {
		case p.Frozen:
			want["after."+name] = nn.ToTorch(p, host(p.Value))
		default:
			want["grad."+name] = nn.ToTorch(p, host(p.Grad))
		}
	}
	writeTensors(t, filepath.Join(dir, "want.safetensors"), want)
}

// checked runs testdata/pytorch.py, in several processes if there is more than one.
func checked(t *testing.T, processes int, args ...string) {
	t.Helper()
	sideBySide(t, processes, append([]string{"testdata/pytorch.py"}, args...)...)
}

// sideBySide runs a script of Python in several processes, as torchrun starts them, until all have ended.
func sideBySide(t *testing.T, processes int, args ...string) {
	t.Helper()
	var wait sync.WaitGroup
	for rank, c := range ranks(t, processes, args...) {
		wait.Go(func() {
			if out, err := c.CombinedOutput(); err != nil {
				t.Errorf("process %d: %v\n%s", rank, err, out)
			} else if rank == 0 {
				t.Logf("%s", out)
			}
		})
	}
	wait.Wait()
	if t.Failed() {
		t.FailNow()
	}
}

// ranks are the commands of so many processes, with the environment that torchrun sets.
func ranks(t *testing.T, processes int, args ...string) (all []*exec.Cmd) {
	port := freePort(t)
	for rank := range processes {
		c := exec.CommandContext(t.Context(), python, args...)
		c.Env = append(os.Environ(), "OMP_NUM_THREADS=1", "PYTHONDONTWRITEBYTECODE=1", "MASTER_ADDR=127.0.0.1", "MASTER_PORT="+port,
			fmt.Sprint("RANK=", rank), fmt.Sprint("LOCAL_RANK=", rank), fmt.Sprint("WORLD_SIZE=", processes))
		all = append(all, c)
	}
	return all
}

func TestLossesAndGradientsOfContinuePyAreOurs(t *testing.T) {
	needsTorch(t)
	args := []string{"losses"}
	for i, c := range continuedRuns(testing.Short()) {
		dir := filepath.Join(t.TempDir(), fmt.Sprint(i, " ", c.name))
		if deep(c.Encoder) {
			c.Steps, c.Batch = 0, 4
		}
		r := trainedFor(t, c)
		exportedTo(t, dir, Source{Run: stateOf(t, r)})
		stepOf(t, dir, r)
		args = append(args, dir)
	}
	checked(t, 1, args...)
}

// trainedFor is a run after its steps; of one without steps, before the first.
func trainedFor(t *testing.T, c continuedRun) *run.Run {
	t.Helper()
	if c.Steps > 0 {
		return trained(t, c.Config, c.set)
	}
	c.Steps = 1
	r, err := run.New(c.Config, c.set, cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTwoProcessesOfContinuePyHaveTheGradientsOfOneWithTheDoubleBatch(t *testing.T) {
	needsTorch(t)
	args := []string{"processes"}
	for i, c := range continuedRuns(true) {
		if !slices.Contains([]string{"simclr resnet6", "simclr resnet8", "mae vit-tiny", "maskedlm bpe", "forecast tcn-mixing", "maskedseries patchtst"}, c.name) {
			continue
		}
		dir := filepath.Join(t.TempDir(), fmt.Sprint(i, " ", c.name))
		r := trainedFor(t, c)
		exportedTo(t, dir, Source{Run: stateOf(t, r)})
		stepOf(t, dir, r)
		args = append(args, dir)
	}
	checked(t, 2, args...)
}

func TestTokensOfContinuePyAreOurs(t *testing.T) {
	needsTorch(t)
	texts := []string{"", " ", "The waves covered the harbour.", "don't  stop\n\nI'll\tsay: “naïve” CAFÉ — İstanbul ﬁn ≠ 中文字 カタカナ 한국어 \u0301x e\u0301",
		"[MASK] and [CLS][SEP] \n [MASK]x", "a\x00b\u200b\vc\u00a0d\u3000e\u0085f", strings.Repeat("waves", 40), "3.14 x² ½ Ⅷ ٣٤ 🙂👍🏽 \ufffd", "   leading and trailing   ", "Ünïcödé Σς ΑΣ"}
	args := []string{"tokens"}
	for _, kind := range []string{"wordpiece", "bpe"} {
		for _, cased := range []bool{false, true}[:map[string]int{"wordpiece": 2, "bpe": 1}[kind]] {
			set := testsets.Texts("some.csv", append(testsets.WeatherCSV(40), "\"naïve café 中文 don't é 🙂 ½ ٣٤ Σ\",x\n"...))
			c := run.Config{Task: "maskedlm", Kind: data.Text, Encoder: "bert-1x16x2x32x32", Size: 32, Batch: 4, Steps: 1, Vocab: 500, Tokenizer: kind, Cased: cased}
			r := trainedFor(t, continuedRun{"", c, set})
			dir, tok := t.TempDir(), r.Input().Tokens
			exportedTo(t, dir, Source{Run: stateOf(t, r)})
			var want [][]int32
			for _, text := range texts {
				ids := []int32{}
				for _, token := range tok.Encode(text) {
					ids = append(ids, token.ID)
				}
				want = append(want, ids)
			}
			inside := make([]bool, tok.Size())
			for i := range inside {
				inside[i] = tok.Inside(int32(i))
			}
			for name, x := range map[string]any{"texts.json": texts, "tokens.json": want, "inside.json": inside} {
				raw, err := json.Marshal(x)
				if err != nil {
					t.Fatal(err)
				}
				write(t, filepath.Join(dir, name), raw)
			}
			args = append(args, dir)
		}
	}
	checked(t, 1, args...)
}

func TestAFolderForPyTorchSaysWhatItHas(t *testing.T) {
	for _, c := range []struct {
		task, says string
	}{
		{"simclr", "torchrun --nproc-per-node 8 continue.py"},
		{"byol", "continue.py does not have the task byol: it trains simclr, mae, maskedlm, forecast and maskedseries."},
	} {
		r := trained(t, run.Config{Task: c.task, Encoder: "resnet6", Size: 16, Batch: 4, Steps: 2, Seed: 2}, testsets.Shapes(8, 1))
		dir := t.TempDir()
		exportedTo(t, dir, Source{Run: stateOf(t, r)})
		readme, _ := os.ReadFile(filepath.Join(dir, "README.md"))
		if !strings.Contains(string(readme), c.says) || !strings.Contains(string(readme), "after 2 steps") {
			t.Errorf("%s: %s", c.task, readme)
		}
		raw, err := os.ReadFile(filepath.Join(dir, "run.safetensors"))
		if err != nil {
			t.Fatal(err)
		}
		s, err := checkpoint.Decode(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		for name, p := range nn.Params(r.Task) {
			if x := s.Tensors[name]; x == nil || !slices.Equal(x.Shape, nn.TorchShape(p)) || s.Tensors["optim."+name+".m"] == nil && !p.Frozen && p.Grad != nil {
				t.Errorf("%s: %s is not there, or without its moments", c.task, name)
			}
		}
		if s.Meta[checkpoint.MetaStep] != "2" || s.Meta["history"] != "" || s.Meta["config"] == "" {
			t.Errorf("run.safetensors says %v", s.Meta)
		}
	}
}

func TestAModelAloneLeavesForPyTorchWithTheHeadThatItKept(t *testing.T) {
	r := trained(t, tinyTexts, testsets.Weather(40))
	dir := t.TempDir()
	exportedTo(t, dir, Source{Model: modelOf(t, r)})
	raw, err := os.ReadFile(filepath.Join(dir, "run.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := checkpoint.Decode(bytes.NewReader(raw))
	if err != nil || s.Tensors["head.bias"] == nil || s.Tensors["encoder.embeddings.word_embeddings.weight"] == nil || s.Tensors["optim.head.bias.m"] != nil {
		t.Errorf("%v: %v", err, slices.Sorted(maps.Keys(s.Tensors)))
	}
	var config map[string]any
	raw, _ = os.ReadFile(filepath.Join(dir, "config.json"))
	if err := json.Unmarshal(raw, &config); err != nil || config["options"].(map[string]any)["mask"] != 0.15 || config["clip"] != 1.0 || config["batch"] != 4.0 {
		t.Errorf("%v: %v", err, config)
	}
	if _, err := os.Stat(filepath.Join(dir, "tokenizer.json")); err != nil {
		t.Error(err)
	}
}

// What Hugging Face's run_mlm.py reads of a folder: without any of these it refuses it or begins with other weights.
func TestAHuggingFaceFolderHasWhatRunMLMReads(t *testing.T) {
	for _, kind := range []string{"wordpiece", "bpe"} {
		c := tinyTexts
		c.Tokenizer, c.Vocab = kind, 300
		r := trained(t, c, testsets.Weather(40))
		files, err := huggingFaceFiles(modelOf(t, r))
		if err != nil {
			t.Fatal(err)
		}
		says := map[string]map[string]any{}
		for _, name := range []string{"config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"} {
			var about map[string]any
			if err := json.Unmarshal(files[name], &about); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			says[name] = about
		}
		tok := r.Input().Tokens
		if h := says["config.json"]; h["model_type"] != "bert" || fmt.Sprint(h["architectures"]) != "[BertForMaskedLM]" || h["vocab_size"] != float64(tok.Size()) || h["max_position_embeddings"] != 32.0 {
			t.Errorf("config.json: %v", h)
		}
		for _, name := range []string{"tokenizer_config.json", "special_tokens_map.json"} {
			for key, id := range map[string]int32{"mask_token": tok.Special().Mask, "pad_token": tok.Special().Pad, "cls_token": tok.Special().Cls, "sep_token": tok.Special().Sep, "unk_token": tok.Special().Unk} {
				if says[name][key] != tok.Piece(id) {
					t.Errorf("%s: %s is %v", name, key, says[name][key])
				}
			}
		}
		if says["tokenizer_config.json"]["model_max_length"] != 32.0 {
			t.Errorf("tokenizer_config.json: %v", says["tokenizer_config.json"])
		}
		weights, err := checkpoint.Decode(bytes.NewReader(files["model.safetensors"]))
		if err != nil || weights.Meta["format"] != "pt" || weights.Tensors["bert.embeddings.word_embeddings.weight"] == nil || weights.Tensors["cls.predictions.bias"] == nil {
			t.Errorf("model.safetensors: %v, %v", err, weights.Meta)
		}
	}
}
