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
	"autodidact/core/rng"
	"autodidact/worker/kind"
	"autodidact/worker/report"
)

// A Forecaster predicts what comes after a window: by a linear map of its readings (DLinear), and by a linear
// readout of a frozen encoder's features for what that leaves over. If the encoder knows nothing more, the
// penalty that is chosen leaves nothing of the readout. All learn before the first border of the data, penalties are chosen
// and bands are calibrated between the borders; behind the second nothing is learned.
type Forecaster struct {
	Horizon int
	Notices []data.Rejected // recordings that it could not be fitted to

	embedder  kind.Embedder
	lines     []*forecast.Linear // by channel
	bands     []*forecast.Band
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

// An origin is where a forecast begins: its first row is the first that is forecast.
type origin struct{ of, row int }

// stretch is the rows of recording i in a part of the data: 0 to learn from, 1 to check with, 2 to test with.
func stretch(r *data.Recordings, i, long, part int) (from, until int) {
	learn, check := r.TimeSplit(i, long)
	at := [4]int{0, learn, check, r.Rows(i)}
	return at[part], at[part+1]
}

// places is, of each recording, the first row of a part of the data from where ahead rows can be forecast without leaving it, and
// how many such rows there are.
func places(r *data.Recordings, long, ahead, part int) (begins, counts []int) {
	begins, counts = make([]int, len(r.Of)), make([]int, len(r.Of))
	for i := range r.Of {
		from, until := stretch(r, i, long, part)
		begins[i] = max(from, min(long, r.Rows(i)/2))
		counts[i] = max(0, until-ahead-begins[i]+1)
	}
	return begins, counts
}

// tooShort notes recordings that have no such row in any part.
func tooShort(r *data.Recordings, long, ahead int) []data.Rejected {
	all := make([]int, len(r.Of))
	for part := range 3 {
		_, counts := places(r, long, ahead, part)
		for i, n := range counts {
			all[i] += n
		}
	}
	var names []string
	for i, n := range all {
		if n == 0 {
			names = append(names, r.Of[i].Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []data.Rejected{report.Notice("short recordings", "%d of %d are too short to forecast %d rows from %d, so nothing was fitted to or tested on them: %s", len(names), len(r.Of), ahead, long, report.List(names, report.MostListed))}
}

// tooLong notes recordings of whose rows the baselines learn from the latest only.
func tooLong(r *data.Recordings, long int) []data.Rejected {
	var names []string
	for i := range r.Of {
		if _, until := stretch(r, i, long, 0); until > maxPast {
			names = append(names, r.Of[i].Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []data.Rejected{report.Notice("long recordings", "seasons and DLinear are fitted to the latest %d of the rows to learn from, of %d of %d recordings: %s", maxPast, len(names), len(r.Of), report.List(names, report.MostListed))}
}

// origins are the places in a part of the data from where ahead rows can be forecast without leaving it.
func origins(r *data.Recordings, long, ahead, part int) []origin {
	begins, counts := places(r, long, ahead, part)
	total := 0
	for _, n := range counts {
		total += n
	}
	var some []origin
	left, dice := min(total, maxOrigins), rng.New(1).For("origins", part)
	for i, n := range counts {
		for k := 0; k < n && left > 0; k++ { // each set of so many is equally likely: even steps would see a season always at the same hours
			if dice.IntN(total) < left {
				some = append(some, origin{i, begins[i] + k})
				left--
			}
			total--
		}
	}
	return some
}

// FitForecaster fits forecasts of horizon rows of recordings that embedder can read. each is called with thousandths.
func FitForecaster(ctx context.Context, embedder kind.Embedder, of *data.Recordings, horizon int, each func(done, total int)) (*Forecaster, error) {
	if horizon < 1 || horizon > 512 {
		return nil, report.BadField("horizon", "horizon is %d; it must lie between 1 and 512", horizon)
	}
	f := &Forecaster{Horizon: horizon, embedder: embedder, Notices: append(tooShort(of, embedder.Size, horizon), tooLong(of, embedder.Size)...)}
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
		if err := f.fit(of, c, learn, known, check, unknown); err != nil {
			return nil, fmt.Errorf("channel %s: %w", of.Channels[c], err)
		}
		progress(0.8, 1)(c+1, len(of.Channels))
	}
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

// predict is the forecast after a window, and after past, all of its channel that was read before: scaled.
func (f *Forecaster) predict(s kind.Window, past []float64, c int) []float64 {
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

func (f *Forecaster) fit(of *data.Recordings, c int, learn []origin, known []kind.Window, check []origin, unknown []kind.Window) error {
	r, why, err := f.baselinesOf(of, c)
	if err != nil {
		return err
	}
	whole := f.channel(of, c)
	left := func(at []origin, seen []kind.Window) (x, y [][]float64) {
		for k, o := range at {
			said := make([]float64, f.Horizon)
			r.DLinear.Forecast(whole(o.of)[:o.row], said)
			for h := range said {
				said[h] = f.reading(of, o.of, o.row+h, c) - said[h]
			}
			x, y = append(x, f.features(seen[k], c)), append(y, said)
		}
		return x, y
	}
	z, w := left(check, unknown)
	more := &forecast.Linear{In: len(z[0]), Out: f.Horizon, Weights: make([]float64, f.Horizon*len(z[0])), Bias: make([]float64, f.Horizon)}
	if why == "" {
		x, y := left(learn, known)
		if more, err = line(x, y, z, w); err != nil {
			return err
		}
	}
	f.lines, f.baselines, f.out = append(f.lines, more), append(f.baselines, r), append(f.out, why)
	f.bands = append(f.bands, forecast.FitBand(leftBy(more, z, w)))
	return nil
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
func (f *Forecaster) baselinesOf(of *data.Recordings, c int) (r baselines, why string, err error) {
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
		return r, why, nil
	}
	d, err := forecast.FitDLinear(learn, check, f.embedder.Size, f.Horizon)
	if errors.Is(err, forecast.ErrNoRows) {
		return r, seldomRead, nil
	}
	r.DLinear = d
	return r, "", err
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

// A ForecastScore is how far forecasts of one method were from what came, over all channels, each scaled to a
// standard deviation of 1.
type ForecastScore struct {
	Method string  `json:"method"` // "ours", "last", "seasonal" or "dlinear"
	MAE    float64 `json:"mae"`
	MSE    float64 `json:"mse"`
	N      int     `json:"asked"` // readings forecast
}

// TestResult is how good forecasts are behind the second border, where nothing was learned.
type TestResult struct {
	Horizon int             `json:"horizon"`
	Scores  []ForecastScore `json:"scores"` // ours first
	Cover   float64         `json:"cover"`  // coverage that bands were to have
	Held    float64         `json:"held"`   // and did
	Periods map[string]int  `json:"periods"`
	LeftOut []LeftOut       `json:"leftOut,omitempty"` // channels that are not measured
}

// A LeftOut is a channel that figures are not about, and why: the end of a sentence that it begins.
type LeftOut struct {
	Channel string `json:"channel"`
	Why     string `json:"why"`
}

// methods are those of a ForecastScore.
var methods = []string{"ours", "last", "seasonal", "dlinear"}

// Test forecasts the last part of the data from many origins. Channels of which nothing was learned are left out: what never
// moved is forecast without error by anyone, and has no deviation to measure others by.
func (f *Forecaster) Test(ctx context.Context, of *data.Recordings, cover float64, each func(done, total int)) (TestResult, error) {
	at := origins(of, f.embedder.Size, f.Horizon, 2)
	t := TestResult{Horizon: f.Horizon, Cover: cover, Periods: map[string]int{}}
	if len(at) == 0 {
		return t, fmt.Errorf("%w: the last fifth of the data has fewer rows than the %d to forecast", data.ErrTooFew, f.Horizon)
	}
	seen, err := f.windows(ctx, of, at, each)
	if err != nil {
		return t, err
	}
	for _, m := range methods {
		t.Scores = append(t.Scores, ForecastScore{Method: m})
	}
	within, all := 0, 0
	for c, name := range of.Channels {
		if f.out[c] != "" {
			t.LeftOut = append(t.LeftOut, LeftOut{name, f.out[c]})
			continue
		}
		t.Periods[name] = f.periods[c]
		whole, before := f.channel(of, c), t.Scores[0].N
		for k, o := range at {
			truth := f.future(of, o, c)
			for m, said := range f.said(seen[k], whole(o.of)[:o.row], c) {
				mae, mse, n := forecast.Score(truth, said)
				if n == 0 { // all of it is missing
					continue
				}
				s := &t.Scores[m]
				s.MAE += mae * float64(n)
				s.MSE += mse * float64(n)
				s.N += n
				if m > 0 {
					continue
				}
				for h, is := range truth {
					if is == is {
						all++
						if math.Abs(is-said[h]) <= f.bands[c].Half(h, cover) {
							within++
						}
					}
				}
			}
		}
		if t.Scores[0].N == before {
			t.LeftOut = append(t.LeftOut, LeftOut{name, notTested})
		}
	}
	for m := range t.Scores {
		s := &t.Scores[m]
		s.MAE /= float64(max(s.N, 1))
		s.MSE /= float64(max(s.N, 1))
	}
	t.Held = float64(within) / float64(max(all, 1))
	return t, nil
}

// said is the forecasts of all methods.
func (f *Forecaster) said(s kind.Window, past []float64, c int) [][]float64 {
	out := [][]float64{f.predict(s, past, c)}
	for range methods[1:] {
		out = append(out, make([]float64, f.Horizon))
	}
	r := f.baselines[c]
	r.Last.Forecast(past, out[1])
	r.Seasonal.Forecast(past, out[2])
	r.DLinear.Forecast(past, out[3])
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
		if !slices.ContainsFunc(past, func(v float64) bool { return v == v }) { // nothing is not forecast from nothing
			for _, x := range said {
				for h := range x {
					x[h] = math.NaN()
				}
			}
		}
		t := Forecast{Channel: name, Past: unscaled(past[max(0, row-f.embedder.Size):]), Came: unscaled(f.future(of, o, c)),
			Said: unscaled(said[0]), Last: unscaled(said[1]), Seasonal: unscaled(said[2]), DLinear: unscaled(said[3])}
		low, high := make([]float64, f.Horizon), make([]float64, f.Horizon)
		for h := range low {
			half := f.bands[c].Half(h, cover)
			low[h], high[h] = said[0][h]-half, said[0][h]+half
		}
		t.Low, t.High = unscaled(low), unscaled(high)
		t.Came = t.Came[:min(f.Horizon, of.Rows(i)-row)]
		out = append(out, t)
	}
	return out, nil
}
