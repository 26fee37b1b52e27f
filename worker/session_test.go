package worker

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel/cpu"
	"autodidact/worker/evaluate"
	"autodidact/worker/protocol"
	"autodidact/worker/run"
)

// A talk is a page talking to a session, one command at a time.
type talk struct {
	t      *testing.T
	in     chan protocol.Request
	events chan reply
	next   int
	store  checkpoint.Store
	seen   []protocol.Event // of those with id 0
	onStep func(protocol.Progress)
	notes  []data.Rejected // for the next Add
}

type reply struct {
	id     int
	event  protocol.Event
	beside [][]byte
}

func newTalk(t *testing.T, store checkpoint.Store) *talk {
	k := &talk{t: t, in: make(chan protocol.Request, 16), events: make(chan reply, 4096), store: store}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		Serve(ctx, k.in, Deps{Backend: cpu.New(), SIMD: "none", Store: store, Decode: data.DecodePicture, DecodeClip: data.DecodeClip,
			Notes: func() []data.Rejected {
				notes := k.notes
				k.notes = nil
				return notes
			},
			File: func(info protocol.FileInfo, attached any) data.File {
				raw := attached.([]byte)
				return data.File{Path: info.Path, Size: info.Size, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(raw)), nil }}
			},
			Sample: func(context.Context, string) ([]byte, error) { return nil, fmt.Errorf("no samples here") },
			Send: func(id int, e protocol.Event, beside ...[]byte) {
				if p, ok := e.(protocol.Progress); ok && k.onStep != nil {
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

func (k *talk) post(c protocol.Command, attached ...any) int {
	k.next++
	k.in <- protocol.Request{ID: k.next, Command: c, Attached: attached}
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

func (k *talk) ask(c protocol.Command, attached ...any) reply {
	k.t.Helper()
	return k.await(k.post(c, attached...))
}

// must is ask for a command that has to succeed.
func must[E protocol.Event](k *talk, c protocol.Command, attached ...any) E {
	k.t.Helper()
	r := k.ask(c, attached...)
	e, ok := r.event.(E)
	if !ok {
		k.t.Fatalf("%T was answered by %+v", c, r.event)
	}
	return e
}

func (k *talk) mustFail(code protocol.Code, c protocol.Command, attached ...any) protocol.Failed {
	k.t.Helper()
	f, ok := k.ask(c, attached...).event.(protocol.Failed)
	if !ok || f.Code != code || f.Message == "" {
		k.t.Fatalf("%T was answered by %+v, want code %s", c, f, code)
	}
	return f
}

// pictures are n PNGs in two folders: disks of many colours, and stripes.
func pictures(n int) (files []protocol.FileInfo, attached []any) {
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
		files = append(files, protocol.FileInfo{Path: fmt.Sprintf("%s/%02d.png", kind, i), Size: int64(buf.Len())})
		attached = append(attached, buf.Bytes())
	}
	return files, attached
}

var small = run.Config{Encoder: "resnet6", Size: 16, Batch: 4, Steps: 5, Seed: 3}

// ready is a talk with 8 pictures and a small configuration.
func ready(t *testing.T, store checkpoint.Store) *talk {
	k := newTalk(t, store)
	files, attached := pictures(8)
	must[protocol.Added](k, protocol.Add{Files: files, Size: 16}, attached...)
	must[protocol.Configured](k, protocol.Configure{Config: small})
	return k
}

// weights is the exported model's bytes.
func weights(k *talk) []byte {
	k.t.Helper()
	r := k.ask(protocol.Export{Format: "safetensors"})
	if _, ok := r.event.(protocol.Exported); !ok {
		k.t.Fatalf("export was answered by %+v", r.event)
	}
	return r.beside[0]
}

func TestAWholeRunFromFilesToNeighbours(t *testing.T) {
	k := newTalk(t, checkpoint.NewMemory())
	files, attached := pictures(8)
	files = append(files, protocol.FileInfo{Path: "disks/empty.png"}, protocol.FileInfo{Path: "stripes/notes.png", Size: 5})
	attached = append(attached, []byte{}, []byte("hello"))
	added := must[protocol.Added](k, protocol.Add{Files: files, Size: 16}, attached...)
	if added.Accepted != 8 || len(added.Rejected) != 2 || added.Labels["disks"] != 4 {
		t.Errorf("added %+v", added)
	}
	must[protocol.Configured](k, protocol.Configure{Config: small})
	done := must[protocol.Done](k, protocol.Start{})
	if done.Steps != 5 || done.Checkpoint == "" || done.Loss <= 0 {
		t.Errorf("done %+v", done)
	}
	var steps []int
	for _, e := range k.seen {
		if p, ok := e.(protocol.Progress); ok {
			steps = append(steps, p.Step)
			if (p.Step == 2 || p.Step == 5) && (p.Metrics["knn"] == 0 || p.Metrics["rank"] == 0) {
				t.Errorf("step %d has no metrics: %v", p.Step, p.Metrics)
			}
		}
	}
	if !slices.Equal(steps, []int{1, 2, 3, 4, 5}) {
		t.Errorf("progress was sent of steps %v", steps)
	}
	near := must[protocol.Neighbored](k, protocol.Neighbors{Name: "disks/00.png", K: 3})
	if len(near.Names) != 3 || slices.Contains(near.Names, "disks/00.png") {
		t.Errorf("neighbours %+v", near)
	}
	if m := must[protocol.Mapped](k, protocol.Map{}); !slices.Equal(m.Shape, []int{8, 2}) {
		t.Errorf("map %+v", m)
	}
	probed := must[protocol.Probed](k, protocol.Probe{Plan: evaluate.Plan{Method: "knn", Against: []string{"random", "raw"}}})
	var who []string
	for _, r := range probed.Results {
		who = append(who, r.Encoder)
	}
	if !slices.Equal(who, []string{"pretrained", "random", "raw"}) {
		t.Errorf("probed %v", who)
	}
	pix := k.ask(protocol.Pictures{Side: 10})
	if p := pix.event.(protocol.Pixels); len(p.Names) != 8 || len(pix.beside[0]) != 8*10*10*4 {
		t.Errorf("pictures %+v, %d bytes", p.Shape, len(pix.beside[0]))
	}
	seen := k.ask(protocol.Preview{N: 2})
	if p := seen.event.(protocol.Previewed); len(p.Exhibits) != 2 || len(p.Exhibits[0].Question) != 2 || len(p.Exhibits[1].Answer) != 1 || len(seen.beside[0]) != 6*16*16*4 {
		t.Errorf("preview %+v, %d bytes", p, len(seen.beside[0]))
	}
	if l := must[protocol.Listed](k, protocol.Checkpoints{}); len(l.Checkpoints) != 1 || l.Checkpoints[0].Step != 5 {
		t.Errorf("checkpoints %+v", l)
	}
}

func TestPauseHoldsAndStopEnds(t *testing.T) {
	k := ready(t, checkpoint.NewMemory())
	long := small
	long.Steps = 200
	must[protocol.Configured](k, protocol.Configure{Config: long})
	k.onStep = func(p protocol.Progress) {
		if p.Step == 2 {
			k.post(protocol.Pause{})
		}
	}
	start := k.post(protocol.Start{})
	for paused := false; !paused; {
		r := <-k.events
		s, ok := r.event.(protocol.State)
		paused = ok && s.State == "paused"
	}
	if l := must[protocol.Listed](k, protocol.Checkpoints{}); len(l.Checkpoints) != 1 || l.Checkpoints[0].Step != 2 {
		t.Errorf("pausing at step 2 saved %+v", l)
	}
	k.mustFail(protocol.Misfit, protocol.Configure{Config: small})
	k.mustFail(protocol.Misfit, protocol.Start{})
	must[protocol.OK](k, protocol.Resume{})
	k.post(protocol.Stop{})
	done, ok := k.await(start).event.(protocol.Done)
	if !ok || done.Steps < 2 || done.Steps >= 200 {
		t.Errorf("stopped run said %+v", done)
	}
}

func TestWhatCannotBeIsRefusedWithAReason(t *testing.T) {
	k := ready(t, checkpoint.NewMemory())
	for field, c := range map[string]run.Config{
		"task": {Task: "magic"}, "encoder": {Encoder: "resnet9000"}, "size": {Size: 7}, "batch": {Batch: 1},
		"optimizer": {Optimizer: "luck"}, "rate": {Rate: -1}, "options.temperature": {Options: []byte(`{"temperature":7}`)},
	} {
		if f := k.mustFail(protocol.Misfit, protocol.Configure{Config: c}); f.Field != field {
			t.Errorf("%s: the page hears of field %q", field, f.Field)
		}
	}
	must[protocol.Configured](k, protocol.Configure{Config: run.Config{Size: 16, Batch: 64, Steps: 2}})
	k.mustFail(protocol.TooFew, protocol.Start{})
	must[protocol.OK](k, protocol.Clear{})
	k.mustFail(protocol.TooFew, protocol.Embed{})
	k.mustFail(protocol.Internal, protocol.Neighbors{Name: "nobody", K: 1})
}

// until reads events until one of a kind has come.
func until[E protocol.Event](k *talk) E {
	k.t.Helper()
	for {
		select {
		case r := <-k.events:
			if e, ok := r.event.(E); ok {
				return e
			}
		case <-time.After(time.Minute):
			var e E
			k.t.Fatalf("no %T came", e)
		}
	}
}

// hasNotice says whether there is a notice about something that has some words in it.
func hasNotice(notes []data.Rejected, name, words string) bool {
	return slices.ContainsFunc(notes, func(n data.Rejected) bool {
		return n.Name == name && n.Code == data.Notice && strings.Contains(n.Reason, words)
	})
}
