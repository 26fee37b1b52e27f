package worker

import (
	"cmp"
	"context"
	"fmt"
	"math"

	"autodidact/core/data"
	"autodidact/worker/forecast"
	"autodidact/worker/kind"
	"autodidact/worker/protocol"
	"autodidact/worker/report"
	"autodidact/worker/run"
)

// fitted is what was fitted to the run's encoder as it was after a step.
type fitted struct {
	step       int
	horizon    int
	forecaster *forecast.Forecaster
	tested     map[float64]forecast.TestResult // by coverage
	detector   *forecast.Detector
	scored     map[int]forecast.Scores // by recording
}

// stream is a stream of rows and what it was begun with.
type stream struct {
	*forecast.Stream
	run  *run.Run
	step int
}

// usualHorizon is how many rows are forecast where neither the task nor the page says.
const usualHorizon = 24

var errNoSeries = report.Mismatch("this needs time series")

// recording refuses the number of one that is not there, and gives all of them.
func (s *session) recording(i int) (*data.Recordings, error) {
	if s.set.Recordings == nil {
		return nil, errNoSeries
	}
	if of := s.set.Recordings.Of; i < 0 || i >= len(of) {
		return nil, fmt.Errorf("there is no recording %d: there are %d", i, len(of))
	}
	return s.set.Recordings, nil
}

// forecaster makes sure there is one that is fitted to the run's present weights.
func (s *session) forecaster(ctx context.Context, horizon int) (*fitted, error) {
	if s.set.Recordings == nil || s.set.Len() == 0 {
		return nil, errNoSeries
	}
	if err := s.look(ctx); err != nil {
		return nil, err
	}
	if horizon == 0 {
		if horizon = kind.Ahead(s.run.Task); horizon == 0 {
			horizon = usualHorizon
		}
	}
	if o := s.fitted; o != nil && o.step == s.run.Done && o.horizon == horizon {
		return o, nil
	}
	head, err := forecast.HeadOf(ctx, s.run)
	if err != nil {
		return nil, err
	}
	f, err := forecast.FitForecaster(ctx, s.run.Embedder(), head, s.set.Recordings, horizon, s.busy("fitting"))
	if err != nil {
		return nil, err
	}
	s.note(f.Notices)
	s.fitted = &fitted{step: s.run.Done, horizon: horizon, forecaster: f, tested: map[float64]forecast.TestResult{}, scored: map[int]forecast.Scores{}}
	return s.fitted, nil
}

// detector makes sure there is one that is fitted to the run's present weights.
func (s *session) detector(ctx context.Context) (*fitted, error) {
	if s.opened != nil {
		return s.openedDetector()
	}
	horizon := 0
	if s.fitted != nil {
		horizon = s.fitted.horizon
	}
	o, err := s.forecaster(ctx, horizon)
	if err != nil {
		return nil, err
	}
	if o.detector == nil {
		o.detector, err = forecast.FitDetector(ctx, o.forecaster, s.set.Recordings, s.busy("fitting"))
	}
	return o, err
}

func (s *session) forecast(ctx context.Context, c protocol.Forecast, attached []any) (protocol.Event, [][]byte, error) {
	c.Cover = cmp.Or(c.Cover, forecast.Coverage)
	if !(c.Cover > 0 && c.Cover < 1) {
		return nil, nil, report.BadField("cover", "cover is %g; it must lie between 0 and 1", c.Cover)
	}
	o, err := s.forecaster(ctx, c.Horizon)
	if err != nil {
		return nil, nil, err
	}
	of, err := s.recording(c.Of)
	if err != nil {
		return nil, nil, err
	}
	t, ok := o.tested[c.Cover]
	if !ok {
		if t, err = o.forecaster.Test(ctx, of, c.Cover, s.busy("forecasting")); err != nil {
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
	return protocol.Forecasted{Tested: t, Of: c.Of, Row: c.Row, Channels: channels}, nil, nil
}

// usualRate is the share of clean readings that may raise an alarm, where nobody says.
const usualRate = 0.01

func (s *session) anomalies(ctx context.Context, c protocol.Anomalies, attached []any) (protocol.Event, [][]byte, error) {
	c.Rate = cmp.Or(c.Rate, usualRate)
	if !(c.Rate > 0 && c.Rate < 0.5) {
		return nil, nil, report.BadField("rate", "rate is %g; it must lie between 0 and 0.5", c.Rate)
	}
	o, err := s.detector(ctx)
	if err != nil {
		return nil, nil, err
	}
	of, err := s.recording(c.Of)
	if err != nil {
		return nil, nil, err
	}
	scored, ok := o.scored[c.Of]
	if !ok {
		if scored, err = o.detector.Score(ctx, of, c.Of, s.busy("scoring")); err != nil {
			return nil, nil, err
		}
		o.scored[c.Of] = scored
		s.note(o.detector.Unscored(of, c.Of))
	}
	ours, z := o.detector.Threshold(c.Rate)
	e := protocol.Detected{Of: c.Of, From: scored.From, Rows: len(scored.Score), Rate: c.Rate, Threshold: ours.At, Low: ours.Low, High: ours.High, Clean: ours.N,
		Baseline: z.At, Alarms: o.detector.Alarms(of, scored, ours.At), Changes: o.detector.Changes(of, scored)}
	if e.Alarms == nil {
		e.Alarms = []forecast.Alarm{}
	}
	if e.Changes == nil {
		e.Changes = []forecast.Change{}
	}
	size := s.config.Size
	if s.run != nil {
		size = s.run.Config.Size
	}
	_, check := of.TimeSplit(c.Of, size)
	e.Behind = forecast.AlarmRate(scored.Score, max(0, check-scored.From), ours.At)
	e.BaselineBehind = forecast.AlarmRate(scored.Z, max(0, check-scored.From), z.At)
	return e, [][]byte{wireFloats(float32s(scored.Score)), wireFloats(float32s(scored.Z)), wireFloats(float32s(o.detector.Clean)), wireFloats(float32s(o.detector.CleanZ()))}, nil
}

func float32s(x []float64) []float32 {
	out := make([]float32, len(x))
	for i, v := range x {
		out[i] = float32(v)
	}
	return out
}

func (s *session) feed(ctx context.Context, c protocol.Feed, attached []any) (protocol.Event, [][]byte, error) {
	if c.Learn && s.training {
		return nil, nil, errTraining
	}
	c.Rate = cmp.Or(c.Rate, usualRate)
	if !(c.Rate > 0 && c.Rate < 0.5) {
		return nil, nil, report.BadField("rate", "rate is %g; it must lie between 0 and 0.5", c.Rate)
	}
	f := s.stream
	if f == nil || f.run != s.run || f.step != s.run.Done && !s.training || !f.Is(c.Rate, c.Learn) {
		o, err := s.detector(ctx)
		if err != nil {
			return nil, nil, err
		}
		f = &stream{o.detector.Stream(c.Rate), s.run, s.run.Done}
		if c.Learn {
			if err := f.Learn(s.run); err != nil {
				return nil, nil, err
			}
		}
		s.stream = f
	}
	fed, err := f.Feed(ctx, c.Reading)
	if fed.Learned != nil { // what was made of the data is of another encoder now
		s.features, s.fitted = nil, nil
	}
	return protocol.Fed{StreamScore: fed}, nil, err
}

// mostPlotted is how many points a plot has.
const mostPlotted = 4000

func (s *session) plot(ctx context.Context, c protocol.Plot, attached []any) (protocol.Event, [][]byte, error) {
	of, err := s.recording(c.Of)
	if err != nil {
		return nil, nil, err
	}
	if c.Until == 0 {
		c.Until = of.Rows(c.Of)
	}
	c.From, c.Until = max(c.From, 0), min(c.Until, of.Rows(c.Of))
	if c.From >= c.Until {
		return nil, nil, fmt.Errorf("there are no rows from %d to %d", c.From, c.Until)
	}
	points := min(max(c.Points, 1), mostPlotted, c.Until-c.From)
	e := protocol.Plotted{Of: c.Of, From: c.From, Until: c.Until, Points: points, Channels: of.Channels, Recordings: []protocol.Recorded{}}
	for i, r := range of.Of {
		e.Total, e.Rows = e.Total+1, e.Rows+of.Rows(i)
		if i >= 1000 { // a list nobody reads to its end
			continue
		}
		learn, check := of.TimeSplit(i, s.viewSize())
		e.Recordings = append(e.Recordings, protocol.Recorded{Name: r.Name, Rows: of.Rows(i), Learn: learn, Check: check})
	}
	if clock := of.Of[c.Of].Clock; clock.Known() && !clock.Elapsed {
		for p := range points {
			e.Times = append(e.Times, clock.At(c.From+p*(c.Until-c.From)/points))
		}
		e.Times = append(e.Times, clock.At(c.Until-1))
	}
	out := make([]float32, 0, points*len(of.Channels)*2)
	for p := range points {
		from, until := c.From+p*(c.Until-c.From)/points, c.From+(p+1)*(c.Until-c.From)/points
		for ch := range of.Channels {
			low, high := extremes(of, c.Of, ch, from, until)
			out = append(out, low, high)
		}
	}
	return e, [][]byte{wireFloats(out)}, nil
}

// extremes are the least and the greatest reading of a channel in a stretch of a recording, NaN where all are missing.
func extremes(of *data.Recordings, i, channel, from, until int) (low, high float32) {
	low, high = float32(math.NaN()), float32(math.NaN())
	for row := from; row < until; row++ {
		if v := of.Of[i].X[row*len(of.Channels)+channel]; v == v {
			if !(v >= low) {
				low = v
			}
			if !(v <= high) {
				high = v
			}
		}
	}
	return low, high
}
