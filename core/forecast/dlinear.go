package forecast

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"autodidact/core/rng"
)

const (
	smoothing   = 25    // readings of the moving average that is the trend
	mostWindows = 10000 // that a DLinear learns from, and a fifth of that it is judged by
	noCheck     = 1e-3  // lambda when there is nothing to choose it on
)

var lambdas = []float64{1, 0.1, 0.01, 1e-3, 1e-4, 1e-5, 1e-6} // strongest first: of equals the stronger

// A DLinear splits the last Long readings of one channel into their moving average of 25 and
// the remainder, and adds a linear map of each (Zeng et al., arXiv:2205.13504). How strong
// its ridge penalty is, and whether the last reading is taken off first and added
// back (the paper's NLinear), is chosen on readings it did not learn from.
type DLinear struct {
	Long, Ahead int
	Lambda      float64 // as chosen
	OffLast     bool    // whether the last reading is taken off, as chosen
	Map         *Linear // everything in one: the last Long readings to the next Ahead
}

// FitDLinear learns from pieces of one channel and chooses on others, check. A window is Long
// readings of a piece followed by Ahead: pieces shorter than both teach nothing. Missing readings
// count as the last ones read before. The error is [ErrNoRows] where no window has enough
// readings; without a window to check on, the choice is a middling one.
func FitDLinear(series [][]float64, check [][]float64, long, ahead int) (*DLinear, error) {
	all, _, err := FitDLinears(series, check, long, ahead)
	return all, err
}

// Folds is into how many parts readings to choose by are cut, in their order, so that what is chosen by the others can be judged by
// each: by what chose it, it would be flattered.
const Folds = 4

// FitDLinears is FitDLinear, and what it would be if all windows of check but those of one fold had chosen.
func FitDLinears(series [][]float64, check [][]float64, long, ahead int) (all *DLinear, without [Folds]*DLinear, err error) {
	n := NewNormal(long, ahead)
	rows := windows(series, long, ahead, mostWindows, "learn")
	for _, w := range rows {
		n.Add(w.past, w.next)
	}
	if len(rows) == 0 {
		return nil, without, ErrNoRows
	}
	groups, err := n.groups()
	if err != nil {
		return nil, without, err
	}
	validation := windows(check, long, ahead, mostWindows/5, "check")
	var best [Folds + 1]leastOff // by all but one fold, and last by all
	for _, offLast := range []bool{true, false} {
		split := splitting(long, offLast)
		var turned []moments
		for _, m := range groups {
			turned = append(turned, m.turned(split, offLast))
		}
		for _, lambda := range lambdas {
			if len(validation) == 0 && (lambda != noCheck || !offLast) {
				continue
			}
			d := &DLinear{Long: long, Ahead: ahead, Lambda: lambda, OffLast: offLast, Map: newLinear(long, ahead)}
			for g, m := range turned {
				w, err := m.solve(lambda)
				if err != nil {
					return nil, without, err
				}
				d.Map.set(groups[g], turnedBack(w, split, offLast))
			}
			var off [Folds + 1]float64 // by fold
			total := 0.0
			for k := range Folds {
				off[k] = d.Map.off(validation[k*len(validation)/Folds : (k+1)*len(validation)/Folds])
				total += off[k]
			}
			for k := range best {
				best[k].offer(d, total-off[k])
			}
		}
	}
	for k := range without {
		without[k] = best[k].of
	}
	return best[Folds].of, without, nil
}

// A leastOff is the best so far.
type leastOff struct {
	of  *DLinear
	off float64
}

func (l *leastOff) offer(d *DLinear, off float64) {
	if l.of == nil || off < l.off*(1-1e-9) {
		l.of, l.off = d, off
	}
}

// splitting is the matrix [2 long, long] that turns readings into trend and remainder,
// after the last reading was taken off them or not.
func splitting(long int, offLast bool) *mat.Dense {
	s := mat.NewDense(2*long, long, nil)
	add := func(r, c int, v float64) { s.Set(r, c, s.At(r, c)+v) }
	for t := range long {
		for k := range smoothing {
			at := min(max(t+k-smoothing/2, 0), long-1) // edges are repeated
			add(t, at, 1./smoothing)
			add(long+t, at, -1./smoothing)
		}
		add(long+t, t, 1)
	}
	if offLast {
		for r := range 2 * long {
			sum := 0.0
			for c := range long {
				sum += s.At(r, c)
			}
			add(r, long-1, -sum)
		}
	}
	return s
}

// turned is the moments of split·x and y or, with offLast, of y less the last of x.
func (m moments) turned(split *mat.Dense, offLast bool) moments {
	rows, in := split.Dims()
	cross, most := mat.DenseCopyOf(m.cross), 0.0
	for i := range in {
		most = max(most, m.cov.At(i, i))
		for k := range m.outs {
			if offLast {
				cross.Set(i, k, cross.At(i, k)-m.cov.At(i, in-1))
			}
		}
	}
	var half, cov, to mat.Dense
	half.Mul(split, m.cov)
	cov.Mul(&half, split.T())
	to.Mul(split, cross)
	t := moments{outs: m.outs, cov: mat.NewSymDense(rows, nil), cross: &to}
	for i := range rows {
		if cov.At(i, i) <= faint*most { // rounding
			for k := range m.outs {
				to.Set(i, k, 0)
			}
			continue
		}
		for j := i; j < rows; j++ {
			if cov.At(j, j) > faint*most {
				t.cov.SetSym(i, j, cov.At(i, j))
			}
		}
	}
	return t
}

// turnedBack is the weights of readings [long, outs] that do what w [2 long, outs] does to trend and remainder.
func turnedBack(w, split *mat.Dense, offLast bool) *mat.Dense {
	var back mat.Dense
	back.Mul(split.T(), w)
	if long, outs := back.Dims(); offLast {
		for k := range outs {
			back.Set(long-1, k, back.At(long-1, k)+1)
		}
	}
	return &back
}

// window is readings, without gaps, and what followed.
type window struct{ past, next []float64 }

// windows are those of pieces that have half of their readings and a target to predict, at
// most so many of them, at random: even steps would see a season always at the same hours.
func windows(pieces [][]float64, long, ahead, most int, name string) []window {
	var all []window
	for _, piece := range pieces {
		whole, read := filled(piece), make([]int, len(piece)+1)
		for t, v := range piece {
			read[t+1] = read[t]
			if !math.IsNaN(v) {
				read[t+1]++
			}
		}
		for t := long; t+ahead <= len(piece); t++ {
			if 2*(read[t]-read[t-long]) >= long && read[t+ahead] > read[t] {
				all = append(all, window{whole[t-long : t], piece[t : t+ahead]})
			}
		}
	}
	if len(all) <= most {
		return all
	}
	r, left := rng.New(1).For(name, 0), most
	var some []window
	for i, w := range all { // each set of so many is equally likely
		if r.IntN(len(all)-i) < left {
			some = append(some, w)
			left--
		}
	}
	return some
}

// filled has each missing reading as the last before it, and the first ones as the first that was read.
func filled(x []float64) []float64 {
	f, last := make([]float64, len(x)), math.NaN()
	for _, v := range x {
		if !math.IsNaN(v) {
			last = v
			break
		}
	}
	for t, v := range x {
		if !math.IsNaN(v) {
			last = v
		}
		f[t] = last
	}
	return f
}

// off is the sum of squared errors over windows.
func (l *Linear) off(windows []window) float64 {
	const block = 256
	x, weights := mat.NewDense(block, l.In, nil), mat.NewDense(l.Out, l.In, l.Weights)
	sum := 0.0
	for len(windows) > 0 {
		some := windows[:min(block, len(windows))]
		windows = windows[len(some):]
		for i, w := range some {
			x.SetRow(i, w.past)
		}
		var predicted mat.Dense
		predicted.Mul(x, weights.T())
		for i, w := range some {
			for h, v := range predicted.RawRowView(i) {
				if e := v + l.Bias[h] - w.next[h]; !math.IsNaN(e) {
					sum += e * e
				}
			}
		}
	}
	return sum
}

// Forecast implements [Forecaster]. Beyond Ahead it goes on from what it said itself; a past
// shorter than Long is continued backwards with its first reading.
func (d *DLinear) Forecast(past []float64, out []float64) {
	x := filled(past[max(len(past)-d.Long, 0):])
	if len(past) > d.Long && len(x) > 0 && math.IsNaN(past[len(past)-d.Long]) {
		x = filled(past)[len(past)-d.Long:] // what was read before the window began
	}
	if len(x) == 0 {
		x = []float64{math.NaN()}
	}
	for len(x) < d.Long {
		x = append([]float64{x[0]}, x...)
	}
	next := make([]float64, d.Ahead)
	for len(out) > 0 {
		d.Map.Apply(x[len(x)-d.Long:], next)
		n := copy(out, next)
		x, out = append(x, next[:n]...), out[n:]
	}
}
