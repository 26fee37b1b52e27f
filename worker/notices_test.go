package worker

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel/cpu"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

// says finds a notice about something that has some words in it.
func says(notes []data.Rejected, name, words string) bool {
	return slices.ContainsFunc(notes, func(n data.Rejected) bool {
		return n.Name == name && n.Code == data.Notice && strings.Contains(n.Reason, words)
	})
}

// spoiled is files of a model with its tensors changed.
func spoiled(t *testing.T, files map[string][]byte, change func(map[string]*tensor.Tensor)) map[string][]byte {
	t.Helper()
	weights, err := checkpoint.Decode(bytes.NewReader(files["model.safetensors"]))
	if err != nil {
		t.Fatal(err)
	}
	change(weights.Tensors)
	var raw bytes.Buffer
	if err := checkpoint.Encode(&raw, weights); err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for name, content := range files {
		out[name] = content
	}
	out["model.safetensors"] = raw.Bytes()
	return out
}

func zeros(shape ...int) *tensor.Tensor {
	return tensor.Float32s(make([]float32, tensor.Shape(shape).Size()), shape...)
}

func TestAnImportListsEachTensorThatIsNotUsedAndEachThatIsLacking(t *testing.T) {
	files, err := HuggingFace(modelOf(t, trained(t, tinyTexts, weatherSet(t, 40))))
	if err != nil {
		t.Fatal(err)
	}
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
		_, notes, err := FromHuggingFace(spoiled(t, files, c.change))
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
	_, _, err = FromHuggingFace(spoiled(t, files, func(x map[string]*tensor.Tensor) {
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
	if _, notes, err := FromHuggingFace(files); err != nil || !says(notes, "config.json", "layer_norm_eps is 1e-12 there; 1e-05 is used") {
		t.Errorf("%v, %v", notes, err)
	}
}

func TestFilesOfAModelThatAreNotReadAreNamed(t *testing.T) {
	files, err := HuggingFace(modelOf(t, trained(t, tinyTexts, weatherSet(t, 40))))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := Zipped(files)
	if err != nil {
		t.Fatal(err)
	}
	if _, notes, err := Opened(raw); err != nil || len(notes) > 0 {
		t.Errorf("of what was exported: %v, %v", notes, err)
	}
	files["training_args.bin"], files["other/config.json"] = []byte{1}, files["config.json"]
	if raw, err = Zipped(files); err != nil {
		t.Fatal(err)
	}
	if _, notes, err := Opened(raw); err != nil || !says(notes, "the folder", "2 files were not read: other/config.json, training_args.bin") {
		t.Errorf("%v, %v", notes, err)
	}
}

func TestAModelOfOursIsLookedThroughWhenItIsImported(t *testing.T) {
	run := trained(t, drawnConfig, drawn(40, 1))
	whole, err := run.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]*checkpoint.State{"model": modelOf(t, run), "checkpoint": whole} {
		encoded := func() []byte {
			var raw bytes.Buffer
			if err := checkpoint.Encode(&raw, s); err != nil {
				t.Fatal(err)
			}
			return raw.Bytes()
		}
		if _, notes, err := Opened(encoded()); err != nil || len(notes) > 0 {
			t.Errorf("%s as it is: %v, %v", name, notes, err)
		}
		s.Tensors["stray.weight"] = zeros(2, 3)
		k := newTalk(t, checkpoint.NewMemory())
		must[Imported](k, Import{}, encoded())
		if n, ok := k.seen[len(k.seen)-1].(Noticed); !ok || !says(n.Notices, "model.safetensors", "1 tensor was not used: stray.weight [2 3]") {
			t.Errorf("%s: the page heard %+v", name, k.seen)
		}
		for one := range s.Tensors {
			if strings.Contains(one, "stem") || strings.Contains(one, "conv1") {
				delete(s.Tensors, one)
			}
		}
		if f := k.mustFail(Misfit, Import{}, encoded()); !strings.Contains(f.Message, "it lacks") {
			t.Errorf("%s: %s", name, f.Message)
		}
	}
}

func TestARunThatGoesOnNamesTensorsItDoesNotKnow(t *testing.T) {
	set := drawn(40, 1)
	s, err := trained(t, drawnConfig, set).State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.Tensors["model.elsewhere.weight"], s.Tensors["optim.elsewhere.weight.m"] = zeros(2), zeros(2)
	r, err := OpenRun(s, set, cpu.New())
	if err != nil || !says(r.Notices, "model.safetensors", "2 tensors were not used: model.elsewhere.weight [2], optim.elsewhere.weight.m [2]") {
		t.Errorf("%v, %v", r.Notices, err)
	}
}

func TestBeginningWithAnotherRunSaysWhatWasTakenAndWhatWasLeft(t *testing.T) {
	set := drawn(40, 1)
	whole, err := trained(t, drawnConfig, set).State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewRunFrom(whole, Config{Task: "rotation", Encoder: "resnet18", Size: 32, Batch: 8, Steps: 1}, set, cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"taken over: the encoder resnet6 (", "left: head (8 tensors) of task simclr, for a new run draws its task's own parts anew; left: the optimizer's moments (",
		"what it began with decides: encoder is resnet6, not resnet18; size is 16, not 32"} {
		if !says(r.Notices, "begun with another run", want) {
			t.Errorf("%v does not say %q", r.Notices, want)
		}
	}
}

func TestAHeadThatTellsWordsIsTakenOverFromACheckpointToo(t *testing.T) {
	set := weatherSet(t, 40)
	was := trained(t, tinyTexts, set)
	whole, err := was.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewRunFrom(whole, Config{Task: "maskedlm", Batch: 4, Steps: 2}, weatherSet(t, 40), cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	name := headPrefix + "transform.dense.weight"
	if !slices.Equal(floatsOf(modelOf(t, r), name), floatsOf(modelOf(t, was), name)) || !says(r.Notices, "begun with another run", "the head that predicts words, the vocabulary of") {
		t.Errorf("the head was dropped: %v", r.Notices)
	}
	other, err := NewRunFrom(modelOf(t, was), Config{Task: "simcse", Batch: 4, Steps: 2}, weatherSet(t, 40), cpu.New())
	if err != nil || !says(other.Notices, "begun with another run", "left: cls.predictions (5 tensors) of task maskedlm") {
		t.Errorf("%v, %v", other.Notices, err)
	}
}

func TestAnEncoderOfOtherChannelsSaysSo(t *testing.T) {
	model := modelOf(t, trained(t, tinySeries, waveSet(400)))
	c := Config{Task: "forecast", Kind: data.Series, Batch: 4, Steps: 1, Options: tinySeries.Options}
	named := waveSet(400)
	named.Recordings.Channels = []string{"rain", "wind"}
	r, err := NewRunFrom(model, c, named, cpu.New())
	if err != nil || !says(r.Notices, "begun with another run", "learned from the channels quick, slow; these are rain, wind") {
		t.Errorf("%v, %v", r.Notices, err)
	}
	c.Encoder = "tcn-mixing"
	mixing := tinySeries
	mixing.Encoder, mixing.Steps = "tcn-mixing", 2
	model = modelOf(t, trained(t, mixing, waveSet(400)))
	three := &data.Set{Of: data.Series, Recordings: &data.Recordings{Channels: []string{"a", "b", "c"}, Classes: []string{""}, Of: []data.Recording{{Name: "x", X: make([]float32, 900)}}}}
	for i := range three.Recordings.Of[0].X {
		three.Recordings.Of[0].X[i] = float32(rng.New(1).For("x", i).NormFloat64())
	}
	three.Cut(32)
	if _, err := NewRunFrom(model, c, three, cpu.New()); err == nil || !strings.Contains(err.Error(), "2 channels (quick, slow); here are 3 (a, b, c)") {
		t.Errorf("%v", err)
	}
}

func TestWhatTheEncoderDoesNotReadOfTextsIsCounted(t *testing.T) {
	var table strings.Builder
	table.WriteString("text\n")
	for i := range 40 {
		fmt.Fprintf(&table, "waves crossed the bay while gulls followed the open sea%s\n", strings.Repeat(" and boats covered the harbour", 10*(i/38)))
	}
	set, _, err := data.ReadTexts(t.Context(), []data.File{bytesFile("a.csv", []byte(table.String()))}, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := trained(t, tinyTexts, set)
	if notes := r.Looker().Unread(set); !says(notes, "long texts", "2 of 40 are longer than the 30 tokens that the encoder reads, the longest, a.csv, row ") {
		t.Errorf("%v", notes)
	}
	c := tinyTexts
	c.Task, c.Steps = "simcse", 1
	if twins := trained(t, c, set); !says(twins.Notices, "long texts", "2 of 40") {
		t.Errorf("learning from whole texts it says %v", twins.Notices)
	}
	if len(r.Notices) > 0 {
		t.Errorf("long texts go on in another sequence, and yet: %v", r.Notices)
	}
	strange, _, err := data.ReadTexts(t.Context(), []data.File{bytesFile("b.csv", []byte("text\nЖизнь прожить не поле перейти\nwaves crossed the bay\n"))}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := Learn(t.Context(), r.Config, modelOf(t, r), strange, nil); err != nil {
		t.Fatal(err)
	}
	if notes := r.Looker().Unread(strange); !says(notes, "unknown words", "are not in the encoder's vocabulary") {
		t.Errorf("%v", notes)
	}
}

func TestABlankBeyondWhatIsReadIsNotDroppedBesideOneThatIsRead(t *testing.T) {
	r := trained(t, tinyTexts, weatherSet(t, 40))
	look, head := r.Looker(), r.Task.(teller).TokenHead()
	if _, err := look.Fill(t.Context(), head, "___ "+strings.Repeat("waves ", 60)+"___", 2); err == nil || !strings.Contains(err.Error(), "1 of the 2 blanks lie beyond the 32 tokens") {
		t.Errorf("%v", err)
	}
	if notes := look.Beyond("a text", strings.Repeat("waves ", 60)); !says(notes, "a text", "the encoder reads 30: the last ") {
		t.Errorf("%v", notes)
	}
	if notes := look.Beyond("a text", "waves"); notes != nil {
		t.Errorf("%v", notes)
	}
}

func TestRecordingsThatAreOneSampleAndLongerThanAWindowAreCounted(t *testing.T) {
	of := &data.Recordings{Channels: []string{"a"}, Classes: []string{"", "up", "down"}}
	for i := range 6 {
		of.Of = append(of.Of, data.Recording{Name: fmt.Sprintf("c.tsv, row %d", i+1), X: make([]float32, 24+10*(i/3)), Labels: []uint16{uint16(1 + i%2)}})
	}
	set := &data.Set{Of: data.Series, Recordings: of}
	set.Cut(24)
	if notes := (Looker{Size: 24}).Unread(set); !says(notes, "long recordings", "3 of 6, each one sample, have up to 34 rows, and a window has 24: of those only the last 24 are looked at (c.tsv, row 4, c.tsv, row 5, c.tsv, row 6)") {
		t.Errorf("%v", notes)
	}
	if notes := tooShort(of, 24, 14); !says(notes, "short recordings", "3 of 6 are too short to forecast 14 rows from 24, so nothing was fitted to or tested on them: c.tsv, row 1,") {
		t.Errorf("%v", notes)
	}
}

func TestAListOfRecordingsCountsThoseItDoesNotName(t *testing.T) {
	of := &data.Recordings{Channels: []string{"a"}, Classes: []string{""}}
	for i := range 1003 {
		of.Of = append(of.Of, data.Recording{Name: fmt.Sprint(i), X: make([]float32, 40)})
	}
	s := &session{set: &data.Set{Of: data.Series, Recordings: of}, config: Config{Size: 16}}
	e, _, err := s.plot(Plot{Points: 4})
	if p := e.(Plotted); err != nil || len(p.Recordings) != 1000 || p.Total != 1003 {
		t.Errorf("%d listed of %d, %v", len(p.Recordings), p.Total, err)
	}
}

func TestNamesThatCannotBeLeftOutAreTold(t *testing.T) {
	k := newTalk(t, checkpoint.NewMemory())
	files, attached := pictures(4)
	must[Added](k, Add{Files: files}, attached...)
	must[Added](k, Omit{Names: []string{"nowhere.png"}})
	if n, ok := k.seen[len(k.seen)-1].(Noticed); !ok || !says(n.Notices, "leaving out", "no sample here is named nowhere.png") {
		t.Errorf("%+v", k.seen)
	}
}

func TestWhoTakesNoPartInAProbeIsTold(t *testing.T) {
	set := drawn(60, 1)
	model := modelOf(t, trained(t, drawnConfig, set))
	labels := slices.Clone(set.Labels)
	for i := range 10 {
		labels[i] = ""
	}
	for i := range labels { // few crosses
		if labels[i] == "cross" && i > 20 {
			labels[i] = ""
		}
	}
	labels[12] = "lonely"
	var notes []data.Rejected
	m := Meter{Probe: Probe{Method: "centroid", Labels: []string{"2", "10", "500"}, Repeats: 2, Against: []string{"raw"}}, Model: model, Set: set, Labels: labels, Backend: cpu.New(), Seed: 1,
		Note: func(n data.Rejected) { notes = append(notes, n) }}
	results, err := m.Results(t.Context())
	if err != nil || len(results) != 4 {
		t.Fatalf("%v, %v", results, err)
	}
	for _, want := range []string{"19 of 60 samples have none and take no part", "1 class of one sample left out, for it cannot both give its label and be asked about: lonely",
		"no class has 500 to give", "1 of 4 classes has fewer than 10 to give: cross 1. It gives all it has"} {
		if !says(notes, "labels", want) {
			t.Errorf("%v does not say %q", notes, want)
		}
	}
	notes = nil
	test := drawn(12, 2)
	test.Labels[0], test.Labels[1], test.Labels[2] = "", "zebra", "zebra"
	m.Test, m.noted, m.askable = test, nil, 0
	if _, err := m.Results(t.Context()); err != nil || !says(notes, "test samples", "1 of 12 have no label and are not asked about") || !says(notes, "test samples", "2 are of classes that no sample gives a label of, and count as predicted wrong: zebra") {
		t.Errorf("%v, %v", notes, err)
	}
	clear(test.Labels)
	if _, err := m.Results(t.Context()); !errors.Is(err, data.ErrTooFew) {
		t.Errorf("with nobody to ask: %v", err)
	}
}

func TestAComparisonTakesTheEncoderItIsGivenAndSaysWhoCannot(t *testing.T) {
	set := drawn(60, 1)
	for i := range set.Labels {
		if i > 3 {
			set.Labels[i] = ""
		}
	}
	c := Comparison{Compare: Compare{Tasks: []string{"simclr", "mae"}, Steps: 1}, Config: Config{Encoder: "resnet8"}, Set: set, Backend: cpu.New()}
	configs, err := c.resolve()
	if err != nil || configs[0].Encoder != "resnet8" || configs[1].Encoder != "vit-tiny" || !says(c.Notices, "encoder", "resnet8 cannot be trained by mae") ||
		!says(c.Notices, "labels", "4 labels of 4 classes are too few to rank tasks by: it takes 20") {
		t.Errorf("%+v, %v, %v", configs, c.Notices, err)
	}
	c = Comparison{Compare: Compare{Tasks: []string{"mae"}, Steps: 1}, Config: Config{Encoder: "resnet8"}, Set: set, Backend: cpu.New()}
	if _, err := c.resolve(); err == nil || !strings.Contains(err.Error(), "none of these tasks can train resnet8") {
		t.Errorf("%v", err)
	}
}

func TestQuestionsThatAreNotUsedAreCounted(t *testing.T) {
	squad := `{"data":[{"paragraphs":[{"context":"Ann came early","qas":[
		{"question":"who?","answers":[{"text":"Ann","answer_start":0},{"text":"Ann came","answer_start":0}]},
		{"question":"why?","answers":[]},{"question":"how?","answers":[]}]}]}]}`
	all, notes, err := Questions([]byte(squad))
	if err != nil || len(all) != 1 || !says(notes, "questions", `2 of 3 have no answer and were left out, for that something cannot be answered is not learned: "why?", "how?"`) ||
		!says(notes, "questions", "1 have several answers: the first is learned") {
		t.Errorf("%v, %v, %v", all, notes, err)
	}
	a, err := NewAnswerer(trained(t, tinyTexts, weatherSet(t, 40)).Looker(), rng.New(1))
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("waves ", 50) + "gulls"
	notes = a.Fits([]Question{{"who?", "waves crossed the bay", "waves", 0}, {"who?", long, "gulls", len(long) - 5}})
	if !says(notes, "questions", "1 of 2 are longer with their contexts than the 32 tokens") || !says(notes, "questions", "the answers of 1 of 2 lie beyond the 32 tokens") {
		t.Errorf("%v", notes)
	}
}

func TestAMisspeltFieldIsRefusedByItsName(t *testing.T) {
	for msg, want := range map[string][2]string{
		`{"type":"configure","id":1,"config":{"task":"simclr","epoch":3}}`:                   {"epoch", `there is no "epoch" in a configuration; there are batch, cased,`},
		`{"type":"configure","id":1,"config":{"size":"large"}}`:                              {"size", "size is a string; it must be a whole number"},
		`{"type":"probe","id":1,"metod":"knn"}`:                                              {"metod", `there is no "metod"; there are against, given, labels, method, repeats`},
		`{"type":"preview","id":1,"n":3,"config":{"sede":1}}`:                                {"sede", `"sede" in a configuration`},
		`{"type":"add","id":1,"files":[],"size":32,"fps":8}`:                                 {"fps", `there is no "fps"; there are files, frames, kind, rate, size`},
		`{"type":"neighbors","id":1,"name":"a","k":"many"}`:                                  {"k", "k is a string"},
		`{"type":"configure","id":1,"config":{"task":"maskedlm"},"options":{"dropout":0.1}}`: {"options", `there is no "options"; there are config`},
	} {
		_, err := Decode([]byte(msg))
		if f := Refused(err); err == nil || f.Code != Misfit || f.Field != want[0] || !strings.Contains(f.Message, want[1]) {
			t.Errorf("%s: %+v", msg, f)
		}
	}
	for _, c := range []Config{{Task: "simclr", Tokenizer: "bpe"}, {Task: "simclr", Vocab: 500}, {Task: "forecast", Cased: true}} {
		var bad *ConfigError
		if _, err := c.Resolve(); !errors.As(err, &bad) || !strings.Contains(err.Error(), "is for texts") {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestRowsOfVeryLongRecordingsThatAreNotLookedAtAreCounted(t *testing.T) {
	of := &data.Recordings{Channels: []string{"a"}, Classes: []string{""}, Of: []data.Recording{{Name: "long.csv", X: make([]float32, 200_000)}, {Name: "short.csv", X: make([]float32, 2000)}}}
	if notes := tooLong(of, 32); !says(notes, "long recordings", "the latest 100000 of the rows to learn from, of 1 of 2 recordings: long.csv") {
		t.Errorf("%v", notes)
	}
	w := &Watch{f: &Forecaster{Horizon: 2, look: Looker{Size: 32}}}
	if notes := w.Unscored(of, 0); !says(notes, "long.csv", "rows 1 to 160000 are not scored: of so long a recording the latest 40000 are") {
		t.Errorf("%v", notes)
	}
	if notes := w.Unscored(of, 1); notes != nil {
		t.Errorf("%v", notes)
	}
}
