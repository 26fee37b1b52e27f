package autodidact

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"autodidact/core/checkpoint"
)

// pictures are n little pictures in two folders.
func pictures(t *testing.T, n int) fstest.MapFS {
	t.Helper()
	all := fstest.MapFS{}
	for i := range n {
		img := image.NewRGBA(image.Rect(0, 0, 20, 20))
		for y := range 20 {
			for x := range 20 {
				img.Set(x, y, color.RGBA{uint8(200 * (i % 2)), uint8(12 * x), uint8(9 * (y + i)), 255})
			}
		}
		var buf bytes.Buffer
		if err := png.Encode(&buf, img); err != nil {
			t.Fatal(err)
		}
		all[fmt.Sprintf("%s/%d.png", []string{"dark", "light"}[i%2], i)] = &fstest.MapFile{Data: buf.Bytes()}
	}
	return all
}

func dataOf(t *testing.T, n int) *Data {
	t.Helper()
	d, err := OpenFS(t.Context(), pictures(t, n), Reading{Size: 16})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// A fullStore has room for so many saves, and more when it is given some.
type fullStore struct {
	checkpoint.Store
	room int
}

func (f *fullStore) Save(ctx context.Context, id string, s *checkpoint.State) (checkpoint.Info, error) {
	if f.room--; f.room < 0 {
		return checkpoint.Info{}, fmt.Errorf("saving %s: %w", id, checkpoint.ErrFull)
	}
	return f.Store.Save(ctx, id, s)
}

// runOn is a run of some steps on little pictures.
func runOn(t *testing.T, store checkpoint.Store, steps int) *Run {
	t.Helper()
	r, err := Pretrain(t.Context(), dataOf(t, 8), Config{Task: "simclr", Size: 16, Batch: 4, Steps: steps})
	if err != nil {
		t.Fatal(err)
	}
	r.store, r.path, r.again = store, "run", 300*time.Millisecond
	if r.log, err = openLog(filepath.Join(t.TempDir(), logFile), 0, nil); err != nil {
		t.Fatal(err)
	}
	return r
}

// steps takes a run to its end, and has what it said.
func steps(ctx context.Context, r *Run) (said []Rejected, err error) {
	for p, err := range r.Steps(ctx) {
		said = append(said, p.Notices...)
		if err != nil {
			return said, err
		}
	}
	return said, nil
}

func TestAFullDiskIsWaitedForAndFailsTheRunInTheEnd(t *testing.T) {
	one := runOn(t, &fullStore{Store: checkpoint.NewMemory()}, 3)
	said, err := steps(t.Context(), one)
	if !errors.Is(err, ErrFull) || !strings.HasPrefix(err.Error(), "step 3 could not be saved: ") || !strings.HasSuffix(err.Error(), "nothing was saved before") {
		t.Error(err)
	}
	if len(said) != 1 || said[0].Code != DiskFull || !strings.Contains(said[0].Reason, "The run is done: make room on the disk; saving is tried again for 300ms") {
		t.Errorf("it said %v", said)
	}
	if err := one.keep(); err != nil || !one.full { // as within a run: reported, and training continues
		t.Errorf("full %v, %v", one.full, err)
	}
	if said := one.Notices(); len(said) != 1 || !strings.Contains(said[0].Reason, "Training continues, and saving is tried again every 30s") {
		t.Errorf("it said %v", said)
	}
	one.store = checkpoint.NewMemory() // there is room now
	if err := one.keep(); err != nil || one.full || one.stored != 3 {
		t.Errorf("stored at %d, %v", one.stored, err)
	}
}

func TestARunWithAFullDiskStillStops(t *testing.T) {
	one := runOn(t, &fullStore{Store: checkpoint.NewMemory()}, 1000)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := steps(ctx, one); !errors.Is(err, ErrFull) || one.run.Done != 1 {
		t.Errorf("after step %d: %v", one.run.Done, err)
	}
}

func TestAnEarlierCheckpointIsKept(t *testing.T) {
	one := runOn(t, checkpoint.Directory(t.TempDir()), 4)
	for _, err := range one.Steps(t.Context()) {
		if err = errors.Join(err, one.Save(), one.Save()); err != nil {
			t.Fatal(err)
		}
	}
	for id, step := range map[string]string{checkpoint.RunID: "4", checkpoint.PreviousID: "3"} {
		if s, err := one.store.Load(t.Context(), id); err != nil || s.Meta[checkpoint.MetaStep] != step {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestALogKeepsLinesOfAnyLength(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.jsonl")
	long := fmt.Sprintf(`{"event":"finding","step":1,"omit":["%s"]}`, strings.Repeat("a", 200_000))
	if err := os.WriteFile(path, []byte(`{"event":"step","step":1}`+"\n"+long+"\n"+`{"event":"step","step":2}`+"\n"+`{"event":"step","step":3}`+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	l, err := openLog(path, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if raw, err := os.ReadFile(path); err != nil || string(raw) != `{"event":"step","step":1}`+"\n"+`{"event":"step","step":2}`+"\n" {
		t.Errorf("%.200q, %v", raw, err)
	}
}

// A run whose loop is left, and one whose context ends, go on to the bytes of one that was never stopped.
func TestAStoppedRunResumesToTheSameModel(t *testing.T) {
	c := Config{Task: "simclr", Size: 16, Batch: 4, Steps: 6}
	train := func(path string, stop ...int) {
		for _, at := range append(stop, 0) {
			dir, err := OpenDir(path)
			if err != nil {
				t.Fatal(err)
			}
			var r *Run
			if was, other := dir.Config(t.Context()); errors.Is(other, ErrNotFound) {
				r, err = dir.Pretrain(t.Context(), dataOf(t, 8), c)
			} else if r, err = dir.Resume(t.Context(), dataOf(t, 8)); was.Steps != 6 || was.Encoder != "resnet6" {
				t.Errorf("%+v", was)
			}
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			for p, err := range r.Steps(ctx) {
				if stopped, is := errors.AsType[*StoppedError](err); is && errors.Is(err, context.Canceled) && stopped.Saved && at == 4 && stopped.Step == 4 {
					continue
				}
				if err != nil {
					t.Error(err)
				}
				if at == 2 && p.Step == 2 {
					break
				}
				if p.Step == at {
					cancel()
				}
			}
			cancel()
			if err := dir.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	whole, parts := t.TempDir(), t.TempDir()
	train(whole)
	train(parts, 2, 4)
	a, err := os.ReadFile(filepath.Join(whole, "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(filepath.Join(parts, "model.safetensors")); err != nil || !bytes.Equal(a, b) {
		t.Errorf("the models differ, %v", err)
	}
	folder := filepath.Join(t.TempDir(), "torch")
	if m, err := Load(t.Context(), parts); err != nil {
		t.Error(err)
	} else if err := m.Export("pytorch", folder, nil); err != nil {
		t.Error(err)
	} else if raw, err := os.ReadFile(filepath.Join(folder, "run.safetensors")); err != nil || !bytes.Contains(raw, []byte(`"optim.`)) {
		t.Errorf("PyTorch goes on without the run's optimizer, %v", err)
	}
	log, err := os.ReadFile(filepath.Join(parts, logFile))
	if n := bytes.Count(log, []byte(`"event":"step"`)); err != nil || n != 6 || !bytes.Contains(log, []byte(`{"event":"done","steps":6,`)) {
		t.Errorf("%d steps in the log, %v: %s", n, err, log)
	}
	if dir, err := OpenDir(whole); err != nil {
		t.Error(err)
	} else if _, err := dir.Pretrain(t.Context(), dataOf(t, 8), c); err == nil || !strings.HasSuffix(err.Error(), "already holds a run") {
		t.Error(err)
	}
}

func TestPicturesAreDecodedAgainForALargerEncoder(t *testing.T) {
	files := fstest.MapFS{}
	for name, f := range pictures(t, 4) {
		img, err := png.Decode(bytes.NewReader(f.Data))
		if err != nil {
			t.Fatal(err)
		}
		large := image.NewRGBA(image.Rect(0, 0, 200, 200))
		for y := range 200 {
			for x := range 200 {
				large.Set(x, y, img.At(x/10, y/10))
			}
		}
		var buf bytes.Buffer
		if err := png.Encode(&buf, large); err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: buf.Bytes()}
	}
	d, err := OpenFS(t.Context(), files, Reading{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := Pretrain(t.Context(), d, Config{Size: 80, Batch: 2, Steps: 1})
	if err != nil {
		t.Fatal(err)
	}
	if was, is := d.set.X[0].Shape[0], r.Data().set.X[0].Shape[0]; was != 64 || is != 160 {
		t.Errorf("%d pixels, then %d", was, is)
	}
	if same, err := d.For(t.Context(), 16); err != nil || same != d {
		t.Errorf("decoded again for a smaller one, %v", err)
	}
}

func TestWhatCannotBeIsNamed(t *testing.T) {
	ctx, d := t.Context(), dataOf(t, 8)
	r, err := Pretrain(ctx, d, Config{Size: 16, Batch: 4, Steps: 1})
	if err != nil {
		t.Fatal(err)
	}
	m, err := r.Model(ctx)
	if err != nil {
		t.Fatal(err)
	}
	texts, err := OpenFS(ctx, fstest.MapFS{"a.txt": {Data: []byte("some words\n")}}, Reading{})
	if err != nil {
		t.Fatal(err)
	}
	none, err := OpenFS(ctx, fstest.MapFS{"a.png": {Data: []byte("no picture")}}, Reading{})
	if err != nil || len(none.LeftOut()) != 1 {
		t.Fatal(none.LeftOut(), err)
	}
	e, err := m.Embed(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	nothing := t.TempDir()
	for says, of := range map[string]func() error{
		`no task named "magic"`: func() error { _, err := Pretrain(ctx, d, Config{Task: "magic"}); return err },
		"task simclr learns from samples of kind image; these are of kind text":        func() error { _, err := Pretrain(ctx, texts, Config{}); return err },
		"no picture in the file system can be used (1 file was left out)":              func() error { _, err := m.Embed(ctx, none); return err },
		"encoder resnet6 was trained on samples of kind image; these are of kind text": func() error { _, err := m.Embed(ctx, texts); return err },
		"fps is for clips, and this is data of kind image":                             func() error { _, err := OpenFS(ctx, pictures(t, 2), Reading{FPS: 4}); return err },
		"no kind of data named \"smell\"":                                              func() error { _, err := OpenFS(ctx, pictures(t, 2), Reading{Kind: "smell"}); return err },
		"predictions need labels of at least two classes; there are 1":                 func() error { _, err := e.Predict(ctx, map[string]string{"dark/0.png": "a"}); return err },
		"a label names no sample: x.png":                                               func() error { _, err := e.Predict(ctx, map[string]string{"x.png": "a"}); return err },
		"load " + nothing + ": checkpoint: not found":                                  func() error { _, err := Load(ctx, nothing); return err },
		"import " + nothing + "/x: stat x: no such file or directory":                  func() error { _, err := Import(nothing + "/x"); return err },
		"no format named \"paper\"":                                                    func() error { return m.Export("paper", filepath.Join(nothing, "x"), nil) },
		"format html has the page in it":                                               func() error { return m.Export("html", filepath.Join(nothing, "x"), nil) },
		"format safetensors has no option": func() error {
			return m.Export("safetensors", filepath.Join(nothing, "x"), map[string]string{"speed": "fast"})
		},
		"the run is in memory: Dir.Pretrain makes one that can be saved": func() error { return r.Save() },
	} {
		if err := of(); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %s", err, says)
		}
	}
	if _, err := Load(ctx, nothing); !errors.Is(err, ErrNotFound) || !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

func TestAModelEmbedsAlikeBeforeAndAfterItsFile(t *testing.T) {
	ctx, d := t.Context(), dataOf(t, 8)
	r, err := Pretrain(ctx, d, Config{Size: 16, Batch: 4, Steps: 2})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := steps(ctx, r); err != nil {
		t.Fatal(err)
	}
	m, err := r.Model(ctx)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "m.safetensors")
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	exported := filepath.Join(t.TempDir(), "e.safetensors")
	if err := m.Export("safetensors", exported, nil); err != nil {
		t.Fatal(err)
	}
	want, err := m.Embed(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	for name, open := range map[string]func() (*Model, error){
		"loaded":   func() (*Model, error) { return Load(ctx, path) },
		"imported": func() (*Model, error) { return Import(exported) },
	} {
		again, err := open()
		if err != nil {
			t.Fatal(err)
		}
		e, err := again.Embed(ctx, d)
		if err != nil || !slices.Equal(e.Data, want.Data) || e.Width != want.Width || len(e.Data) != 8*e.Width {
			t.Errorf("%s: the features differ, %v", name, err)
		}
		if c := again.Config(); c.Task != "simclr" || c.Size != 16 || c.Steps != 2 {
			t.Errorf("%s: %+v", name, c)
		}
	}
	further, err := Pretrain(ctx, d, Config{Task: "rotation", Batch: 4, Steps: 1, From: m}) // of its size
	if err != nil || further.Config().Size != 16 {
		t.Fatal(further, err)
	}
	if said := further.Notices(); len(said) != 1 || !strings.HasPrefix(said[0].Reason, "taken over: the encoder resnet6 (") {
		t.Errorf("%v", said)
	}
}

func TestADirectoryIsOneTrainersAtATime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	first, err := OpenDir(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = OpenDir(path)
	if other, is := errors.AsType[*InUseError](err); !is || other.Holder != fmt.Sprintf("the process %d", os.Getpid()) {
		t.Error(err)
	}
	if _, err := first.Config(t.Context()); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	if _, err := first.Resume(t.Context(), dataOf(t, 4)); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("an empty directory stayed")
	}
}

// A damaged checkpoint goes on from the one before, and says so; of a directory with nothing whole the error says that.
func TestADamagedRunSaysWhatIsIntact(t *testing.T) {
	path := t.TempDir()
	again := func() (*Dir, Config, error) {
		dir, err := OpenDir(path)
		if err != nil {
			t.Fatal(err)
		}
		c, err := dir.Config(t.Context())
		return dir, c, err
	}
	dir, _, _ := again()
	r, err := dir.Pretrain(t.Context(), dataOf(t, 8), Config{Size: 16, Batch: 4, Steps: 3})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range r.Steps(t.Context()) {
		if err = errors.Join(err, r.Save()); err != nil {
			t.Fatal(err)
		}
	}
	dir.Close()
	damage := func(id string) {
		if err := os.Truncate(filepath.Join(path, id+checkpoint.Ext), 5000); err != nil {
			t.Fatal(err)
		}
	}
	damage(checkpoint.RunID)
	dir, c, err := again()
	if err != nil || c.Steps != 3 || dir.Damage() == nil || dir.Damage().Step != "2" || !dir.Damage().Before {
		t.Fatalf("%+v, %v, %v", c, dir.Damage(), err)
	}
	r, err = dir.Resume(t.Context(), dataOf(t, 8))
	if err != nil || r.Progress().Step != 2 {
		t.Fatal(r.Progress(), err)
	}
	if said := r.Notices(); len(said) != 1 || !strings.HasSuffix(said[0].Reason, "the run continues from the checkpoint before, of step 2") {
		t.Errorf("it said %v", said)
	}
	dir.Close()
	for _, id := range []string{checkpoint.PreviousID, checkpoint.ModelID} {
		damage(id)
	}
	dir, _, err = again()
	defer dir.Close()
	if nothing, is := errors.AsType[*DamagedError](err); !is || nothing.Intact != "" || !strings.HasSuffix(err.Error(), "Nothing else in "+path+" is intact") {
		t.Error(err)
	}
	if _, err := Load(t.Context(), path); err == nil || !strings.Contains(err.Error(), "Nothing else in "+path+" is intact") {
		t.Error(err)
	}
}

// Texts become tokens, and a text encoder leaves as a folder that it comes back from.
func TestATextEncoderLeavesAsAFolderAndComesBack(t *testing.T) {
	ctx, did := t.Context(), map[string]bool{}
	files := fstest.MapFS{}
	for i := range 40 {
		files[fmt.Sprintf("%02d.txt", i)] = &fstest.MapFile{Data: fmt.Appendf(nil, "day %d was %s and the wind came from the %s\n", i, []string{"warm", "cold", "wet"}[i%3], []string{"north", "south"}[i%2])}
	}
	d, err := OpenFS(ctx, files, Reading{Progress: func(what string, done, total int) { did[what] = true }})
	if err != nil || d.Kind() != Text {
		t.Fatal(d, err)
	}
	r, err := Pretrain(ctx, d, Config{Task: "maskedlm", Encoder: "bert-1x16x2x32x32", Size: 32, Batch: 4, Steps: 2, Vocab: 120})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := steps(ctx, r); err != nil {
		t.Fatal(err)
	}
	score, err := r.Evaluate(ctx)
	if err != nil || score.Step != 2 || !(score.Metrics["perplexity"] > 1) {
		t.Errorf("%+v, %v", score, err)
	}
	m, err := r.Model(ctx)
	if err != nil {
		t.Fatal(err)
	}
	want, err := m.Embed(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "hf")
	if err := m.Export("huggingface", folder, nil); err != nil {
		t.Fatal(err)
	}
	back, err := Load(ctx, folder)
	if err != nil {
		t.Fatal(err)
	}
	e, err := back.Embed(ctx, d)
	if err != nil || !slices.Equal(e.Data, want.Data) {
		t.Errorf("the features differ, %v", err)
	}
	for _, what := range []string{"decoding", "tokenizing", "embedding"} {
		if !did[what] {
			t.Errorf("no progress of %s", what)
		}
	}
}
