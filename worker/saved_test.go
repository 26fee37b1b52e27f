package worker

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"autodidact/core/checkpoint"
	"autodidact/core/kernel/cpu"
)

// failures are what was told beside answers.
func (k *talk) failures() (all []Failed) {
	for _, e := range k.seen {
		if f, ok := e.(Failed); ok {
			all = append(all, f)
		}
	}
	return all
}

// savesAtEachStep pauses and resumes after each step, which saves.
func (k *talk) savesAtEachStep() {
	k.onStep = func(Progress) {
		k.post(Pause{})
		k.post(Resume{})
	}
}

func TestASaveThatFailsIsSaidOnceAndTheLastGoodOneStays(t *testing.T) {
	store := checkpoint.NewMemory()
	k := ready(t, &fullStore{Store: store, room: 2})
	k.savesAtEachStep()
	done := must[Done](k, Start{})
	if done.Steps != 5 || done.Checkpoint == "" || done.Saved != 2 {
		t.Errorf("done %+v", done)
	}
	told := k.failures()
	if len(told) != 1 || told[0].Code != StorageFull || !strings.HasPrefix(told[0].Message, "step 3 could not be saved") || !strings.HasSuffix(told[0].Message, "what was saved at step 2 is still there") {
		t.Errorf("told %+v", told)
	}
	if done.Saved != 2 || done.Unsaved != "step 5 could not be saved: the browser has no more room for this page; what was saved at step 2 is still there" {
		t.Errorf("done says that step %d is saved: %q", done.Saved, done.Unsaved)
	}
	if c := must[Configured](k, Load{done.Checkpoint}); c.Step != 2 {
		t.Errorf("the store holds step %d", c.Step)
	}
}

func TestDoneNamesOnlyWhatTheStoreHolds(t *testing.T) {
	k := ready(t, checkpoint.NewMemory())
	if done := must[Done](k, Start{Run: "mine"}); done.Checkpoint != "mine" || done.Saved != 5 || done.Unsaved != "" {
		t.Errorf("a saved run: %+v", done)
	}
	store := &fullStore{Store: checkpoint.NewMemory(), room: 1}
	k = ready(t, store)
	paused := Config{Encoder: "resnet8", Size: 16, Batch: 4, Steps: 9, Seed: 3}
	must[Configured](k, Configure{paused})
	k.onStep = func(p Progress) {
		if p.Step == 3 {
			k.post(Stop{})
		}
	}
	first := must[Done](k, Start{})
	k.onStep = nil
	must[Configured](k, Load{first.Checkpoint})
	must[OK](k, Remove{first.Checkpoint})
	done := must[Done](k, Start{})
	if done.Checkpoint != "" || done.Saved != 0 || done.Unsaved != "step 9 could not be saved: the browser has no more room for this page" {
		t.Errorf("a run whose checkpoint was deleted, on a full disk: %+v", done)
	}
	if l := must[Listed](k, Checkpoints{}); len(l.Checkpoints) != 0 {
		t.Errorf("the store holds %+v", l)
	}
}

func TestACopyGoesOnUnderANameOfItsOwn(t *testing.T) {
	k := ready(t, checkpoint.NewMemory())
	k.onStep = func(p Progress) {
		if p.Step == 2 {
			k.post(Stop{})
		}
	}
	first := must[Done](k, Start{Run: "mine"})
	k.onStep = nil
	copied := must[Copied](k, Copy{"mine"}).Checkpoint
	if copied.ID == "mine" || copied.Title != "Copy of mine" || copied.Step != first.Steps {
		t.Fatalf("copied %+v", copied)
	}
	if again := must[Copied](k, Copy{copied.ID}).Checkpoint; again.Title != "Copy of mine" {
		t.Errorf("a copy of a copy is called %q", again.Title)
	}
	must[Configured](k, Load{copied.ID})
	done := must[Done](k, Start{Run: "something else"})
	if done.Checkpoint != copied.ID || done.Saved != 5 {
		t.Errorf("the copy ended as %+v", done)
	}
	if c := must[Configured](k, Load{"mine"}); c.Step != first.Steps {
		t.Errorf("what was copied went on to step %d", c.Step)
	}
	k.mustFail(BadData, Copy{"nobody"})
}

func TestLabelsAreNotSavedOverWhatAnotherTabWentOnWith(t *testing.T) {
	store := checkpoint.NewMemory()
	k := ready(t, store)
	must[Done](k, Start{Run: "mine"})
	state, err := store.Load(t.Context(), "mine")
	if err != nil {
		t.Fatal(err)
	}
	state.Meta[checkpoint.MetaStep] = "7"
	time.Sleep(2 * time.Millisecond)
	if _, err := store.Save(t.Context(), "mine", state); err != nil { // the other tab
		t.Fatal(err)
	}
	must[Told](k, Label{Names: []string{"disks/00.png"}, Labels: []string{"disk"}})
	var kept []CheckpointInfo
	for range 50 {
		time.Sleep(100 * time.Millisecond)
		if kept = must[Listed](k, Checkpoints{}).Checkpoints; len(kept) == 2 {
			break
		}
	}
	if len(kept) != 2 || kept[0].Title != "Copy of mine" || kept[0].Step != 5 || kept[1].ID != "mine" || kept[1].Step != 7 {
		t.Fatalf("the store holds %+v", kept)
	}
	var told []string
	for _, e := range k.seen {
		if n, ok := e.(Noticed); ok {
			told = append(told, n.Notices[0].Name+": "+n.Notices[0].Reason)
		}
	}
	if want := "mine: another tab went on with this run, to step 7: your labels are saved with a copy of it as it stands here, at step 5, named Copy of mine"; !slices.Contains(told, want) {
		t.Errorf("told %q", told)
	}
}

func TestTheRunCanBeTakenAsItStandsWhereItCannotBeSaved(t *testing.T) {
	k := ready(t, &fullStore{Store: checkpoint.NewMemory()})
	k.mustFail(Misfit, Export{Format: "checkpoint"}) // of what?
	done := must[Done](k, Start{})
	if done.Checkpoint != "" || done.Saved != 0 {
		t.Errorf("a run that was never saved is said to be under %q", done.Checkpoint)
	}
	r := k.ask(Export{Format: "checkpoint"})
	if e, ok := r.event.(Exported); !ok || !strings.HasSuffix(e.Name, ".safetensors") || len(e.Name) < 20 {
		t.Fatalf("export was answered by %+v", r.event)
	}
	again := ready(t, checkpoint.NewMemory())
	imported := must[Imported](again, Import{}, r.beside[0])
	if c := must[Configured](again, Load{imported.Checkpoint.ID}); c.Step != 5 {
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
	must[Done](k, Start{})
	if told := k.failures(); len(told) != 1 || told[0].Code != NotSaved || told[0].Message != "step 1 could not be saved: the connection to the database was lost" {
		t.Errorf("told %+v", told)
	}
}

func TestReadySaysWhereRunsAreSaved(t *testing.T) {
	for forgets, want := range map[string]string{"": "indexeddb", "this browser offers none here": "memory"} {
		var said Ready
		in := make(chan Request)
		close(in)
		Serve(t.Context(), in, Deps{Backend: cpu.New(), Forgets: forgets, Send: func(_ int, e Event, _ ...[]byte) {
			if r, ok := e.(Ready); ok {
				said = r
			}
		}})
		if said.Storage != want || said.StorageReason != forgets {
			t.Errorf("said %q because %q", said.Storage, said.StorageReason)
		}
	}
}
