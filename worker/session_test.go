package worker

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"maps"
	"slices"
	"testing"
	"time"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel/cpu"
)

// A talk is a page talking to a session, one command at a time.
type talk struct {
	t      *testing.T
	in     chan Request
	events chan reply
	next   int
	store  checkpoint.Store
	seen   []Event // of those with id 0
	onStep func(Progress)
	notes  []data.Rejected // for the next Add
}

type reply struct {
	id     int
	event  Event
	beside [][]byte
}

func newTalk(t *testing.T, store checkpoint.Store) *talk {
	k := &talk{t: t, in: make(chan Request, 16), events: make(chan reply, 4096), store: store}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		Serve(ctx, k.in, Deps{Backend: cpu.New(), SIMD: "none", Store: store, Decode: data.DecodePicture, DecodeClip: data.DecodeClip,
			Notes: func() []data.Rejected {
				told := k.notes
				k.notes = nil
				return told
			},
			File: func(info FileInfo, attached any) data.File {
				raw := attached.([]byte)
				return data.File{Path: info.Path, Size: info.Size, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(raw)), nil }}
			},
			Sample: func(context.Context, string) ([]byte, error) { return nil, fmt.Errorf("no samples here") },
			Send: func(id int, e Event, beside ...[]byte) {
				if p, ok := e.(Progress); ok && k.onStep != nil {
					k.onStep(p)
				}
				k.events <- reply{id, e, beside}
			},
			Tick: func() { time.Sleep(time.Millisecond) }, Every: time.Hour,
		})
	}()
	t.Cleanup(func() { stop(); <-done })
	return k
}

func (k *talk) post(c Command, attached ...any) int {
	k.next++
	k.in <- Request{ID: k.next, Command: c, Attached: attached}
	return k.next
}

// await reads events until the answer to id.
func (k *talk) await(id int) reply {
	k.t.Helper()
	for {
		select {
		case r := <-k.events:
			if r.id == id {
				return r
			}
			if r.id == 0 {
				k.seen = append(k.seen, r.event)
			}
		case <-time.After(2 * time.Minute):
			k.t.Fatalf("command %d is not answered", id)
		}
	}
}

func (k *talk) ask(c Command, attached ...any) reply {
	k.t.Helper()
	return k.await(k.post(c, attached...))
}

// must is ask for a command that has to succeed.
func must[E Event](k *talk, c Command, attached ...any) E {
	k.t.Helper()
	r := k.ask(c, attached...)
	e, ok := r.event.(E)
	if !ok {
		k.t.Fatalf("%T was answered by %+v", c, r.event)
	}
	return e
}

func (k *talk) mustFail(code Code, c Command, attached ...any) Failed {
	k.t.Helper()
	f, ok := k.ask(c, attached...).event.(Failed)
	if !ok || f.Code != code || f.Message == "" {
		k.t.Fatalf("%T was answered by %+v, want code %s", c, f, code)
	}
	return f
}

// pictures are n PNGs in two folders: disks of many colours, and stripes.
func pictures(n int) (files []FileInfo, attached []any) {
	for i := range n {
		img := image.NewRGBA(image.Rect(0, 0, 24, 24))
		kind := []string{"disks", "stripes"}[i%2]
		for y := range 24 {
			for x := range 24 {
				in := (x-12)*(x-12)+(y-12)*(y-12) < 60+3*i
				if kind == "stripes" {
					in = (x+i)/3%2 == 0
				}
				c := color.RGBA{uint8(40 * i), uint8(255 - 20*i), 90, 255}
				if !in {
					c = color.RGBA{250, 250, uint8(10 * i), 255}
				}
				img.Set(x, y, c)
			}
		}
		var buf bytes.Buffer
		png.Encode(&buf, img)
		files = append(files, FileInfo{Path: fmt.Sprintf("%s/%02d.png", kind, i), Size: int64(buf.Len())})
		attached = append(attached, buf.Bytes())
	}
	return files, attached
}

var small = Config{Encoder: "resnet8", Size: 16, Batch: 4, Steps: 5, Seed: 3}

// ready is a talk with 8 pictures and a small configuration.
func ready(t *testing.T, store checkpoint.Store) *talk {
	k := newTalk(t, store)
	files, attached := pictures(8)
	must[Added](k, Add{Files: files, Size: 16}, attached...)
	must[Configured](k, Configure{small})
	return k
}

// weights is the exported model's bytes.
func weights(k *talk) []byte {
	k.t.Helper()
	r := k.ask(Export{Format: "safetensors"})
	if _, ok := r.event.(Exported); !ok {
		k.t.Fatalf("export was answered by %+v", r.event)
	}
	return r.beside[0]
}

func TestWhatDecodingFoundOutIsToldWithTheFilesOnce(t *testing.T) {
	k := newTalk(t, checkpoint.NewMemory())
	k.notes = []data.Rejected{{Name: "This browser", Code: data.Notice, Reason: "it alters canvases"}}
	files, attached := pictures(2)
	if added := must[Added](k, Add{Files: files, Size: 16}, attached...); added.Accepted != 2 || len(added.Rejected) != 1 || added.Rejected[0].Reason != "it alters canvases" {
		t.Errorf("added %+v", added)
	}
	if again := must[Added](k, Add{Files: files, Size: 16}, attached...); len(again.Rejected) != 0 {
		t.Errorf("told again: %v", again.Rejected)
	}
}

func TestAWholeRunFromFilesToNeighbours(t *testing.T) {
	k := newTalk(t, checkpoint.NewMemory())
	files, attached := pictures(8)
	files = append(files, FileInfo{Path: "disks/empty.png"}, FileInfo{Path: "stripes/notes.png", Size: 5})
	attached = append(attached, []byte{}, []byte("hello"))
	added := must[Added](k, Add{Files: files, Size: 16}, attached...)
	if added.Accepted != 8 || len(added.Rejected) != 2 || added.Labels["disks"] != 4 {
		t.Errorf("added %+v", added)
	}
	must[Configured](k, Configure{small})
	done := must[Done](k, Start{})
	if done.Steps != 5 || done.Checkpoint == "" || done.Loss <= 0 {
		t.Errorf("done %+v", done)
	}
	var steps []int
	for _, e := range k.seen {
		if p, ok := e.(Progress); ok {
			steps = append(steps, p.Step)
			if (p.Step == 2 || p.Step == 5) && (p.Metrics["knn"] == 0 || p.Metrics["rank"] == 0) {
				t.Errorf("step %d has no metrics: %v", p.Step, p.Metrics)
			}
		}
	}
	if !slices.Equal(steps, []int{1, 2, 3, 4, 5}) {
		t.Errorf("progress told of steps %v", steps)
	}
	near := must[Neighbored](k, Neighbors{Name: "disks/00.png", K: 3})
	if len(near.Names) != 3 || slices.Contains(near.Names, "disks/00.png") {
		t.Errorf("neighbours %+v", near)
	}
	if m := must[Mapped](k, Map{}); !slices.Equal(m.Shape, []int{8, 2}) {
		t.Errorf("map %+v", m)
	}
	probed := must[Probed](k, Probe{Method: "knn", Against: []string{"random", "raw"}})
	var who []string
	for _, r := range probed.Results {
		who = append(who, r.Encoder)
	}
	if !slices.Equal(who, []string{"pretrained", "random", "raw"}) {
		t.Errorf("probed %v", who)
	}
	pix := k.ask(Pictures{Side: 10})
	if p := pix.event.(Pixels); len(p.Names) != 8 || len(pix.beside[0]) != 8*10*10*4 {
		t.Errorf("pictures %+v, %d bytes", p.Shape, len(pix.beside[0]))
	}
	seen := k.ask(Preview{N: 2})
	if p := seen.event.(Previewed); len(p.Exhibits) != 2 || len(p.Exhibits[0].Question) != 2 || len(p.Exhibits[1].Answer) != 1 || len(seen.beside[0]) != 6*16*16*4 {
		t.Errorf("preview %+v, %d bytes", p, len(seen.beside[0]))
	}
	if l := must[Listed](k, Checkpoints{}); len(l.Checkpoints) != 1 || l.Checkpoints[0].Step != 5 {
		t.Errorf("checkpoints %+v", l)
	}
}

func TestPauseHoldsAndStopEnds(t *testing.T) {
	k := ready(t, checkpoint.NewMemory())
	long := small
	long.Steps = 200
	must[Configured](k, Configure{long})
	k.onStep = func(p Progress) {
		if p.Step == 2 {
			k.post(Pause{})
		}
	}
	start := k.post(Start{})
	for paused := false; !paused; {
		r := <-k.events
		s, ok := r.event.(State)
		paused = ok && s.State == "paused"
	}
	if l := must[Listed](k, Checkpoints{}); len(l.Checkpoints) != 1 || l.Checkpoints[0].Step != 2 {
		t.Errorf("pausing at step 2 saved %+v", l)
	}
	k.mustFail(Misfit, Configure{small})
	k.mustFail(Misfit, Start{})
	must[OK](k, Resume{})
	k.post(Stop{})
	done, ok := k.await(start).event.(Done)
	if !ok || done.Steps < 2 || done.Steps >= 200 {
		t.Errorf("stopped run said %+v", done)
	}
}

func TestARunKilledAndResumedEqualsOneLeftAlone(t *testing.T) {
	whole := ready(t, checkpoint.NewMemory())
	must[Done](whole, Start{})
	want := weights(whole)

	store := checkpoint.NewMemory()
	first := ready(t, store)
	first.onStep = func(p Progress) {
		if p.Step == 3 {
			first.post(Pause{})
		}
	}
	first.post(Start{})
	var id string
	for id == "" {
		if e, ok := (<-first.events).event.(Saved); ok {
			id = e.Checkpoint
		}
	}
	// The tab is gone; another one opens.
	second := newTalk(t, store)
	files, attached := pictures(8)
	must[Added](second, Add{Files: files, Size: 16}, attached...)
	c := must[Configured](second, Load{id})
	if c.Step != 3 || len(c.History) != 3 || c.Config.Seed != 3 {
		t.Errorf("loaded %+v", c)
	}
	must[Done](second, Start{})
	if !bytes.Equal(weights(second), want) {
		t.Error("the resumed run has other weights than the one left alone")
	}
}

func TestAnExportedCheckpointCanBeImported(t *testing.T) {
	k := ready(t, checkpoint.NewMemory())
	done := must[Done](k, Start{})
	bare := weights(k)
	raw := k.ask(Export{Checkpoint: done.Checkpoint}).beside[0]
	must[OK](k, Remove{done.Checkpoint})
	in := must[Imported](k, Import{}, raw)
	must[OK](k, Rename{in.Checkpoint.ID, "mine"})
	if l := must[Listed](k, Checkpoints{}); len(l.Checkpoints) != 1 || l.Checkpoints[0].Title != "mine" {
		t.Errorf("checkpoints %+v", l)
	}
	must[Configured](k, Load{in.Checkpoint.ID})
	if !bytes.Equal(weights(k), bare) {
		t.Error("the imported run has other weights")
	}
	// A bare model brings its encoder, and a new run begins from it.
	in = must[Imported](k, Import{}, bare)
	if c := must[Configured](k, Load{in.Checkpoint.ID}); c.Step != 0 {
		t.Errorf("a bare model was loaded at step %d", c.Step)
	}
	must[Done](k, Start{})
	k.mustFail(BadData, Import{}, raw[:len(raw)/2])
	raw[len(raw)/2] ^= 1
	k.mustFail(BadData, Import{}, raw)
	k.mustFail(BadData, Load{"no such"})
}

func TestWhatCannotBeIsRefusedWithAReason(t *testing.T) {
	k := ready(t, checkpoint.NewMemory())
	for field, c := range map[string]Config{
		"task": {Task: "magic"}, "encoder": {Encoder: "resnet9000"}, "size": {Size: 7}, "batch": {Batch: 1},
		"optimizer": {Optimizer: "luck"}, "rate": {Rate: -1}, "options.temperature": {Options: []byte(`{"temperature":7}`)},
	} {
		if f := k.mustFail(Misfit, Configure{c}); f.Field != field {
			t.Errorf("%s: the page is told field %q", field, f.Field)
		}
	}
	must[Configured](k, Configure{Config{Size: 16, Batch: 64, Steps: 2}})
	k.mustFail(TooFew, Start{})
	must[OK](k, Clear{})
	k.mustFail(TooFew, Embed{})
	k.mustFail(Internal, Neighbors{Name: "nobody", K: 1})
}

func TestARunDoesNotGoOnWithOtherData(t *testing.T) {
	k := ready(t, checkpoint.NewMemory())
	done := must[Done](k, Start{})
	must[OK](k, Clear{})
	files, attached := pictures(10)
	must[Added](k, Add{Files: files, Size: 16}, attached...)
	must[Configured](k, Load{done.Checkpoint})
	k.mustFail(BadData, Start{})
}

// fullStore has no room left after a number of saves.
type fullStore struct {
	checkpoint.Store
	room int
}

func (s *fullStore) Save(ctx context.Context, id string, state *checkpoint.State) (checkpoint.Info, error) {
	if s.room == 0 {
		return checkpoint.Info{}, checkpoint.ErrFull
	}
	s.room--
	return s.Store.Save(ctx, id, state)
}

func TestAFullDiskIsToldAndEndsNothing(t *testing.T) {
	k := ready(t, &fullStore{Store: checkpoint.NewMemory()})
	done := must[Done](k, Start{})
	if done.Steps != 5 {
		t.Errorf("done %+v", done)
	}
	full := slices.ContainsFunc(k.seen, func(e Event) bool { f, ok := e.(Failed); return ok && f.Code == StorageFull })
	if !full {
		t.Error("nobody was told that the disk is full")
	}
}

func TestACheckpointOfAnotherEncoderIsNamed(t *testing.T) {
	store := checkpoint.NewMemory()
	k := ready(t, store)
	done := must[Done](k, Start{})
	state, err := store.Load(t.Context(), done.Checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	meta := maps.Clone(state.Meta)
	meta["config"] = string(bytes.Replace([]byte(meta["config"]), []byte("resnet8"), []byte("resnet18"), 1))
	if _, err := store.Save(t.Context(), "forged", &checkpoint.State{Meta: meta, Tensors: state.Tensors}); err != nil {
		t.Fatal(err)
	}
	must[Configured](k, Load{"forged"})
	k.mustFail(Misfit, Start{})
}
