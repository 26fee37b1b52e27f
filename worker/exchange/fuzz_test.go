package exchange

import (
	"testing"

	"autodidact/core/checkpoint"
	"autodidact/core/encoder"
	"autodidact/core/kernel/cpu"
	"autodidact/core/nn"
	"autodidact/core/token"
	"autodidact/worker/kind"
	"autodidact/worker/run"
)

// tinyModel is a BERT as Hugging Face lays it out: files by name, 2 KB of weights.
func tinyModel(t testing.TB) map[string][]byte {
	tok, err := token.OpenVocab([]byte("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##b\n"), false)
	if err != nil {
		t.Fatal(err)
	}
	size := encoder.BERTSize{Tokens: tok.Size(), Positions: 8, Layers: 1, Width: 2, Heads: 1, Hidden: 2}
	c, err := run.Config{Task: "maskedlm", Encoder: size.Name(), Size: 8, Vocab: tok.Size()}.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	in := kind.Input{Tokens: tok}
	s := run.NewModel(c, in)
	for name, p := range nn.Params(run.NewEncoder(c, in)) {
		s.Tensors[name] = nn.ToTorch(p, p.Value)
	}
	files, err := huggingFaceFiles(s)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// opens checks that a model that was let in can be used.
func opens(t *testing.T, s *checkpoint.State) {
	if _, _, err := run.OpenEmbedder(s, cpu.New()); err != nil {
		t.Fatalf("a model that was read cannot be used: %v", err)
	}
}

func FuzzHuggingFace(f *testing.F) {
	files := tinyModel(f)
	f.Add(files["config.json"], files["tokenizer.json"], files["vocab.txt"], files["tokenizer_config.json"], files["model.safetensors"])
	f.Add(files["config.json"], []byte(nil), files["vocab.txt"], []byte(`{"do_lower_case": false}`), files["model.safetensors"])
	f.Add([]byte(`{"model_type":"bert","hidden_size":4096,"num_hidden_layers":48,"num_attention_heads":64,"intermediate_size":16384,"max_position_embeddings":512,"vocab_size":7}`),
		files["tokenizer.json"], []byte(nil), []byte(nil), files["model.safetensors"])
	f.Fuzz(func(t *testing.T, config, tokenizer, vocab, about, weights []byte) {
		files := map[string][]byte{"config.json": config, "model.safetensors": weights}
		for name, raw := range map[string][]byte{"tokenizer.json": tokenizer, "vocab.txt": vocab, "tokenizer_config.json": about} {
			if len(raw) > 0 {
				files[name] = raw
			}
		}
		if s, _, err := FromHuggingFace(files); err == nil {
			opens(t, s)
		}
	})
}

func FuzzZippedModel(f *testing.F) {
	files := tinyModel(f)
	whole, err := zippedFiles(files)
	if err != nil {
		f.Fatal(err)
	}
	inFolder := map[string][]byte{}
	for name, raw := range files {
		inFolder["bert/"+name] = raw
	}
	below, _ := zippedFiles(inFolder)
	f.Add(whole)
	f.Add(below)
	f.Add(whole[:len(whole)/2])
	f.Fuzz(func(t *testing.T, raw []byte) {
		if s, _, err := Open(append([]byte("PK"), raw...)); err == nil {
			opens(t, s)
		}
		if s, _, err := Open(raw); err == nil {
			opens(t, s)
		}
	})
}
