package forecast

import (
	"context"
	"encoding/json"
	"fmt"
	"math"

	"autodidact/core/anomaly"
	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/forecast"
	"autodidact/core/kernel"
	"autodidact/core/probe"
	"autodidact/core/tensor"
	"autodidact/worker/kind"
)

// detectorPrefix is where a State has the numbers of a Detector, metaDetector where it has the rest.
const (
	detectorPrefix = "detector."
	metaDetector   = "detector"
)

// A savedDetector is what of a Detector is not in tensors.
type savedDetector struct {
	Horizon  int            `json:"horizon"`
	Channels []savedChannel `json:"channels"`
}

// A savedChannel is how one channel is forecast.
type savedChannel struct {
	Out     string `json:"out,omitempty"` // why nothing was learned of it
	ByHead  bool   `json:"byHead,omitempty"`
	Long    int    `json:"long,omitempty"` // of its DLinear; 0 if the last value stands for it
	OffLast bool   `json:"offLast,omitempty"`
}

// Save writes w into the State of the model it was fitted with: all that scoring other recordings takes, and no row of those it
// learned from. OpenDetector reads it.
func (w *Detector) Save(s *checkpoint.State) {
	put := func(name string, x []float64) { s.Tensors[detectorPrefix+name] = doubles(x) }
	saved := savedDetector{Horizon: w.f.Horizon}
	for c := range w.spread {
		one := savedChannel{Out: w.f.out[c], ByHead: w.f.rivals[c].byHead}
		if d, ok := w.f.baselines[c].DLinear.(*forecast.DLinear); ok {
			one.Long, one.OffLast = d.Long, d.OffLast
			put(fmt.Sprintf("%d.dlinear.weight", c), d.Map.Weights)
			put(fmt.Sprintf("%d.dlinear.bias", c), d.Map.Bias)
		}
		put(fmt.Sprintf("%d.readout.weight", c), w.f.lines[c].Weights)
		put(fmt.Sprintf("%d.readout.bias", c), w.f.lines[c].Bias)
		put(fmt.Sprintf("%d.spread", c), w.spread[c])
		saved.Channels = append(saved.Channels, one)
	}
	for k, x := range w.mixed.Sorted() {
		put("usual."+Kinds[k], x)
	}
	put("clean", w.Clean)
	put("clean.z", w.z)
	s.Tensors[detectorPrefix+"windows"] = tensor.Float32s(w.looked.Data, w.looked.N, w.looked.Width)
	raw, err := json.Marshal(saved)
	if err != nil {
		panic(err) // names and whole numbers
	}
	s.Meta[metaDetector] = string(raw)
}

// OpenDetector reads what Save wrote; nil if there is no detector in s. head, which may be nil, and look are of the same model.
// None of the recordings it then scores are those it learned from.
func OpenDetector(s *checkpoint.State, look kind.Embedder, head *Head) (w *Detector, err error) {
	if s.Meta[metaDetector] == "" || look.Channels == nil {
		return nil, nil
	}
	var saved savedDetector
	if err := json.Unmarshal([]byte(s.Meta[metaDetector]), &saved); err != nil {
		return nil, &checkpoint.FormatError{Reason: "the detector in the file cannot be read: " + err.Error()}
	}
	if n := len(look.Channels.Names); len(saved.Channels) != n || saved.Horizon < 1 || saved.Horizon > 512 {
		return nil, &checkpoint.FormatError{Reason: fmt.Sprintf("the detector in the file is of %d channels and %d rows, its encoder of %d channels", len(saved.Channels), saved.Horizon, n)}
	}
	o := opening{from: s}
	f := &Forecaster{Horizon: saved.Horizon, embedder: look, head: head}
	w = &Detector{f: f, elsewhere: true}
	for c, one := range saved.Channels {
		o.channel(w, c, one)
		if one.ByHead && !f.headCan() {
			o.fail("it forecasts channel %s by a head that it does not have", look.Channels.Names[c])
		}
	}
	var usual [][]float64
	for _, name := range Kinds {
		usual = append(usual, o.doubles("usual."+name, -1))
	}
	w.mixed = anomaly.FitMixed(usual)
	w.Clean, w.z = o.doubles("clean", -1), o.doubles("clean.z", -1)
	o.bank(w)
	return w, o.err
}

// opening reads the parts of a Detector. After the first error the rest is of no use.
type opening struct {
	from *checkpoint.State
	err  error
}

func (o *opening) fail(format string, a ...any) {
	if o.err == nil {
		o.err = &checkpoint.FormatError{Reason: "the detector in the file cannot be used: " + fmt.Sprintf(format, a...)}
	}
}

// channel adds how one channel is forecast.
func (o *opening) channel(w *Detector, c int, one savedChannel) {
	f := w.f
	b := baselines{forecast.LastValue{}, forecast.SeasonalNaive{}, forecast.LastValue{}}
	if one.Long < 0 || one.Long > 1<<16 {
		o.fail("channel %d looks back %d rows", c, one.Long)
		one.Long = 0
	}
	if one.Long > 0 {
		b.DLinear = &forecast.DLinear{Long: one.Long, Ahead: f.Horizon, OffLast: one.OffLast, Map: o.line(fmt.Sprintf("%d.dlinear", c), one.Long, f.Horizon)}
	}
	readout := o.line(fmt.Sprintf("%d.readout", c), len(o.doubles(fmt.Sprintf("%d.readout.weight", c), -1))/f.Horizon, f.Horizon)
	if width := f.embedder.Encoder.Width(); readout.In != width {
		o.fail("channel %d is read out from %d features; the encoder gives %d", c, readout.In, width)
	}
	f.lines, f.baselines, f.out, f.rivals = append(f.lines, readout), append(f.baselines, b), append(f.out, one.Out), append(f.rivals, rivalry{byHead: one.ByHead})
	w.spread = append(w.spread, o.doubles(fmt.Sprintf("%d.spread", c), f.Horizon))
}

func (o *opening) line(name string, in, out int) *forecast.Linear {
	return &forecast.Linear{In: in, Out: out, Weights: o.doubles(name+".weight", in*out), Bias: o.doubles(name+".bias", out)}
}

// doubles reads n numbers, or with -1 as many as there are; zeros where they are not there.
func (o *opening) doubles(name string, n int) []float64 {
	x := o.from.Tensors[detectorPrefix+name]
	if x == nil || x.DType != tensor.Int32 || len(x.Shape) != 2 || x.Shape[1] != 2 || n >= 0 && x.Shape[0] != n {
		o.fail("it lacks %s, or has another number of them", name)
		return make([]float64, max(n, 0))
	}
	return fromDoubles(x)
}

// bank reads the windows that others are compared with.
func (o *opening) bank(w *Detector) {
	x := o.from.Tensors[detectorPrefix+"windows"]
	if x == nil || x.DType != tensor.Float32 || len(x.Shape) != 2 || x.Shape[0] < 1 || x.Shape[0] > bankWindows || x.Shape[1] < 1 {
		o.fail("it lacks the windows to compare others with")
		return
	}
	w.looked = probe.Features{Data: x.Buf.(kernel.Host), N: x.Shape[0], Width: x.Shape[1]}.On(w.f.embedder.Backend)
	w.from = make([]origin, w.looked.N)
	for i := range w.from {
		w.from[i].of = -1 // of none that is scored
	}
	w.white = probe.FitWhitening(w.looked)
	w.bank = w.white.Apply(w.looked)
	if c := len(w.f.embedder.Channels.Names); o.err == nil && w.looked.Width != w.width(c) {
		o.fail("its windows have %d numbers each; this encoder makes %d", w.looked.Width, w.width(c))
	}
}

// width is how many numbers a window of so many channels is compared by.
func (w *Detector) width(channels int) int {
	size := w.f.embedder.Size
	blank := &data.Recordings{Channels: w.f.embedder.Channels.Names, Of: []data.Recording{{X: make([]float32, size*channels)}}}
	seen, err := w.f.windows(context.Background(), blank, []origin{{0, size}}, nil)
	if err != nil {
		return -1
	}
	return kind.Narrowed([][]float32{w.looks(seen[0])}).Width
}

// doubles are float64s as a tensor of their bits, [n, 2]: bit for bit.
func doubles(x []float64) *tensor.Tensor {
	bits := make([]int32, 2*len(x))
	for i, v := range x {
		b := math.Float64bits(v)
		bits[2*i], bits[2*i+1] = int32(uint32(b)), int32(uint32(b>>32))
	}
	return tensor.Int32s(bits, len(x), 2)
}

func fromDoubles(x *tensor.Tensor) []float64 {
	bits := x.Buf.(kernel.Host).Int32s()
	out := make([]float64, len(bits)/2)
	for i := range out {
		out[i] = math.Float64frombits(uint64(uint32(bits[2*i])) | uint64(uint32(bits[2*i+1]))<<32)
	}
	return out
}
