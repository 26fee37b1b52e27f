package worker

import (
	"slices"
	"strings"
	"testing"
	"time"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/worker/label"
	"autodidact/worker/protocol"
)

// predicted gives labels, and is what is predicted by all that were given and how many probabilities travel beside it.
func predicted(k *talk, c protocol.Label, attached ...any) (protocol.Predicted, int) {
	k.t.Helper()
	r := k.ask(c, attached...)
	e, ok := r.event.(protocol.Predicted)
	if !ok {
		k.t.Fatalf("%+v was answered by %+v", c, r.event)
	}
	return e, len(r.beside[0]) / 4
}

func TestAPersonsLabelsPredictAllSamplesAndStayWithTheRun(t *testing.T) {
	store := checkpoint.NewMemory()
	k := ready(t, store)
	added := must[protocol.Added](k, protocol.Omit{Names: []string{"stripes/07.png"}})
	if added.Total != 7 || slices.Contains(added.Names, "stripes/07.png") {
		t.Fatalf("left with %+v", added)
	}
	e, numbers := predicted(k, protocol.Label{}) // nothing has been trained yet
	if numbers != 0 || len(e.Next) != proposed || !e.Typical {
		t.Errorf("without labels: %+v, %d probabilities", e, numbers)
	}
	must[protocol.Done](k, protocol.Start{})
	e, numbers = predicted(k, protocol.Label{Names: []string{"disks/00.png", "disks/02.png"}, Labels: []string{"disks"}})
	if numbers != 0 || !slices.Equal(e.Classes, []string{"disks"}) {
		t.Errorf("of one class: %+v, %d probabilities", e, numbers)
	}
	e, numbers = predicted(k, protocol.Label{Names: []string{"stripes/01.png", "gone.png"}, Labels: []string{"stripes", "x"}})
	if numbers != 7*2 || !slices.Equal(e.NotFound, []string{"gone.png"}) || e.Checked != 4 || slices.Contains(e.Next, 0) {
		t.Errorf("of two classes: %+v, %d probabilities", e, numbers)
	}
	e, numbers = predicted(k, protocol.Label{}, []byte("name,label\ndisks/04.png,disks|round\n"))
	if numbers != 7*3 || !e.Several || e.Given["disks/04.png"] != "disks|round" {
		t.Errorf("with a table: %+v, %d probabilities", e, numbers)
	}
	predicted(k, protocol.Label{Names: []string{"disks/04.png"}, Labels: []string{""}})
	k.mustFail(protocol.Misfit, protocol.Label{Names: []string{"disks/00.png", "disks/02.png"}, Labels: []string{"a", "b", "c"}})
	k.mustFail(protocol.Misfit, protocol.Label{Names: []string{"disks/00.png"}, Labels: []string{"two\nlines"}})
	k.mustFail(protocol.BadData, protocol.Label{}, []byte("no table"))

	labels := k.ask(protocol.Export{Format: "labels"})
	if got := string(labels.beside[0]); got != "name,label\ndisks/00.png,disks\ndisks/02.png,disks\nstripes/01.png,stripes\n" {
		t.Errorf("labels.csv is %q", got)
	}
	predictions := k.ask(protocol.Export{Format: "predictions"})
	if rows := strings.Split(strings.TrimSpace(string(predictions.beside[0])), "\n"); len(rows) != 8 || rows[0] != "name,given,predicted,likely,disks,stripes" {
		t.Errorf("predictions.csv is %q", rows)
	}

	// Decoded anew, the same samples keep their labels; cleared for good they do not.
	again := ready(t, checkpoint.NewMemory())
	predicted(again, protocol.Label{Names: []string{"disks/00.png"}, Labels: []string{"disks"}})
	sameFiles, sameBytes := pictures(8)
	must[protocol.OK](again, protocol.Clear{Again: true})
	must[protocol.Added](again, protocol.Add{Files: sameFiles, Size: 32}, sameBytes...)
	if e, _ := predicted(again, protocol.Label{}); len(e.Given) != 1 {
		t.Errorf("decoded anew, labels are %v", e.Given)
	}
	must[protocol.OK](again, protocol.Clear{})
	must[protocol.Added](again, protocol.Add{Files: sameFiles, Size: 32}, sameBytes...)
	if e, _ := predicted(again, protocol.Label{}); len(e.Given) != 0 {
		t.Errorf("cleared, labels are %v", e.Given)
	}

	// They are saved a moment later, by themselves, and come back with the run.
	id := must[protocol.Listed](k, protocol.Checkpoints{}).Checkpoints[0].ID
	deadline := time.Now().Add(20 * time.Second)
	for {
		s, err := store.Load(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if g, _ := label.Saved(s, metaLabels); len(g) == 3 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the labels were not saved")
		}
		time.Sleep(50 * time.Millisecond)
	}
	files, attached := pictures(8)
	second := newTalk(t, store)
	must[protocol.Added](second, protocol.Add{Files: files, Size: 16}, attached...)
	must[protocol.Added](second, protocol.Omit{Names: []string{"stripes/07.png"}})
	must[protocol.Configured](second, protocol.Load{Checkpoint: id})
	if e, _ := predicted(second, protocol.Label{}); len(e.Given) != 3 || e.Given["stripes/01.png"] != "stripes" {
		t.Errorf("labels came back as %v", e.Given)
	}
}

func TestATableBesideSamplesIsOfferedAndTakenByItsName(t *testing.T) {
	k := ready(t, checkpoint.NewMemory())
	sameFiles, sameBytes := pictures(8)
	var table strings.Builder
	table.WriteString("file,class\n")
	for i, f := range sameFiles {
		if i%2 == 0 && i < 8 {
			table.WriteString(f.Path[strings.LastIndex(f.Path, "/")+1:] + ",kind " + string(rune('a'+i%4)) + "\n")
		}
	}
	table.WriteString("gone.png,kind a\n")
	raw := []byte(table.String())
	more := must[protocol.Added](k, protocol.Add{Files: []protocol.FileInfo{{Path: "labels.csv", Size: int64(len(raw))}}, Size: 32}, raw)
	if more.Kind != data.Images || more.Accepted != 0 || len(more.Tables) != 1 || len(more.Rejected) != 0 {
		t.Fatalf("%+v", more)
	}
	o := more.Tables[0]
	if o.Name != "labels.csv" || o.Labels != 4 || !strings.HasPrefix(o.Says, "labels.csv has labels for 4 of ") || !strings.Contains(o.Says, "1 row names no picture here: gone.png") {
		t.Errorf("offered %+v", o)
	}
	e, _ := predicted(k, protocol.Label{Table: "labels.csv"})
	if len(e.Given) != 4 || e.Given[sameFiles[0].Path] != "kind a" || e.Given[sameFiles[2].Path] != "kind c" {
		t.Errorf("given %v", e.Given)
	}
	k.mustFail(protocol.Misfit, protocol.Label{Table: "other.csv"})
	must[protocol.OK](k, protocol.Clear{})
	if added := must[protocol.Added](k, protocol.Add{Files: sameFiles, Size: 32}, sameBytes...); len(added.Tables) != 0 {
		t.Errorf("cleared data has %v", added.Tables)
	}
}

func TestLabelsAreNotSavedOverWhatAnotherTabWentOnWith(t *testing.T) {
	store := checkpoint.NewMemory()
	k := ready(t, store)
	must[protocol.Done](k, protocol.Start{Run: "mine"})
	state, err := store.Load(t.Context(), "mine")
	if err != nil {
		t.Fatal(err)
	}
	state.Meta[checkpoint.MetaStep] = "7"
	time.Sleep(2 * time.Millisecond)
	if _, err := store.Save(t.Context(), "mine", state); err != nil { // the other tab
		t.Fatal(err)
	}
	must[protocol.Predicted](k, protocol.Label{Names: []string{"disks/00.png"}, Labels: []string{"disk"}})
	var kept []protocol.CheckpointInfo
	for range 50 {
		time.Sleep(100 * time.Millisecond)
		if kept = must[protocol.Listed](k, protocol.Checkpoints{}).Checkpoints; len(kept) == 2 {
			break
		}
	}
	if len(kept) != 2 || kept[0].Title != "Copy of mine" || kept[0].Step != 5 || kept[1].ID != "mine" || kept[1].Step != 7 {
		t.Fatalf("the store holds %+v", kept)
	}
	var noted []string
	for _, e := range k.seen {
		if n, ok := e.(protocol.Noticed); ok {
			noted = append(noted, n.Notices[0].Name+": "+n.Notices[0].Reason)
		}
	}
	if want := "mine: another tab went on with this run, to step 7: your labels are saved with a copy of it as it stands here, at step 5, named Copy of mine"; !slices.Contains(noted, want) {
		t.Errorf("noticed %q", noted)
	}
}
