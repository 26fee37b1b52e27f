package data

import (
	"context"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// seriesOf reads files given as name, content, name, content.
func seriesOf(t *testing.T, files ...string) (*Recordings, []Rejected) {
	t.Helper()
	var all []File
	for i := 0; i < len(files); i += 2 {
		all = append(all, plainFile(files[i], files[i+1]))
	}
	set, rejected, err := ReadSeries(t.Context(), all, nil)
	if err != nil {
		t.Fatal(err)
	}
	if set.Recordings == nil {
		return &Recordings{}, rejected
	}
	return set.Recordings, rejected
}

// leftOut is what of the rejected was not only noted.
func leftOut(all []Rejected) []Rejected {
	return slices.DeleteFunc(slices.Clone(all), func(r Rejected) bool { return r.Code == Notice })
}

func plainFile(name, content string) File {
	return File{name, int64(len(content)), func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil }}
}

// rowsOf repeats a row n times with its number from 1 for %d, or its time by a layout for %t.
func rowsOf(n int, row, layout string, step time.Duration) string {
	var b strings.Builder
	at := time.Date(2024, 1, 28, 0, 0, 0, 0, time.UTC)
	for i := range n {
		line := strings.ReplaceAll(row, "%t", at.Add(time.Duration(i)*step).Format(layout))
		b.WriteString(strings.ReplaceAll(line, "%d", fmt.Sprint(i+1)) + "\n")
	}
	return b.String()
}

func TestTheColumnsOfATableAreReported(t *testing.T) {
	r, rejected := seriesOf(t, "m.csv", "index,When (time),place,temp,label,wind\n"+rowsOf(20, "%d,%t,hall,%d.5,warm,-%d", "2006-01-02 15:04", time.Hour))
	if !slices.Equal(r.Channels, []string{"temp", "wind"}) || r.Rows(0) != 20 || r.Of[0].X[0] != 1.5 || r.Of[0].X[39] != -20 {
		t.Errorf("channels %v, %v", r.Channels, r.Of)
	}
	if r.Label(0, 3) != "warm" || r.Whole(0) || r.When(0, 2) != "2024-01-28 02:00" {
		t.Errorf("label %q, when %q", r.Label(0, 3), r.When(0, 2))
	}
	if rejected[0].Reason != "index only counts the rows: it is left out" || rejected[1].Reason != "columns that are no numbers are left out: place (as “hall”)" || len(rejected) != 2 || rejected[1].Code != Notice {
		t.Errorf("%+v", rejected)
	}
}

func TestTimesAreReadInTheUsualFormats(t *testing.T) {
	for _, layout := range []string{"02-01-2006 15:04", "02.01.06", "1/2/06", "02-Jan-2006", "02-Jan-06 15:04", "2 January 2006", "January 2, 2006", "2006-01-02 15:04-07:00", "2006-01-02T15:04:05-0700", "2006-01-02 15:04:05 -0700 MST",
		"20060102T150405", "20060102 1504", "200601021504", "20060102150405", "2006010215", "1/2/2006 3:04 PM", "2006-01-02 03:04:05pm", "Mon, 02 Jan 2006 15:04:05 MST", "Mon Jan _2 15:04:05 2006", "02/Jan/2006:15:04:05 -0700",
		"2006-01-02,15:04", "2006-01-02", "2006-01-02 15:04:05,000", "2006-01-02T15:04:05Z07:00", "2006-01-02 15:04:05", "2006/01/02 15:04", "02.01.2006", "02.01.2006 15:04", "1/2/2006", "2/1/2006 15:04", "Jan 2 2006", "20060102", "2006-01-02T15:04:05.000"} {
		r, rejected := seriesOf(t, "m.csv", "date;x\n"+rowsOf(30, "%t;%d", layout, 24*time.Hour))
		if len(r.Of) != 1 || len(leftOut(rejected)) > 0 || r.Of[0].Clock.Step != 86_400_000 || r.When(0, 1) != "2024-01-29" {
			t.Errorf("%s: %+v %v", layout, r.Of, rejected)
		}
	}
	for name, first := range map[string]int64{"seconds": 1706400000, "milliseconds": 1706400000000} {
		step := first / 1706400000
		var b strings.Builder
		for i := range int64(20) {
			fmt.Fprintf(&b, "%d,%d\n", first+i*step*60, i)
		}
		r, rejected := seriesOf(t, "m.csv", "timestamp,x\n"+b.String())
		if len(rejected) > 0 || len(r.Channels) != 1 || r.When(0, 1) != "2024-01-28 00:01" {
			t.Errorf("%s: %v %v", name, rejected, r.Channels)
		}
	}
	_, rejected := seriesOf(t, "m.csv", "date,x\n"+rowsOf(9, "0%d/02/2024,%d", "", 0))
	if len(rejected) != 1 || !strings.Contains(rejected[0].Reason, "day/month/year: so the steps between them are even") {
		t.Errorf("%+v", rejected)
	}
}

func TestWhatIsWrongInATableIsNamedByItsPlace(t *testing.T) {
	good := rowsOf(20, "%t,%d,%d", "2006-01-02", 24*time.Hour)
	swap := func(row int, with string) string {
		lines := strings.Split(good, "\n")
		lines[row-2] = with
		return "date,temp,wind\n" + strings.Join(lines, "\n")
	}
	for name, c := range map[string]struct {
		file, want string
		rows       int
	}{
		"text":         {swap(17, "2024-02-12,abc,3"), `m.csv, row 17: column temp: "abc" is not a number: this reading counts as missing`, 20},
		"infinite":     {swap(17, "2024-02-12,inf,3"), `row 17: column temp: "inf" is not a number`, 20},
		"no time":      {swap(17, "yesterday,1,3"), `row 17: column date: "yesterday" is no time like the others`, 20}, // its row is filled with missing readings
		"fields":       {swap(17, "2024-02-12,1"), `row 17: 2 fields where the header has 3`, 20},
		"unsorted":     {swap(5, "2024-03-30,1,3"), `not in the order of their times: they were sorted`, 0},
		"twice":        {swap(5, "2024-01-28,1,3"), `1 row with the time of another, as 2024-01-28 00:00:00: the first of each is kept`, 20},
		"a gap":        {"date,temp\n" + rowsOf(10, "%t,1%d", "2006-01-02", 24*time.Hour) + "2024-02-10,7\n", `3 rows are not there between others 1 day apart: they count as missing`, 14},
		"uneven":       {"date,temp\n" + rowsOf(10, "%t,1%d", "2006-01-02 15:04", time.Hour) + "2024-02-01 09:17,7\n", `steps are not even: most are 1 hour, the longest is 4 days`, 11},
		"constant":     {"date,temp,off\n" + rowsOf(10, "%t,%d,0", "2006-01-02", 24*time.Hour), `always the same: off`, 10},
		"all missing":  {"date,temp,off\n" + rowsOf(10, "%t,%d,NaN", "2006-01-02", 24*time.Hour), `all readings are missing in off`, 10},
		"nothing":      {"date,temp\n" + rowsOf(10, "%t,NA", "2006-01-02", 24*time.Hour), `all readings are missing`, 0},
		"one row":      {"date,temp\n2024-01-01,3\n", `only 1 row of readings: too short`, 0},
		"header alone": {"date,temp\n", `only 0 rows`, 0},
		"no header":    {"1.5,2,3\n4,5,6\n", `a header that names the columns is missing`, 0},
		"no numbers":   {"a,b\n" + rowsOf(10, "x,y", "", 0), `no column of numbers: it has a, b`, 0},
		"empty":        {"", `empty`, 0},
		"thousands":    {"date,temp\n" + rowsOf(9, "%t,\"1,00%d\"", "2006-01-02", 24*time.Hour), `the comma could be a decimal or a thousands mark; it is read as a thousands mark: 1,001 is 1001`, 9},
		"not UTF-8":    {"date,t\xe9mp\n" + rowsOf(10, "%t,%d", "2006-01-02", 24*time.Hour), `not UTF-8`, 0},
		"a quote":      {"date,temp\n2024-01-01,\"3\n" + good, `not closed`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r, rejected := seriesOf(t, "m.csv", c.file)
			found := false
			for _, x := range rejected {
				found = found || strings.Contains(x.Error(), c.want)
			}
			if !found {
				t.Errorf("said %v, not %q", rejected, c.want)
			}
			rows := 0
			if len(r.Of) > 0 {
				rows = r.Rows(0)
			}
			if rows != c.rows && name != "unsorted" {
				t.Errorf("%d rows, not %d", rows, c.rows)
			}
		})
	}
}

func TestDecimalCommasSemicolonsAndUTF16AreRead(t *testing.T) {
	for name, file := range map[string]string{
		"semicolons": "Datum;Temperatur\n" + rowsOf(10, "%t;-3,%d", "02.01.2006", 24*time.Hour),
		"quotes":     "date,temp\n" + rowsOf(10, "%t,\"-3,%d\"", "2006-01-02", 24*time.Hour),
		"tabs":       "date\ttemp\n" + rowsOf(10, "%t\t-3.%d", "2006-01-02", 24*time.Hour),
	} {
		wide := []byte{0xff, 0xfe}
		for _, c := range "\n" + file {
			wide = append(wide, byte(c), 0)
		}
		for _, content := range []string{file, "\ufeff" + file, string(wide)} {
			r, rejected := seriesOf(t, "m.csv", content)
			if len(leftOut(rejected)) > 0 || len(r.Of) != 1 || r.Of[0].X[1] != -3.2 {
				t.Errorf("%s: %+v %v", name, r.Of, rejected)
			}
		}
	}
}

func TestATableOfSeveralSeriesIsPartedWhereTimeBeginsAgain(t *testing.T) {
	one := rowsOf(12, "Oslo,%t,%d", "2006-01-02", 24*time.Hour)
	r, _ := seriesOf(t, "m.csv", "town,date,temp\n"+one+strings.ReplaceAll(one, "Oslo", "Bergen"))
	if len(r.Of) != 2 || r.Of[0].Name != "m.csv, Oslo" || r.Rows(1) != 12 || r.Of[1].Clock.Step != 86_400_000 {
		t.Errorf("%+v", r.Of)
	}
}

func TestFilesOfOtherChannelsAreRefusedAndThoseInAnotherOrderTurned(t *testing.T) {
	rows := rowsOf(10, "%d,-%d", "", 0)
	r, rejected := seriesOf(t, "a.csv", "x,y\n"+rows, "b.csv", "y,x\n"+rows, "c.csv", "x,z\n"+rows)
	if len(r.Of) != 2 || r.Of[1].X[0] != -1 || r.Of[1].X[1] != 1 {
		t.Errorf("%+v", r.Of)
	}
	if len(rejected) != 1 || rejected[0].Name != "c.csv" || !strings.Contains(rejected[0].Reason, "x, z; those of the files before are x, y") {
		t.Errorf("%+v", rejected)
	}
}

func TestCollectionsOfLabelledSeriesAreRead(t *testing.T) {
	line := strings.Repeat("\t1.5", 9)
	r, rejected := seriesOf(t, "Gun_TRAIN.tsv", "1"+line+"\tNaN\n2"+line+"\t3\n", "Gun_TEST.tsv", "2"+line+"\t?\n1\t2\n")
	if len(r.Of) != 3 || r.Rows(0)+r.Rows(1) != 9+9+1-0 && r.Rows(0) != 9 {
		t.Fatalf("%+v", r.Of)
	}
	if r.Label(0, 5) != "2" || !r.Of[0].Tests || r.Of[1].Tests || r.Label(1, 0) != "1" || !r.Whole(0) {
		t.Errorf("%+v", r.Of)
	}
	if len(rejected) != 1 || !strings.Contains(rejected[0].Error(), "Gun_TEST.tsv, row 2: only 1 readings") {
		t.Errorf("%+v", rejected)
	}
	ts := "# of the sea\n@problemName Waves\n@timeStamps false\n@univariate false\n@dimensions 2\n@equalLength false\n@classLabel true calm storm\n@data\n" +
		"1,2,3,4,5,6,7,8:8,7,?,5,4,3,2,1:calm\n1,2,3,4,5,6,7,8,9,10:1,1,1,1,1,1,1,1:storm\n"
	r, rejected = seriesOf(t, "waves.ts", ts)
	if len(rejected) > 0 || len(r.Of) != 2 || r.Label(1, 0) != "storm" || r.Rows(1) != 10 || r.Of[1].X[19] == r.Of[1].X[19] || r.Of[0].X[2*2+1] == r.Of[0].X[2*2+1] {
		t.Errorf("%+v %v", r.Of, rejected)
	}
	if _, rejected = seriesOf(t, "w.ts", strings.Replace(ts, "@timeStamps false", "@timeStamps true", 1)); len(rejected) != 1 || !strings.Contains(rejected[0].Reason, "@timeStamps true") {
		t.Errorf("%v", rejected)
	}
}

func TestTheKindOfTablesIsRecognized(t *testing.T) {
	for want, files := range map[Kind][]File{
		Series: {plainFile("a.csv", "date,x\n2024-01-01,3\n"), plainFile("b.ts", "@problemName x\n")},
		Text:   {plainFile("a.csv", "text,label\nhello,1\n")},
	} {
		if got := KindOf(files); got != want {
			t.Errorf("%v is %s, not %s", files, got, want)
		}
	}
	if got := KindOf([]File{plainFile("a.tsv", "1\t2\t3\n")}); got != Series {
		t.Errorf("UCR's .tsv is %s", got)
	}
}

func TestTooManyRowsAreAveragedAndReported(t *testing.T) {
	r := seriesReader{ctx: t.Context(), all: &Recordings{Classes: []string{""}}, most: 100, file: "m.csv"}
	file := "date,x,label\n" + rowsOf(500, "%t,%d,c%d", "2006-01-02 15:04:05", time.Second)
	f := plainFile("m.csv", file)
	s, err := r.survey(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.read(f, s, nil); err != nil {
		t.Fatal(err)
	}
	of := r.all.Of[0]
	if n := len(of.X); n != 63 || of.X[0] != 4.5 || of.X[61] != 492.5 || of.Clock.Step != 8000 || len(of.Labels) != n || r.all.Label(0, 0) != "c8" {
		t.Errorf("%d rows, %v, clock %+v, label %q", n, of.X, of.Clock, r.all.Label(0, 0))
	}
	if x := r.rejected[0]; x.Code != Notice || !strings.Contains(x.Reason, "500 rows are more than fit: each 8 are averaged to one") {
		t.Errorf("%+v", r.rejected)
	}
}

// manyRows writes rows as they are read.
type manyRows struct {
	left, at int
	buf      []byte
}

func (m *manyRows) Read(p []byte) (int, error) {
	for len(m.buf) < len(p) && m.left > 0 {
		m.left--
		m.at++
		m.buf = fmt.Appendf(m.buf, "%d,%.2f,%.2f,%d\n", 1700000000+m.at, math.Sin(float64(m.at)), float64(m.at%97), m.at%7)
	}
	if len(m.buf) == 0 {
		return 0, io.EOF
	}
	n := copy(p, m.buf)
	m.buf = m.buf[:copy(m.buf, m.buf[n:])]
	return n, nil
}
func (m *manyRows) Close() error { return nil }

func TestTenMillionRowsAreReadInBoundedMemory(t *testing.T) {
	if testing.Short() || runtime.GOARCH == "wasm" {
		t.Skip("long")
	}
	const rows = 10_000_000
	peak := uint64(0)
	f := File{"m.csv", 30 * rows, func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader("time,a,b,c\n"), &manyRows{left: rows})), nil
	}}
	var m runtime.MemStats
	set, rejected, err := ReadSeries(context.Background(), []File{f}, func(done, total int) {
		if done%97 == 0 {
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapInuse)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	runtime.ReadMemStats(&m)
	t.Logf("%d rows are held as %d in %d MB, peak %d MB; %v", rows, set.Recordings.Rows(0), m.HeapAlloc>>20, peak>>20, rejected)
	if m.HeapAlloc > 300<<20 || set.Recordings.Rows(0) < rows/4 {
		t.Errorf("%d rows in %d MB", set.Recordings.Rows(0), m.HeapAlloc>>20)
	}
}

func FuzzSeries(f *testing.F) {
	for _, s := range []string{"date,x\n2024-01-01,3\n", "1\t2\t3\t4\t5\t6\t7\t8\t9\n", "@data\n1,2,3,4,5,6,7,8:a\n", "a;b\n1,5;2\n", "t,x\n" + strings.Repeat("1,2\n", 9), "\xff\xfea\x00,\x00b\x00\n\x00"} {
		f.Add(s, "m.csv")
		f.Add(s, "m.tsv")
		f.Add(s, "m.ts")
	}
	f.Fuzz(func(t *testing.T, content, name string) {
		if len(content) > 1<<16 {
			return
		}
		set, _, err := ReadSeries(context.Background(), []File{plainFile(name, content)}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if set.Recordings == nil {
			return
		}
		set.Cut(16)
		for i := range set.Len() {
			set.At(i)
		}
		for i := range set.Recordings.Of {
			of := set.Recordings.Of[i]
			if n := set.Recordings.Rows(i); len(of.Labels) > 1 && len(of.Labels) != n || of.Clock.Uneven != nil && len(of.Clock.Uneven) != n {
				t.Fatalf("%d rows, %d labels, %d times", n, len(of.Labels), len(of.Clock.Uneven))
			}
		}
		set.Fingerprint()
	})
}

func TestClassesBeyondThoseThereMayBeAreCounted(t *testing.T) {
	var b strings.Builder
	for i := range maxClasses + 5 {
		fmt.Fprintf(&b, "%d%s\n", i, strings.Repeat("\t1.5", 9))
	}
	r, rejected := seriesOf(t, "m.tsv", b.String())
	if len(r.Of) != maxClasses+5 || len(r.Classes) != maxClasses+1 || len(rejected) != 1 || !strings.Contains(rejected[0].Reason, "5 rows have a label beyond the first 1,000") {
		t.Errorf("%d series of %d classes, %v", len(r.Of), len(r.Classes), rejected)
	}
}
