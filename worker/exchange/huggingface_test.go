package exchange

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"

	"autodidact/core/checkpoint"
	"autodidact/core/kernel/cpu"
	"autodidact/core/tensor"
	"autodidact/worker/run"
	"autodidact/worker/testsets"
)

// exported is a model of texts as it is exported: files by name.
func exported(t *testing.T) map[string][]byte {
	t.Helper()
	files, err := huggingFaceFiles(modelOf(t, trained(t, tinyTexts, testsets.Weather(40))))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// changed is files of a model with its tensors changed.
func changed(t *testing.T, files map[string][]byte, change func(map[string]*tensor.Tensor)) map[string][]byte {
	t.Helper()
	weights, err := checkpoint.Decode(bytes.NewReader(files["model.safetensors"]))
	if err != nil {
		t.Fatal(err)
	}
	change(weights.Tensors)
	out := maps.Clone(files)
	out["model.safetensors"] = encoded(t, weights)
	return out
}

func TestAModelGoesToHuggingFaceAndBackWithEqualFeatures(t *testing.T) {
	set := testsets.Weather(40)
	for _, tokenizer := range []string{"wordpiece", "bpe"} {
		c := tinyTexts
		c.Tokenizer, c.Vocab = tokenizer, 300
		model := modelOf(t, trained(t, c, set))
		files, err := huggingFaceFiles(model)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := zippedFiles(files)
		if err != nil {
			t.Fatal(err)
		}
		unzipped, _, err := Unzipped(raw)
		if err != nil {
			t.Fatal(err)
		}
		back, _, err := FromHuggingFace(unzipped)
		if err != nil {
			t.Fatal(err)
		}
		features := func(s *checkpoint.State) []float32 {
			e, _, err := run.OpenEmbedder(s, cpu.New())
			if err != nil {
				t.Fatal(err)
			}
			f, err := e.Embed(t.Context(), testsets.Weather(40), nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			return f.Data
		}
		if was, is := features(model), features(back); !slices.Equal(was, is) {
			t.Errorf("%s: features changed on the way", tokenizer)
		}
		if len(back.Tensors) != len(model.Tensors) {
			t.Errorf("%s: %d tensors came back of %d", tokenizer, len(back.Tensors), len(model.Tensors))
		}
		if r, err := run.Open(back, set, cpu.New()); err != nil || r.Done != 0 {
			t.Errorf("%s: training cannot go on from it: %v", tokenizer, err)
		}
		if _, hasVocab := files["vocab.txt"]; hasVocab != (tokenizer == "wordpiece") {
			t.Errorf("%s: vocab.txt is there: %v", tokenizer, hasVocab)
		}
	}
}

func TestAModelMadeElsewhereIsRefusedWithItsReason(t *testing.T) {
	files := exported(t)
	replace := func(old, new string) func(f map[string][]byte) {
		return func(f map[string][]byte) {
			if !bytes.Contains(f["config.json"], []byte(old)) {
				t.Errorf("config.json has no %s", old)
			}
			f["config.json"] = bytes.ReplaceAll(f["config.json"], []byte(old), []byte(new))
		}
	}
	for name, c := range map[string]struct {
		change func(f map[string][]byte)
		reason string
	}{
		"no config":             {func(f map[string][]byte) { delete(f, "config.json") }, "must lie beside its weights"},
		"another kind":          {replace(`"bert"`, `"t5"`), `"t5"`},
		"relu":                  {replace("gelu_pytorch_tanh", "relu"), "relu"},
		"another width":         {replace(`"hidden_size": 16`, `"hidden_size": 8`), "should be"},
		"a config of gigabytes": {replace(`"num_hidden_layers": 1`, `"num_hidden_layers": 48`), "weights or more"},
		"no tokenizer":          {func(f map[string][]byte) { delete(f, "tokenizer.json"); delete(f, "vocab.txt") }, "neither tokenizer.json nor vocab.txt"},
		"weights cut off":       {func(f map[string][]byte) { f["model.safetensors"] = f["model.safetensors"][:5000] }, "model.safetensors"},
		"too many heads":        {replace(`"num_attention_heads": 2`, `"num_attention_heads": 3`), "3 heads"},
	} {
		damaged := maps.Clone(files)
		c.change(damaged)
		var bad *checkpoint.FormatError
		if _, _, err := FromHuggingFace(damaged); err == nil || !strings.Contains(err.Error(), c.reason) || !errors.As(err, &bad) {
			t.Errorf("%s: %v", name, err)
		}
	}
	onlyVocab := map[string][]byte{}
	for _, name := range []string{"config.json", "model.safetensors", "vocab.txt", "tokenizer_config.json"} {
		onlyVocab[name] = files[name]
	}
	if _, _, err := FromHuggingFace(onlyVocab); err != nil {
		t.Errorf("with vocab.txt alone: %v", err)
	}
}

func TestAnImportListsEachTensorThatIsNotUsedAndEachThatIsLacking(t *testing.T) {
	files := exported(t)
	for name, c := range map[string]struct {
		change func(map[string]*tensor.Tensor)
		want   []string // the reasons, in order
	}{
		"as exported": {func(map[string]*tensor.Tensor) {}, nil},
		"a pooler and a head for classes": {func(x map[string]*tensor.Tensor) {
			x["bert.pooler.dense.weight"], x["bert.pooler.dense.bias"], x["classifier.weight"] = zeros(16, 16), zeros(16), zeros(3, 16)
		}, []string{"3 tensors were not used: bert.pooler.dense.bias [16], bert.pooler.dense.weight [16 16], classifier.weight [3 16]"}},
		"what is there a second time is used": {func(x map[string]*tensor.Tensor) {
			x["bert.embeddings.position_ids"] = tensor.Int32s([]int32{0, 1, 2, 3}, 1, 4)
			x["cls.predictions.decoder.weight"] = x["bert.embeddings.word_embeddings.weight"]
			x["cls.predictions.decoder.bias"] = x["cls.predictions.bias"]
		}, nil},
		"a decoder of its own": {func(x map[string]*tensor.Tensor) {
			x["cls.predictions.decoder.weight"] = zeros(x["bert.embeddings.word_embeddings.weight"].Shape...)
		}, []string{"1 tensor was not used: cls.predictions.decoder.weight"}},
		"very many": {func(x map[string]*tensor.Tensor) {
			for i := range 25 {
				x[fmt.Sprintf("extra.%02d", i)] = zeros(2)
			}
		}, []string{"25 tensors were not used: extra.00 [2], extra.01 [2]"}},
		"half a head": {func(x map[string]*tensor.Tensor) {
			delete(x, "cls.predictions.bias")
		}, []string{"blanks cannot be filled: it lacks 1 tensor: cls.predictions.bias [", "4 tensors were not used: cls.predictions.transform.LayerNorm.bias [16]"}},
	} {
		_, notes, err := FromHuggingFace(changed(t, files, c.change))
		if err != nil || len(notes) != len(c.want) {
			t.Errorf("%s: %v, %v", name, notes, err)
			continue
		}
		for i, want := range c.want {
			if !strings.Contains(notes[i].Reason, want) {
				t.Errorf("%s: %q does not say %q", name, notes[i].Reason, want)
			}
		}
		if name == "very many" && !strings.HasSuffix(notes[0].Reason, "extra.19 [2] and 5 more") {
			t.Errorf("%s: %q", name, notes[0].Reason)
		}
	}
	_, _, err := FromHuggingFace(changed(t, files, func(x map[string]*tensor.Tensor) {
		delete(x, "bert.encoder.layer.0.output.dense.bias")
		delete(x, "bert.embeddings.LayerNorm.weight")
		x["bert.embeddings.token_type_embeddings.weight"] = zeros(3, 16)
	}))
	for _, want := range []string{"it lacks 2 tensors: bert.embeddings.LayerNorm.weight [16], bert.encoder.layer.0.output.dense.bias [16]", "token_type_embeddings.weight is [3 16] and should be [2 16]"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
	files["config.json"] = bytes.ReplaceAll(files["config.json"], []byte(`"layer_norm_eps": 0.00001`), []byte(`"layer_norm_eps": 1e-12`))
	files["config.json"] = bytes.ReplaceAll(files["config.json"], []byte(`"gelu_pytorch_tanh"`), []byte(`"gelu"`))
	s, notes, err := FromHuggingFace(files)
	if err != nil || len(notes) > 0 || s.Meta["encoder"] != "bert-1x16x2x32x32-erf-eps1e-12" {
		t.Errorf("%v, %v, %v", s, notes, err)
	}
}

func TestFilesOfAModelThatAreNotReadAreNamed(t *testing.T) {
	files := exported(t)
	raw, err := zippedFiles(files)
	if err != nil {
		t.Fatal(err)
	}
	if _, notes, err := Open(raw); err != nil || len(notes) > 0 {
		t.Errorf("of what was exported: %v, %v", notes, err)
	}
	files["training_args.bin"], files["other/config.json"] = []byte{1}, files["config.json"]
	if raw, err = zippedFiles(files); err != nil {
		t.Fatal(err)
	}
	if _, notes, err := Open(raw); err != nil || !hasNotice(notes, "the folder", "2 files were not read: other/config.json, training_args.bin") {
		t.Errorf("%v, %v", notes, err)
	}
}

// A bomb is a small file that unpacks to a large one; what is unpacked of it is no more than such a file needs.
func TestFilesThatUnpackToMoreThanTheyNeedAreRefused(t *testing.T) {
	for name, size := range map[string]int{"config.json": 200 << 20, "model.safetensors": 200 << 20} {
		var raw bytes.Buffer
		z := zip.NewWriter(&raw)
		if name != weightsFile {
			if _, err := z.Create("model/" + weightsFile); err != nil {
				t.Fatal(err)
			}
		}
		w, err := z.Create("model/" + name)
		if err != nil {
			t.Fatal(err)
		}
		header := fmt.Sprintf(`{"x":{"dtype":"F32","shape":[%d],"data_offsets":[0,%d]}}`, size/4, size)
		w.Write(append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...))
		for range size >> 20 {
			w.Write(make([]byte, 1<<20))
		}
		z.Close()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _, err = Open(raw.Bytes())
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "is too large: it has more than ") {
			t.Errorf("%s: %v", name, err)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 120<<20 {
			t.Errorf("%s took %d MB", name, took>>20)
		}
	}
}
