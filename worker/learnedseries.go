package worker

import (
	"cmp"
	"context"
	"fmt"
	"math"

	"autodidact/core/anomaly"
	"autodidact/core/data"
	"autodidact/core/probe"
	"autodidact/core/rng"
)

// outlook is what was fitted to the run's encoder as it was after a step.
type outlook struct {
	step       int
	horizon    int
	forecaster *Forecaster
	tested     map[float64]Tested // by cover
	watch      *Watch
	scored     map[int]Scored // by recording
}

// following is a follower and what it was begun with.
type following struct {
	*Follower
	run  *Run
	step int
}

// usualHorizon is how many rows are foretold where neither the task nor the page says.
const usualHorizon = 24

var errNoSeries = &MisfitError{"this needs time series"}

// outlook makes sure there is a forecaster of the run's present weights.
func (s *session) outlookOf(ctx context.Context, horizon int) (*outlook, error) {
	if s.set.Of != data.Series || s.set.Len() == 0 {
		return nil, errNoSeries
	}
	if err := s.look(ctx); err != nil {
		return nil, err
	}
	if horizon == 0 {
		if horizon = aheadOf(s.run.Task); horizon == 0 {
			horizon = usualHorizon
		}
	}
	if o := s.outlook; o != nil && o.step == s.run.Done && o.horizon == horizon {
		return o, nil
	}
	f, err := FitForecaster(ctx, s.looker(), s.set.Recordings, horizon, s.busy("fitting"))
	if err != nil {
		return nil, err
	}
	s.note(f.Notices)
	s.outlook = &outlook{step: s.run.Done, horizon: horizon, forecaster: f, tested: map[float64]Tested{}, scored: map[int]Scored{}}
	return s.outlook, nil
}

func (s *session) watching(ctx context.Context) (*outlook, error) {
	horizon := 0
	if s.outlook != nil {
		horizon = s.outlook.horizon
	}
	o, err := s.outlookOf(ctx, horizon)
	if err != nil {
		return nil, err
	}
	if o.watch == nil {
		o.watch, err = FitWatch(ctx, o.forecaster, s.set.Recordings, s.busy("fitting"))
	}
	return o, err
}

func (s *session) forecast(ctx context.Context, c Forecast) (Event, [][]byte, error) {
	or(&c.Cover, cover)
	if !(c.Cover > 0 && c.Cover < 1) {
		return nil, nil, &ConfigError{"cover", fmt.Sprintf("cover is %g; it must lie between 0 and 1", c.Cover)}
	}
	o, err := s.outlookOf(ctx, c.Horizon)
	if err != nil {
		return nil, nil, err
	}
	of := s.set.Recordings
	if c.Of < 0 || c.Of >= len(of.Of) {
		return nil, nil, fmt.Errorf("there is no recording %d: there are %d", c.Of, len(of.Of))
	}
	t, ok := o.tested[c.Cover]
	if !ok {
		if t, err = o.forecaster.Test(ctx, of, c.Cover, s.busy("foretelling")); err != nil {
			return nil, nil, err
		}
		o.tested[c.Cover] = t
	}
	if c.Row == 0 {
		c.Row = of.Rows(c.Of)
	}
	channels, err := o.forecaster.At(ctx, of, c.Of, c.Row, c.Cover)
	if err != nil {
		return nil, nil, err
	}
	return Foresight{Tested: t, Of: c.Of, Row: c.Row, Channels: channels}, nil, nil
}

// An Alarm is rows that are unusual together.
type Alarm struct {
	From    int     `json:"from"`  // row
	Until   int     `json:"until"` // the row after the last
	Peak    int     `json:"peak"`
	When    string  `json:"when"` // the time of the peak
	Score   float64 `json:"score"`
	Kind    string  `json:"kind"`    // what of the peak is most unusual: one of Kinds
	Learned bool    `json:"learned"` // the encoder learned from these rows
}

// Alarms are where scores of a recording pass a threshold; those half a window apart are one.
func (w *Watch) Alarms(of *data.Recordings, s Scored, at float64) []Alarm {
	learn, _ := of.TimeSplit(s.Of, w.f.look.Size)
	var out []Alarm
	for _, a := range anomaly.Alarms(s.Score, at, max(w.f.look.Size/8, 1)) {
		out = append(out, Alarm{s.From + a.From, s.From + a.Until, s.From + a.Peak, of.When(s.Of, s.From+a.Peak), a.Score, w.kindOf(s.at(a.Peak)), s.From+a.Until <= learn})
	}
	return out
}

// usualRate is the share of clean readings that may raise an alarm, where nobody says.
const usualRate = 0.01

func (s *session) watch(ctx context.Context, c Anomalies) (Event, [][]byte, error) {
	or(&c.Rate, usualRate)
	if !(c.Rate > 0 && c.Rate < 0.5) {
		return nil, nil, &ConfigError{"rate", fmt.Sprintf("rate is %g; it must lie between 0 and 0.5", c.Rate)}
	}
	o, err := s.watching(ctx)
	if err != nil {
		return nil, nil, err
	}
	of := s.set.Recordings
	if c.Of < 0 || c.Of >= len(of.Of) {
		return nil, nil, fmt.Errorf("there is no recording %d: there are %d", c.Of, len(of.Of))
	}
	scored, ok := o.scored[c.Of]
	if !ok {
		if scored, err = o.watch.Score(ctx, of, c.Of, s.busy("scoring")); err != nil {
			return nil, nil, err
		}
		o.scored[c.Of] = scored
		s.note(o.watch.Unscored(of, c.Of))
	}
	ours, z := o.watch.Threshold(c.Rate)
	e := Watched{Of: c.Of, From: scored.From, Rows: len(scored.Score), Rate: c.Rate, Threshold: ours.At, Low: ours.Low, High: ours.High, Clean: ours.N,
		Baseline: z.At, Alarms: o.watch.Alarms(of, scored, ours.At), Changes: o.watch.Changes(of, scored)}
	if e.Alarms == nil {
		e.Alarms = []Alarm{}
	}
	if e.Changes == nil {
		e.Changes = []Change{}
	}
	_, check := of.TimeSplit(c.Of, s.run.Config.Size)
	e.Behind = behind(scored.Score, max(0, check-scored.From), ours.At)
	e.BaselineBehind = behind(scored.Z, max(0, check-scored.From), z.At)
	return e, [][]byte{wireFloats(float32s(scored.Score)), wireFloats(float32s(scored.Z)), wireFloats(float32s(o.watch.Clean)), wireFloats(float32s(o.watch.z))}, nil
}

// behind is the share of rows from one on whose score passes a threshold.
func behind(score []float64, from int, at float64) (share float64) {
	if from >= len(score) {
		return 0
	}
	for _, v := range score[from:] {
		if v > at {
			share += 1 / float64(len(score)-from)
		}
	}
	return share
}

func float32s(x []float64) []float32 {
	out := make([]float32, len(x))
	for i, v := range x {
		out[i] = float32(v)
	}
	return out
}

func (s *session) cluster(ctx context.Context, c Cluster) (Event, [][]byte, error) {
	f, err := s.embedding(ctx, true)
	if err != nil {
		return nil, nil, err
	}
	e, err := Clusters(f.Features.WithContext(ctx, s.hear), s.set, c, s.run.Config.Seed)
	return e, nil, cmp.Or(ctx.Err(), err)
}

// Clusters are samples that are alike, as k-means finds them; of series also whole recordings, by the mean of their windows. Without a K the
// silhouette chooses one.
func Clusters(f probe.Features, set *data.Set, c Cluster, seed uint64) (Clustered, error) {
	if c.Whole {
		if set.Of != data.Series || len(set.Recordings.Of) < 3 {
			return Clustered{}, &MisfitError{"there are too few series to cluster whole ones"}
		}
		f = wholes(f, set)
	}
	if f.N < 3 {
		return Clustered{}, fmt.Errorf("%w: %d samples cannot be clustered", data.ErrTooFew, f.N)
	}
	if c.K < 0 || c.K > min(f.N, 100) || c.K == 1 {
		return Clustered{}, &ConfigError{"k", fmt.Sprintf("k is %d; it must lie between 2 and %d", c.K, min(f.N, 100))}
	}
	white := probe.Whiten(f.Pooled())
	r := rng.New(seed).For("clusters", 0)
	e := Clustered{Silhouettes: []float64{}}
	var found probe.Clusters
	if c.K == 0 {
		found, e.Silhouettes = probe.ChooseK(white, 2, min(10, f.N-1), r)
	} else {
		found = probe.KMeans(white, c.K, r)
		e.Silhouettes = []float64{probe.Silhouette(white, found.Of)}
	}
	e.K, e.Of, e.Exemplars = found.K, found.Of, found.Exemplars
	return e, nil
}

// wholes is the mean of the features of each recording's windows.
func wholes(f probe.Features, set *data.Set) probe.Features {
	w := f
	w.N, w.Data = len(set.Recordings.Of), make([]float32, len(set.Recordings.Of)*f.Width)
	count := make([]float32, w.N)
	for _, x := range set.Windows {
		count[x.Of]++
	}
	for i, x := range set.Windows {
		to := w.Row(x.Of)
		for k, v := range f.Row(i) {
			to[k] += v / count[x.Of]
		}
	}
	return w
}

// feed scores a row of readings that came from outside.
func (s *session) feed(ctx context.Context, c Feed) (Event, [][]byte, error) {
	if c.Learn && s.training {
		return nil, nil, errTraining
	}
	or(&c.Rate, usualRate)
	if !(c.Rate > 0 && c.Rate < 0.5) {
		return nil, nil, &ConfigError{"rate", fmt.Sprintf("rate is %g; it must lie between 0 and 0.5", c.Rate)}
	}
	f := s.following
	if f == nil || f.run != s.run || f.step != s.run.Done && !s.training || f.rate != c.Rate || c.Learn != (f.learner != nil) {
		o, err := s.watching(ctx)
		if err != nil {
			return nil, nil, err
		}
		f = &following{o.watch.Follow(c.Rate), s.run, s.run.Done}
		if c.Learn {
			if err := f.Learn(s.run); err != nil {
				return nil, nil, err
			}
		}
		s.following = f
	}
	fed, err := f.Feed(ctx, c.Reading)
	if fed.Learned != nil { // what was made of the data is of another encoder now
		s.features, s.outlook = nil, nil
	}
	return fed, nil, err
}

// mostPlotted is how many points a plot has.
const mostPlotted = 4000

// plot gives the least and the greatest reading of each part of a stretch.
func (s *session) plot(c Plot) (Event, [][]byte, error) {
	if s.set.Of != data.Series || s.set.Recordings == nil {
		return nil, nil, errNoSeries
	}
	of := s.set.Recordings
	if c.Of < 0 || c.Of >= len(of.Of) {
		return nil, nil, fmt.Errorf("there is no recording %d: there are %d", c.Of, len(of.Of))
	}
	if c.Until == 0 {
		c.Until = of.Rows(c.Of)
	}
	c.From, c.Until = max(c.From, 0), min(c.Until, of.Rows(c.Of))
	if c.From >= c.Until {
		return nil, nil, fmt.Errorf("there are no rows from %d to %d", c.From, c.Until)
	}
	points := min(max(c.Points, 1), mostPlotted, c.Until-c.From)
	long := s.config.Size
	e := Plotted{Of: c.Of, From: c.From, Until: c.Until, Points: points, Channels: of.Channels, Recordings: []Recorded{}}
	for i, r := range of.Of {
		e.Total, e.Rows = e.Total+1, e.Rows+of.Rows(i)
		if i >= 1000 { // a list nobody reads to its end
			continue
		}
		learn, check := of.TimeSplit(i, long)
		e.Recordings = append(e.Recordings, Recorded{r.Name, of.Rows(i), learn, check})
	}
	if clock := of.Of[c.Of].Clock; clock.Known() && !clock.Elapsed {
		for p := range points {
			e.Times = append(e.Times, clock.At(c.From+p*(c.Until-c.From)/points))
		}
		e.Times = append(e.Times, clock.At(c.Until-1))
	}
	n := len(of.Channels)
	out := make([]float32, 0, points*n*2)
	for p := range points {
		from, until := c.From+p*(c.Until-c.From)/points, c.From+(p+1)*(c.Until-c.From)/points
		for ch := range n {
			low, high := float32(math.NaN()), float32(math.NaN())
			for row := from; row < until; row++ {
				if v := of.Of[c.Of].X[row*n+ch]; v == v {
					if !(v >= low) {
						low = v
					}
					if !(v <= high) {
						high = v
					}
				}
			}
			out = append(out, low, high)
		}
	}
	return e, [][]byte{wireFloats(out)}, nil
}

// windowRows is how long windows are while nobody has started a run.
func (s *session) windowRows() int {
	if s.config.Kind == data.Series {
		return s.config.Size
	}
	return usual[data.Series].size
}
