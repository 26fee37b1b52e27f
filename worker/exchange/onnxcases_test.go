package exchange

import (
	"math"
	"slices"
	"strings"
	"testing"

	"autodidact/core/autograd"
	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/pretext"
	"autodidact/pretext/view"
	"autodidact/worker/kind"
	"autodidact/worker/run"
	"autodidact/worker/testsets"
)

// An onnxCase is a model, and what embed makes of samples with it. e2e/onnx.test.mjs holds ONNX Runtime to that.
type onnxCase struct {
	name       string
	model      *checkpoint.State
	preprocess bool
	runs       func() []onnxRun
}

// An onnxRun is inputs and what must come out.
type onnxRun struct {
	Inputs  map[string]onnxTensor `json:"inputs"`
	Outputs map[string]onnxTensor `json:"outputs"`
}

type onnxTensor struct {
	Type string `json:"type"`
	Dims []int  `json:"dims"`
	Data []any  `json:"data"` // null for NaN
}

func tensorOf[T float32 | int32 | byte](name string, data []T, dims ...int) onnxTensor {
	out := onnxTensor{name, dims, make([]any, len(data))}
	for i, v := range data {
		if v == v {
			out.Data[i] = v
		}
	}
	return out
}

func floats(data []float32, dims ...int) onnxTensor { return tensorOf("float32", data, dims...) }

// weighted is a model as if it had been trained: running statistics and norms are not those that it begins with.
func weighted(t *testing.T, c run.Config, in kind.Input) *checkpoint.State {
	t.Helper()
	c, err := c.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	s := run.NewModel(c, in)
	for name, p := range nn.Params(run.NewEncoder(c, in)) {
		x, r := p.Value.Buf.(kernel.Host), rng.New(3).For(name, 0)
		for i := range x {
			switch {
			case strings.HasSuffix(name, "running_var"):
				x[i] = 0.5 + r.Float32()
			case len(p.Value.Shape) == 1 && strings.HasSuffix(name, "weight"):
				x[i] = 0.8 + 0.4*r.Float32()
			case len(p.Value.Shape) == 1:
				x[i] = 0.1 * float32(r.NormFloat64())
			case strings.Contains(name, "embeddings"):
				x[i] *= 10 // or all texts look alike
			}
		}
		s.Tensors[name] = nn.ToTorch(p, p.Value)
	}
	return s
}

func embedderOf(t *testing.T, s *checkpoint.State) kind.Embedder {
	t.Helper()
	e, _, err := run.OpenEmbedder(s, cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// encode is what the encoder itself makes of something.
func encode(t *testing.T, e kind.Embedder, run func(tape *autograd.Tape) autograd.Var) onnxTensor {
	t.Helper()
	tape := autograd.NewTape(e.Backend, rng.New(0))
	tape.Training = false
	defer tape.Free()
	h := run(tape)
	out, err := tape.Download(t.Context(), h.Value())
	if err != nil {
		t.Fatal(err)
	}
	return floats(out, h.Shape()...)
}

// embedded are the features of some samples of set.
func embedded(t *testing.T, e kind.Embedder, set *data.Set, at []int) onnxTensor {
	t.Helper()
	f, err := e.Embed(t.Context(), set, at, nil)
	if err != nil {
		t.Fatal(err)
	}
	return floats(f.Data, f.N, f.Width)
}

// batches are two, of one sample and of three.
var batches = [][]int{{1}, {0, 2, 3}}

func pictureCase(t *testing.T, name string, size int) onnxCase {
	s := weighted(t, run.Config{Task: "simclr", Encoder: name, Size: size, Steps: 1}, kind.Input{})
	c := onnxCase{name: name, model: s}
	c.runs = func() (all []onnxRun) {
		e, set := embedderOf(t, s), testsets.Shapes(4, 1)
		for _, at := range batches {
			var views []*tensor.Tensor
			for _, i := range at {
				views = append(views, view.Center(set.X[i], size))
			}
			x := tensor.Stack(views...)
			positions := encode(t, e, func(tape *autograd.Tape) autograd.Var { return e.Encoder.Encode(tape.Input(x)) })
			all = append(all, onnxRun{map[string]onnxTensor{"pixels": floats(x.Buf.(kernel.Host), x.Shape...)},
				map[string]onnxTensor{"features": embedded(t, e, set, at), "positions": positions}})
		}
		return all
	}
	return c
}

// blotches is a picture, or a film, of smooth noise.
func blotches(r *rng.Rand, shape ...int) *tensor.Tensor {
	raw, w := make([]byte, tensor.Shape(shape).Size()), shape[len(shape)-2]*3
	for i := range raw {
		raw[i] = byte(r.IntN(256))
		if i >= w {
			raw[i] = byte((int(raw[i]) + 3*int(raw[i-w])) / 4)
		}
	}
	return tensor.Bytes(raw, shape...)
}

// Pictures larger and smaller than the encoder reads, upright and wide.
func rawPictureCase(t *testing.T) onnxCase {
	s := weighted(t, run.Config{Task: "simclr", Encoder: "resnet6", Size: 32, Steps: 1}, kind.Input{})
	c := onnxCase{name: "resnet6-preprocess", model: s, preprocess: true}
	c.runs = func() (all []onnxRun) {
		e := embedderOf(t, s)
		for k, shape := range [][]int{{40, 53, 3}, {71, 64, 3}, {17, 20, 3}, {32, 32, 3}, {300, 411, 3}} {
			set := &data.Set{Of: data.Images}
			var raw []byte
			for i := range 2 {
				x := blotches(rng.New(uint64(10*k+i)), shape...)
				set.X, raw = append(set.X, x), append(raw, x.Buf.(kernel.Bytes)...)
			}
			all = append(all, onnxRun{map[string]onnxTensor{"image": tensorOf("uint8", raw, append([]int{2}, shape...)...)},
				map[string]onnxTensor{"features": embedded(t, e, set, []int{0, 1})}})
		}
		return all
	}
	return c
}

func clipCase(t *testing.T, preprocess bool) onnxCase {
	s := weighted(t, run.Config{Task: "simclr", Kind: data.Video, Encoder: "resnet8", Size: 16, Steps: 1}, kind.Input{})
	c := onnxCase{name: "clips", model: s, preprocess: preprocess}
	if preprocess {
		c.name += "-preprocess"
	}
	c.runs = func() (all []onnxRun) {
		e, set := embedderOf(t, s), &data.Set{Of: data.Video}
		for i := range 4 {
			set.X = append(set.X, blotches(rng.New(uint64(i)), 4, 24, 30, 3))
		}
		for _, at := range batches {
			var raw []byte
			var views []float32
			for _, i := range at {
				raw = append(raw, set.X[i].Buf.(kernel.Bytes)...)
				for _, x := range data.Frames(set.X[i], 4) {
					views = append(views, view.Center(x, 16).Buf.(kernel.Host)...)
				}
			}
			frames := floats(views, len(at), 4, 16, 16, 3)
			if preprocess {
				frames = tensorOf("uint8", raw, len(at), 4, 24, 30, 3)
			}
			all = append(all, onnxRun{map[string]onnxTensor{"frames": frames}, map[string]onnxTensor{"features": embedded(t, e, set, at)}})
		}
		return all
	}
	return c
}

func textCase(t *testing.T, name, task string) onnxCase {
	set := testsets.Weather(12)
	k := kind.Of(data.Text)
	if err := k.Prepare(t.Context(), set, kind.Plan{Size: 32, Vocab: 120}, nil, nil); err != nil {
		t.Fatal(err)
	}
	in, err := k.Input(set, 32)
	if err != nil {
		t.Fatal(err)
	}
	s := weighted(t, run.Config{Task: task, Encoder: name, Size: 32, Steps: 1, Vocab: 120}, in)
	c := onnxCase{name: name + "-" + task, model: s}
	c.runs = func() (all []onnxRun) {
		e := embedderOf(t, s)
		bert := e.Encoder.(*encoder.BERT)
		for k, at := range append(batches, []int{4, 5}) {
			long := []int{20, 24, 32}[k]
			var ids, mask []int32
			for _, i := range at {
				text := e.Frame(set.Texts.At(i))
				pad := make([]int32, long-len(text))
				one := slices.Repeat([]int32{1}, len(text))
				if k == 2 { // before it
					ids, mask = slices.Concat(ids, pad, text), slices.Concat(mask, pad, one)
				} else {
					ids, mask = slices.Concat(ids, text, pad), slices.Concat(mask, one, pad)
				}
			}
			out := map[string]onnxTensor{"features": embedded(t, e, set, at)}
			if k == 0 {
				long = slices.Index(append(mask, 0), 0)
				ids, mask = ids[:long], mask[:long]
				out["tokens"] = encode(t, e, func(tape *autograd.Tape) autograd.Var {
					return bert.EncodeTokens(tape, encoder.TokenBatch{Tokens: tensor.Int32s(ids, 1, long), Of: tensor.Int32s(mask, 1, long)}, 0)
				})
			}
			all = append(all, onnxRun{map[string]onnxTensor{"input_ids": tensorOf("int64", ids, len(at), long), "attention_mask": tensorOf("int64", mask, len(at), long)}, out})
		}
		return all
	}
	return c
}

// seriesOf are two recordings of some channels.
func seriesOf(channels int) *data.Set {
	r := &data.Recordings{}
	for i := range channels {
		r.Channels = append(r.Channels, string(rune('a'+i)))
	}
	for i := range 2 {
		x, chance := make([]float32, 400*channels), rng.New(uint64(9+i))
		for k := range x {
			row, ch := float64(k/channels), k%channels
			x[k] = float32(float64(10*ch) + float64(ch+1)*math.Sin(row/float64(3+ch)+float64(i)) + 0.3*chance.NormFloat64())
			if chance.IntN(30) == 0 {
				x[k] = float32(math.NaN())
			}
		}
		r.Of = append(r.Of, data.Recording{Name: "series.csv", X: x})
	}
	set := &data.Set{Of: data.Series, Recordings: r}
	set.Cut(32)
	return set
}

func seriesCase(t *testing.T, name, task string, channels int, preprocess, lastRow bool) onnxCase {
	set := seriesOf(channels)
	in, err := kind.Of(data.Series).Input(set, 32)
	if err != nil {
		t.Fatal(err)
	}
	in.Channels.LastRow = lastRow
	if preprocess {
		in.Channels.Missing = []data.Missing{{Value: -999}, {Channel: "b", Value: 777}}
	}
	s := weighted(t, run.Config{Task: task, Kind: data.Series, Encoder: name, Size: 32, Steps: 1}, in)
	c := onnxCase{name: name + "-" + task, model: s, preprocess: preprocess}
	c.runs = func() (all []onnxRun) {
		e, lengths := embedderOf(t, s), []int{32, 32, 45}
		if e.Encoder.(encoder.SeriesEncoder).Length() > 0 {
			lengths = lengths[:2]
		}
		for k, at := range append(batches, []int{5, 9})[:len(lengths)] {
			var windows []data.Window
			for _, i := range at {
				w := set.Windows[i]
				windows = append(windows, data.Window{Of: w.Of, From: w.From, Rows: lengths[k]})
			}
			all = append(all, seriesRun(t, e, set.Recordings, windows, preprocess))
		}
		return all
	}
	return c
}

func seriesRun(t *testing.T, e kind.Embedder, of *data.Recordings, windows []data.Window, preprocess bool) onnxRun {
	seen, err := e.Windows(t.Context(), of, windows, nil)
	if err != nil {
		t.Fatal(err)
	}
	n, c, long := len(windows), len(of.Channels), windows[0].Rows
	var rows [][]float32
	var raw, marked, mean, std []float32
	for i, w := range seen {
		if e.Channels.LastRow {
			rows = append(rows, w.Features())
		} else {
			rows = append(rows, w.WholeFeatures())
		}
		readings, both := make([]float32, long*c), make([]float32, 2*long*c)
		of.Into(readings, windows[i])
		view.Marked(both, w.Rows, c, c)
		raw, marked, mean, std = append(raw, readings...), append(marked, both...), append(mean, w.Mean...), append(std, w.Std...)
	}
	f := kind.Narrowed(rows)
	out := map[string]onnxTensor{"features": floats(f.Data, f.N, f.Width)}
	if !preprocess {
		return onnxRun{map[string]onnxTensor{"windows": floats(marked, n, long, 2*c), "mean": floats(mean, n, c), "std": floats(std, n, c)}, out}
	}
	for k, v := range raw { // what says that nothing was read
		if v != v {
			raw[k] = []float32{v, -999, 777}[map[bool]int{true: 1 + k%2, false: k % 2}[k%c == 1]]
		}
	}
	return onnxRun{map[string]onnxTensor{"readings": floats(raw, n, long, c)}, out}
}

// taskFor is a task that trains an encoder of series.
func taskFor(t *testing.T, name string) string {
	for _, spec := range pretext.Catalog {
		if _, err := (run.Config{Task: spec.Name, Kind: data.Series, Encoder: name, Size: 32, Steps: 1}).Resolve(); err == nil && !spec.Causal && slices.Contains(spec.Kinds, data.Series) {
			return spec.Name
		}
	}
	t.Fatalf("no task trains %s", name)
	return ""
}

// onnxCases are all encoders of the catalogue, and what can be otherwise with them.
func onnxCases(t *testing.T) (all []onnxCase) {
	for _, spec := range encoder.Catalog {
		switch {
		case slices.Contains(spec.Kinds, data.Images):
			all = append(all, pictureCase(t, spec.Name, 32))
		case slices.Contains(spec.Kinds, data.Text):
			all = append(all, textCase(t, spec.Name, "maskedlm"))
		default:
			all = append(all, seriesCase(t, spec.Name, taskFor(t, spec.Name), 3, false, false))
		}
	}
	stem, class, between, exact := pictureCase(t, "resnet18-imagenet", 64), pictureCase(t, "vit-2x32x2x64x8x32", 32), pictureCase(t, "vit-1x16x2x32x8x32-tanh-eps0.001", 48), textCase(t, "bert-1x32x2x64x32-erf-eps1e-12", "maskedlm")
	stem.name, between.name = "resnet18-imagenet-64", "vit-resampled"
	odd, large := pictureCase(t, "resnet10", 20), pictureCase(t, "resnet6", 96)
	odd.name, large.name = "resnet10-20", "resnet6-96"
	many := seriesCase(t, "tcn-small", taskFor(t, "tcn-small"), 14, true, false)
	last := seriesCase(t, "tcn-mixing", taskFor(t, "tcn-mixing"), 3, true, true)
	many.name, last.name = "tcn-small-narrowed", "tcn-mixing-last-row"
	return append(all, stem, class, between, exact, odd, large, many, last, rawPictureCase(t), clipCase(t, false), clipCase(t, true),
		textCase(t, "bert-tiny", "causallm"), seriesCase(t, "patchtst", "cpc", 3, true, false))
}
