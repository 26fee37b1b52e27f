package evaluate_test

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/core/nn"
	"autodidact/core/probe"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/pretext"
	"autodidact/worker/evaluate"
	"autodidact/worker/kind"
	"autodidact/worker/run"
)

// A kind of data that the program does not have: numbers on a line, one in each file. It is registered here, and nothing
// else knows of it: what is trained, embedded, evaluated and compared below goes through what all kinds share.
const numbers data.Kind = "numbers"

type numberKind struct{ kind.Independent }

func (numberKind) Traits() kind.Traits {
	return kind.Traits{Kind: numbers, Noun: "number", Item: "number", Unit: "number", Size: 1, MinSize: 1, MaxSize: 1, Batch: 32, Encoder: "tiny-mlp",
		Omit: true, Tuning: kind.Tuning{MinSteps: 60, Epochs: 10, MaxSteps: 200, Rate: 1e-2, ScratchRate: 1e-2}, Enough: 20, More: "other numbers"}
}

func (numberKind) Read(_ context.Context, files []data.File, _ kind.Format, _ func(done, total int)) (*data.Set, []data.Rejected, error) {
	set, rejected := &data.Set{Of: numbers}, []data.Rejected(nil)
	for _, f := range files {
		from, err := f.Open()
		if err != nil {
			return nil, nil, err
		}
		raw, err := io.ReadAll(from)
		if err != nil {
			return nil, nil, err
		}
		x, err := strconv.ParseFloat(string(raw), 32)
		if err != nil {
			rejected = append(rejected, data.Rejected{Name: f.Path, Code: "bad-data", Reason: "no number"})
			continue
		}
		label, _, _ := strings.Cut(f.Path, "/")
		set.Names, set.Labels, set.X = append(set.Names, f.Path), append(set.Labels, label), append(set.X, tensor.Float32s([]float32{float32(x)}, 1))
	}
	return set, rejected, nil
}

func (numberKind) Embed(ctx context.Context, e kind.Embedder, set *data.Set, at []int, each func(done, total int)) (probe.Features, error) {
	return probe.Embedding{Backend: e.Backend, Encoder: e.Encoder, N: len(at), Batch: 64, Each: each,
		Input: func(i int) (*tensor.Tensor, error) { return set.X[at[i]], nil }}.Run(ctx)
}

func (numberKind) FineTuning(e kind.Embedder, _ *data.Set) (kind.FineTuning, error) {
	return numberTuning{e}, nil
}

func (numberKind) Layout(int, kind.Input) string { return "float32 [batch, 1]" }

type numberTuning struct{ kind.Embedder }

func (n numberTuning) Width() int { return n.Encoder.Width() }
func (n numberTuning) Views(set *data.Set, at []int, _ *rng.Rand) data.Views {
	var some []*tensor.Tensor
	for _, i := range at {
		some = append(some, set.X[i])
	}
	return data.Views{tensor.Stack(some...)}
}
func (n numberTuning) Features(t *autograd.Tape, v data.Views, _ float32) autograd.Var {
	return nn.Pool(n.Encoder.Encode(t.Input(v[0])))
}

// An mlp is an encoder of numbers.
type mlp struct{ In, Out *nn.Linear }

func (m *mlp) Width() int { return 8 }
func (m *mlp) Encode(x autograd.Var) autograd.Var {
	return m.Out.Forward(m.In.Forward(x.Reshape(x.Dim(0), 1, 1)).Relu())
}

// A denoise is a task for numbers: which number was it, before noise was added?
type denoise struct {
	Encoder nn.Encoder
	Head    *nn.Linear
}

func (d *denoise) Backbone() nn.Encoder { return d.Encoder }
func (d *denoise) Views(r *rng.Rand, b data.Batch) data.Views {
	clean, noisy := make([]float32, len(b.Samples)), make([]float32, len(b.Samples))
	for i, s := range b.Samples {
		clean[i] = s.X.Buf.(kernel.Host)[0]
		noisy[i] = clean[i] + 0.1*float32(r.NormFloat64())
	}
	return data.Views{tensor.Float32s(noisy, len(noisy), 1), tensor.Float32s(clean, len(clean), 1)}
}
func (d *denoise) Loss(t *autograd.Tape, v data.Views) autograd.Var {
	off := d.Head.Forward(nn.Pool(d.Encoder.Encode(t.Input(v[0])))).Sub(t.Input(v[1]))
	return off.Mul(off).Mean(0).Reshape(1)
}

func registerNumbers(t *testing.T) {
	kinds, encoders, tasks := kind.Registry, encoder.Catalog, pretext.Catalog
	t.Cleanup(func() { kind.Registry, encoder.Catalog, pretext.Catalog = kinds, encoders, tasks })
	kind.Registry = append(slices.Clone(kinds), numberKind{})
	encoder.Catalog = append(slices.Clone(encoders), encoder.Spec{Name: "tiny-mlp", Kinds: []data.Kind{numbers},
		Build: func(r *rng.Rand, _ encoder.Input) nn.Encoder {
			return &mlp{nn.NewLinear(r, 1, 16), nn.NewLinear(r, 16, 8)}
		}})
	for _, name := range []string{"denoise", "denoise-again"} {
		spec := pretext.Spec{Name: name, Kinds: []data.Kind{numbers}, Title: "Denoising", Line: "Which number was it?"}
		pretext.Catalog = append(slices.Clone(pretext.Catalog), pretext.Define(spec, struct{}{},
			func(s pretext.Setup, _ struct{}) pretext.Task { return &denoise{s.Encoder, nn.NewLinear(s.Rand, 8, 1)} }))
	}
}

// numberFiles are numbers of three classes that do not overlap, and one file that is none.
func numberFiles() (files []data.File) {
	file := func(path, text string) data.File {
		return data.File{Path: path, Size: int64(len(text)), Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}
	}
	r := rng.New(1)
	for i := range 150 {
		class := []string{"low", "middle", "high"}[i%3]
		files = append(files, file(fmt.Sprintf("%s/%03d.num", class, i), fmt.Sprint(float64(i%3-1)*0.6+0.2*r.Float64())))
	}
	return append(files, file("low/none.num", "seven"))
}

func TestANewKindOfDataIsTrainedEmbeddedEvaluatedAndCompared(t *testing.T) {
	registerNumbers(t)
	ctx, b := t.Context(), cpu.New()
	set, rejected, err := kind.Of(numbers).Read(ctx, numberFiles(), kind.Format{}, nil)
	if err != nil || set.Len() != 150 || len(rejected) != 1 {
		t.Fatalf("read %d numbers and rejected %v: %v", set.Len(), rejected, err)
	}

	r, err := run.New(run.Config{Task: "denoise", Steps: 200, Rate: 1e-2}, set, b)
	if err != nil {
		t.Fatal(err)
	}
	var first, last float32
	for p, err := range r.Steps(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		if p.Step == 0 {
			first = p.Loss
		}
		last = p.Loss
	}
	if !(last < first/2) {
		t.Errorf("the loss went from %g to %g", first, last)
	}
	if err := r.Monitor(ctx, nil); err != nil {
		t.Fatal(err)
	}
	if m := r.History[len(r.History)-1].Metrics; m["knn"] < 0.95 || !(m["heldOut"] < float64(first)) {
		t.Errorf("kNN accuracy and validation loss of a trained encoder: %v", m)
	}

	f, err := r.Embedder().Embed(ctx, set, nil, nil)
	if err != nil || f.N != 150 || f.Width != 8 {
		t.Fatalf("features [%d, %d]: %v", f.N, f.Width, err)
	}

	model, err := r.Model(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, method := range []string{"linear", "finetune"} {
		e := evaluate.Evaluation{Plan: evaluate.Plan{Method: method, Labels: []string{"5", "all"}, Repeats: 2, Against: []string{"scratch", "random", "raw"}}, Model: model, Set: set, Backend: b, Seed: 1}
		results, err := e.Results(ctx)
		if err != nil || len(results) != 8 {
			t.Fatalf("%s: %d results: %v", method, len(results), err)
		}
		for _, one := range results {
			if one.Labels == 0 && one.Encoder == "pretrained" && one.Accuracy < 0.9 {
				t.Errorf("%s: %+v", method, one)
			}
		}
		if e.Summary(results) == "" {
			t.Errorf("%s: no summary", method)
		}
	}

	c := evaluate.Comparison{Tasks: []string{"denoise", "denoise-again"}, Steps: 50, Set: set, Backend: b}
	ranking, err := c.Run(ctx)
	if err != nil || len(ranking.Entries) != 2 || ranking.Entries[0].KNN == nil || ranking.Entries[0].Trouble != "" {
		t.Fatalf("%+v: %v", ranking, err)
	}
}

func TestARunOnANewKindOfDataGoesOnBitForBit(t *testing.T) {
	registerNumbers(t)
	ctx := t.Context()
	set, _, err := kind.Of(numbers).Read(ctx, numberFiles(), kind.Format{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	train := func(r *run.Run, until int) []float32 {
		for p, err := range r.Steps(ctx) {
			if err != nil {
				t.Fatal(err)
			}
			if p.Step+1 == until {
				break
			}
		}
		s, err := r.State(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var weights []float32
		for _, name := range slices.Sorted(maps.Keys(s.Tensors)) {
			weights = append(weights, s.Tensors[name].Buf.(kernel.Host)...)
		}
		return weights
	}
	begin := func() *run.Run {
		r, err := run.New(run.Config{Task: "denoise", Steps: 20}, set, cpu.New())
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	whole, half := begin(), begin()
	want := train(whole, 20)
	train(half, 9)
	s, err := half.State(ctx)
	if err != nil {
		t.Fatal(err)
	}
	resumed, err := run.Open(s, set, cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	if got := train(resumed, 20); !slices.Equal(got, want) {
		t.Errorf("the weights and moments of a resumed run differ from those of an unbroken one")
	}
}
