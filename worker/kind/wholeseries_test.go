package kind

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/kernel/cpu"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/worker/testsets"
)

// readings is an encoder whose features are what it reads: values and marks.
type readings struct {
	Weight   *autograd.Param
	length   int
	channels int
}

func (r readings) Encode(x autograd.Var) autograd.Var { return x }
func (r readings) Width() int                         { return 2 * r.channels }
func (r readings) Channels() int                      { return r.channels }
func (r readings) Patch() int                         { return 1 }
func (r readings) Length() int                        { return r.length }

// wholes are series that are one sample each, of so many rows and some channels, of two classes.
func wholes(channels int, rows ...int) *data.Set {
	of, r := &data.Recordings{Classes: []string{"", "up", "down"}}, rng.New(3)
	for c := range channels {
		of.Channels = append(of.Channels, fmt.Sprint("channel ", c))
	}
	for i, n := range rows {
		x := make([]float32, n*channels)
		for k := range x {
			x[k] = float32(r.NormFloat64() + float64(k%channels) + float64(i))
		}
		of.Of = append(of.Of, data.Recording{Name: fmt.Sprintf("c.ts, line %d", i), X: x, Labels: []uint16{uint16(1 + i%2)}, Line: true})
	}
	of.Settle()
	set := &data.Set{Of: data.Series, Recordings: of}
	set.Cut(40)
	return set
}

func embedder(enc nn.Encoder, set *data.Set, size int) Embedder {
	c := len(set.Recordings.Channels)
	b := cpu.New()
	nn.Place(b, enc)
	return Embedder{Backend: b, Encoder: enc, Size: size, Input: Input{Channels: &Channels{Names: set.Recordings.Channels, Scale: data.Scale{Mean: make([]float32, c), Std: slices.Repeat([]float32{1}, c)}}}}
}

// pooledByHand are the mean, the greatest and the last normalised reading of a series' channel.
func pooledByHand(x []float32, channels, c int) (mean, most, last float64) {
	var all []float64
	for k := c; k < len(x); k += channels {
		all = append(all, float64(x[k]))
	}
	m, v := 0.0, 0.0
	for _, x := range all {
		m += x / float64(len(all))
	}
	for _, x := range all {
		v += (x - m) * (x - m) / float64(len(all))
	}
	for i := range all {
		all[i] = (all[i] - m) / math.Sqrt(v+0.01)
		mean += all[i] / float64(len(all))
	}
	return mean, slices.Max(all), all[len(all)-1]
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-4 }

func TestAllOfAWholeSeriesIsPooled(t *testing.T) {
	rows := []int{12, 40, 5000, 39, 251, 12}
	for _, length := range []int{0, 40} { // an encoder of any length, and one of 40 rows
		for channels := 1; channels <= 2; channels++ {
			set := wholes(2, rows...)
			e := embedder(readings{length: length, channels: channels}, set, 40)
			seen, err := e.Windows(t.Context(), set.Recordings, set.Windows, nil)
			if err != nil {
				t.Fatal(err)
			}
			for i, w := range seen {
				for c := range 2 {
					mean, most, last := pooledByHand(set.Recordings.Of[i].X, 2, c)
					at := c / channels * 2 * channels // its lane
					at += c % channels
					marks := w.Pooled[c/channels*2*channels+channels]
					if rows[i]%40 > 0 && rows[i] > 40 && length > 0 { // the last stretch begins before the one before ends
						mean = float64(w.Pooled[at])
					}
					if !near(float64(w.Pooled[at]), mean) || !near(float64(w.Max[at]), most) || !near(float64(w.Last[at]), last) || !near(float64(marks), 1) {
						t.Errorf("length %d, %d channels together, %d rows: mean %g (%g), most %g (%g), last %g (%g), marks %g", length, channels, rows[i], w.Pooled[at], mean, w.Max[at], most, w.Last[at], last, marks)
					}
				}
			}
		}
	}
}

func TestASeriesReadsTheSameAloneAndInCompany(t *testing.T) {
	set := wholes(2, 30, 251, 30, 2048, 97, 30)
	for _, enc := range []nn.Encoder{encoder.NewTCN(rng.New(1), 2, 8, 4), encoder.NewPatchTST(rng.New(1), 1, 40, 16, 1, 2)} {
		e := embedder(enc, set, 40)
		all, err := e.Embed(t.Context(), set, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := range set.Len() {
			one, err := e.Embed(t.Context(), set, []int{i}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(one.Row(0), all.Row(i)) {
				t.Errorf("%T: series %d differs", enc, i)
			}
		}
	}
}

func TestFineTuningPoolsAsEmbeddingDoes(t *testing.T) {
	for _, length := range []int{0, 40} {
		for _, rows := range [][]int{{12, 40, 33, 251, 120}, {12, 33}, {12, 40, 800, 5000}} {
			set := wholes(2, rows...)
			e := embedder(readings{length: length, channels: 1}, set, 40)
			want, err := e.Embed(t.Context(), set, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			tuning, err := series{}.FineTuning(e, set)
			if err != nil {
				t.Fatal(err)
			}
			tape := autograd.NewTape(e.Backend, rng.New(0))
			got, err := tape.Download(t.Context(), tuning.Features(tape, tuning.Views(set, []int{0, 1, len(rows) - 1}, nil), 0).Value())
			if err != nil || len(got) != 3*tuning.Width() || tuning.Width() != want.Width {
				t.Fatalf("%d numbers for width %d, embedded %d: %v", len(got), tuning.Width(), want.Width, err)
			}
			for k, i := range []int{0, 1, len(rows) - 1} {
				if rows[i] == 5000 { // not all of it is read
					continue
				}
				for c, v := range want.Row(i) {
					if !near(float64(got[k*want.Width+c]), float64(v)) {
						t.Errorf("length %d, series %d of %v: feature %d is %g, embedded %g", length, i, rows, c, got[k*want.Width+c], v)
					}
				}
			}
			notes := tuning.(interface {
				Notices(*data.Set) []data.Rejected
			}).Notices(set)
			if says := fmt.Sprint(notes); (rows[len(rows)-1] == 5000) != strings.Contains(says, "1 of 4 series are too long to be read as a whole while the encoder learns: of each it reads 51 stretches of 40 rows, evenly spread (c.ts, line 3)") {
				t.Errorf("%v", says)
			}
			tape.Free()
		}
	}
}

func TestTheGradientOfPaddingIsNone(t *testing.T) {
	set := wholes(1, 12, 40)
	enc := encoder.NewTCN(rng.New(1), 2, 4, 2)
	e := embedder(enc, set, 40)
	w, err := series{}.FineTuning(e, set)
	if err != nil {
		t.Fatal(err)
	}
	v := w.Views(set, []int{0, 1}, nil)
	weight := v[2]
	if fmt.Sprint(weight.Shape) != "[2 40 1]" {
		t.Fatalf("weights %v", weight.Shape)
	}
	tape := autograd.NewTape(e.Backend, rng.New(0))
	defer tape.Free()
	got, err := tape.Download(t.Context(), tape.Input(weight).Sum(1).Value())
	if err != nil || !near(float64(got[0]), 1) || !near(float64(got[1]), 1) {
		t.Errorf("weights add up to %v, %v", got, err)
	}
	tape.Backward(w.Features(tape, v, 0).Reshape(1, 2*w.Width()).Sum(1).Reshape(1))
	if g := enc.In.Weight.Grad; g == nil {
		t.Error("no gradient")
	}
}

func TestAWindowIsAsLongAsTheSeriesAre(t *testing.T) {
	for _, c := range []struct {
		rows           []int
		multiple, want int
	}{{[]int{24, 24}, 0, 24}, {[]int{9, 9, 9}, 8, 16}, {[]int{150, 150, 151}, 8, 152}, {[]int{3000, 3000}, 0, 2048},
		{[]int{30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 5000}, 0, 30}, {[]int{30, 33, 30, 41, 30, 50, 30, 30, 30, 5000}, 0, 50}} {
		if got := SizeFor(wholes(1, c.rows...), c.multiple); got != c.want {
			t.Errorf("of %v rows, multiples of %d: %d, not %d", c.rows, c.multiple, got, c.want)
		}
	}
	recordings := &data.Set{Of: data.Series, Recordings: &data.Recordings{Channels: []string{"a"}, Of: []data.Recording{{Name: "m", X: make([]float32, 500)}}}}
	if got := SizeFor(recordings, 8); got != 96 || NounOf(recordings) != "window" || NounOf(wholes(1, 20, 20)) != "series" {
		t.Errorf("of recordings %d; %s, %s", got, NounOf(recordings), NounOf(wholes(1, 20, 20)))
	}
}

func TestAFolderThatIsTheLabelIsNoCue(t *testing.T) {
	var files []data.File
	for i := range 4 {
		raw := []byte("x,y\n" + strings.Repeat("1.5,2\n3,4\n", 20))
		files = append(files, testsets.File(fmt.Sprintf("%s/%d.csv", [2]string{"run", "walk"}[i%2], i), raw))
	}
	set, _, err := data.ReadSeries(t.Context(), files, nil)
	if err != nil {
		t.Fatal(err)
	}
	if set.Cut(20); set.Len() != 4 || len(set.Classes()) != 2 {
		t.Fatalf("%d samples of classes %v", set.Len(), set.Classes())
	}
	for _, cue := range (series{}).Cues(set, 20) {
		for i := range 4 {
			if !slices.Equal(cue.Of(i), cue.Of(0)) {
				t.Errorf("%s tells folders apart", cue.Name)
			}
		}
	}
}

func TestWindowsAreEmbeddedAsTheirLabelsAre(t *testing.T) {
	for _, c := range []struct {
		run  int // rows with the same label
		last bool
	}{{1, true}, {300, false}} {
		csv := &strings.Builder{}
		csv.WriteString("value,label\n")
		for i := range 900 {
			fmt.Fprintf(csv, "%d,%c\n", i*i%17, 'a'+i/c.run%3)
		}
		set, _, err := series{}.Read(t.Context(), data.FromFile(fstest.MapFS{"x.csv": {Data: []byte(csv.String())}}, "x.csv"), Format{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		set.Cut(32)
		in, err := series{}.Input(set, 32)
		if err != nil {
			t.Fatal(err)
		}
		e := embedder(encoder.NewTCN(rng.New(1), 2, 8, 2), set, 32)
		e.Input = in
		f, err := e.Embed(t.Context(), set, []int{3}, nil)
		if err != nil {
			t.Fatal(err)
		}
		seen, err := e.Windows(t.Context(), set.Recordings, set.Windows[3:4], nil)
		if err != nil {
			t.Fatal(err)
		}
		want := seen[0].WholeFeatures()
		if c.last {
			want = seen[0].Features()
		}
		if in.Channels.LastRow != c.last || !slices.Equal(f.Row(0), want) {
			t.Errorf("labels for %d rows: last row %v, %v, want %v", c.run, in.Channels.LastRow, f.Row(0), want)
		}
	}
}
