package worker

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/core/rng"
)

// weather is a CSV of sentences, half of them about the sea and half about the town: what a word is
// follows from its company.
func weather(n int) []byte {
	r := rng.New(7)
	var b strings.Builder
	b.WriteString("text,label\n")
	for i := range n {
		words := [2][3][]string{
			{{"waves", "boats", "gulls"}, {"crossed", "covered", "followed"}, {"the bay", "the harbour", "the open sea"}},
			{{"trams", "crowds", "lamps"}, {"filled", "lined", "blocked"}, {"the street", "the square", "the old market"}},
		}[i%2]
		pick := func(k int) string { return words[k][r.IntN(3)] }
		fmt.Fprintf(&b, "%s %s %s while %s %s %s,%s\n", pick(0), pick(1), pick(2), pick(0), pick(1), pick(2), []string{"sea", "town"}[i%2])
	}
	return []byte(b.String())
}

var tinyTexts = Config{Task: "maskedlm", Kind: data.Text, Encoder: "bert-1x16x2x32x32", Size: 32, Batch: 4, Steps: 40, Vocab: 200, Seed: 2}

// weatherSet is weather, read.
func weatherSet(t *testing.T, n int) *data.Set {
	t.Helper()
	raw := weather(n)
	set, rejected, err := data.ReadTexts(t.Context(), []data.File{bytesFile("weather.csv", raw)}, nil)
	if err != nil || len(rejected) > 0 || set.Len() != n {
		t.Fatalf("%d texts, %v, %v", set.Len(), rejected, err)
	}
	return set
}

func trained(t *testing.T, c Config, set *data.Set) *Run {
	t.Helper()
	r, err := NewRun(c, set, cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range r.Steps(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func modelOf(t *testing.T, r *Run) *checkpoint.State {
	t.Helper()
	s, err := r.Model(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestBlanksAreFilledAndTextsFoundAfterLearning(t *testing.T) {
	set := weatherSet(t, 160)
	c := tinyTexts
	c.Encoder, c.Steps, c.Batch, c.Rate = "bert-2x32x2x64x32", 1200, 8, 3e-3
	c.Options = []byte(`{"dropout": 0}`)
	r := trained(t, c, set)
	score, err := r.Score(t.Context())
	if err != nil || score["accuracy"] < 1.5*score["baseAccuracy"] || score["perplexity"] > score["basePerplexity"] {
		t.Errorf("in texts it has not seen it tells %v, %v", score, err)
	}
	look, _, err := OpenLooker(modelOf(t, r), cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	head, err := OpenHead(modelOf(t, r), look)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string][]string{
		"waves crossed the ___ while gulls followed the bay": {"bay", "harbour", "open"},
		"crowds ___ the square while lamps lined the street": {"filled", "lined", "blocked"},
	} {
		blanks, err := look.Fill(t.Context(), head, text, 3)
		if err != nil || len(blanks) != 1 || len(blanks[0]) != 3 {
			t.Fatalf("%q: %v, %v", text, blanks, err)
		}
		if !slices.Contains(want, blanks[0][0].Text) {
			t.Errorf("%q is filled with %v, want one of %v", text, blanks[0], want)
		}
	}
	if _, err := look.Fill(t.Context(), head, "no blank here", 3); err == nil || !strings.Contains(err.Error(), "___") {
		t.Errorf("a text without a blank: %v", err)
	}
	if _, err := look.Fill(t.Context(), head, strings.Repeat("waves ", 100)+"___", 3); err == nil || !strings.Contains(err.Error(), "beyond") {
		t.Errorf("a blank beyond what is read: %v", err)
	}
}

func TestAModelGoesToHuggingFaceAndBackWithEqualFeatures(t *testing.T) {
	set := weatherSet(t, 40)
	for _, kind := range []string{"wordpiece", "bpe"} {
		c := tinyTexts
		c.Tokenizer, c.Vocab = kind, 300
		model := modelOf(t, trained(t, c, set))
		files, err := HuggingFace(model)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := Zipped(files)
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
			look, _, err := OpenLooker(s, cpu.New())
			if err != nil {
				t.Fatal(err)
			}
			fresh := weatherSet(t, 40)
			f, err := look.Embed(t.Context(), fresh, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			return f.Data
		}
		if was, is := features(model), features(back); !slices.Equal(was, is) {
			t.Errorf("%s: features changed on the way", kind)
		}
		if len(back.Tensors) != len(model.Tensors) {
			t.Errorf("%s: %d tensors came back of %d", kind, len(back.Tensors), len(model.Tensors))
		}
		if r, err := OpenRun(back, set, cpu.New()); err != nil || r.Done != 0 {
			t.Errorf("%s: learning cannot go on from it: %v", kind, err)
		}
		if _, hasVocab := files["vocab.txt"]; hasVocab != (kind == "wordpiece") {
			t.Errorf("%s: vocab.txt is there: %v", kind, hasVocab)
		}
	}
}

func TestAModelMadeElsewhereIsRefusedWithItsReason(t *testing.T) {
	files, err := HuggingFace(modelOf(t, trained(t, tinyTexts, weatherSet(t, 40))))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		spoil func(f map[string][]byte)
		says  string
	}{
		"no config": {func(f map[string][]byte) { delete(f, "config.json") }, "no config.json"},
		"another kind": {func(f map[string][]byte) {
			f["config.json"] = bytes.ReplaceAll(f["config.json"], []byte(`"bert"`), []byte(`"t5"`))
		}, `"t5"`},
		"relu": {func(f map[string][]byte) {
			f["config.json"] = bytes.ReplaceAll(f["config.json"], []byte("gelu_pytorch_tanh"), []byte("relu"))
		}, "relu"},
		"another width": {func(f map[string][]byte) {
			f["config.json"] = bytes.ReplaceAll(f["config.json"], []byte(`"hidden_size": 16`), []byte(`"hidden_size": 8`))
		}, "should be"},
		"a config of gigabytes": {func(f map[string][]byte) {
			f["config.json"] = bytes.ReplaceAll(f["config.json"], []byte(`"num_hidden_layers": 1`), []byte(`"num_hidden_layers": 48`))
		}, "weights or more"},
		"no tokenizer":    {func(f map[string][]byte) { delete(f, "tokenizer.json"); delete(f, "vocab.txt") }, "neither tokenizer.json nor vocab.txt"},
		"weights cut off": {func(f map[string][]byte) { f["model.safetensors"] = f["model.safetensors"][:5000] }, "model.safetensors"},
		"too many heads": {func(f map[string][]byte) {
			f["config.json"] = bytes.ReplaceAll(f["config.json"], []byte(`"num_attention_heads": 2`), []byte(`"num_attention_heads": 3`))
		}, "3 heads"},
	} {
		spoiled := map[string][]byte{}
		for k, v := range files {
			spoiled[k] = v
		}
		c.spoil(spoiled)
		var bad *checkpoint.FormatError
		if _, _, err := FromHuggingFace(spoiled); err == nil || !strings.Contains(err.Error(), c.says) || !errors.As(err, &bad) {
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

func TestARunBeginsFromAnothersEncoderAndVocabulary(t *testing.T) {
	set := weatherSet(t, 40)
	model := modelOf(t, trained(t, tinyTexts, set))
	c := Config{Task: "simcse", Batch: 4, Steps: 2, Vocab: 9999}
	r, err := NewRunFrom(model, c, weatherSet(t, 40), cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	if got := modelOf(t, r); !slices.Equal(floatsOf(got, "embeddings.word_embeddings.weight"), floatsOf(model, "embeddings.word_embeddings.weight")) ||
		got.Meta[metaTokenizer] != model.Meta[metaTokenizer] {
		t.Error("the new run begins with something else")
	}
}

func TestFineTuningBeatsChanceAndFewLabelsAreDealtAlike(t *testing.T) {
	set := weatherSet(t, 120)
	model := modelOf(t, trained(t, tinyTexts, set))
	results, err := (&Meter{Probe: Probe{Method: "finetune", Labels: []string{"5"}, Repeats: 2, Against: []string{"scratch", "raw"}}, Model: model, Set: set, Backend: cpu.New(), Seed: 1}).Results(t.Context())
	if err != nil || len(results) != 3 {
		t.Fatalf("%v, %v", results, err)
	}
	for i, contender := range []string{"pretrained", "scratch", "raw"} {
		if r := results[i]; r.Encoder != contender || r.Labels != 5 || r.Repeats != 2 || contender != "scratch" && r.Accuracy < 0.8 {
			t.Errorf("%s: %+v", contender, r)
		}
	}
	if _, err := (&Meter{Probe: Probe{Against: []string{"magic"}}, Model: model, Set: set, Backend: cpu.New()}).Results(t.Context()); err == nil {
		t.Error("a contender that does not exist is had")
	}
}

func TestQuestionsAreAnsweredFromTheirContext(t *testing.T) {
	people, places := []string{"anna", "boris", "carla", "dmitri", "edith", "frank"}, []string{"paris", "rome", "oslo", "cairo", "lima", "delhi"}
	var questions []Question
	var all strings.Builder
	all.WriteString("text\n")
	for i := range 60 {
		who, where := people[i%6], places[(i/6+i)%6]
		text := fmt.Sprintf("in the spring %s went by train to %s with a friend", who, where)
		all.WriteString(text + "\n" + "where did she go and who went there\n")
		questions = append(questions, Question{"where did they go", text, where, strings.Index(text, where)}, Question{"who went there", text, who, strings.Index(text, who)})
	}
	set, _, err := data.ReadTexts(t.Context(), []data.File{bytesFile("a.csv", []byte(all.String()))}, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := tinyTexts
	c.Encoder, c.Steps = "bert-2x32x2x64x32", 20
	look, _, err := OpenLooker(modelOf(t, trained(t, c, set)), cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	a, err := NewAnswerer(look, rng.New(1))
	if err != nil {
		t.Fatal(err)
	}
	train, test := questions[:100], questions[100:]
	if beyond, err := a.Learn(t.Context(), train, nil); err != nil || beyond != 0 {
		t.Fatalf("%d beyond, %v", beyond, err)
	}
	exact, f1, err := a.Exam(t.Context(), test)
	t.Logf("exact %.2f, F1 %.2f", exact, f1)
	if err != nil || exact < 0.7 || f1 < exact {
		t.Errorf("exact %.2f, F1 %.2f, %v", exact, f1, err)
	}
}

func TestQuestionsAreReadAndWhatIsWrongIsNamed(t *testing.T) {
	good := `[{"question":"who?","context":"Ünal came","answer":{"text":"came","start":5}},{"question":"who?","context":"Ann came","answer":"Ann"}]`
	all, _, err := Questions([]byte(good))
	if err != nil || len(all) != 2 || all[0].Context[all[0].At:] != "came" {
		t.Errorf("%+v, %v", all, err)
	}
	squad := `{"data":[{"paragraphs":[{"context":"Ann came","qas":[{"question":"who?","answers":[{"text":"Ann","answer_start":0}]},{"question":"why?","answers":[]}]}]}]}`
	if all, _, err := Questions([]byte(squad)); err != nil || len(all) != 1 {
		t.Errorf("%+v, %v", all, err)
	}
	for raw, says := range map[string]string{
		`[{"question":"who?","context":"Ann came","answer":"Bob"}]`:                    "question 1",
		`[{"question":"who?","context":"Ann came","answer":{"text":"Ann","start":3}}]`: "at character 3",
		`[{"question":"who?","context":"Ann came","answer":7}]`:                        "neither words nor an object",
		`{"rows":3}`: "JSON list",
	} {
		if _, _, err := Questions([]byte(raw)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", raw, err)
		}
	}
}

func TestAPageLearnsFromTextsFillsAndSearches(t *testing.T) {
	k := newTalk(t, checkpoint.NewMemory())
	raw := weather(60)
	added := must[Added](k, Add{Files: []FileInfo{{Path: "weather.csv", Size: int64(len(raw))}}}, raw)
	if added.Kind != data.Text || added.Total != 60 || added.Labels["sea"] != 30 {
		t.Fatalf("added %+v", added)
	}
	c := tinyTexts
	c.Encoder = "bert-tiny"
	c.Steps = 3
	shown := must[Previewed](k, Preview{N: 3, Config: &c})
	if len(shown.Exhibits) != 3 || len(shown.Exhibits[0].Text) == 0 {
		t.Errorf("shown %+v", shown)
	}
	must[Configured](k, Configure{c})
	done := must[Done](k, Start{})
	if done.Steps != 3 || math.IsNaN(float64(done.Loss)) {
		t.Errorf("done %+v", done)
	}
	var v Vocabulary
	for _, e := range k.seen {
		if is, ok := e.(Vocabulary); ok {
			v = is
		}
	}
	if v.Texts != 60 || v.Size == 0 || v.Asked != 200 || len(v.Most) == 0 {
		t.Errorf("vocabulary %+v", v)
	}
	if f := must[Filled](k, Fill{Text: "waves crossed the ___", K: 4}); len(f.Blanks) != 1 || len(f.Blanks[0]) != 4 {
		t.Errorf("filled %+v", f)
	}
	if n := must[Neighbored](k, Search{Text: "gulls over the sea", K: 3}); len(n.At) != 3 || len(n.Names) != 3 {
		t.Errorf("found %+v", n)
	}
	if e := must[Excerpts](k, Texts{At: []int{0}}); !strings.Contains(e.Texts[0], "while") {
		t.Errorf("excerpt %+v", e)
	}
	k.mustFail(Internal, Texts{At: []int{99}})
	k.mustFail(Misfit, Pictures{At: []int{0}, Side: 8})
	if p := must[Probed](k, Probe{Method: "knn", Against: []string{"random", "raw"}}); len(p.Results) != 3 {
		t.Errorf("probed %+v", p)
	}
	reply := k.await(k.post(Export{Format: "huggingface"}))
	e, ok := reply.event.(Exported)
	if !ok || !strings.HasSuffix(e.Name, ".zip") {
		t.Fatalf("exported %+v", reply.event)
	}
	back := must[Imported](k, Import{}, reply.beside[0])
	if c := must[Configured](k, Load{Checkpoint: back.Checkpoint.ID}); c.Config.Encoder != "bert-2x128x2x512x32" {
		t.Errorf("loaded %+v", c.Config)
	}
	if d := must[Done](k, Start{}); d.Steps == 0 {
		t.Errorf("going on from it: %+v", d)
	}
}

func floatsOf(s *checkpoint.State, name string) []float32 { return s.Tensors[name].Buf.(kernel.Host) }

func bytesFile(path string, raw []byte) data.File {
	return data.File{Path: path, Size: int64(len(raw)), Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(raw)), nil }}
}
