package pretext

import (
	"fmt"
	"math"
	"slices"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/kernel"
	"autodidact/core/tensor"
)

// A Curve is part of a series in an example: readings of one channel, one after the other.
type Curve struct {
	Channel string `json:"channel"`
	Role    Role   `json:"role"`
	From    int    `json:"from"` // where its first value stands, counted in rows of the window
	Values  Values `json:"values"`
}

// A Role is what a curve shows.
type Role string

const (
	RoleInput     Role = "given" // the input
	RoleTarget    Role = "asked" // the actual values
	RolePredicted Role = "said"  // the prediction
)

// Values are readings of a channel.
type Values = data.Values

var nan = math.NaN()

// lanes is how many rows an encoder makes of a sample: its channels, if it reads each by itself.
func lanes(enc encoder.SeriesEncoder, channels int) int { return channels / enc.Channels() }

// squaredError is the mean of (said - truth)² where known is 1, of three tensors of like size. Other values of known weigh: their
// squares are the weights of the mean.
func squaredError(predicted autograd.Var, truth, known *tensor.Tensor) autograd.Var {
	t, n := predicted.Tape(), float32(0)
	for _, k := range known.Buf.(kernel.Host) {
		n += k * k
	}
	off := predicted.Sub(t.Input(truth)).Mul(t.Input(known))
	return total(off.Mul(off)).Scale(1 / max(n, 1))
}

// split parts readings into those that are there, with 0 for the others, and 1 for each that is.
func split(readings []float32) (values, known []float32) {
	values, known = make([]float32, len(readings)), make([]float32, len(readings))
	for i, v := range readings {
		if v == v {
			values[i], known[i] = v, 1
		}
	}
	return values, known
}

// patchesRead says of each of so many patches of marked rows [.., 2·channels] whether a value was read in it.
func patchesRead(marked []float32, patches, channels int) []bool {
	read, long := make([]bool, patches), len(marked)/patches
	for p := range read {
		for i := p * long; i < (p+1)*long; i += 2 * channels {
			read[p] = read[p] || slices.Contains(marked[i+channels:i+2*channels], 1)
		}
	}
	return read
}

// shownLanes is how many channels of a sample are shown.
const shownLanes = 3

// channel cuts one channel out of rows [any, channels].
func channel(rows []float32, channels, c int) Values {
	out := make(Values, 0, len(rows)/channels)
	for i := c; i < len(rows); i += channels {
		out = append(out, rows[i])
	}
	return out
}

// An explainedVariance is the mean proportion of variance explained over channels, without those that are constant.
type explainedVariance struct{ sum, channels float64 }

// add takes in a channel: the fraction of the truth's squares, around 0, that said explains.
func (e *explainedVariance) add(predicted, truth Values) {
	var off, all float64
	for i, v := range truth {
		if v == v {
			off += float64(predicted[i]-v) * float64(predicted[i]-v)
			all += float64(v) * float64(v)
		}
	}
	if all > 1e-6*float64(len(truth)) {
		e.sum += max(0, 1-off/all)
		e.channels++
	}
}

// words says it, of what came or what was hidden; shown of all channels are looked at.
func (e explainedVariance) words(what string, shown, channels int) string {
	s := fmt.Sprintf("%s did not move: there is nothing to explain", what)
	if e.channels > 0 {
		s = fmt.Sprintf("%.0f %% of %s is explained", 100*e.sum/e.channels, what)
	}
	return s + shownOf(shown, channels)
}

// shownOf says that only the first channels are shown, if that is so.
func shownOf(shown, channels int) string {
	if shown >= channels {
		return ""
	}
	return fmt.Sprintf(" (the first %d of %d channels)", shown, channels)
}
