package autodidact

import (
	"context"
	"fmt"

	"autodidact/core/data"
	"autodidact/worker/forecast"
	"autodidact/worker/report"
)

// Forecasts are those of all channels of all series.
type Forecasts struct {
	All     []Forecast
	Notices []Rejected // what of the series was not used, such as one that is too short
}

// A Forecast is one channel of one series beyond its end, a value for each row, in the channel's units.
type Forecast struct {
	Series  string
	Channel string
	Times   []string // of the rows, in the step of the series; row numbers if it has no times
	Values  []float32
	Low     []float32 // the interval that covers a share of what comes, by the calibration part
	High    []float32

	// What it is held against: the last value, the value a season ago, and DLinear without the encoder.
	Last, Seasonal, DLinear []float32
}

// Forecast predicts horizon rows beyond the end of each series, with intervals that cover a share of what comes, as 0.9. It fits a linear map of
// the encoder's features beside DLinear (arXiv:2205.13504) on seven tenths of each series and calibrates intervals on the next;
// the model's own forecasting head is used for channels where it is better there. The model is one of series.
func (m *Model) Forecast(ctx context.Context, d *Data, horizon int, cover float64) (*Forecasts, error) {
	if !(cover > 0 && cover < 1) {
		return nil, report.BadField("cover", "cover is %g; it must lie between 0 and 1", cover)
	}
	caster, of, err := m.forecaster(ctx, d, func(*forecast.Head) int { return horizon })
	if err != nil {
		return nil, err
	}
	out := &Forecasts{Notices: caster.Notices}
	for i, r := range of.Of {
		rows := of.Rows(i)
		channels, err := caster.At(ctx, of, i, rows, cover)
		if err != nil {
			return nil, err
		}
		times := make([]string, horizon)
		for h := range times {
			times[h] = of.When(i, rows+h)
		}
		for _, c := range channels {
			out.All = append(out.All, Forecast{r.Name, c.Channel, times, c.Said, c.Low, c.High, c.Last, c.Seasonal, c.DLinear})
		}
	}
	return out, nil
}

// forecaster is fitted to the series of d.
func (m *Model) forecaster(ctx context.Context, d *Data, horizon func(*forecast.Head) int) (*forecast.Forecaster, *data.Recordings, error) {
	look, err := m.open()
	if err != nil {
		return nil, nil, err
	}
	if look.Channels == nil {
		return nil, nil, report.Mismatch("the encoder %s was trained on samples of kind %s; this needs one of series", m.config.Encoder, m.config.Kind)
	}
	if d, err = m.read(ctx, d); err != nil {
		return nil, nil, err
	}
	head, err := forecast.OpenHead(ctx, m.state, look)
	if err != nil {
		return nil, nil, fmt.Errorf("the forecasting head: %w", err)
	}
	of := d.set.Recordings
	caster, err := forecast.FitForecaster(ctx, look, head, of, horizon(head), d.how.each("fitting"))
	return caster, of, err
}

// Anomalies are those of all series.
type Anomalies struct {
	All     []Anomaly
	Rows    int        // that were scored
	ZScore  int        // of those, that a moving z-score finds unusual at the same rate, for comparison
	Notices []Rejected // what of the series was not used
}

// An Anomaly is rows of a series that are unusual together.
type Anomaly struct {
	Series      string
	From, Until int    // rows, counted from 0; Until is behind the last
	When        string // the time of the most unusual row
	Score       float64
	Kind        string // what is most unusual there: "forecast" is a forecast error, "look" a novel pattern, "missing" missing readings, "changed" a change of a constant channel
	Learned     bool   // the encoder learned from these rows, if it was trained on this data
}

// Anomalies are rows whose forecasts fail, or that look like nothing before, by more than all but a share of normal rows, as 0.01. The
// score is -log10 of that share. What is normal is learned from the first part of each series, and calibrated on the next.
func (m *Model) Anomalies(ctx context.Context, d *Data, rate float64) (*Anomalies, error) {
	if !(rate > 0 && rate < 0.5) {
		return nil, report.BadField("rate", "rate is %g; it must lie between 0 and 0.5", rate)
	}
	caster, of, err := m.forecaster(ctx, d, (*forecast.Head).DetectorHorizon)
	if err != nil {
		return nil, err
	}
	detector, err := forecast.FitDetector(ctx, caster, of, d.how.each("fitting"))
	if err != nil {
		return nil, err
	}
	ours, baseline := detector.Threshold(rate)
	out := &Anomalies{Notices: caster.Notices}
	for i, r := range of.Of {
		out.Notices = append(out.Notices, detector.Unscored(of, i)...)
		s, err := detector.Score(ctx, of, i, nil)
		if err != nil {
			return nil, err
		}
		out.Rows += len(s.Score)
		for _, v := range s.Z {
			if v > baseline.At {
				out.ZScore++
			}
		}
		for _, a := range detector.Alarms(of, s, ours.At) {
			out.All = append(out.All, Anomaly{r.Name, a.From, a.Until, a.When, a.Score, a.Kind, a.Learned})
		}
	}
	return out, nil
}
