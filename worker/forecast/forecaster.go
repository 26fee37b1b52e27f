// Package forecast is what encoders of series are for once they are trained: forecasts, the detection of anomalies, and rows of
// readings that are scored, and learned from, as they arrive.
package forecast

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/forecast"
	"autodidact/worker/kind"
	"autodidact/worker/report"
)

// A Forecaster predicts what comes after a window: by a linear map of its readings (DLinear), and by a linear
// readout of a frozen encoder's features for what that leaves over; or, where that is better, by the forecasting head that was
// trained with the encoder. If the encoder knows nothing more, the penalty that is chosen leaves nothing of the readout. All
// learn before the first border of the data, penalties and one of the two ways are chosen, and bands calibrated, between the
// borders; behind the second nothing is learned.
type Forecaster struct {
	Horizon int
	Choice  Choice
	Notices []data.Rejected // recordings that it could not be fitted to

	embedder  kind.Embedder
	head      *Head              // nil if none was trained
	lines     []*forecast.Linear // by channel
	bands     []*forecast.Band
	rivals    []rivalry
	baselines []baselines
	periods   []int

	learned []origin // some of the origins it was fitted to, and the windows before them
	seen    []kind.Window
	out     []string // by channel: why nothing was learned of it, "" if something was
}

// baselines are what a forecast has to beat, for one channel.
type baselines struct {
	Last     forecast.LastValue
	Seasonal forecast.SeasonalNaive
	DLinear  forecast.Forecaster // a [forecast.DLinear]; the last value where none could be fitted
}

// maxOrigins is how many origins one part of the data is forecast from, at most; maxPast how many rows of a recording the
// baselines learn from, the latest.
const (
	maxOrigins = 3000
	maxPast    = 100_000
)

// FitForecaster fits forecasts of horizon rows of recordings that embedder can read. head, which was trained with that encoder, may be
// nil. each is called with thousandths.
func FitForecaster(ctx context.Context, embedder kind.Embedder, head *Head, of *data.Recordings, horizon int, each func(done, total int)) (*Forecaster, error) {
	if horizon < 1 || horizon > 512 {
		return nil, report.BadField("horizon", "horizon is %d; it must lie between 1 and 512", horizon)
	}
	f := &Forecaster{Horizon: horizon, embedder: embedder, head: head, Notices: append(tooShort(of, embedder.Size, horizon), tooLong(of, embedder.Size)...)}
	learn, check := origins(of, embedder.Size, horizon, 0), origins(of, embedder.Size, horizon, 1)
	if len(learn) < 2 || len(check) < 2 {
		return nil, fmt.Errorf("%w: to forecast %d rows from %d, the data must have more rows than these: seven tenths are learned from, a tenth checks", data.ErrTooFew, horizon, embedder.Size)
	}
	progress := func(from, to float64) func(done, total int) {
		return func(done, total int) {
			if each != nil {
				each(int(1000*(from+(to-from)*float64(done)/float64(max(total, 1)))), 1000)
			}
		}
	}
	known, err := f.windows(ctx, of, learn, progress(0, 0.6))
	if err != nil {
		return nil, err
	}
	f.learned, f.seen = learn, known
	unknown, err := f.windows(ctx, of, check, progress(0.6, 0.8))
	if err != nil {
		return nil, err
	}
	for c := range of.Channels {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := f.fit(of, c, places{learn, known}, places{check, unknown}); err != nil {
			return nil, fmt.Errorf("channel %s: %w", of.Channels[c], err)
		}
		progress(0.8, 1)(c+1, len(of.Channels))
	}
	f.choose(of, places{check, unknown})
	return f, nil
}

// windows is what the encoder makes of the window before each origin.
func (f *Forecaster) windows(ctx context.Context, of *data.Recordings, at []origin, each func(int, int)) ([]kind.Window, error) {
	before := make([]data.Window, len(at))
	for k, o := range at {
		before[k] = data.Window{Of: o.of, From: o.row - f.embedder.Size, Rows: f.embedder.Size}
	}
	return f.embedder.Windows(ctx, of, before, each)
}

// features is what the encoder makes of a window at its last position. What normalising made comparable is given its
// spread back: a calm window is to be forecast more exactly than a lively one.
func (f *Forecaster) features(s kind.Window, c int) []float64 {
	enc := f.embedder.Encoder.(encoder.SeriesEncoder)
	w, lane := enc.Width(), c/enc.Channels()
	x := make([]float64, w)
	for k, v := range s.Last[lane*w:][:w] {
		x[k] = float64(v) * float64(s.Std[c])
	}
	return x
}

// reading is a scaled reading, NaN where it is missing or is none.
func (f *Forecaster) reading(of *data.Recordings, i, row, c int) float64 {
	k, x := row*len(of.Channels)+c, of.Of[i].X
	if row < 0 || k >= len(x) {
		return math.NaN()
	}
	s := f.embedder.Channels.Scale
	return float64((x[k] - s.Mean[c]) / s.Std[c])
}

// predict is the forecast that is used after a window, and after past, all of its channel that was read before: scaled.
func (f *Forecaster) predict(s kind.Window, past []float64, c int) []float64 {
	if f.rivals[c].byHead {
		return f.head.forecast(s, c, f.Horizon)
	}
	return f.readout(s, past, c)
}

// readout is DLinear's forecast plus what the encoder's features add.
func (f *Forecaster) readout(s kind.Window, past []float64, c int) []float64 {
	out, more := make([]float64, f.Horizon), make([]float64, f.Horizon)
	f.baselines[c].DLinear.Forecast(past, out)
	f.lines[c].Apply(f.features(s, c), more)
	for h := range out {
		if out[h] += more[h]; out[h] != out[h] { // nothing was ever read
			out[h] = 0
		}
	}
	return out
}

// penalties of the readout, for each row. The last leaves nothing of it.
var penalties = []float64{1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100, 1e9}

// places are origins in a part of the data, and the windows before them.
type places struct {
	at   []origin
	seen []kind.Window
}

// fit fits the readout of channel c and its band, and compares it with the head.
func (f *Forecaster) fit(of *data.Recordings, c int, learn, check places) error {
	r, without, why, err := f.baselinesOf(of, c)
	if err != nil {
		return err
	}
	z, w := f.leftBy(r.DLinear, of, c, check)
	more := &forecast.Linear{In: len(z[0]), Out: f.Horizon, Weights: make([]float64, f.Horizon*len(z[0])), Bias: make([]float64, f.Horizon)}
	if why == "" {
		x, y := f.leftBy(r.DLinear, of, c, learn)
		if more, err = line(x, y, z, w); err != nil {
			return err
		}
	}
	f.lines, f.baselines, f.out = append(f.lines, more), append(f.baselines, r), append(f.out, why)
	f.bands = append(f.bands, forecast.FitBand(leftBy(more, z, w)))
	return f.compare(of, c, without, learn, check)
}

// leftBy is what d leaves of the readings of channel c from places on, y, and the features x to forecast that from.
func (f *Forecaster) leftBy(d forecast.Forecaster, of *data.Recordings, c int, p places) (x, y [][]float64) {
	whole := f.channel(of, c)
	for k, o := range p.at {
		said := make([]float64, f.Horizon)
		d.Forecast(whole(o.of)[:o.row], said)
		for h := range said {
			said[h] = f.reading(of, o.of, o.row+h, c) - said[h]
		}
		x, y = append(x, f.features(p.seen[k], c)), append(y, said)
	}
	return x, y
}

// line is the linear map of x to y that is best on others.
func line(x, y, others, truth [][]float64) (best *forecast.Linear, err error) {
	n := forecast.NewNormal(len(x[0]), len(y[0]))
	for k := range x {
		n.Add(x[k], y[k])
	}
	least := math.Inf(1)
	for _, penalty := range penalties {
		l, err := n.Solve(penalty)
		if err != nil {
			return nil, err
		}
		sum := 0.0
		for _, off := range leftBy(l, others, truth) {
			for _, e := range off {
				if e == e {
					sum += e * e
				}
			}
		}
		if sum < least || best == nil {
			best, least = l, sum
		}
	}
	return best, nil
}

// leftBy is what a linear map of x leaves of y.
func leftBy(l *forecast.Linear, x, y [][]float64) [][]float64 {
	out := make([][]float64, len(y))
	for k := range y {
		out[k] = make([]float64, len(y[k]))
		l.Apply(x[k], out[k])
		for h := range out[k] {
			out[k][h] = y[k][h] - out[k][h]
		}
	}
	return out
}

// future is the scaled readings from an origin on.
func (f *Forecaster) future(of *data.Recordings, o origin, c int) []float64 {
	y := make([]float64, f.Horizon)
	for h := range y {
		y[h] = f.reading(of, o.of, o.row+h, c)
	}
	return y
}

// Why nothing is learned of a channel: the end of a sentence.
const (
	neverRead  = "has no readings where it is learned from"
	neverMoved = "is always the same where it is learned from"
	seldomRead = "has too few readings where it is learned from"
	notTested  = "has no readings where it is tested"
)

// learnable says why nothing can be learned of a channel; "" if something can.
func learnable(pieces [][]float64) string {
	low, high := math.Inf(1), math.Inf(-1)
	for _, piece := range pieces {
		for _, v := range piece {
			if v == v {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	switch {
	case low > high:
		return neverRead
	case low == high:
		return neverMoved
	}
	return ""
}

// baselinesOf fits the baselines of a channel on the same rows. Where why is not "" there is nothing to learn of it.
func (f *Forecaster) baselinesOf(of *data.Recordings, c int) (r baselines, without [forecast.Folds]*forecast.DLinear, why string, err error) {
	var learn, all, check [][]float64
	longest, whole := 0, f.channel(of, c)
	for i := range of.Of {
		_, until := stretch(of, i, f.embedder.Size, 0)
		from, end := stretch(of, i, f.embedder.Size, 1)
		if until > 0 {
			all = append(all, whole(i)[:until])
			learn = append(learn, whole(i)[max(0, until-maxPast):until])
			if len(learn[len(learn)-1]) > len(learn[longest]) {
				longest = len(learn) - 1
			}
		}
		if end > from {
			check = append(check, whole(i)[max(0, from-f.embedder.Size, end-maxPast):end])
		}
	}
	period := 0
	if len(learn) > 0 {
		period = forecast.Period(learn[longest])
	}
	f.periods = append(f.periods, period)
	r = baselines{forecast.LastValue{}, forecast.SeasonalNaive{Period: period}, forecast.LastValue{}}
	if why = learnable(all); why != "" {
		return r, without, why, nil
	}
	long := min(f.embedder.Size, max(len(learn[longest])/2, 1)) // of series that are no longer than a window half of one
	d, without, err := forecast.FitDLinears(learn, check, long, f.Horizon)
	if errors.Is(err, forecast.ErrNoRows) {
		return r, without, seldomRead, nil
	}
	r.DLinear = d
	return r, without, "", err
}

// channel gives whole recordings of one channel, scaled.
func (f *Forecaster) channel(of *data.Recordings, c int) func(i int) []float64 {
	known := map[int][]float64{}
	return func(i int) []float64 {
		if known[i] == nil {
			x := make([]float64, of.Rows(i))
			for row := range x {
				x[row] = f.reading(of, i, row, c)
			}
			known[i] = x
		}
		return known[i]
	}
}

// said is the forecasts of all methods, by name; what is used is under byBoth.
func (f *Forecaster) said(s kind.Window, past []float64, c int) map[string][]float64 {
	r, out := f.baselines[c], map[string][]float64{byReadout: f.readout(s, past, c)}
	out[byBoth] = out[byReadout]
	if f.headCan() {
		out[byHead] = f.head.forecast(s, c, f.Horizon)
	}
	if f.rivals[c].byHead {
		out[byBoth] = out[byHead]
	}
	for name, b := range map[string]forecast.Forecaster{"last": r.Last, "seasonal": r.Seasonal, "dlinear": r.DLinear} {
		out[name] = make([]float64, f.Horizon)
		b.Forecast(past, out[name])
	}
	return out
}

// Forecast is a forecast as it is drawn and printed, in the channel's own units.
type Forecast struct {
	Channel  string      `json:"channel"`
	Past     data.Values `json:"past"`
	Came     data.Values `json:"came"` // as far as it did
	Said     data.Values `json:"said"`
	Low      data.Values `json:"low"`
	High     data.Values `json:"high"`
	Last     data.Values `json:"last"`
	Seasonal data.Values `json:"seasonal"`
	DLinear  data.Values `json:"dlinear"`
}

// At forecasts recording i from a row on; that after the last is the future.
func (f *Forecaster) At(ctx context.Context, of *data.Recordings, i, row int, cover float64) ([]Forecast, error) {
	if i < 0 || i >= len(of.Of) || row < 1 || row > of.Rows(i) {
		return nil, fmt.Errorf("there is no row %d of recording %d to forecast from", row, i)
	}
	o := origin{i, row}
	seen, err := f.windows(ctx, of, []origin{o}, nil)
	if err != nil {
		return nil, err
	}
	var out []Forecast
	for c, name := range of.Channels {
		past := f.channel(of, c)(i)[:row]
		unscaled := func(x []float64) data.Values {
			v := make(data.Values, len(x))
			for k := range x {
				v[k] = f.embedder.Channels.Scale.Undo(c, float32(x[k]))
			}
			return v
		}
		said := f.said(seen[0], past, c)
		used := said[byBoth]
		if !slices.ContainsFunc(past, func(v float64) bool { return v == v }) { // nothing is not forecast from nothing
			for _, x := range said {
				for h := range x {
					x[h] = math.NaN()
				}
			}
		}
		t := Forecast{Channel: name, Past: unscaled(past[max(0, row-f.embedder.Size):]), Came: unscaled(f.future(of, o, c)),
			Said: unscaled(used), Last: unscaled(said["last"]), Seasonal: unscaled(said["seasonal"]), DLinear: unscaled(said["dlinear"])}
		low, high := make([]float64, f.Horizon), make([]float64, f.Horizon)
		for h := range low {
			half := f.bands[c].Half(h, cover)
			low[h], high[h] = used[h]-half, used[h]+half
		}
		t.Low, t.High = unscaled(low), unscaled(high)
		t.Came = t.Came[:min(f.Horizon, of.Rows(i)-row)]
		out = append(out, t)
	}
	return out, nil
}
