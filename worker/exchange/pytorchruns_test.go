package exchange

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"maps"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"autodidact/core/autograd"
	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/core/nn"
	"autodidact/core/optim"
	"autodidact/core/probe"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/pretext/view"
	"autodidact/worker/exchange/pytorch"
	"autodidact/worker/run"
	"autodidact/worker/testsets"
)

// freePort is one that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// onDisk writes the samples of a set as files that both sides read.
func onDisk(t *testing.T, dir string, set *data.Set) {
	t.Helper()
	for i, x := range set.X {
		ppm := fmt.Appendf(nil, "P6\n%d %d\n255\n", x.Shape[1], x.Shape[0])
		name := strings.TrimSuffix(set.Names[i], ".png") + ".ppm"
		write(t, filepath.Join(dir, name), append(ppm, x.Buf.(kernel.Bytes)...))
	}
	if set.Recordings == nil {
		return
	}
	for _, of := range set.Recordings.Of {
		var b bytes.Buffer
		w, c := csv.NewWriter(&b), len(set.Recordings.Channels)
		w.Write(append([]string{"time"}, set.Recordings.Channels...))
		for i, row := range slices.Collect(slices.Chunk(of.X, c)) {
			fields := []string{strconv.Itoa(i)}
			for _, v := range row {
				fields = append(fields, strings.Replace(strconv.FormatFloat(float64(v), 'g', -1, 32), "NaN", "", 1))
			}
			w.Write(fields)
		}
		w.Flush()
		write(t, filepath.Join(dir, of.Name), b.Bytes())
	}
}

// inOrder is a set of pictures in the order in which files are read.
func inOrder(set *data.Set) *data.Set {
	at := slices.SortedFunc(slices.Values(probe.All(set.Len())), func(i, j int) int { return strings.Compare(set.Names[i], set.Names[j]) })
	out := &data.Set{Of: set.Of}
	for _, i := range at {
		out.Names, out.Labels, out.X = append(out.Names, set.Names[i]), append(out.Labels, set.Labels[i]), append(out.X, set.X[i])
	}
	return out
}

// a trip is a run that goes on in PyTorch and comes back.
type trip struct {
	continuedRun
	folder, data, out string
	run               *run.Run
}

func trips(t *testing.T) []trip {
	t.Helper()
	base, sentences := t.TempDir(), testsets.WeatherCSV(120)
	all := []trip{
		{continuedRun: continuedRun{"pictures", run.Config{Task: "simclr", Encoder: "resnet6", Size: 16, Batch: 4, Steps: 2, Seed: 2}, inOrder(testsets.Shapes(24, 1))}},
		{continuedRun: continuedRun{"texts", run.Config{Task: "maskedlm", Kind: data.Text, Encoder: "bert-1x16x2x32x32", Size: 32, Batch: 4, Steps: 2, Vocab: 200, Seed: 2}, testsets.Texts("some.csv", sentences)}},
		{continuedRun: continuedRun{"series", run.Config{Task: "forecast", Kind: data.Series, Encoder: "tcn-small", Size: 32, Batch: 4, Steps: 2, Seed: 2, Options: []byte(`{"horizon":4}`)}, testsets.Waves(400)}},
	}
	for i := range all {
		c := &all[i]
		c.folder, c.data, c.out = filepath.Join(base, c.name), filepath.Join(base, c.name, "data"), filepath.Join(base, c.name, "out")
		c.run = trainedFor(t, c.continuedRun)
		exportedTo(t, c.folder, Source{Run: stateOf(t, c.run)})
		onDisk(t, c.data, c.set)
	}
	write(t, filepath.Join(all[1].data, "some.csv"), sentences)
	return all
}

func (c trip) args(out string, more ...string) []string {
	return append([]string{filepath.Join(c.folder, "continue.py"), "--data", c.data, "--out", out, "--steps", "20", "--batch", "4", "--save-every", "5"}, more...)
}

func TestContinuePyReadsTheSamplesThatWeRead(t *testing.T) {
	needsTorch(t)
	args := []string{"samples"}
	for _, c := range trips(t) {
		all := map[string]*tensor.Tensor{}
		for i := range c.run.Source().Len() {
			s, err := c.run.Source().At(i)
			if err != nil {
				t.Fatal(err)
			}
			if raw, ok := s.X.Buf.(kernel.Bytes); ok {
				s.X = floatsOf(raw, s.X.Shape)
			}
			all[fmt.Sprintf("%05d", i)] = s.X
		}
		writeTensors(t, filepath.Join(c.folder, "samples.safetensors"), all)
		args = append(args, c.folder)
	}
	checked(t, 1, args...)
}

func floatsOf(raw []byte, shape tensor.Shape) *tensor.Tensor {
	x := make([]float32, len(raw))
	for i, b := range raw {
		x[i] = float32(b)
	}
	return tensor.Float32s(x, shape...)
}

func TestCropsOfContinuePyAreOurs(t *testing.T) {
	needsTorch(t)
	c := trips(t)[0]
	pictures, want := map[string]*tensor.Tensor{}, map[string]*tensor.Tensor{}
	for _, s := range [][3]int{{24, 24, 16}, {24, 30, 32}, {50, 37, 16}, {37, 50, 37}, {16, 90, 5}} {
		h, w, size := s[0], s[1], s[2]
		raw, r := make([]byte, h*w*3), rng.New(uint64(h))
		for i := range raw {
			raw[i] = byte(r.IntN(256))
		}
		side := min(h, w)
		name := fmt.Sprintf("%d,%d,%d,%d,%d,0", size, (w-side)/2, (h-side)/2, side, side)
		pictures[name], want[name] = floatsOf(raw, tensor.Shape{h, w, 3}), view.Center(tensor.Bytes(raw, h, w, 3), size)
		mirrored := strings.TrimSuffix(name, "0") + "1"
		pictures[mirrored], want[mirrored] = pictures[name], mirror(want[name], size)
	}
	writeTensors(t, filepath.Join(c.folder, "pictures.safetensors"), pictures)
	writeTensors(t, filepath.Join(c.folder, "want.safetensors"), want)
	checked(t, 1, "views", c.folder)
}

func mirror(x *tensor.Tensor, size int) *tensor.Tensor {
	from, to := x.Buf.(kernel.Host), make(kernel.Host, size*size*3)
	for y := range size {
		for x := range size {
			copy(to[(y*size+x)*3:][:3], from[(y*size+size-1-x)*3:])
		}
	}
	return tensor.Float32s(to, size, size, 3)
}

func TestRunsGoOnInTwoProcessesAndComeBack(t *testing.T) {
	needsTorch(t)
	all, args := trips(t), []string{"features"}
	for _, c := range all {
		sideBySide(t, 2, c.args(c.out)...)
		stepOf(t, c.folder, c.run)
		args = append(args, c.folder)
	}
	checked(t, 1, args...)
	for _, c := range all {
		raw, err := os.ReadFile(filepath.Join(c.out, "model.safetensors"))
		if err != nil {
			t.Fatal(err)
		}
		s, notes, err := Open(raw)
		if err != nil || len(notes) > 0 || s.Meta[checkpoint.MetaStep] != "22" {
			t.Fatalf("%s: step %s, %v, %v", c.name, s.Meta[checkpoint.MetaStep], notes, err)
		}
		before := modelOf(t, c.run)
		if got, want := slices.Sorted(maps.Keys(s.Tensors)), slices.Sorted(maps.Keys(before.Tensors)); !slices.Equal(got, want) {
			t.Errorf("%s: it has %v, and the run's model %v", c.name, got, want)
		}
		sameBits(t, c, s)
		sameFeatures(t, c, s)
		goesOn(t, c, s)
	}
	killedAndResumed(t, all[0])
}

// sameBits holds a model that came back to the checkpoint that was written beside it, which has the encoder's bits too.
func sameBits(t *testing.T, c trip, s *checkpoint.State) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(c.out, "checkpoint.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	whole, err := checkpoint.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	changed := false
	for name, x := range s.Tensors {
		y := whole.Tensors["encoder."+name]
		if y == nil {
			y = whole.Tensors["head."+strings.TrimPrefix(strings.TrimPrefix(name, "forecaster."), "cls.predictions.")]
		}
		if y == nil || !slices.Equal(x.Buf.(kernel.Host), y.Buf.(kernel.Host)) {
			t.Errorf("%s: %s is not as in the checkpoint", c.name, name)
		}
		changed = changed || !slices.Equal(x.Buf.(kernel.Host), modelOf(t, c.run).Tensors[name].Buf.(kernel.Host))
	}
	if !changed {
		t.Errorf("%s: nothing was learned", c.name)
	}
}

// sameFeatures holds what the imported encoder makes of some views to what PyTorch does.
func sameFeatures(t *testing.T, c trip, s *checkpoint.State) {
	t.Helper()
	e, _, err := run.OpenEmbedder(s, cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	read := func(name string) map[string]*tensor.Tensor {
		raw, err := os.ReadFile(filepath.Join(c.folder, name))
		if err != nil {
			t.Fatal(err)
		}
		s, err := checkpoint.Decode(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		return s.Tensors
	}
	views, want := read("views.safetensors"), read("features.safetensors")["features"].Buf.(kernel.Host)
	tape := autograd.NewTape(e.Backend, rng.New(1))
	defer tape.Free()
	tape.Training = false
	got, err := tape.Download(t.Context(), tape.NoGrad(func() autograd.Var {
		if bert, ok := e.Encoder.(*encoder.BERT); ok {
			return bert.EncodeTokens(tape, encoder.TokenBatch{Tokens: views["0"], Of: views["1"]}, 0)
		}
		return e.Encoder.Encode(tape.Input(views["0"]))
	}).Value())
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range want {
		if math.Abs(float64(got[i]-w)) > 1e-4*max(1, math.Abs(float64(w))) {
			t.Fatalf("%s: feature %d is %g, and %g in PyTorch", c.name, i, got[i], w)
		}
	}
}

// goesOn pretrains from a model that came back.
func goesOn(t *testing.T, c trip, s *checkpoint.State) {
	t.Helper()
	r, err := run.NewFrom(s, c.Config, c.set, cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range r.Steps(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
	}
	if r.Done != c.Steps {
		t.Errorf("%s: %d steps", c.name, r.Done)
	}
}

// killedAndResumed holds the model of a run that was killed to that of one which was not.
func killedAndResumed(t *testing.T, c trip) {
	t.Helper()
	broken := c.out + " broken"
	all := ranks(t, 2, c.args(broken)...)
	for _, p := range all {
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
	}
	for began := time.Now(); time.Since(began) < time.Minute; time.Sleep(2 * time.Millisecond) {
		if _, err := os.Stat(filepath.Join(broken, "checkpoint.safetensors")); err == nil {
			break
		}
	}
	for _, p := range all {
		p.Process.Kill()
		p.Wait()
	}
	if _, err := os.Stat(filepath.Join(broken, "model.safetensors")); err == nil {
		t.Log("it was done before it was killed")
	}
	out, err := exec.CommandContext(t.Context(), python, c.args(broken)...).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "holds a run: --resume goes on with it") {
		t.Errorf("without --resume: %v, %s", err, out)
	}
	sideBySide(t, 2, c.args(broken, "--resume")...)
	a, errA := os.ReadFile(filepath.Join(c.out, "model.safetensors"))
	b, errB := os.ReadFile(filepath.Join(broken, "model.safetensors"))
	if errA != nil || errB != nil || !bytes.Equal(a, b) {
		t.Errorf("%s: killed and resumed gives another model than in one go (%v, %v)", c.name, errA, errB)
	}
}

func TestOptimizersOfContinuePyAreOurs(t *testing.T) {
	needsTorch(t)
	dir, r, b := t.TempDir(), rng.New(3), cpu.New()
	write(t, filepath.Join(dir, "continue.py"), pytorch.Script)
	draw := func(shape ...int) *tensor.Tensor {
		x := make(kernel.Host, tensor.Shape(shape).Size())
		for i := range x {
			x[i] = float32(r.NormFloat64())
		}
		return tensor.Float32s(x, shape...)
	}
	given, after := map[string]*tensor.Tensor{"w": draw(4, 3), "b": draw(3)}, map[string]*tensor.Tensor{}
	for step := range 3 {
		given[fmt.Sprint("w", step)], given[fmt.Sprint("b", step)] = draw(4, 3), draw(3)
	}
	for name, o := range map[string]optim.Optimizer{"adamw": optim.NewAdamW(0.1), "sgd": optim.NewSGD(0.9, 0.1), "lars": optim.NewLARS(0.9, 0.1)} {
		var layer struct{ W, B *autograd.Param }
		layer.W, layer.B = nn.Zeros(4, 3), nn.Zeros(3)
		for path, p := range nn.Params(&layer) {
			copy(p.Value.Buf.(kernel.Host), given[path].Buf.(kernel.Host))
		}
		nn.Place(b, &layer)
		for step := range 3 {
			for path, p := range nn.Params(&layer) {
				buf := b.Alloc(p.Value.Shape.Size())
				b.Write(buf, given[fmt.Sprint(path, step)].Buf.(kernel.Host))
				p.Grad = &tensor.Tensor{Shape: p.Value.Shape, Buf: buf}
			}
			o.Step(b, optim.Cosine(0.05, 10, 12)(step), nn.Params(&layer))
		}
		for path, p := range nn.Params(&layer) {
			x := make(kernel.Host, p.Value.Shape.Size())
			if err := b.Read(t.Context(), x, p.Value.Buf); err != nil {
				t.Fatal(err)
			}
			after[name+"."+path] = tensor.Float32s(x, p.Value.Shape...)
		}
	}
	writeTensors(t, filepath.Join(dir, "gradients.safetensors"), given)
	writeTensors(t, filepath.Join(dir, "after.safetensors"), after)
	checked(t, 1, "optimizers", dir)
}
