package data

import (
	"autodidact/core/kernel"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// line is a series of so many rows in UCR's form.
func line(class string, rows int) string {
	return class + strings.Repeat("\t1.5\t2", rows/2) + strings.Repeat("\t3", rows%2) + "\n"
}

// table is a table of so many rows with two channels, and with a label in each row if there is one.
func tableOf(rows int, label string) string {
	head, row := "date,x,y", "%t,%d,-%d"
	if label != "" {
		head, row = head+",label", row+","+label
	}
	return head + "\n" + rowsOf(rows, row, "2006-01-02 15:04", 60e9)
}

// setOf reads pairs of names and contents and cuts windows of 96 rows.
func setOf(t *testing.T, pairs ...string) (*Set, []Rejected) {
	t.Helper()
	var files []File
	for i := 0; i < len(pairs); i += 2 {
		files = append(files, plainFile(pairs[i], pairs[i+1]))
	}
	set, rejected, err := ReadSeries(context.Background(), files, nil)
	if err != nil || set.Recordings == nil {
		t.Fatal(err, rejected)
	}
	set.Cut(96)
	return set, rejected
}

// rowsOfSamples is how many rows each sample has.
func rowsOfSamples(s *Set) (rows []int) {
	for _, w := range s.Windows {
		rows = append(rows, w.Rows)
	}
	return rows
}

// partsOf is how many series learn, validate and test, by TimeSplit.
func partsOf(r *Recordings) (learn, validate, test int) {
	for i := range r.Of {
		switch a, b := r.TimeSplit(i, 96); {
		case a == r.Rows(i):
			learn++
		case a == 0 && b == r.Rows(i):
			validate++
		case a == 0 && b == 0:
			test++
		}
	}
	return learn, validate, test
}

func TestALineOfACollectionIsASampleHoweverLong(t *testing.T) {
	set, _ := setOf(t, "c.tsv", line("1", 12)+line("2", 251)+line("1", 5000))
	if got := rowsOfSamples(set); !slices.Equal(got, []int{12, 251, 5000}) || set.Names[2] != "c.tsv, row 3" || !slices.Equal(set.Labels, []string{"1", "2", "1"}) || set.Long() != 96 {
		t.Errorf("samples of %v rows, %v, %v, long %d", got, set.Names, set.Labels, set.Long())
	}
	if x, _ := set.At(1); x.X.Shape[0] != 251 || x.X.Shape[1] != 1 {
		t.Errorf("sample of shape %v", x.X.Shape)
	}
	for _, labelled := range []string{"@classLabel true a b\n@data\n%s:a\n%s:b\n", "@data\n%s\n%s\n"} {
		ts := "@problemName x\n@univariate true\n" + fmt.Sprintf(labelled, strings.Repeat("1,", 149)+"2", strings.Repeat("1,", 299)+"2")
		if set, _ := setOf(t, "c.ts", ts); !slices.Equal(rowsOfSamples(set), []int{150, 300}) || !set.AllWhole() {
			t.Errorf("%q: samples of %v rows", ts[:60], rowsOfSamples(set))
		}
	}
}

func TestTablesOfOneLabelEachAreSamples(t *testing.T) {
	set, _ := setOf(t, "1.csv", tableOf(120, "walk"), "2.csv", tableOf(300, "run"), "3.csv", tableOf(40, "run"), "4.csv", tableOf(200, "walk"))
	if !slices.Equal(rowsOfSamples(set), []int{120, 300, 40, 200}) || !slices.Equal(set.Labels, []string{"walk", "run", "run", "walk"}) {
		t.Errorf("samples of %v rows, labels %v", rowsOfSamples(set), set.Labels)
	}
	set, _ = setOf(t, "run/1.csv", tableOf(300, ""), "run/2.csv", tableOf(40, ""), "run/3.csv", tableOf(50, "jog"), "walk/1.csv", tableOf(120, ""), "walk/2.csv", tableOf(30, ""))
	if !slices.Equal(rowsOfSamples(set), []int{300, 40, 50, 120, 30}) || !slices.Equal(set.Labels, []string{"run", "run", "jog", "walk", "walk"}) {
		t.Errorf("of folders: samples of %v rows, labels %v", rowsOfSamples(set), set.Labels)
	}
	var all strings.Builder
	all.WriteString("id,date,x,label\n")
	for id, label := range []string{"a", "b", "a", "b"} {
		all.WriteString(rowsOf(100+id, fmt.Sprintf("s%d,%%t,%%d,%s", id, label), "2006-01-02 15:04", 60e9))
	}
	set, _ = setOf(t, "all.csv", all.String())
	if !slices.Equal(rowsOfSamples(set), []int{100, 101, 102, 103}) || !slices.Equal(set.Labels, []string{"a", "b", "a", "b"}) {
		t.Errorf("of parts of a table: samples of %v rows, labels %v", rowsOfSamples(set), set.Labels)
	}
}

func TestRecordingsAreCutIntoWindows(t *testing.T) {
	for why, files := range map[string][]string{
		"without labels":        {"1.csv", tableOf(300, ""), "2.csv", tableOf(300, "")},
		"labels by row":         {"1.csv", tableOf(300, "c%d"), "2.csv", tableOf(300, "a"), "3.csv", tableOf(300, "a"), "4.csv", tableOf(300, "b"), "5.csv", tableOf(300, "b")},
		"labels that are names": {"1.csv", tableOf(300, "one"), "2.csv", tableOf(300, "two"), "3.csv", tableOf(300, "three")},
		"places by folder":      {"north/1.csv", tableOf(300, ""), "south/1.csv", tableOf(300, "")},
	} {
		set, rejected := setOf(t, files...)
		for _, n := range rowsOfSamples(set) {
			if n != 96 {
				t.Fatalf("%s: samples of %v rows", why, rowsOfSamples(set))
			}
		}
		for _, r := range rejected {
			if r.Name == "labelled series" {
				t.Errorf("%s: %v", why, r)
			}
		}
	}
}

func TestFewLongLabelledTablesAreRecordingsAndSaySo(t *testing.T) {
	var few, many []string
	for i := range 20 {
		pair := []string{fmt.Sprintf("%c/%d.csv", 'a'+i%2, i), tableOf(100+2000*(i/3%2), "")}
		if few = append(few, pair...); i >= 6 {
			few = few[:12]
		}
		many = append(many, pair...)
	}
	set, rejected := setOf(t, few...)
	if set.Whole() != 0 || set.Classes()["a"] == 0 || set.Classes()["b"] == 0 {
		t.Errorf("%d whole series of 6; labels %v", set.Whole(), set.Classes())
	}
	want := Rejected{"labelled series", Notice, "6 of up to 2,100 rows are long recordings: they are cut into windows, each with its series' label"}
	if !slices.Contains(rejected, want) {
		t.Errorf("%v", rejected)
	}
	if set, rejected = setOf(t, many...); set.Whole() != 20 || slices.ContainsFunc(rejected, func(r Rejected) bool { return r.Name == "labelled series" }) {
		t.Errorf("%d whole series of 20; %v", set.Whole(), rejected)
	}
}

func TestFoldersAreLabelsOnceThereAreTwo(t *testing.T) {
	set, _ := setOf(t, "walk/1.csv", tableOf(120, ""), "walk/2.csv", tableOf(120, ""))
	if set.Whole() != 0 || len(set.Classes()) != 0 {
		t.Errorf("of one folder: %d whole, labels %v", set.Whole(), set.Classes())
	}
	before := set.Fingerprint()
	more, _ := setOf(t, "run/1.csv", tableOf(130, ""), "run/2.csv", tableOf(130, ""))
	set.Add(more)
	set.Cut(96)
	if !slices.Equal(rowsOfSamples(set), []int{120, 120, 130, 130}) || !slices.Equal(set.Labels, []string{"walk", "walk", "run", "run"}) || set.Fingerprint() == before {
		t.Errorf("of two folders: %v, %v", rowsOfSamples(set), set.Labels)
	}
	set.Mark([]Missing{{Value: 1}})
	if set.Whole() != 4 || set.Labels[3] != "run" {
		t.Errorf("with a value marked: %v, %v", rowsOfSamples(set), set.Labels)
	}
	more, _ = setOf(t, "sit/1.csv", tableOf(140, "c%d"))
	set.Add(more)
	set.Cut(96)
	if set.Whole() != 0 || set.Labels[0] != "walk" {
		t.Errorf("beside labels by row: %v, %v", rowsOfSamples(set), set.Labels)
	}
}

func TestAllOfAMarkedTrainingPartMayGiveLabels(t *testing.T) {
	train, trainFew, test := "", "", ""
	for i := range 60 {
		train += line(fmt.Sprint(i%3), 20+i%4)
		if i == 40 {
			trainFew = train
		}
		test += line(fmt.Sprint(i%4), 20)
	}
	set, _ := setOf(t, "G_TEST.tsv", test, "G_TRAIN.tsv", train)
	before, behind := set.SplitByTime()
	if len(before) != 60 || len(behind) != 60 || !strings.HasPrefix(set.Names[before[0]], "G_TRAIN") || !strings.HasPrefix(set.Names[behind[0]], "G_TEST") {
		t.Errorf("%d give labels, %d are tested", len(before), len(behind))
	}
	if learn, validate, test := partsOf(set.Recordings); learn != 54 || validate != 6 || test != 60 {
		t.Errorf("%d learn, %d validate, %d test", learn, validate, test)
	}
	if from, held := set.Recordings.Pieces(24, 0, set.Recordings.Scale(24), false), set.Recordings.Pieces(24, 0, set.Recordings.Scale(24), true); from.Len() != 54 || held.Len() != 6 {
		t.Errorf("tasks learn from %d and are validated on %d", from.Len(), held.Len())
	}
	set, _ = setOf(t, "G_TEST.tsv", test, "G_TRAIN.tsv", trainFew)
	r := set.Recordings
	from, held := r.Pieces(24, 0, r.Scale(24), false), r.Pieces(24, 0, r.Scale(24), true)
	if before, _ = set.SplitByTime(); from.Len() != len(before) || held.Len() != 0 {
		t.Errorf("of few tasks learn from %d of %d and are validated on %d", from.Len(), len(before), held.Len())
	}
}

func TestATestPartAloneIsDealtOutToo(t *testing.T) {
	set, _ := setOf(t, "G_TEST.tsv", strings.Repeat(line("1", 30)+line("2", 40), 10))
	if before, behind := set.SplitByTime(); len(before) != 16 || len(behind) != 4 {
		t.Errorf("%d give labels, %d are tested", len(before), len(behind))
	}
}

func TestPartsAreDealtOutByClass(t *testing.T) {
	var all strings.Builder
	size := map[string]int{"1": 40, "2": 4, "3": 3, "4": 13, "5": 2}
	for _, class := range []string{"1", "2", "3", "4", "5"} { // sorted, as files often are
		for range size[class] {
			all.WriteString(line(class, 30))
		}
	}
	set, _ := setOf(t, "c.tsv", all.String())
	before, behind := set.SplitByTime()
	if len(before)+len(behind) != 62 {
		t.Fatalf("%d and %d of 62", len(before), len(behind))
	}
	count := map[string][2]int{}
	for side, at := range [][]int{before, behind} {
		for _, i := range at {
			n := count[set.Labels[i]]
			n[side]++
			count[set.Labels[i]] = n
		}
	}
	for class, want := range map[string][2]int{"1": {32, 8}, "2": {3, 1}, "3": {2, 1}, "4": {10, 3}, "5": {2, 0}} {
		if count[class] != want {
			t.Errorf("class %s: %v give labels and are tested, not %v", class, count[class], want)
		}
	}
	if learn, validate, test := partsOf(set.Recordings); learn != 43 || validate != 6 || test != 13 {
		t.Errorf("%d learn, %d validate, %d test", learn, validate, test)
	}
	none := strings.Repeat(strings.Repeat("1,", 29)+"2\n", 20)
	set, _ = setOf(t, "u.ts", "@problemName x\n@data\n"+none)
	if before, behind := set.SplitByTime(); len(before) != 16 || len(behind) != 4 {
		t.Errorf("without labels %d and %d of 20", len(before), len(behind))
	}
}

func TestAPieceOfAWholeSeriesIsAllOfIt(t *testing.T) {
	set, _ := setOf(t, "c.tsv", line("1", 12)+line("2", 300)+line("1", 40)+line("2", 13))
	r := set.Recordings
	l := r.Pieces(96, 24, Scale{[]float32{0}, []float32{1}}, false)
	var rows []int
	for i := range l.Len() {
		x, err := l.At(i)
		if err != nil || x.Name != r.Of[i].Name {
			t.Errorf("%s, %v", x.Name, err)
		}
		rows = append(rows, x.X.Shape[0])
	}
	if !slices.Equal(rows, []int{12, 300, 40, 13}) {
		t.Errorf("pieces of %v rows", rows)
	}
}

func TestTheScaleIsThatOfWhatTasksLearnFrom(t *testing.T) {
	high := "2" + strings.Repeat("\t1000", 20) + "\n"
	low := "1" + strings.Repeat("\t1\t3", 10) + "\n"
	set, _ := setOf(t, "G_TRAIN.tsv", strings.Repeat(low, 9), "G_TEST.tsv", strings.Repeat(high, 9))
	if s := set.Recordings.Scale(96); s.Mean[0] != 2 || s.Std[0] != 1 {
		t.Errorf("%+v", s)
	}
}

func TestWhatIsHeldOutOfARecordingIsNoPartOfItsTest(t *testing.T) {
	for _, rows := range []int{300, 1000, 5000} {
		x := make([]float32, rows)
		for i := range x {
			x[i] = float32(i)
		}
		r := &Recordings{Channels: []string{"x"}, Of: []Recording{{Name: "a", X: x}}}
		trainEnd, validationEnd := r.TimeSplit(0, 32)
		for _, heldOut := range []bool{false, true} {
			l := r.Pieces(32, 8, Scale{[]float32{0}, []float32{1}}, heldOut)
			low, high := float32(rows), float32(-1)
			for i := range l.Len() {
				s, _ := l.At(i)
				of := s.X.Buf.(kernel.Host)
				low, high = min(low, of[0]), max(high, of[len(of)-1])
			}
			want := [2]float32{0, float32(trainEnd - 1)}
			if heldOut {
				want = [2]float32{float32(trainEnd), float32(validationEnd - 1)}
			}
			if low != want[0] || high > want[1] || high < want[1]-40 {
				t.Errorf("%d rows, held out %v: pieces of rows %v to %v, want %v", rows, heldOut, low, high, want)
			}
			if heldOut && rows >= 1000 && l.Len() < heldOutPieces {
				t.Errorf("%d rows: %d pieces are held out", rows, l.Len())
			}
		}
	}
}
