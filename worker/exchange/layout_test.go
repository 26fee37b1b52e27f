package exchange

import (
	"bytes"
	_ "embed"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"autodidact/core/autograd"
	"autodidact/core/checkpoint"
	"autodidact/core/encoder"
	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/worker/kind"
	"autodidact/worker/layout"
	"autodidact/worker/run"
	"autodidact/worker/testsets"
)

// What files from elsewhere hold, and what PyTorch makes of them, by testdata/foreign.py.
//
//go:embed testdata/foreign.json
var foreignJSON []byte

type foreignGolden struct {
	Tensors  map[string][]int
	Features map[int][2]float64 // by the side of pictures, or the tokens of a text: the norm, and the product with a stream
}

func goldens(t *testing.T) (all map[string]foreignGolden) {
	t.Helper()
	if err := json.Unmarshal(foreignJSON, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// archs are the streams that weights and inputs are drawn from.
var archs = map[string]string{"resnet18-imagenet": "foreign resnet18", "resnet50-imagenet": "foreign resnet50", "vit-12x192x3x768x16x224": "foreign vit",
	"vit-12x192x3x768x16x224 as DeiT": "foreign deit", "bert-2x64x4x128x32-erf-eps1e-12": "foreign bert"}

// weights are drawn as foreign.py draws them.
func (g foreignGolden) weights(arch string) *checkpoint.State {
	s := &checkpoint.State{Meta: map[string]string{}, Tensors: map[string]*tensor.Tensor{}}
	for name, shape := range g.Tensors {
		if strings.HasSuffix(name, "num_batches_tracked") {
			s.Tensors[name] = tensor.Int32s([]int32{7})
			continue
		}
		scale, shift, size := 0.25, 0.0, tensor.Shape(shape).Size()
		switch {
		case arch == "foreign bert" && strings.HasSuffix(name, "embeddings.weight"):
			scale = float64(float32(0.04))
		case len(shape) > 1:
			scale = float64(float32(math.Sqrt(map[int]float64{2: 3, 3: 3, 4: 6}[len(shape)] / float64(size/shape[0]))))
		case strings.HasSuffix(name, "weight") || strings.HasSuffix(name, "running_var"):
			shift = 1
		}
		s.Tensors[name] = tensor.Float32s(stream(arch+"/"+name, size, scale, shift), shape...)
	}
	return s
}

func stream(name string, n int, scale, shift float64) []float32 {
	d, u := make([]float32, n), rng.NewStream(name)
	for i := range d {
		d[i] = float32(float64(float32(u.Even()))*scale + shift)
	}
	return d
}

// input is what foreign.py gives an encoder of a size.
func (g foreignGolden) input(arch string, size int) *tensor.Tensor {
	if arch != "foreign bert" {
		return tensor.Float32s(stream(fmt.Sprintf("%s/x%d", arch, size), 2*size*size*3, 1, 0), 2, size, size, 3)
	}
	tokens := make([]int32, 2*size)
	for i := range tokens {
		tokens[i] = int32(i * 7 % 50)
	}
	return tensor.Int32s(tokens, 2, size)
}

// encoded is what the encoder of a model makes of x.
func encodedBy(t *testing.T, s *checkpoint.State, x *tensor.Tensor) *tensor.Tensor {
	t.Helper()
	enc, _ := emptyOf(t, s)
	b := cpu.New()
	if err := run.LoadEncoder(s, enc, b); err != nil {
		t.Fatal(err)
	}
	tape := autograd.NewTape(b, rng.New(1))
	defer tape.Free()
	tape.Training = false
	y := enc.Encode(tape.Input(x)).Value()
	d, err := tape.Download(t.Context(), y)
	if err != nil {
		t.Fatal(err)
	}
	return tensor.Float32s(d, y.Shape...)
}

// emptyOf is the encoder of a model, without its weights, and what it knows of its input.
func emptyOf(t *testing.T, s *checkpoint.State) (nn.Encoder, kind.Input) {
	t.Helper()
	c, err := run.ConfigOf(s)
	if err != nil {
		t.Fatal(err)
	}
	in, err := kind.SavedInput(s)
	if err != nil {
		t.Fatal(err)
	}
	return run.EmptyEncoder(c, in), in
}

// aboutBERT are the files beside the BERT's weights.
func aboutBERT() map[string][]byte {
	pieces := []string{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"}
	for i := range 45 {
		pieces = append(pieces, fmt.Sprint("w", i))
	}
	return map[string][]byte{"vocab.txt": []byte(strings.Join(pieces, "\n") + "\n"), "config.json": []byte(`{"model_type": "bert", "vocab_size": 50,
		"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 128, "max_position_embeddings": 32, "hidden_act": "gelu"}`)}
}

var deitConfig = []byte(`{"architecture": "deit_tiny_patch16_224", "pretrained_cfg": {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225], "input_size": [3, 224, 224]}}`)

func TestEncodersMadeElsewhereHavePyTorchsFeatures(t *testing.T) {
	for name, g := range goldens(t) {
		t.Run(name, func(t *testing.T) {
			arch, about := archs[name], map[string][]byte{}
			switch arch {
			case "foreign bert":
				about = aboutBERT()
			case "foreign deit":
				about["config.json"] = deitConfig
			}
			s, notes, err := layout.FromTensors(g.weights(arch), about)
			if err != nil {
				t.Fatal(err)
			}
			if want, _, _ := strings.Cut(name, " "); s.Meta["encoder"] != want {
				t.Errorf("it is %s", s.Meta["encoder"])
			}
			if len(notes) == 0 || !hasNotice(notes, "model.safetensors", "2 tensors were not used: ") {
				t.Errorf("notices %v do not name what was left of a head", notes)
			}
			for size, want := range g.Features {
				y := encodedBy(t, s, g.input(arch, size))
				norm, along, u := 0.0, 0.0, rng.NewStream("mark/features")
				for _, v := range y.Buf.(kernel.Host) {
					norm += float64(v) * float64(v)
					along += float64(v) * u.Even()
				}
				if norm = math.Sqrt(norm); math.Abs(norm-want[0]) > 1e-4*want[0] || math.Abs(along-want[1]) > 1e-4*want[0] {
					t.Errorf("of size %d: norm %.7g, product %.7g; want %.7g", size, norm, along, want)
				}
			}
		})
	}
}

var catalogCache map[string]*checkpoint.State

// Hugging Face's ViTModel has the names that a ViT has here; config.json says what its tensors do not.
func TestAViTComesInInHuggingFacesLayoutToo(t *testing.T) {
	s, _, err := layout.FromTensors(goldens(t)["vit-12x192x3x768x16x224"].weights("foreign vit"), nil)
	if err != nil {
		t.Fatal(err)
	}
	theirs := &checkpoint.State{Meta: map[string]string{}, Tensors: map[string]*tensor.Tensor{"classifier.weight": zeros(2, 192)}}
	for name, x := range s.Tensors {
		theirs.Tensors["vit."+name] = x
	}
	for config, want := range map[string]string{
		`{"model_type": "vit", "num_attention_heads": 3, "hidden_act": "gelu"}`:                                 "vit-12x192x3x768x16x224-eps1e-12",
		`{"model_type": "vit", "num_attention_heads": 6, "hidden_act": "gelu_new", "layer_norm_eps": 0.000001}`: "vit-12x192x6x768x16x224-tanh",
	} {
		back, notes, err := layout.FromTensors(theirs, map[string][]byte{"config.json": []byte(config)})
		if err != nil || back.Meta["encoder"] != want || !hasNotice(notes, "model.safetensors", "classifier.weight [2 192]") {
			t.Errorf("%v, %v, want %s", notes, err, want)
			continue
		}
		for name, x := range s.Tensors {
			if !slices.Equal(back.Tensors[name].Buf.(kernel.Host), x.Buf.(kernel.Host)) {
				t.Errorf("%s is not what it was", name)
			}
		}
	}
	_, _, err = layout.FromTensors(theirs, map[string][]byte{"config.json": []byte(`{"model_type": "vit", "num_attention_heads": 3, "hidden_act": "relu"}`)})
	if err == nil || !strings.Contains(err.Error(), `it is a ViT, but its activation is "relu"; only gelu can be had`) {
		t.Error(err)
	}
}

// Whoever trains a PatchTST on in transformers changes a bias that has the marks in it.
func TestThePatchTSTsBiasMayBeTrainedOnElsewhere(t *testing.T) {
	s := catalogModels(t)["patchtst"]
	p, err := checkpoint.Decode(bytes.NewReader(exportedAs(t, "safetensors", s)))
	if err != nil {
		t.Fatal(err)
	}
	p.Tensors["encoder.embedder.input_embedding.bias"].Buf.(kernel.Host)[7] += 0.5
	back, notes, err := layout.FromTensors(p, nil)
	if err != nil || len(notes) > 0 {
		t.Fatal(notes, err)
	}
	for i, v := range back.Tensors["embedding.bias"].Buf.(kernel.Host) {
		want := s.Tensors["embedding.bias"].Buf.(kernel.Host)[i]
		if i == 7 {
			want += 0.5
		}
		if math.Abs(float64(v-want)) > 1e-6 {
			t.Errorf("bias %d is %g, want %g", i, v, want)
		}
	}
	p.Meta = map[string]string{}
	if _, _, err := layout.FromTensors(p, nil); err == nil || !strings.Contains(err.Error(), "it looks like a PatchTST of ours without its metadata") {
		t.Error(err)
	}
}

// catalogModels are a model for each encoder of the catalog, none of whose weights are what they were drawn as: no bias is 0.
// They are made once, for they are many.
func catalogModels(t *testing.T) map[string]*checkpoint.State {
	t.Helper()
	if catalogCache != nil {
		return catalogCache
	}
	all := map[string]*checkpoint.State{}
	for _, spec := range encoder.Catalog {
		for _, task := range []string{"simclr", "maskedlm", "ts2vec", "maskedseries"} {
			c := run.Config{Task: task, Encoder: spec.Name, Size: 32, Steps: 1, Batch: 4}
			if task == "maskedlm" {
				c.Vocab = 200
			}
			c, err := c.Resolve()
			if err != nil {
				continue
			}
			set := testsets.Noise(c.Kind)
			r, err := run.New(c, set, cpu.New())
			if err != nil {
				t.Fatal(spec.Name, err)
			}
			all[spec.Name] = shaken(modelOf(t, r))
			break
		}
		if all[spec.Name] == nil {
			t.Fatalf("no task for %s", spec.Name)
		}
	}
	catalogCache = all
	return all
}

func shaken(s *checkpoint.State) *checkpoint.State {
	for name, x := range s.Tensors {
		for i, v := range stream(name, x.Shape.Size(), 0.1, 0) {
			if strings.HasSuffix(name, "running_var") {
				v = max(v, -v)
			}
			x.Buf.(kernel.Host)[i] += v
		}
	}
	return s
}

// exportedAs is a model as a file, or a zip of a folder, of a format.
func exportedAs(t *testing.T, format string, s *checkpoint.State) []byte {
	t.Helper()
	f, err := FindFormat(format)
	if err != nil {
		t.Fatal(err)
	}
	_, file, err := f.Pack(Source{Model: s})
	if err != nil {
		t.Fatal(err)
	}
	var raw bytes.Buffer
	if err := file.Write(&raw); err != nil {
		t.Fatal(err)
	}
	return raw.Bytes()
}

func TestEveryEncoderLeavesAndReturnsBitForBit(t *testing.T) {
	for name, s := range catalogModels(t) {
		formats := []string{"safetensors"}
		if name == "patchtst" {
			formats = append(formats, "huggingface")
		}
		for _, format := range formats {
			back, notes, err := Open(exportedAs(t, format, s))
			if err != nil || len(notes) > 0 {
				t.Errorf("%s as %s: %v, %v", name, format, notes, err)
				continue
			}
			if !maps.Equal(back.Meta, s.Meta) {
				t.Errorf("%s as %s: metadata %v became %v", name, format, s.Meta, back.Meta)
			}
			same := func(x, y *tensor.Tensor) bool {
				return slices.Equal(x.Shape, y.Shape) && slices.Equal(x.Buf.(kernel.Host).Int32s(), y.Buf.(kernel.Host).Int32s())
			}
			if !maps.EqualFunc(back.Tensors, s.Tensors, same) {
				t.Errorf("%s as %s: its tensors are not what they were", name, format)
			}
		}
		if _, notes, err := Open(encoded(t, s)); err != nil || len(notes) > 0 {
			t.Errorf("%s under our own names: %v, %v", name, notes, err)
		}
	}
}

// torchPython is an interpreter with torch; the test is skipped where there is none.
func torchPython(t *testing.T) string {
	t.Helper()
	const python = "/usr/bin/python3"
	if err := exec.Command(python, "-c", "import torch").Run(); err != nil {
		t.Skipf("%s has no torch (Debian: apt install python3-torch), so that exported files are not loaded into it here", python)
	}
	return python
}

func TestPyTorchLoadsEveryExportedEncoderAndHasItsFeatures(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	python, dir, models := torchPython(t), t.TempDir(), catalogModels(t)
	args, inputs := []string{"testdata/foreign.py", "load"}, map[string]*tensor.Tensor{}
	for name, s := range models {
		x := inputOf(t, s)
		inputs[name] = x
		for suffix, raw := range map[string][]byte{".safetensors": exportedAs(t, "safetensors", s), ".x": rawOf(x)} {
			if err := os.WriteFile(filepath.Join(dir, name+suffix), raw, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		args = append(args, filepath.Join(dir, name+".safetensors"), filepath.Join(dir, name+".x"), filepath.Join(dir, name+".y"))
	}
	if out, err := exec.Command(python, args...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, s := range models {
		raw, err := os.ReadFile(filepath.Join(dir, name+".y"))
		if err != nil {
			t.Fatal(err)
		}
		got := encodedBy(t, s, inputs[name]).Buf.(kernel.Host)
		var off, size float64
		for i, v := range got {
			w := float64(math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:])))
			off, size = max(off, math.Abs(w-float64(v))), max(size, math.Abs(w))
		}
		if len(raw) != 4*len(got) || !(off <= 1e-4*max(size, 1)) {
			t.Errorf("%s: features differ by %g, of up to %g", name, off, size)
		}
	}
}

// inputOf is two samples as a model reads them; of series nothing is missing.
func inputOf(t *testing.T, s *checkpoint.State) *tensor.Tensor {
	t.Helper()
	enc, in := emptyOf(t, s)
	switch e := enc.(type) {
	case *encoder.BERT:
		tokens := make([]int32, 64)
		for i := range tokens {
			tokens[i] = int32(i * 7 % in.Tokens.Size())
		}
		return tensor.Int32s(tokens, 2, 32)
	case encoder.SeriesEncoder:
		long, both := 32, 2*e.Channels()
		x := stream("x", 2*long*both, 1, 0)
		for i := range x {
			if i%both >= e.Channels() {
				x[i] = 1
			}
		}
		return tensor.Float32s(x, 2, long, both)
	}
	return tensor.Float32s(stream("x", 2*32*32*3, 1, 0), 2, 32, 32, 3)
}

func rawOf(x *tensor.Tensor) (raw []byte) {
	for _, v := range x.Buf.(kernel.Host).Int32s() {
		raw = binary.LittleEndian.AppendUint32(raw, uint32(v))
	}
	return raw
}

// An encoder that came in is like any other: it has features at once, and training goes on from it.
func TestPretrainingGoesOnFromAnEncoderMadeElsewhere(t *testing.T) {
	g := goldens(t)["vit-12x192x3x768x16x224"]
	s, _, err := layout.FromTensors(g.weights("foreign vit"), nil)
	if err != nil {
		t.Fatal(err)
	}
	set := testsets.Shapes(4, 1)
	e, _, err := run.OpenEmbedder(s, cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	if f, err := e.Embed(t.Context(), set, nil, nil); err != nil || f.N != 4 {
		t.Errorf("%d samples have features: %v", f.N, err)
	}
	r, err := run.Open(s, set, cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	if r.Config.Size != 224 || nn.TorchShape(r.Task.Backbone().(*encoder.ViT).Embeddings.PositionEmbeddings)[1] != 197 {
		t.Errorf("pictures have %d pixels", r.Config.Size)
	}
}

func TestNamesAreCleanedAndTheEncoderIsPreferredToItsSlowCopy(t *testing.T) {
	untrained, err := run.New(run.Config{Encoder: "resnet18", Size: 32, Batch: 4, Steps: 1}, testsets.Noise("image"), cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	model := modelOf(t, untrained)
	under := func(prefixes ...string) *checkpoint.State {
		s := &checkpoint.State{Meta: map[string]string{}, Tensors: map[string]*tensor.Tensor{}}
		for _, p := range prefixes {
			for name, x := range model.Tensors {
				s.Tensors[p+name] = x
			}
			s.Tensors[p+"bn1.num_batches_tracked"] = tensor.Int32s([]int32{3})
			s.Tensors[p+"fc.weight"] = zeros(10, 512)
		}
		return s
	}
	for want, s := range map[string]*checkpoint.State{
		"": under(""), "module.": under("module."), "backbone.": under("backbone."), "model.": under("model."), "state_dict.module.encoder_q.": under("state_dict.module.encoder_k.", "state_dict.module.encoder_q."),
		"encoder.": under("encoder."),
	} {
		back, notes, err := layout.FromTensors(s, nil)
		if err != nil {
			t.Errorf("under %q: %v", want, err)
			continue
		}
		if want != "" && !hasNotice(notes, "weights", fmt.Sprintf("the tensors under %q are read", want)) || !hasNotice(notes, "weights", "called num_batches_tracked") || !hasNotice(notes, "model.safetensors", "fc.weight [10 512]") {
			t.Errorf("under %q: notices %v", want, notes)
		}
		if len(back.Tensors) != len(model.Tensors) || back.Meta["encoder"] != "resnet18" {
			t.Errorf("under %q: %s with %d tensors of %d", want, back.Meta["encoder"], len(back.Tensors), len(model.Tensors))
		}
	}
}

func TestTensorsOfOtherNetworksAreRefusedByWhatTheyLookLike(t *testing.T) {
	all := goldens(t)
	change := func(name string, f func(map[string]*tensor.Tensor)) *checkpoint.State {
		s := all[name].weights(archs[name])
		f(s.Tensors)
		return s
	}
	const vit = "vit-12x192x3x768x16x224"
	of := func(names ...string) *checkpoint.State {
		s := &checkpoint.State{Tensors: map[string]*tensor.Tensor{}}
		for _, n := range names {
			s.Tensors[n] = zeros(4, 4)
		}
		return s
	}
	for want, s := range map[string]*checkpoint.State{
		"they look like GPT-2":                          of("h.0.attn.c_attn.weight"),
		"they look like a Swin transformer":             of("layers.0.blocks.0.attn.relative_position_bias_table"),
		"they look like a language model such as Llama": of("model.layers.0.self_attn.q_proj.weight"),
		"they are called a.weight, b.weight":            of("b.weight", "a.weight"),
		"there are none":                                of(),
		"it looks like a BERT: config.json":             change("bert-2x64x4x128x32-erf-eps1e-12", func(map[string]*tensor.Tensor) {}),
		"it looks like ResNet-34 (a ResNet of blocks of two convolutions, 3, 4, 6, 3 in its stages, with a stem of [64 3 7 7])": change("resnet18-imagenet", func(x map[string]*tensor.Tensor) {
			for i, n := range []int{3, 4, 6, 3} {
				for k := range n {
					x[fmt.Sprintf("layer%d.%d.conv1.weight", i+1, k)] = zeros(1)
				}
			}
		}),
		"these weights look like resnet18-imagenet and cannot be used: it lacks 1 tensor: layer2.0.bn1.bias [128]; a tensor does not fit: bn1.weight is [3] and should be [64]": change("resnet18-imagenet", func(x map[string]*tensor.Tensor) {
			delete(x, "layer2.0.bn1.bias")
			x["bn1.weight"] = zeros(3)
		}),
		"are of an encoder with more than it has: blocks.0.ls1.gamma [192], reg_token [1 4 192]": change(vit, func(x map[string]*tensor.Tensor) {
			x["blocks.0.ls1.gamma"], x["reg_token"] = zeros(192), zeros(1, 4, 192)
		}),
		"only one with a class token and learned positions can be used": change(vit, func(x map[string]*tensor.Tensor) { delete(x, "cls_token") }),
		"has 198 positions": change(vit, func(x map[string]*tensor.Tensor) { x["pos_embed"] = zeros(1, 198, 192) }),
		"tensor norm.bias has a value that is no finite number": change(vit, func(x map[string]*tensor.Tensor) {
			x["norm.bias"].Buf.(kernel.Host)[5] = float32(math.Inf(1))
		}),
		"it looks like a TCN or a dilated CNN of ours without its metadata": of("in.weight", "blocks.0.conv1.weight"),
	} {
		if _, _, err := layout.FromTensors(s, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
}

// Halves that a file holds become the floats they stand for; the encoder's weights are these.
func TestWeightsOfHalfPrecisionComeIn(t *testing.T) {
	g := goldens(t)["vit-12x192x3x768x16x224"]
	s := g.weights("foreign vit")
	want := s.Tensors["norm.weight"].Buf.(kernel.Host)[3]
	for dtype, within := range map[string]float64{"BF16": 1.0 / 256, "F16": 1.0 / 2048} {
		raw := halves(s, dtype)
		weights, err := checkpoint.Decode(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		back, _, err := layout.FromTensors(weights, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := back.Tensors["layernorm.weight"].Buf.(kernel.Host)[3]
		if off := math.Abs(float64(got/want) - 1); off > within || off == 0 {
			t.Errorf("%s: %g came in as %g", dtype, want, got)
		}
	}
}

// halves is safetensors of tensors in 16 bits, rounded towards zero.
func halves(s *checkpoint.State, dtype string) []byte {
	head, data := map[string]any{}, []byte(nil)
	for _, name := range slices.Sorted(maps.Keys(s.Tensors)) {
		x, from := s.Tensors[name], len(data)
		for _, v := range x.Buf.(kernel.Host) {
			bits := math.Float32bits(v)
			h := uint16(bits >> 16)
			if dtype == "F16" {
				if h = uint16(bits >> 16 & 0x8000); math.Abs(float64(v)) >= 1.0/(1<<14) {
					h |= uint16((bits>>23&0xff-112)<<10 | bits>>13&0x3ff)
				}
			}
			data = binary.LittleEndian.AppendUint16(data, h)
		}
		head[name] = map[string]any{"dtype": dtype, "shape": x.Shape, "data_offsets": []int{from, len(data)}}
	}
	raw, _ := json.Marshal(head)
	return slices.Concat(binary.LittleEndian.AppendUint64(nil, uint64(len(raw))), raw, data)
}

// Any safetensors library reads what a file says of how it was made and of how samples are prepared.
func TestAnExportedFileSaysHowSamplesArePrepared(t *testing.T) {
	models := catalogModels(t)
	for name, want := range map[string][]string{
		"resnet18-imagenet": {`"layout":"torchvision"`, `"mean":[0.485,0.456,0.406]`, `"size":32`},
		"resnet6":           {`"layout":"autodidact"`, `"mean":[0.5,0.5,0.5]`},
		"vit-tiny":          {`"layout":"timm"`, `"class_token":false`, `"act_layer":"gelu_tanh"`, `"num_heads":4`, `"norm_eps":0.00001`},
		"bert-tiny":         {`"layout":"huggingface"`, `"tokenizer":`},
		"patchtst":          {`"layout":"huggingface"`, `"channels":`, `"std":[`, `"size":32`},
		"tcn-mixing":        {`"layout":"autodidact"`, `"channels":`},
	} {
		s, err := checkpoint.Decode(bytes.NewReader(exportedAs(t, "safetensors", models[name])))
		if err != nil {
			t.Fatal(err)
		}
		said, err := json.Marshal(s.Meta)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range append(want, `"task":`, `"seed":`, `"data":`, `"input":`) {
			if !strings.Contains(strings.ReplaceAll(string(said), `\"`, `"`), w) {
				t.Errorf("%s: metadata does not say %s: %s", name, w, said)
			}
		}
	}
}
