package forecast

import (
	"fmt"
	"math"
	"slices"

	"autodidact/core/data"
	"autodidact/core/forecast"
	"autodidact/worker/report"
)

// The ways to forecast with an encoder.
const (
	byReadout = "readout" // DLinear plus a linear readout of the encoder's features
	byHead    = "head"    // the trained forecasting head
	byBoth    = "both"    // some channels by one, some by the other
)

// A Choice is which way of forecasting is used of each channel: the one whose mean squared error is lower on the validation part over
// all channels, but the other one where that is clearly better. Where channels move together some of them tell of others'
// future and some do not, so that one way for all would forecast many of them worse; but what one channel says by itself is
// chance where its validation part is short.
type Choice struct {
	Used    string   `json:"used"`             // "readout", "head" or "both"
	ByHead  []string `json:"byHead,omitempty"` // channels that the head forecasts
	Readout float64  `json:"readout"`          // mean squared error on the validation part, over all channels
	Head    float64  `json:"head,omitempty"`   // 0 if there is no head that predicts so many rows
	Says    string   `json:"says"`             // all that in a sentence
}

// A rivalry is how both ways do on the validation part of a channel.
type rivalry struct {
	readout, head meanSquare
	byHead        bool // the head is better, and used
}

// headCan says whether there is a head that predicts as many rows as are forecast. A shorter one does not go on from its own
// forecasts: it never learned to.
func (f *Forecaster) headCan() bool { return f.head != nil && f.head.Rows >= f.Horizon }

// compare measures both ways on channel c by the validation part, check. The readout's penalties are chosen there too, so each fold of it
// is forecast as the others would have chosen, from each DLinear that they would.
func (f *Forecaster) compare(of *data.Recordings, c int, without [forecast.Folds]*forecast.DLinear, learn, check places) error {
	var r rivalry
	defer func() { f.rivals = append(f.rivals, r) }()
	if f.out[c] != "" || !f.headCan() {
		return nil
	}
	for _, e := range f.leftByHead(of, c, check) {
		r.head.add(e)
	}
	var x, y, z, w [][]float64
	for k, d := range without {
		if k == 0 || d != without[k-1] {
			x, y = f.leftBy(d, of, c, learn)
			z, w = f.leftBy(d, of, c, check)
		}
		from, until := k*len(z)/forecast.Folds, (k+1)*len(z)/forecast.Folds
		l, err := line(x, y, slices.Concat(z[:from], z[until:]), slices.Concat(w[:from], w[until:]))
		if err != nil {
			return err
		}
		for _, e := range leftBy(l, z[from:until], w[from:until]) {
			r.readout.add(e)
		}
	}
	return nil
}

// choose settles how each channel is forecast, and calibrates the bands of those that the head forecasts.
func (f *Forecaster) choose(of *data.Recordings, check places) {
	f.pick(apart(check.at, f.Horizon))
	for c, r := range f.rivals {
		if r.byHead {
			f.bands[c] = forecast.FitBand(f.leftByHead(of, c, check))
		}
	}
	f.Choice = f.chosen(of.Channels)
}

// pick marks the channels that the head is to forecast, as compared on so many stretches of rows that do not overlap.
func (f *Forecaster) pick(stretches int) {
	var all rivalry
	for _, r := range f.rivals {
		all = all.and(r)
	}
	clearly := 1 / math.Sqrt(float64(max(stretches, 1))) // the part by which errors differ by chance, roughly
	for c := range f.rivals {
		r := &f.rivals[c]
		if all.head.mean() < all.readout.mean() {
			r.byHead = r.head.n > 0 && r.head.mean()*(1-clearly) <= r.readout.mean()
		} else {
			r.byHead = r.head.mean() < r.readout.mean()*(1-clearly)
		}
	}
}

// apart is how many of some origins, in their order, are at least so many rows from each other.
func apart(at []origin, rows int) int {
	n := 0
	last := origin{-1, 0}
	for _, o := range at {
		if o.of != last.of || o.row >= last.row+rows {
			last, n = o, n+1
		}
	}
	return n
}

// leftByHead is what the head's forecasts of channel c leave of the readings from places on.
func (f *Forecaster) leftByHead(of *data.Recordings, c int, p places) [][]float64 {
	left := make([][]float64, len(p.at))
	for k, o := range p.at {
		left[k] = f.future(of, o, c)
		for h, v := range f.head.forecast(p.seen[k], c, f.Horizon) {
			left[k][h] -= v
		}
	}
	return left
}

// chosen sums up what was picked for each of channels.
func (f *Forecaster) chosen(channels []string) Choice {
	var all rivalry
	group := map[bool]rivalry{} // by who forecasts
	others := 0
	c := Choice{Used: byReadout}
	for i, r := range f.rivals {
		all, group[r.byHead] = all.and(r), group[r.byHead].and(r)
		switch {
		case r.byHead:
			c.ByHead = append(c.ByHead, channels[i])
		case r.head.n > 0:
			others++
		}
	}
	if len(c.ByHead) > 0 {
		if c.Used = byBoth; others == 0 {
			c.Used = byHead
		}
	}
	c.Readout, c.Head = all.readout.mean(), all.head.mean()
	c.Says = f.says(c, group[true], group[false], others)
	return c
}

// says is a choice as a sentence, of channels that the head forecasts and others.
func (f *Forecaster) says(c Choice, head, rest rivalry, others int) string {
	const byLine, trained = "DLinear plus a linear readout of the encoder", "the trained forecasting head"
	switch {
	case c.Used == byBoth:
		return fmt.Sprintf("%s forecast by %s (MSE on the validation part %.3f; %s %.3f), the other %d by the latter (%.3f; the head %.3f).",
			fmt.Sprintf(map[bool]string{true: "Channel %s is", false: "Channels %s are"}[len(c.ByHead) == 1], report.List(c.ByHead, report.MostListed)), trained, head.head.mean(), byLine, head.readout.mean(), others, rest.readout.mean(), rest.head.mean())
	case c.Used == byHead:
		return fmt.Sprintf("Forecasts are by %s: its MSE on the validation part is %.3f, that of %s %.3f.", trained, c.Head, byLine, c.Readout)
	case others > 0:
		return fmt.Sprintf("Forecasts are by %s: its MSE on the validation part is %.3f, that of %s %.3f.", byLine, c.Readout, trained, c.Head)
	case f.head == nil:
		return fmt.Sprintf("Forecasts are by %s: this model has no trained forecasting head.", byLine)
	case !f.headCan():
		return fmt.Sprintf("Forecasts are by %s: %s was trained to predict %d rows, fewer than the %d asked for.", byLine, trained, f.head.Rows, f.Horizon)
	}
	return fmt.Sprintf("Forecasts are by %s: the validation part has no readings by which to compare it with %s.", byLine, trained)
}

// and is what both say of all channels together.
func (r rivalry) and(o rivalry) rivalry {
	return rivalry{meanSquare{r.readout.sum + o.readout.sum, r.readout.n + o.readout.n}, meanSquare{r.head.sum + o.head.sum, r.head.n + o.head.n}, false}
}

// A meanSquare adds up squares of what is known.
type meanSquare struct {
	sum float64
	n   int
}

func (m *meanSquare) add(x []float64) {
	for _, v := range x {
		if v == v {
			m.sum += v * v
			m.n++
		}
	}
}

func (m meanSquare) mean() float64 { return m.sum / float64(max(m.n, 1)) }
