package forecast

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"autodidact/core/autograd"
	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel/cpu"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/pretext"
	"autodidact/worker/run"
	"autodidact/worker/testsets"
)

// headOf is the trained forecasting head of a run.
func headOf(t *testing.T, r *run.Run) *Head {
	t.Helper()
	h, err := HeadOf(t.Context(), r)
	if err != nil || h == nil {
		t.Fatalf("%v, %v", h, err)
	}
	return h
}

// fitWithHead fits forecasts that may be by the head of a run, too.
func fitWithHead(t *testing.T, r *run.Run, set *data.Set, horizon int) *Forecaster {
	t.Helper()
	f, err := FitForecaster(t.Context(), r.Embedder(), headOf(t, r), set.Recordings, horizon, nil)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// tested is the scores of forecasts on the test part, by method.
func tested(t *testing.T, f *Forecaster, set *data.Set) (TestResult, map[string]float64) {
	t.Helper()
	got, err := f.Test(t.Context(), set.Recordings, 0.9, nil)
	if err != nil {
		t.Fatal(err)
	}
	mse := map[string]float64{}
	for _, s := range got.Scores {
		mse[s.Method] = s.MSE
	}
	t.Logf("%+v", got)
	return got, mse
}

// manyChannels are channels of few rows that all go round in 16 rows, each from elsewhere and at a level of its own, with noise.
func manyChannels(channels, rows int) *data.Set {
	of, x := &data.Recordings{Classes: []string{""}}, make([]float32, rows*channels)
	for c := range channels {
		r := rng.New(1).For("channel", c)
		of.Channels = append(of.Channels, fmt.Sprintf("c%d", c))
		phase, level, size := r.Float64(), 20*r.NormFloat64(), math.Exp(r.NormFloat64())
		for row := range rows {
			p := math.Mod(float64(row)/16+phase, 1)
			x[row*channels+c] = float32(level + size*(math.Sin(2*math.Pi*p)+0.4*r.NormFloat64()))
		}
	}
	of.Of = []data.Recording{{Name: "many.csv", X: x}}
	set := &data.Set{Of: data.Series, Recordings: of}
	set.Cut(32)
	return set
}

// Where there are many channels with few rows each, what is learned of all of them beats what is fitted to each.
func TestTheTrainedHeadWinsOnManyChannelsOfFewRows(t *testing.T) {
	skipLong(t)
	set := manyChannels(40, 160)
	r := trained(t, run.Config{Task: "forecast", Kind: data.Series, Encoder: "tcn-small", Size: 32, Batch: 3, Steps: 100, Rate: 3e-3, Seed: 1, Options: []byte(`{"horizon":8}`)}, set)
	f := fitWithHead(t, r, set, 8)
	got, mse := tested(t, f, set)
	if c := got.Choice; c.Used != "head" || len(c.ByHead) != 40 || !(c.Head < c.Readout) || !strings.HasPrefix(c.Says, "Forecasts are by the trained forecasting head: its MSE on the validation part is 0.") {
		t.Errorf("chosen is %+v", c)
	}
	if !(mse["head"] < 0.95*mse["dlinear"] && mse["head"] < 0.95*mse["readout"]) {
		t.Errorf("on the test part: %v", mse)
	}
	if math.Abs(got.Held-0.9) > 0.05 {
		t.Errorf("intervals for nine tenths cover %.3f", got.Held)
	}
	at, err := f.At(t.Context(), set.Recordings, 0, 130, 0.9)
	if err != nil {
		t.Fatal(err)
	}
	seen, err := f.windows(t.Context(), set.Recordings, []origin{{0, 130}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for h, v := range f.head.forecast(seen[0], 3, 8) {
		if want := f.embedder.Channels.Scale.Undo(3, float32(v)); at[3].Said[h] != want {
			t.Errorf("row %d is forecast as %v, by the head %v", h, at[3].Said[h], want)
		}
	}
}

// Waves are linear: a head that was trained for a moment does worse there, and is not used.
func TestTheReadoutWinsWhereALinearModelDoes(t *testing.T) {
	set := testsets.Waves(1000)
	c := waveConfig
	c.Steps = 30
	got, mse := tested(t, fitWithHead(t, trained(t, c, set), set, 12), set)
	if c := got.Choice; c.Used != "readout" || len(c.ByHead) != 0 || !(c.Readout < c.Head) || !strings.Contains(c.Says, "by DLinear plus a linear readout of the encoder: its MSE on the validation part is 0.") {
		t.Errorf("chosen is %+v", c)
	}
	if !(mse["readout"] < mse["head"]) {
		t.Errorf("on the test part: %v", mse)
	}
}

// Errors are by hand, of one reading each: the readout's and then the head's.
func TestEachChannelIsForecastByWhatIsClearlyBetterThere(t *testing.T) {
	f := &Forecaster{Horizon: 4, head: &Head{Rows: 4}}
	scored := func(readout, head float64) rivalry {
		return rivalry{meanSquare{readout, 1}, meanSquare{head, 1}, false}
	}
	channels := []string{"a", "b", "c"}
	for name, c := range map[string]struct {
		rivals []rivalry
		apart  int
		used   string
		byHead []string
	}{
		"the head is better over all":      {[]rivalry{scored(2, 1), scored(1, 1.1), scored(1, 0.9)}, 25, "head", channels},
		"but clearly worse in one":         {[]rivalry{scored(3, 1), scored(1, 1.3), scored(1, 0.9)}, 25, "both", []string{"a", "c"}},
		"the readout is better over all":   {[]rivalry{scored(1, 2), scored(1, 0.9), scored(1, 1)}, 25, "readout", nil},
		"but clearly worse in one channel": {[]rivalry{scored(1, 2), scored(1, 0.7), scored(1, 1)}, 25, "both", []string{"b"}},
		"few rows make nothing clear":      {[]rivalry{scored(1, 2), scored(1, 0.7), scored(1, 1)}, 4, "readout", nil},
		"one channel, the head is better":  {[]rivalry{scored(1, 0.99)}, 4, "head", channels[:1]},
		"as good as each other":            {[]rivalry{scored(1, 1), scored(1, 1)}, 4, "readout", nil},
		"there is nothing to compare":      {[]rivalry{{}, {}}, 0, "readout", nil},
		"of one channel there is nothing":  {[]rivalry{scored(2, 1), {}}, 25, "head", channels[:1]},
	} {
		f.rivals = slices.Clone(c.rivals)
		f.pick(c.apart)
		got := f.chosen(channels[:len(c.rivals)])
		if got.Used != c.used || !slices.Equal(got.ByHead, c.byHead) {
			t.Errorf("%s: %+v", name, got)
		}
		if _, err := json.Marshal(got); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	f.rivals = []rivalry{scored(3, 1), scored(1, 1.3), scored(1, 0.9)}
	f.pick(25)
	const want = "Channels a, c are forecast by the trained forecasting head (MSE on the validation part 0.950; DLinear plus a linear readout of the encoder 2.000), the other 1 by the latter (1.000; the head 1.300)."
	if got := f.chosen(channels).Says; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if n := apart([]origin{{0, 5}, {0, 6}, {0, 9}, {0, 12}, {0, 13}, {1, 2}, {1, 5}}, 4); n != 4 {
		t.Errorf("%d origins are 4 rows apart; 0:5, 0:9, 0:13 and 1:2 are", n)
	}
}

func TestAHeadForecastsItsFirstRowsAndNoneBeyondItsLast(t *testing.T) {
	set := testsets.Waves(600)
	r := trained(t, briefConfig, set) // a head of 3 rows
	shorter, mse := tested(t, fitWithHead(t, r, set, 2), set)
	if _, ok := mse["head"]; !ok || shorter.Choice.Head == 0 {
		t.Errorf("2 of 3 rows: %+v", shorter.Choice)
	}
	longer, mse := tested(t, fitWithHead(t, r, set, 5), set)
	if _, ok := mse["head"]; ok || longer.Choice.Used != "readout" || !strings.HasSuffix(longer.Choice.Says, "the trained forecasting head was trained to predict 3 rows, fewer than the 5 asked for.") {
		t.Errorf("5 of 3 rows: %+v", longer.Choice)
	}
	without, mse := tested(t, fitForecaster(t, r.Embedder(), set, 2), set)
	if _, ok := mse["head"]; ok || !strings.HasSuffix(without.Choice.Says, "this model has no trained forecasting head.") {
		t.Errorf("without a head: %+v", without.Choice)
	}
}

// What the head says of a window is what its task predicts there, by encoders that read channels one by one and together.
func TestAHeadForecastsAsItsTaskPredicts(t *testing.T) {
	for _, encoder := range []string{"tcn-small", "tcn-mixing", "patchtst"} {
		set := testsets.Waves(400)
		c := briefConfig
		c.Encoder = encoder
		r := trained(t, c, set)
		e := r.Embedder()
		rows := make([]float32, 35*2)
		set.Recordings.Into(rows, data.Window{Of: 1, From: 100, Rows: 35})
		e.Channels.Scale.Apply(rows)
		b := data.Batch{Kind: data.Series, Samples: []data.Sample{{Name: "one", X: tensor.Float32s(rows, 35, 2)}}}
		v := r.Task.Views(rng.New(1), b)
		tape := autograd.NewTape(r.Backend(), rng.New(1))
		tape.Training = false
		shown, err := r.Task.(pretext.Previewer).Preview(t.Context(), tape, b, v)
		if err != nil {
			t.Fatal(err)
		}
		seen, err := e.Windows(t.Context(), set.Recordings, []data.Window{{Of: 1, From: 100, Rows: 32}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for ch := range 2 {
			want := shown[0].Curves[3*ch+2].Values
			for h, got := range headOf(t, r).forecast(seen[0], ch, 3) {
				if is := float64(want[h]*seen[0].Std[ch] + seen[0].Mean[ch]); math.Abs(got-is) > 1e-5 {
					t.Errorf("%s, channel %d, row %d: %v, its task predicts %v", encoder, ch, h, got, is)
				}
			}
		}
	}
}

func TestAHeadTravelsInModelsAndCheckpointsAndOldModelsHaveNone(t *testing.T) {
	set := testsets.Waves(400)
	r := trained(t, briefConfig, set)
	want := headOf(t, r)
	model, err := r.Model(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	whole, err := r.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	open := func(s *checkpoint.State) (*Head, error) {
		e, _, err := run.OpenEmbedder(s, cpu.New())
		if err != nil {
			t.Fatal(err)
		}
		return OpenHead(t.Context(), s, e)
	}
	for name, s := range map[string]*checkpoint.State{"a model": model, "a checkpoint": whole} {
		got, err := open(s)
		if err != nil || got == nil || got.Rows != 3 || got.together != 1 || !slices.Equal(got.weight, want.weight) || !slices.Equal(got.bias, want.bias) {
			t.Errorf("%s has another head: %+v, %v", name, got, err)
		}
	}
	x := model.Tensors["forecaster.bias"]
	model.Tensors["forecaster.bias"] = tensor.Float32s(make([]float32, 600), 600)
	if _, err := open(model); err == nil || !strings.Contains(err.Error(), "predicts 600 numbers") {
		t.Errorf("a head of 600 rows: %v", err)
	}
	model.Tensors["forecaster.bias"] = tensor.Float32s(make([]float32, 4), 4)
	if _, err := open(model); err == nil || !strings.Contains(err.Error(), "forecaster.weight is [3 32]") {
		t.Errorf("a head whose parts do not fit: %v", err)
	}
	model.Tensors["forecaster.bias"] = x
	delete(model.Tensors, "forecaster.weight")
	delete(model.Tensors, "forecaster.bias")
	if got, err := open(model); got != nil || err != nil {
		t.Errorf("an old model: %+v, %v", got, err)
	}
	other := briefConfig
	other.Task, other.Options = "ts2vec", nil
	if h, err := HeadOf(t.Context(), trained(t, other, set)); h != nil || err != nil {
		t.Errorf("ts2vec: %v, %v", h, err)
	}
}

// A head learns nothing behind the first border, and nothing behind the second chooses it or calibrates its intervals.
func TestNothingBehindTheSecondBorderChoosesTheHead(t *testing.T) {
	skipLong(t)
	clean, other := manyChannels(40, 160), manyChannels(40, 160)
	x := other.Recordings.Of[0].X
	for k := 128 * 40; k < len(x); k++ {
		x[k] = 1e4
	}
	c := run.Config{Task: "forecast", Kind: data.Series, Encoder: "tcn-small", Size: 32, Batch: 3, Steps: 100, Rate: 3e-3, Seed: 1, Options: []byte(`{"horizon":8}`)}
	fit := func(set *data.Set) (*Forecaster, []Forecast) {
		f := fitWithHead(t, trained(t, c, set), set, 8)
		at, err := f.At(t.Context(), set.Recordings, 0, 128, 0.8)
		if err != nil {
			t.Fatal(err)
		}
		return f, at
	}
	one, before := fit(clean)
	two, after := fit(other)
	if len(one.Choice.ByHead) == 0 || one.Choice.Says != two.Choice.Says {
		t.Errorf("%+v, %+v", one.Choice, two.Choice)
	}
	for ch := range before {
		if !slices.Equal(before[ch].Said, after[ch].Said) || !slices.Equal(before[ch].Low, after[ch].Low) {
			t.Errorf("channel %d depends on rows that are held out", ch)
		}
	}
}

// A head forecasts no channel of which nothing was learned, and its detector scores rows as they arrive as it does afterwards.
func TestAHeadLeavesAloneWhatNeverMovedAndServesADetector(t *testing.T) {
	set := withChannels(640, map[string]func(int) float32{"flat": always(0.1), "gone": always(missing)})
	f := fitWithHead(t, trained(t, briefConfig, set), set, 3)
	for c, name := range set.Recordings.Channels { // as if it were better everywhere
		if f.rivals[c].head.n > 0 {
			f.rivals[c].head = meanSquare{f.rivals[c].readout.sum / 2, f.rivals[c].readout.n}
		} else if name != "flat" && name != "gone" {
			t.Errorf("channel %s was not compared", name)
		}
	}
	f.pick(1)
	f.Choice = f.chosen(set.Recordings.Channels)
	if !slices.Equal(f.Choice.ByHead, []string{"quick", "slow"}) {
		t.Fatalf("%+v", f.Choice)
	}
	at, err := f.At(t.Context(), set.Recordings, 0, 640, 0.9)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range at {
		for h, v := range c.Said {
			if c.Channel == "flat" && v != 0.1 || c.Channel == "gone" && v == v {
				t.Errorf("row %d of %s is forecast as %v", h, c.Channel, v)
			}
		}
	}
	d := fitDetector(t, f, set)
	s, err := d.Score(t.Context(), set.Recordings, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	stream := d.Stream(0.01)
	for row := 500; row < 600; row++ {
		fed, err := stream.Feed(t.Context(), set.Recordings.Of[1].X[4*row:][:4])
		if err != nil {
			t.Fatal(err)
		}
		if row > 580 && math.Abs(fed.Score-s.Score[row-s.From]) > 1e-3 {
			t.Errorf("row %d scores %v as it arrives, %v afterwards", row, fed.Score, s.Score[row-s.From])
		}
	}
}
