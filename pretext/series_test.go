package pretext

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/pretext/view"
)

// levels are the readings of a dial of twelve places, in no meaningful order.
var levels = [12]float32{0.3, -1.2, 1.5, -0.4, 0.9, -1.6, 0, 1.2, -0.8, 1.8, -0.1, -1.4}

// dials go round twelve places in one of four ways: forwards, backwards, in steps of five, and those
// backwards. Each shows every level equally often: only their order shows which it is.
func dials(r *rng.Rand, n int) *data.Set {
	set := &data.Set{Of: data.Series}
	for i := range n {
		kind := i % 4
		at, step := r.IntN(12), []int{1, 11, 5, 7}[kind]
		x := make([]float32, 72)
		for k := range x {
			x[k] = levels[at] + 0.2*float32(r.NormFloat64())
			at = (at + step) % 12
		}
		set.Names, set.Labels = append(set.Names, fmt.Sprintf("%c/%d", 'a'+kind, i)), append(set.Labels, string(rune('a'+kind)))
		set.X = append(set.X, tensor.Float32s(x, len(x), 1))
	}
	return set
}

// beyond are dials labelled by how high they stand at a row: low, or high.
func beyond(row int) func(r *rng.Rand, n int) *data.Set {
	return func(r *rng.Rand, n int) *data.Set {
		set := dials(r, n)
		for i := range n {
			set.Labels[i] = "low"
			if reals(set.X[i])[row] > -0.05 {
				set.Labels[i] = "high"
			}
		}
		return set
	}
}

// last is an encoder's features at the last position.
type last struct{ nn.Encoder }

func (l last) Encode(x autograd.Var) autograd.Var {
	h := l.Encoder.Encode(x)
	n, positions, width := h.Dim(0), h.Dim(1), h.Dim(2)
	return autograd.Gather(h.Reshape(n*positions, width), h.Tape().Input(lasts(n, positions))).Reshape(n, 1, width)
}

func atLast(enc nn.Encoder) nn.Encoder { return last{enc} }

// dialWindow is what an encoder of windows of long rows takes of a dial, of which some rows are there.
func dialWindow(long, there int) func(x *tensor.Tensor) *tensor.Tensor {
	return func(x *tensor.Tensor) *tensor.Tensor {
		rows := view.Series{Long: long}.Window(x, 0)
		for i := there; i < long; i++ {
			rows[i] = float32(nan)
		}
		view.Normalise(rows, 1, long)
		marked := make([]float32, 2*long)
		view.Marked(marked, rows, 1, 1)
		return tensor.Float32s(marked, long, 2)
	}
}

func smallTCN(r *rng.Rand) Setup {
	again := func() nn.Encoder { return encoder.NewTCN(r.For("encoder", 0), 2, 16, 3) }
	return Setup{Encoder: again(), NewEncoder: again, Size: 24, Channels: []string{"dial"}, Rand: r.For("heads", 0)}
}

func smallPatchTST(r *rng.Rand) Setup {
	again := func() nn.Encoder { return encoder.NewPatchTST(r.For("encoder", 0), 1, 48, 32, 2, 2) }
	return Setup{Encoder: again(), NewEncoder: again, Size: 48, Channels: []string{"dial"}, Rand: r.For("heads", 0)}
}

var forecastTrial = trial{setup: smallTCN, samples: dials, input: dialWindow(24, 24), probed: beyond(24), part: atLast, options: `{"horizon":12}`, batch: 16, steps: 150,
	slow: func(task Task, t *autograd.Tape, v data.Views) float64 {
		next, horizon := task.(*Forecast).predict(t, v[0])
		return slowSquares(t, next, v[1], v[2]) + slowSquares(t, horizon, v[3], v[4])
	},
	sever: func(v data.Views) data.Views {
		return data.Views{v[0], elsewhere(v[1]), v[2], elsewhere(v[3]), v[4]}
	},
	chance: func(_ func(data.Views) float64, v data.Views) float64 {
		return squares(v[1], v[2]) + squares(v[3], v[4])
	},
}

var maskedSeriesTrial = trial{setup: smallPatchTST, samples: dials, input: dialWindow(48, 40), probed: beyond(40), part: atLast, batch: 16, steps: 300,
	slow: func(task Task, t *autograd.Tape, v data.Views) float64 {
		return slowSquares(t, task.(*MaskedSeries).reconstruct(t, v[0]), v[1], v[2])
	},
	sever:  func(v data.Views) data.Views { return data.Views{v[0], elsewhere(v[1]), v[2]} },
	chance: func(_ func(data.Views) float64, v data.Views) float64 { return squares(v[1], v[2]) },
	gain:   0.3,
}

// slowSquares is squaredError in float64.
func slowSquares(t *autograd.Tape, predicted autograd.Var, truth, known *tensor.Tensor) (mean float64) {
	n := 0.0
	x, err := t.Download(context.Background(), predicted.Value())
	if err != nil {
		panic(err)
	}
	for i, x := range x {
		if k := float64(reals(known)[i]); k > 0 {
			off := k * (float64(x) - float64(reals(truth)[i]))
			mean += off * off
			n += k * k
		}
	}
	return mean / n
}

// squares is the squared error of one who always says 0.
func squares(truth, known *tensor.Tensor) (mean float64) {
	n := 0.0
	for i, k := range reals(known) {
		if k > 0 {
			mean += float64(k*reals(truth)[i]) * float64(k*reals(truth)[i])
			n += float64(k * k)
		}
	}
	return mean / n
}

// elsewhere is x with its values in other places, always others: drawn by what they are.
func elsewhere(x *tensor.Tensor) *tensor.Tensor {
	was := reals(x)
	sum := 0.0
	for _, v := range was {
		sum += float64(v)
	}
	out := make([]float32, len(was))
	for i, at := range rng.New(uint64(1e6 * (sum + 1e6))).Perm(len(was)) {
		out[i] = was[at]
	}
	return tensor.Float32s(out, x.Shape...)
}

func TestAWindowTooShortIsMissingAtTheFrontAndNothingIsInvented(t *testing.T) {
	x := tensor.Float32s([]float32{1, float32(nan), 3}, 3, 1)
	w := view.Series{Long: 4, Ahead: 1}.Draw(rng.New(1), x)
	marked := make([]float32, 8)
	view.Marked(marked, w[:4], 1, 1)
	for i, known := range []float32{0, 0, 1, 0} {
		if marked[2*i+1] != known || known == 0 && marked[2*i] != 0 {
			t.Errorf("row %d is %v, known %v", i, marked[2*i], marked[2*i+1])
		}
	}
}

// Two series, one ten times as lively as the other: an error of one in the unit of both counts alike.
func TestAForecastsErrorsCountInTheChannelsUnitNotInTheWindows(t *testing.T) {
	task, err := forecast.Build(smallTCN(rng.New(1)), []byte(`{"horizon":4}`))
	if err != nil {
		t.Fatal(err)
	}
	var b data.Batch
	for k := range 2 {
		x := make([]float32, 28)
		for i := range x {
			x[i] = float32(math.Pow(10, float64(k)) * math.Sin(float64(i)))
		}
		b.Samples = append(b.Samples, data.Sample{X: tensor.Float32s(x, len(x), 1)})
	}
	v := task.Views(rng.New(2), b)
	var std [2]float64
	for k := range std {
		rows := slices.Clone(b.Samples[k].X.Buf.(kernel.Host))
		_, s := view.Normalise(rows, 1, 24)
		std[k] = float64(s[0])
	}
	for at, each := range map[int]int{2: 24, 4: 4} {
		for i, weight := range reals(v[at]) {
			if want := std[i/each] / math.Sqrt((std[0]*std[0]+std[1]*std[1])/2); math.Abs(float64(weight)-want) > 1e-5 {
				t.Errorf("view %d, value %d counts %v, want %v", at, i, weight, want)
			}
		}
	}
}

func TestALossDoesNotHearOfReadingsThatAreMissing(t *testing.T) {
	for _, name := range []string{"forecast", "maskedseries"} {
		t.Run(name, func(t *testing.T) {
			spec, _ := Find(name)
			c := trials[name]
			be := cpu.New()
			task := c.build(t, spec, be, 1)
			b := data.Batch{Kind: data.Series}
			set := dials(rng.New(2), 8)
			for i := range 8 {
				for k := range 72 {
					if (k+i)%3 == 0 {
						reals(set.X[i])[k] = float32(nan)
					}
				}
				s, _ := set.At(i)
				b.Samples = append(b.Samples, s)
			}
			v := task.Views(rng.New(3), b)
			missing, was := 0, c.loss(t, be, task, v)
			for _, x := range v {
				for _, f := range reals(x) {
					if f != f {
						t.Fatal("NaN reaches the encoder")
					}
				}
			}
			for i, k := range reals(v[len(v)-1]) {
				if k == 0 {
					missing++
					reals(v[len(v)-2])[i] = 1e6
				}
			}
			if missing == 0 {
				t.Fatal("nothing was missing")
			}
			if is := c.loss(t, be, task, v); is != was {
				t.Errorf("loss is %v with other values where readings are missing, and was %v", is, was)
			}
		})
	}
}

// shortDials are n dials of which only the last rows are there.
func shortDials(n, rows int) data.Batch {
	b, set := data.Batch{Kind: data.Series}, dials(rng.New(2), n)
	for _, x := range set.X {
		b.Samples = append(b.Samples, data.Sample{X: tensor.Float32s(reals(x)[:rows], rows, 1)})
	}
	return b
}

func TestOfAWindowLongerThanItsSeriesOnlyPatchesWithReadingsAreMasked(t *testing.T) {
	spec, _ := Find("maskedseries")
	task := maskedSeriesTrial.build(t, spec, cpu.New(), 1)
	const rows, long, patch, read = 40, 48, 8, 20 // half of patch 3, and patches 4 and 5
	v := task.Views(rng.New(3), shortDials(rows, read))
	places := map[int]int{}
	for row := range rows {
		masked := 0
		for p := range long / patch {
			hidden, empty := 0, 0
			for k := row*long + p*patch; k < row*long+(p+1)*patch; k++ {
				hidden += int(reals(v[2])[k])
				empty += int(1 - reals(v[0])[2*k+1])
				if value, is := reals(v[0])[2*k], reals(v[1])[k]; reals(v[2])[k] == 1 && value != 0 || reals(v[2])[k] == 0 && value != is {
					t.Fatalf("series %d, patch %d: reads %g where there is %g", row, p, value, is)
				}
			}
			if hidden > 0 {
				masked++
				places[p]++
			}
			if hidden > 0 && (hidden != min(patch, read-(long/patch-1-p)*patch) || empty != patch) {
				t.Errorf("series %d, patch %d: %d readings to predict, %d rows hidden", row, p, hidden, empty)
			}
		}
		if masked != 1 {
			t.Errorf("series %d: %d of its 3 patches are masked, want round(0.4·3) = 1", row, masked)
		}
	}
	if len(places) != 3 {
		t.Errorf("masked are patches %v, want each of 3, 4 and 5 in some series", places)
	}
}

func TestCPCAsksNothingOfAContextWithoutReadings(t *testing.T) {
	spec, _ := Find("cpc")
	task := cpcTrial.build(t, spec, cpu.New(), 1)
	const rows, read = 16, 10 // of 24 rows in patches of 6: most of patch 2, and patch 3
	v := task.Views(rng.New(3), shortDials(rows, read))
	if n := v[1].Shape[0]; n != rows {
		t.Errorf("one step on, %d are asked for, want the last patch of each of %d", n, rows)
	}
	for i, from := range ints(v[1]) {
		if to := ints(v[2])[i]; from%4 != 2 || to != from+1 {
			t.Errorf("of patch %d, %d is asked for", from%4, to%4)
		}
	}
	for step := 1; step < 3; step++ {
		if n := v[1+2*step].Shape[0]; n != 0 {
			t.Errorf("%d steps on, %d are asked for of contexts without a reading", step+1, n)
		}
	}
	if l := cpcTrial.loss(t, cpu.New(), cpcTrial.build(t, spec, cpu.New(), 1), v); !(l > 0) {
		t.Errorf("the loss of the one step that is left is %g", l)
	}
}
