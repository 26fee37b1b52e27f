package worker

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel/cpu"
	"autodidact/core/tensor"
	"autodidact/worker/protocol"
	"autodidact/worker/run"
	"autodidact/worker/testsets"
)

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

func TestARunKilledAndResumedEqualsOneLeftAlone(t *testing.T) {
	whole := ready(t, checkpoint.NewMemory())
	must[protocol.Done](whole, protocol.Start{})
	want := weights(whole)

	store := checkpoint.NewMemory()
	first := ready(t, store)
	first.onStep = func(p protocol.Progress) {
		if p.Step == 3 {
			first.post(protocol.Pause{})
		}
	}
	first.post(protocol.Start{})
	var id string
	for id == "" {
		if e, ok := (<-first.events).event.(protocol.Saved); ok {
			id = e.Checkpoint
		}
	}
	// The tab is gone; another one opens.
	second := newTalk(t, store)
	files, attached := pictures(8)
	must[protocol.Added](second, protocol.Add{Files: files, Size: 16}, attached...)
	c := must[protocol.Configured](second, protocol.Load{Checkpoint: id})
	if c.Step != 3 || len(c.History) != 3 || c.Config.Seed != 3 {
		t.Errorf("loaded %+v", c)
	}
	must[protocol.Done](second, protocol.Start{})
	if !bytes.Equal(weights(second), want) {
		t.Error("the resumed run has other weights than the one left alone")
	}
}

// oneFile imports a file in memory.
var oneFile = protocol.Import{Files: []protocol.FileInfo{{Path: "model.safetensors"}}}

func TestAnExportedCheckpointCanBeImported(t *testing.T) {
	k := ready(t, checkpoint.NewMemory())
	done := must[protocol.Done](k, protocol.Start{})
	bare := weights(k)
	raw := k.ask(protocol.Export{Checkpoint: done.Checkpoint}).beside[0]
	must[protocol.OK](k, protocol.Remove{Checkpoint: done.Checkpoint})
	in := must[protocol.Imported](k, oneFile, raw)
	must[protocol.OK](k, protocol.Rename{Checkpoint: in.Checkpoint.ID, Title: "mine"})
	if l := must[protocol.Listed](k, protocol.Checkpoints{}); len(l.Checkpoints) != 1 || l.Checkpoints[0].Title != "mine" {
		t.Errorf("checkpoints %+v", l)
	}
	must[protocol.Configured](k, protocol.Load{Checkpoint: in.Checkpoint.ID})
	if !bytes.Equal(weights(k), bare) {
		t.Error("the imported run has other weights")
	}
	// A bare model brings its encoder, and a new run begins from it.
	in = must[protocol.Imported](k, oneFile, bare)
	if c := must[protocol.Configured](k, protocol.Load{Checkpoint: in.Checkpoint.ID}); c.Step != 0 {
		t.Errorf("a bare model was loaded at step %d", c.Step)
	}
	must[protocol.Done](k, protocol.Start{})
	k.mustFail(protocol.BadData, oneFile, raw[:len(raw)/2])
	raw[len(raw)/2] ^= 1
	k.mustFail(protocol.BadData, oneFile, raw)
	k.mustFail(protocol.BadData, protocol.Load{Checkpoint: "no such"})
}

func TestARunDoesNotGoOnWithOtherData(t *testing.T) {
	k := ready(t, checkpoint.NewMemory())
	done := must[protocol.Done](k, protocol.Start{})
	must[protocol.OK](k, protocol.Clear{})
	files, attached := pictures(10)
	must[protocol.Added](k, protocol.Add{Files: files, Size: 16}, attached...)
	must[protocol.Configured](k, protocol.Load{Checkpoint: done.Checkpoint})
	k.mustFail(protocol.BadData, protocol.Start{})
}

func TestACheckpointOfAnotherEncoderIsNamed(t *testing.T) {
	store := checkpoint.NewMemory()
	k := ready(t, store)
	done := must[protocol.Done](k, protocol.Start{})
	state, err := store.Load(t.Context(), done.Checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	meta := maps.Clone(state.Meta)
	meta["config"] = string(bytes.Replace([]byte(meta["config"]), []byte("resnet6"), []byte("resnet18"), 1))
	if _, err := store.Save(t.Context(), "forged", &checkpoint.State{Meta: meta, Tensors: state.Tensors}); err != nil {
		t.Fatal(err)
	}
	must[protocol.Configured](k, protocol.Load{Checkpoint: "forged"})
	k.mustFail(protocol.Misfit, protocol.Start{})
}

// failures are those that answer no command.
func (k *talk) failures() (all []protocol.Failed) {
	for _, e := range k.seen {
		if f, ok := e.(protocol.Failed); ok {
			all = append(all, f)
		}
	}
	return all
}

// savesAtEachStep pauses and resumes after each step, which saves.
func (k *talk) savesAtEachStep() {
	k.onStep = func(protocol.Progress) {
		k.post(protocol.Pause{})
		k.post(protocol.Resume{})
	}
}

func TestASaveThatFailsIsReportedOnceAndTheLastGoodOneStays(t *testing.T) {
	store := checkpoint.NewMemory()
	k := ready(t, &fullStore{Store: store, room: 2})
	k.savesAtEachStep()
	done := must[protocol.Done](k, protocol.Start{})
	if done.Steps != 5 || done.Checkpoint == "" || done.Saved != 2 {
		t.Errorf("done %+v", done)
	}
	sent := k.failures()
	if len(sent) != 1 || sent[0].Code != protocol.StorageFull || !strings.HasPrefix(sent[0].Message, "step 3 could not be saved") || !strings.HasSuffix(sent[0].Message, "what was saved at step 2 is still there") {
		t.Errorf("sent %+v", sent)
	}
	if done.Saved != 2 || done.Unsaved != "step 5 could not be saved: the browser has no more room for this page; what was saved at step 2 is still there" {
		t.Errorf("done says that step %d is saved: %q", done.Saved, done.Unsaved)
	}
	if c := must[protocol.Configured](k, protocol.Load{Checkpoint: done.Checkpoint}); c.Step != 2 {
		t.Errorf("the store holds step %d", c.Step)
	}
}

func TestDoneNamesOnlyWhatTheStoreHolds(t *testing.T) {
	k := ready(t, checkpoint.NewMemory())
	if done := must[protocol.Done](k, protocol.Start{Run: "mine"}); done.Checkpoint != "mine" || done.Saved != 5 || done.Unsaved != "" {
		t.Errorf("a saved run: %+v", done)
	}
	store := &fullStore{Store: checkpoint.NewMemory(), room: 1}
	k = ready(t, store)
	paused := run.Config{Encoder: "resnet6", Size: 16, Batch: 4, Steps: 9, Seed: 3}
	must[protocol.Configured](k, protocol.Configure{Config: paused})
	k.onStep = func(p protocol.Progress) {
		if p.Step == 3 {
			k.post(protocol.Stop{})
		}
	}
	first := must[protocol.Done](k, protocol.Start{})
	k.onStep = nil
	must[protocol.Configured](k, protocol.Load{Checkpoint: first.Checkpoint})
	must[protocol.OK](k, protocol.Remove{Checkpoint: first.Checkpoint})
	done := must[protocol.Done](k, protocol.Start{})
	if done.Checkpoint != "" || done.Saved != 0 || done.Unsaved != "step 9 could not be saved: the browser has no more room for this page" {
		t.Errorf("a run whose checkpoint was deleted, on a full disk: %+v", done)
	}
	if l := must[protocol.Listed](k, protocol.Checkpoints{}); len(l.Checkpoints) != 0 {
		t.Errorf("the store holds %+v", l)
	}
}

func TestACopyGoesOnUnderANameOfItsOwn(t *testing.T) {
	k := ready(t, checkpoint.NewMemory())
	k.onStep = func(p protocol.Progress) {
		if p.Step == 2 {
			k.post(protocol.Stop{})
		}
	}
	first := must[protocol.Done](k, protocol.Start{Run: "mine"})
	k.onStep = nil
	copied := must[protocol.Copied](k, protocol.Copy{Checkpoint: "mine"}).Checkpoint
	if copied.ID == "mine" || copied.Title != "Copy of mine" || copied.Step != first.Steps {
		t.Fatalf("copied %+v", copied)
	}
	if again := must[protocol.Copied](k, protocol.Copy{Checkpoint: copied.ID}).Checkpoint; again.Title != "Copy of mine" {
		t.Errorf("a copy of a copy is called %q", again.Title)
	}
	must[protocol.Configured](k, protocol.Load{Checkpoint: copied.ID})
	done := must[protocol.Done](k, protocol.Start{Run: "something else"})
	if done.Checkpoint != copied.ID || done.Saved != 5 {
		t.Errorf("the copy ended as %+v", done)
	}
	if c := must[protocol.Configured](k, protocol.Load{Checkpoint: "mine"}); c.Step != first.Steps {
		t.Errorf("what was copied went on to step %d", c.Step)
	}
	k.mustFail(protocol.BadData, protocol.Copy{Checkpoint: "nobody"})
}

func TestAModelLeavesAsONNXWithTheOptionsOfItsFormat(t *testing.T) {
	k := ready(t, checkpoint.NewMemory())
	must[protocol.Done](k, protocol.Start{})
	sizes := map[string]int{}
	for _, preprocess := range []string{"", "true"} {
		c := protocol.Export{Format: "onnx"}
		if preprocess != "" {
			c.Options = map[string]string{"preprocess": preprocess}
		}
		r := k.ask(c)
		if e, ok := r.event.(protocol.Exported); !ok || !strings.HasSuffix(e.Name, ".onnx") || int(e.Bytes) != len(r.beside[0]) {
			t.Fatalf("export was answered by %+v", r.event)
		}
		sizes[preprocess] = len(r.beside[0])
		if input := []byte(map[string]string{"": "pixels: float32 [batch,", "true": "image: uint8 [batch, height, width, 3]"}[preprocess]); !bytes.Contains(r.beside[0], input) {
			t.Errorf("its metadata do not say %q", input)
		}
	}
	if sizes["true"] <= sizes[""] {
		t.Errorf("with preprocessing it has %d bytes, without %d", sizes["true"], sizes[""])
	}
	k.mustFail(protocol.Misfit, protocol.Export{Format: "onnx", Options: map[string]string{"preproces": "true"}})
	k.mustFail(protocol.Misfit, protocol.Export{Format: "safetensors", Options: map[string]string{"preprocess": "true"}})
}

func TestTheRunCanBeTakenAsItStandsWhereItCannotBeSaved(t *testing.T) {
	k := ready(t, &fullStore{Store: checkpoint.NewMemory()})
	k.mustFail(protocol.Misfit, protocol.Export{Format: "checkpoint"}) // of what?
	done := must[protocol.Done](k, protocol.Start{})
	if done.Checkpoint != "" || done.Saved != 0 {
		t.Errorf("a run that was never saved is said to be under %q", done.Checkpoint)
	}
	r := k.ask(protocol.Export{Format: "checkpoint"})
	if e, ok := r.event.(protocol.Exported); !ok || !strings.HasSuffix(e.Name, ".safetensors") || len(e.Name) < 20 {
		t.Fatalf("export was answered by %+v", r.event)
	}
	again := ready(t, checkpoint.NewMemory())
	imported := must[protocol.Imported](again, oneFile, r.beside[0])
	if c := must[protocol.Configured](again, protocol.Load{Checkpoint: imported.Checkpoint.ID}); c.Step != 5 {
		t.Errorf("it came back at step %d", c.Step)
	}
}

// brokenStore cannot be written to any more.
type brokenStore struct{ checkpoint.Store }

func (brokenStore) Save(context.Context, string, *checkpoint.State) (checkpoint.Info, error) {
	return checkpoint.Info{}, errors.New("the connection to the database was lost")
}

func TestASaveThatFailsForAnotherReasonNamesIt(t *testing.T) {
	k := ready(t, brokenStore{checkpoint.NewMemory()})
	k.savesAtEachStep()
	must[protocol.Done](k, protocol.Start{})
	if sent := k.failures(); len(sent) != 1 || sent[0].Code != protocol.NotSaved || sent[0].Message != "step 1 could not be saved: the connection to the database was lost" {
		t.Errorf("sent %+v", sent)
	}
}

func TestReadySaysWhereRunsAreSaved(t *testing.T) {
	for forgets, want := range map[string]string{"": "indexeddb", "this browser offers none here": "memory"} {
		var said protocol.Ready
		in := make(chan protocol.Request)
		close(in)
		Serve(t.Context(), in, Deps{Backend: cpu.New(), Forgets: forgets, Send: func(_ int, e protocol.Event, _ ...[]byte) {
			if r, ok := e.(protocol.Ready); ok {
				said = r
			}
		}})
		if said.Storage != want || said.StorageReason != forgets {
			t.Errorf("said %q because %q", said.Storage, said.StorageReason)
		}
	}
}

// trained is a run of two steps.
func trained(t *testing.T, set *data.Set) *run.Run {
	t.Helper()
	r, err := run.New(run.Config{Task: "simclr", Encoder: "resnet6", Size: 16, Batch: 4, Steps: 2, Seed: 2}, set, cpu.New())
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

func stateOf(t *testing.T, r *run.Run) *checkpoint.State {
	t.Helper()
	s, err := r.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestADamagedRunNamesTheOnesThatAreWhole(t *testing.T) {
	store := checkpoint.NewMemory()
	set := testsets.Shapes(8, 1)
	good, bad := stateOf(t, trained(t, set)), stateOf(t, trained(t, set))
	good.Meta[checkpoint.MetaTitle] = "the good one"
	for id, s := range map[string]*checkpoint.State{"good": good, "bad": bad} {
		if _, err := store.Save(t.Context(), id, s); err != nil {
			t.Fatal(err)
		}
	}
	var raw bytes.Buffer
	if err := checkpoint.Encode(&raw, bad); err != nil {
		t.Fatal(err)
	}
	cut, err := checkpoint.Decode(bytes.NewReader(raw.Bytes()[:raw.Len()/2]))
	if cut != nil || err == nil {
		t.Fatal("half a file was read")
	}
	if err := damaged(t.Context(), store, "bad", err); !strings.Contains(err.Error(), "the good one (step 2)") || failure(err).Code != protocol.BadData {
		t.Error(err)
	}
	if err := damaged(t.Context(), checkpoint.NewMemory(), "bad", err); !strings.Contains(err.Error(), "no other run is saved here") {
		t.Error(err)
	}
	if err := json.Unmarshal([]byte("{"), new(int)); damaged(t.Context(), store, "bad", err) != err {
		t.Error("another error was changed")
	}
}

func TestAnImportReportsTensorsThatAreNotUsed(t *testing.T) {
	r := trained(t, testsets.Shapes(8, 1))
	model, err := r.Model(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]*checkpoint.State{"model": model, "checkpoint": stateOf(t, r)} {
		encoded := func() []byte {
			var raw bytes.Buffer
			if err := checkpoint.Encode(&raw, s); err != nil {
				t.Fatal(err)
			}
			return raw.Bytes()
		}
		s.Tensors["stray.weight"] = tensor.Float32s(make([]float32, 6), 2, 3)
		k := newTalk(t, checkpoint.NewMemory())
		must[protocol.Imported](k, oneFile, encoded())
		if n, ok := k.seen[len(k.seen)-1].(protocol.Noticed); !ok || !hasNotice(n.Notices, "model.safetensors", "1 tensor was not used: stray.weight [2 3]") {
			t.Errorf("%s: the page heard %+v", name, k.seen)
		}
		for one := range s.Tensors {
			if strings.Contains(one, "stem") || strings.Contains(one, "conv1") {
				delete(s.Tensors, one)
			}
		}
		if f := k.mustFail(protocol.Misfit, oneFile, encoded()); !strings.Contains(f.Message, "it lacks") {
			t.Errorf("%s: %s", name, f.Message)
		}
	}
}
