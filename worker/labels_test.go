package worker

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/probe"
	"autodidact/core/rng"
)

func TestTablesOfLabelsAreReadAsSpreadsheetsWriteThem(t *testing.T) {
	want := Given{"a/cat.png": "cat", "b, two.png": "dog|old"}
	for name, table := range map[string]string{
		"commas":              "name,label\na/cat.png,cat\n\"b, two.png\",dog|old\n",
		"semicolons":          "name;label\r\na/cat.png;cat\r\nb, two.png;dog|old\r\n",
		"tabs, other columns": "id\tLabel\tName\n1\tcat\ta/cat.png\n2\tdog | old\tb, two.png\n",
		"a byte order mark":   "\xef\xbb\xbfname,label\na/cat.png,cat\n\"b, two.png\",dog|old\n",
		"empty labels":        "name,label\na/cat.png,cat\nnobody.png,\n\"b, two.png\",\"dog|dog|old\"\n",
	} {
		got, err := ReadLabels(strings.NewReader(table))
		if err != nil || !maps.Equal(got, want) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	for table, reason := range map[string]string{
		"":                         "header",
		"file,class\na,b\n":        "needs name and label",
		"name,label\na\n":          "row 2",
		"name,label\na,\"b\nc\"\n": "row 2",
		"name,label\na,\"b\n":      "quote",
		"name,label\na," + strings.Repeat("x", 300) + "\n": "200 characters",
	} {
		if got, err := ReadLabels(strings.NewReader(table)); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%.40q was read as %v, %v", table, got, err)
		}
	}
}

func TestLabelsThatAreWrittenAreReadBack(t *testing.T) {
	g := Given{"a,b;c\t\"d\".png": "x|y", "z.png": "a \"b\", c"}
	var out bytes.Buffer
	if err := WriteLabels(&out, g); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadLabels(&out); err != nil || !maps.Equal(got, g) {
		t.Errorf("%v, %v", got, err)
	}
}

func FuzzLabels(f *testing.F) {
	f.Add([]byte("name,label\na,b\n"))
	f.Add([]byte("\xef\xbb\xbfname;label\n\"a\";b|c\n"))
	f.Fuzz(func(t *testing.T, table []byte) {
		g, err := ReadLabels(bytes.NewReader(table))
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := WriteLabels(&out, g); err != nil {
			t.Fatal(err)
		}
		again, err := ReadLabels(&out)
		for name, label := range g { // encoding/csv does not keep a carriage return before a new line in a field
			if strings.Contains(name, "\r") {
				delete(g, name)
				delete(again, name)
			}
			_ = label
		}
		if err != nil || len(again) != len(g) {
			t.Errorf("%v was read back as %v, %v", g, again, err)
		}
	})
}

func TestAHandfulOfLabelsTellsTheRest(t *testing.T) {
	set := drawn(120, 1)
	f := probe.RawPixels(set, 8)
	labels := make([]string, 120)
	if p, err := Predict(f, labels, "linear", rng.New(1)); err != nil || p.Shares.Len() != 0 {
		t.Errorf("no labels tell %+v, %v", p, err)
	}
	for i := range 32 {
		labels[i] = set.Labels[i]
	}
	for _, method := range []string{"linear", "centroid", "knn"} {
		p, err := Predict(f, labels, method, rng.New(1))
		if err != nil {
			t.Fatal(err)
		}
		right := 0
		for i := 32; i < 120; i++ {
			if p.Shares.Label(i) == set.Labels[i] {
				right++
			}
		}
		if right < 44 {
			t.Errorf("%s tells %d of 88", method, right)
		}
		var out bytes.Buffer
		if err := p.Write(&out, set.Names); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&out).ReadAll()
		if err != nil || len(rows) != 121 || !slices.Equal(rows[0][:4], []string{"name", "given", "predicted", "likely"}) || rows[1][1] != set.Labels[0] || rows[40][1] != "" {
			t.Errorf("%s: table %.3v, %v", method, rows, err)
		}
	}
	var out bytes.Buffer
	if err := (Prediction{Labels: labels}).Write(&out, set.Names); !errors.Is(err, ErrNoLabels) {
		t.Errorf("a table of nothing: %v", err)
	}
}

// toldBy asks for labels' tale and reads the shares beside it.
func toldBy(k *talk, c Label, attached ...any) (Told, int) {
	k.t.Helper()
	r := k.ask(c, attached...)
	e, ok := r.event.(Told)
	if !ok {
		k.t.Fatalf("%+v was answered by %+v", c, r.event)
	}
	return e, len(r.beside[0]) / 4
}

func TestAPersonsLabelsTellAllSamplesAndStayWithTheRun(t *testing.T) {
	store := checkpoint.NewMemory()
	k := ready(t, store)
	added := must[Added](k, Omit{Names: []string{"stripes/07.png"}})
	if added.Total != 7 || slices.Contains(added.Names, "stripes/07.png") {
		t.Fatalf("left with %+v", added)
	}
	e, shares := toldBy(k, Label{}) // nobody has learned anything yet
	if shares != 0 || len(e.Next) != proposed || !e.Typical {
		t.Errorf("without labels: %+v, %d shares", e, shares)
	}
	must[Done](k, Start{})
	e, shares = toldBy(k, Label{Names: []string{"disks/00.png", "disks/02.png"}, Labels: []string{"disks"}})
	if shares != 0 || !slices.Equal(e.Classes, []string{"disks"}) {
		t.Errorf("of one class: %+v, %d shares", e, shares)
	}
	e, shares = toldBy(k, Label{Names: []string{"stripes/01.png", "gone.png"}, Labels: []string{"stripes", "x"}})
	if shares != 7*2 || !slices.Equal(e.NotFound, []string{"gone.png"}) || e.Checked != 4 || slices.Contains(e.Next, 0) {
		t.Errorf("of two classes: %+v, %d shares", e, shares)
	}
	e, shares = toldBy(k, Label{}, []byte("name,label\ndisks/04.png,disks|round\n"))
	if shares != 7*3 || !e.Several || e.Given["disks/04.png"] != "disks|round" {
		t.Errorf("with a table: %+v, %d shares", e, shares)
	}
	toldBy(k, Label{Names: []string{"disks/04.png"}, Labels: []string{""}})
	k.mustFail(Misfit, Label{Names: []string{"disks/00.png", "disks/02.png"}, Labels: []string{"a", "b", "c"}})
	k.mustFail(Misfit, Label{Names: []string{"disks/00.png"}, Labels: []string{"two\nlines"}})
	k.mustFail(BadData, Label{}, []byte("no table"))

	labels := k.ask(Export{Format: "labels"})
	if got := string(labels.beside[0]); got != "name,label\ndisks/00.png,disks\ndisks/02.png,disks\nstripes/01.png,stripes\n" {
		t.Errorf("labels.csv is %q", got)
	}
	predictions := k.ask(Export{Format: "predictions"})
	if rows := strings.Split(strings.TrimSpace(string(predictions.beside[0])), "\n"); len(rows) != 8 || rows[0] != "name,given,predicted,likely,disks,stripes" {
		t.Errorf("predictions.csv is %q", rows)
	}

	// Decoded anew, the same samples keep their labels; cleared for good they do not.
	again := ready(t, checkpoint.NewMemory())
	toldBy(again, Label{Names: []string{"disks/00.png"}, Labels: []string{"disks"}})
	sameFiles, sameBytes := pictures(8)
	must[OK](again, Clear{Again: true})
	must[Added](again, Add{Files: sameFiles, Size: 32}, sameBytes...)
	if e, _ := toldBy(again, Label{}); len(e.Given) != 1 {
		t.Errorf("decoded anew, labels are %v", e.Given)
	}
	must[OK](again, Clear{})
	must[Added](again, Add{Files: sameFiles, Size: 32}, sameBytes...)
	if e, _ := toldBy(again, Label{}); len(e.Given) != 0 {
		t.Errorf("cleared, labels are %v", e.Given)
	}

	// They are saved a moment later, by themselves, and come back with the run.
	id := must[Listed](k, Checkpoints{}).Checkpoints[0].ID
	deadline := time.Now().Add(20 * time.Second)
	for {
		s, err := store.Load(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if g, _ := labelsOf(s, metaGiven); len(g) == 3 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the labels were not saved")
		}
		time.Sleep(50 * time.Millisecond)
	}
	files, attached := pictures(8)
	second := newTalk(t, store)
	must[Added](second, Add{Files: files, Size: 16}, attached...)
	must[Added](second, Omit{Names: []string{"stripes/07.png"}})
	must[Configured](second, Load{Checkpoint: id})
	if e, _ := toldBy(second, Label{}); len(e.Given) != 3 || e.Given["stripes/01.png"] != "stripes" {
		t.Errorf("labels came back as %v", e.Given)
	}
}

func TestLabelsBesideATaskAreLearnedAndGoOnBitForBit(t *testing.T) {
	set := drawn(80, 2)
	c := drawnConfig
	c.Batch, c.Steps, c.Joint = 16, 8, 1
	whole := trained(t, c, set)
	model := encoderWeights(t, whole.Looker())

	half, err := NewRun(c, set, whole.backend)
	if err != nil {
		t.Fatal(err)
	}
	for range half.Steps(t.Context()) {
		if half.Done == 3 {
			break
		}
	}
	saved, err := half.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	other := drawn(80, 2)
	other.Labels = make([]string, 80) // they are in the checkpoint
	again, err := OpenRun(saved, other, whole.backend)
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range again.Steps(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
	}
	if !reflect.DeepEqual(encoderWeights(t, again.Looker()), model) {
		t.Error("resumed, the run came to other weights")
	}
	c.Joint = 0
	if reflect.DeepEqual(encoderWeights(t, trained(t, c, set).Looker()), model) {
		t.Error("the labels made no difference")
	}
	c.Joint = 1
	if _, err := (Birth{Config: c, Set: other, Backend: whole.backend}).Run(); err == nil || !strings.Contains(err.Error(), "two classes") {
		t.Errorf("without labels: %v", err)
	}
	if _, err := (Config{Task: "maskedlm", Joint: 1}).Resolve(); err == nil {
		t.Error("labels beside a task for texts were taken")
	}
}

func TestOnlyPicturesClipsAndTextsCanBeLeftOut(t *testing.T) {
	set := resumable(data.Text)
	kept := set.Subset(func(i int) bool { return i%2 == 0 })
	if kept.Len() != 20 || kept.Texts.At(3) != set.Texts.At(6) || kept.Names[3] != set.Names[6] {
		t.Errorf("kept %d texts: %v", kept.Len(), kept.Names)
	}
	k := newTalk(t, checkpoint.NewMemory())
	must[Added](k, Add{Files: []FileInfo{{Path: "a.csv", Size: 1}}, Size: 16}, seriesTable(60))
	k.mustFail(Misfit, Omit{Names: []string{"a.csv"}})
}

// seriesTable is a table of one channel.
func seriesTable(rows int) []byte {
	var out strings.Builder
	out.WriteString("x\n")
	for i := range rows {
		fmt.Fprintf(&out, "%d\n", i*i%17)
	}
	return []byte(out.String())
}

func TestASampleInSeveralRowsOfATableIsOfSeveralClasses(t *testing.T) {
	got, err := ReadLabels(strings.NewReader("name;label\na.png;cat\nb.png;dog\na.png;pet\nb.png;dog\n"))
	if want := (Given{"a.png": "cat|pet", "b.png": "dog"}); err != nil || !maps.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
}
