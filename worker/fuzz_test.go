package worker

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/kernel/cpu"
	"autodidact/core/nn"
	"autodidact/core/tensor"
	"autodidact/core/token"
)

// tinyModel is a BERT as Hugging Face lays it out: files by name, 2 KB of weights.
func tinyModel(t testing.TB) map[string][]byte {
	tok, err := token.OpenVocab([]byte("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##b\n"), false)
	if err != nil {
		t.Fatal(err)
	}
	size := encoder.BERTSize{Tokens: tok.Size(), Positions: 8, Layers: 1, Width: 2, Heads: 1, Hidden: 2}
	c, err := Config{Task: "maskedlm", Encoder: size.Name(), Size: 8, Vocab: tok.Size()}.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	config, _ := json.Marshal(c)
	s := &checkpoint.State{Tensors: map[string]*tensor.Tensor{}, Meta: map[string]string{metaFormat: formatModel, metaConfig: string(config), metaTokenizer: string(token.JSON(tok))}}
	for name, p := range nn.Params(newEncoder(c, tok, nil)) {
		s.Tensors[name] = nn.ToTorch(p, p.Value)
	}
	files, err := HuggingFace(s)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// opens checks that a model that was let in can be used.
func opens(t *testing.T, s *checkpoint.State) {
	if _, _, err := OpenLooker(s, cpu.New()); err != nil {
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
	whole, err := Zipped(files)
	if err != nil {
		f.Fatal(err)
	}
	inFolder := map[string][]byte{}
	for name, raw := range files {
		inFolder["bert/"+name] = raw
	}
	below, _ := Zipped(inFolder)
	f.Add(whole)
	f.Add(below)
	f.Add(whole[:len(whole)/2])
	f.Fuzz(func(t *testing.T, raw []byte) {
		if s, _, err := Opened(append([]byte("PK"), raw...)); err == nil {
			opens(t, s)
		}
		if s, _, err := Opened(raw); err == nil {
			opens(t, s)
		}
	})
}

// FuzzMeta is of what a checkpoint says beside its tensors.
func FuzzMeta(f *testing.F) {
	f.Add(`{"task":"simclr","encoder":"resnet6","size":32}`, `[{"step":1,"loss":2.5,"metrics":{"rank":3}}]`, `{"channels":["a"],"scale":{"mean":[1],"std":[2]}}`, `{"a.png":"cat"}`, "12", "3.5")
	f.Add(`{"task":"maskedlm","encoder":"bert-48x4096x64x16384x512","size":512}`, `[]`, `{"channels":[],"missing":[{"channel":"a","value":-999}]}`, `{"":"|"}`, "-1", "NaN")
	f.Add(`{"task":"forecast","options":{"horizon":1e9}}`, `null`, `null`, `null`, "9999999999999999999", "")
	f.Fuzz(func(t *testing.T, config, history, readings, labels, step, seconds string) {
		for _, format := range []string{formatRun, formatModel} {
			s := &checkpoint.State{Tensors: map[string]*tensor.Tensor{}, Meta: map[string]string{metaFormat: format, metaConfig: config, metaHistory: history, metaReadings: readings,
				metaGiven: labels, checkpoint.MetaStep: step, metaSeconds: seconds}}
			c, err := ConfigOf(s)
			if err == nil {
				if again, err := c.Resolve(); err != nil || !again.asks(c) {
					t.Fatalf("%+v resolves to %+v, %v", c, again, err)
				}
			}
			if n, _, err := curveOf(s); err == nil && n < 0 {
				t.Fatalf("step %d", n)
			}
			if r, err := readingsOf(s); err == nil && r != nil && (len(r.Channels) == 0 || len(r.Scale.Std) != len(r.Channels)) {
				t.Fatalf("channels %+v", r)
			}
			if g, err := labelsOf(s, metaGiven); err == nil {
				for name, label := range g {
					if label == "" || strings.ContainsAny(label, "\n\r") {
						t.Fatalf("%q is labelled %q", name, label)
					}
				}
			}
		}
	})
}

// FuzzResume is of a whole run whose words are not what they were.
func FuzzResume(f *testing.F) {
	set := resumable(data.Series)
	r, err := NewRun(Config{Task: "forecast", Kind: data.Series, Size: 16, Batch: 4, Steps: 4, Seed: 3}, set, cpu.New())
	if err != nil {
		f.Fatal(err)
	}
	for range r.Steps(f.Context()) {
		if r.Done == 2 {
			break
		}
	}
	saved, err := r.State(f.Context())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(saved.Meta[metaHistory], saved.Meta[checkpoint.MetaStep], saved.Meta[metaSeconds], saved.Meta[checkpoint.MetaTitle])
	f.Add("[]", "4", "1e300", "\x00")
	f.Add("[]", "0", "NaN", "")
	f.Fuzz(func(t *testing.T, history, step, seconds, title string) {
		s := &checkpoint.State{Meta: maps.Clone(saved.Meta), Tensors: saved.Tensors}
		s.Meta[metaHistory], s.Meta[checkpoint.MetaStep], s.Meta[metaSeconds], s.Meta[checkpoint.MetaTitle] = history, step, seconds, title
		r, err := OpenRun(s, set, cpu.New())
		if err != nil {
			return
		}
		if _, err := r.State(t.Context()); err != nil {
			t.Fatalf("what was opened cannot be saved: %v", err)
		}
		r.vitals()
		for _, err := range r.Steps(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			break
		}
	})
}

func FuzzQuestions(f *testing.F) {
	f.Add([]byte(`[{"question":"who?","context":"Ada wrote it.","answer":"Ada"}]`))
	f.Add([]byte(`[{"question":"who?","context":"“Ada” wrote it.","answer":{"text":"Ada","start":1}}]`))
	f.Add([]byte(`{"data":[{"paragraphs":[{"context":"a b","qas":[{"question":"?","answers":[{"text":"b","answer_start":2},{"text":"a","answer_start":0}]},{"question":"none","answers":[]}]}]}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		all, _, err := Questions(raw)
		if err != nil {
			return
		}
		for _, q := range all {
			if q.Answer == "" || q.At < 0 || q.At > len(q.Context) || !strings.HasPrefix(q.Context[q.At:], q.Answer) {
				t.Fatalf("the answer %q is not at byte %d of %q", q.Answer, q.At, q.Context)
			}
		}
	})
}
