package forecast

import (
	"context"
	"fmt"
	"math"

	"autodidact/core/data"
	"autodidact/core/forecast"
)

// A ForecastScore is how far forecasts of one method were from what came, over all channels, each scaled to a
// standard deviation of 1.
type ForecastScore struct {
	Method string  `json:"method"` // "readout", "head", "both", "last", "seasonal" or "dlinear"
	MAE    float64 `json:"mae"`
	MSE    float64 `json:"mse"`
	N      int     `json:"asked"` // readings forecast
}

// TestResult is how good forecasts are behind the second border, where nothing was learned.
type TestResult struct {
	Horizon int             `json:"horizon"`
	Choice  Choice          `json:"choice"`
	Scores  []ForecastScore `json:"scores"`
	Cover   float64         `json:"cover"` // coverage that bands were to have
	Held    float64         `json:"held"`  // and did, around what is used
	Periods map[string]int  `json:"periods"`
	LeftOut []LeftOut       `json:"leftOut,omitempty"` // channels that are not measured
}

// A LeftOut is a channel that figures are not about, and why: the end of a sentence that it begins.
type LeftOut struct {
	Channel string `json:"channel"`
	Why     string `json:"why"`
}

// methods are those of a ForecastScore: the head is one if it predicts so many rows, and what is used of both if that is of both.
func (f *Forecaster) methods() []string {
	all := []string{byReadout}
	if f.headCan() {
		all = append(all, byHead)
	}
	if f.Choice.Used == byBoth {
		all = append(all, byBoth)
	}
	return append(all, "last", "seasonal", "dlinear")
}

// Test forecasts the last part of the data from many origins. Channels of which nothing was learned are left out: what never
// moved is forecast without error by anyone, and has no deviation to measure others by.
func (f *Forecaster) Test(ctx context.Context, of *data.Recordings, cover float64, each func(done, total int)) (TestResult, error) {
	at := origins(of, f.embedder.Size, f.Horizon, 2)
	t := TestResult{Horizon: f.Horizon, Choice: f.Choice, Cover: cover, Periods: map[string]int{}}
	if len(at) == 0 {
		return t, fmt.Errorf("%w: the test set, the last fifth of a recording, has fewer rows than the %d to forecast", data.ErrTooFew, f.Horizon)
	}
	seen, err := f.windows(ctx, of, at, each)
	if err != nil {
		return t, err
	}
	for _, m := range f.methods() {
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
			truth, said := f.future(of, o, c), f.said(seen[k], whole(o.of)[:o.row], c)
			for m := range t.Scores {
				t.Scores[m].add(truth, said[t.Scores[m].Method])
			}
			for h, is := range truth {
				if is == is {
					all++
					if math.Abs(is-said[byBoth][h]) <= f.bands[c].Half(h, cover) {
						within++
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

// add takes in one forecast; MAE and MSE are sums until all are.
func (s *ForecastScore) add(truth, said []float64) {
	mae, mse, n := forecast.Score(truth, said)
	if n == 0 { // all of it is missing
		return
	}
	s.MAE += mae * float64(n)
	s.MSE += mse * float64(n)
	s.N += n
}
