package data

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"autodidact/core/rng"
	"autodidact/core/table"
)

// A FillValue is a value that some readings of a channel have and that may mean that nothing was read.
type FillValue struct {
	Channel  string  `json:"channel"`
	Value    float32 `json:"value"`
	Readings int     `json:"readings"` // that are this value
	Of       int     `json:"of"`       // readings of the channel
	Why      string  `json:"why"`      // it is taken for one: the end of a sentence
}

// What makes a value suspect. Fractions are of a channel's readings.
const (
	suspectShare  = 0.005 // a value that is no known code must make up so much
	insideShare   = 0.05  // or so much if it lies among the others
	codeInside    = 0.01  // where a known code must make up so much
	oftenSuspect  = 10    // times as often as the values next to it
	oftenInside   = 20
	beyondEdges   = 0.02 // of the others on either side: what lies nearer to an end may be the end of a sensor's range
	leap          = 4    // usual steps, to be no approach
	stuckRows     = 20   // one after the other
	stuckShare    = 0.02
	stuckLonger   = 10 // times as long as any other value lasts
	shortRuns     = 4  // rows in the mean
	leastVariety  = 12 // other values there are: fewer are a switch or a scale, not readings
	largeVariety  = 50
	sampledValues = 50_000 // readings of a channel that are sorted
)

// FillValues finds values that may mean "missing": far from all others and repeated, known codes such as -999, values inside the range
// that are repeated and reached by leaps, and those a channel is stuck at for long. Zeros, ends of a range, and what a reading approaches
// step by step are left alone: they may be true.
func (r *Recordings) FillValues() []FillValue {
	var all []FillValue
	for c := range r.Channels {
		all = append(all, r.fillValuesOf(c)...)
	}
	return all
}

func (r *Recordings) fillValuesOf(c int) (found []FillValue) {
	d := r.distribution(c)
	if d.n == 0 {
		return nil
	}
	runs := r.runsOf(c, d.suspects)
	for i, v := range d.suspects {
		if why := d.why(v, runs[i]); why != "" {
			found = append(found, FillValue{r.Channels[c], v, runs[i].n, d.n, why})
		}
	}
	return found
}

// A distribution is what is known of the values of one channel.
type distribution struct {
	n        int                 // readings
	rest     []float32           // some of those that are not suspect, sorted
	variety  int                 // different values among rest
	usual    float64             // a step from one reading to the next
	lasts    int                 // rows that a value lasts which is not suspect, at most
	suspects []float32           // values that are repeated, or known codes, in ascending order
	often    map[float32]float64 // how many times as often as its neighbours each is
}

// each calls f with the readings of a channel, recording after recording, in their order.
func (r *Recordings) each(c int, f func(i int, v float32)) {
	for i := range r.Of {
		x := r.Of[i].X
		for k := c; k < len(x); k += len(r.Channels) {
			f(i, x[k])
		}
	}
}

// distribution looks at a channel, at some of many readings.
func (r *Recordings) distribution(c int) *distribution {
	d := &distribution{often: map[float32]float64{}}
	r.each(c, func(_ int, v float32) {
		if v == v {
			d.n++
			if isCode(v) {
				d.often[v] = math.Inf(1) // until it is known better
			}
		}
	})
	sample := r.sampled(c, d.n)
	d.suspect(sample)
	for v := range d.often {
		d.suspects = append(d.suspects, v)
	}
	slices.Sort(d.suspects)
	d.rest = slices.DeleteFunc(sample, func(v float32) bool { return d.often[v] > 0 })
	for i, v := range d.rest {
		if i == 0 || v != d.rest[i-1] {
			d.variety++
		}
	}
	r.moves(c, d)
	return d
}

// sampled is some of n readings of a channel, sorted: one of each so many, by chance, for even steps might never meet what comes at
// even steps.
func (r *Recordings) sampled(c, n int) (sample []float32) {
	dice, step := rng.New(1).For("values", c), max(1, n/sampledValues)
	at, next := 0, dice.IntN(step)
	r.each(c, func(_ int, v float32) {
		if v != v {
			return
		}
		if at == next {
			sample = append(sample, v)
		}
		if at++; at%step == 0 {
			next = at + dice.IntN(step)
		}
	})
	slices.Sort(sample)
	return sample
}

// suspect finds the values of a sorted sample that are far more frequent than their neighbours.
func (d *distribution) suspect(sample []float32) {
	var values []float32
	var counts []float64
	for i, v := range sample {
		if i == 0 || v != sample[i-1] {
			values, counts = append(values, v), append(counts, 0)
		}
		counts[len(counts)-1]++
	}
	for i, v := range values {
		near, n := 0.0, 0.0
		for k := max(0, i-2); k <= min(len(values)-1, i+2); k++ {
			if k != i {
				near, n = near+counts[k], n+1
			}
		}
		if n == 0 {
			continue
		}
		times, repeated := counts[i]*n/near, counts[i] >= max(5, suspectShare*float64(len(sample)))
		if _, code := d.often[v]; code || repeated && times >= oftenSuspect {
			d.often[v] = times
		}
	}
}

// moves measures the usual step of a channel, and how long it stays where it is, at most.
func (r *Recordings) moves(c int, d *distribution) {
	var steps []float64
	of, was, run := -1, nan, 0
	r.each(c, func(i int, v float32) {
		if i != of || v != was {
			run = 0
		}
		if v == v && d.often[v] == 0 {
			run++
			d.lasts = max(d.lasts, run)
			if i == of && was == was && d.often[was] == 0 && len(steps) < sampledValues {
				steps = append(steps, math.Abs(float64(v)-float64(was)))
			}
		}
		of, was = i, v
	})
	slices.Sort(steps)
	if len(steps) > 0 {
		d.usual = steps[len(steps)/2]
	}
	if len(d.rest) > 0 {
		d.usual = max(d.usual, (d.at(0.75)-d.at(0.25))/20)
	}
}

// at is the value that a fraction of the others lie below.
func (d *distribution) at(share float64) float64 {
	return float64(d.rest[min(int(share*float64(len(d.rest))), len(d.rest)-1)])
}

// runs is how the readings of one value lie.
type runs struct {
	n       int       // readings
	count   int       // runs
	longest int       // rows in a row
	long    int       // runs of at least a quarter of the longest
	leaps   []float64 // how far the readings before and after runs are off
	exit    []float64 // that after the longest one, if there is any
	lasting []int     // rows of those runs that last
}

func (r *Recordings) runsOf(c int, values []float32) []runs {
	all := make([]runs, len(values))
	of, was, run := -1, nan, 0
	close := func(next float32) {
		if k, is := slices.BinarySearch(values, was); is && run > 0 {
			all[k].close(was, run, next)
		}
		run = 0
	}
	r.each(c, func(i int, v float32) {
		if i != of {
			close(nan)
			was = nan
		}
		if v != was {
			close(v)
			if k, is := slices.BinarySearch(values, v); is {
				all[k].leap(v, was)
			}
		}
		run++
		of, was = i, v
	})
	close(nan)
	for k := range all {
		for _, n := range all[k].lasting {
			if 4*n >= all[k].longest {
				all[k].long++
			}
		}
	}
	return all
}

func (r *runs) leap(v, other float32) {
	if other == other && len(r.leaps) < sampledValues {
		r.leaps = append(r.leaps, math.Abs(float64(v)-float64(other)))
	}
}

// close ends a run of v, after which next was read, NaN if nothing was.
func (r *runs) close(v float32, rows int, next float32) {
	r.n, r.count = r.n+rows, r.count+1
	if 4*rows >= stuckRows {
		r.lasting = append(r.lasting, rows)
	}
	r.leap(v, next)
	if rows < r.longest {
		return
	}
	if r.exit = r.exit[:0]; next == next {
		r.exit = append(r.exit, math.Abs(float64(v)-float64(next)))
	}
	r.longest = rows
}

// median is the middle one, Inf of none.
func median(x []float64) float64 {
	if len(x) == 0 {
		return math.Inf(1)
	}
	s := slices.Sorted(slices.Values(x))
	return s[len(s)/2]
}

// why says why v may mean "missing", "" if it may not.
func (d *distribution) why(v float32, r runs) string {
	switch {
	case d.variety < 2:
		return ""
	case d.far(v, r):
		return "far from the rest"
	case d.variety < largeVariety || v == 0 || d.edge(v, 0.01):
		return ""
	case d.stuck(r):
		return fmt.Sprintf("%s of them one after the other, where the readings else change all the time", table.Thousands(int64(r.longest)))
	case d.inside(v, r):
		return fmt.Sprintf("%.0f times as often as the values next to it", d.often[v])
	}
	return ""
}

// far says whether v lies where no other reading is.
func (d *distribution) far(v float32, r runs) bool {
	some := min(2, len(d.rest)/1000) // a few others may be glitches
	low, high := float64(d.rest[some]), float64(d.rest[len(d.rest)-1-some])
	x, wide := float64(v), d.at(0.99)-d.at(0.01)
	if wide == 0 {
		wide = high - low
	}
	gap := max(low-x, x-high)
	if isCode(v) {
		few := d.variety < leastVariety && gap <= 10*wide // prices that end in 99
		return gap > wide/2 && (r.n >= 3 || gap > 2*wide) && !few
	}
	switch share := float64(r.n) / float64(d.n); {
	case d.variety < leastVariety || share < suspectShare || gap < wide:
		return false
	case v == 0: // a machine that is off reads 0; it is not off for one row here and there
		return share < 0.3 && gap > 3*wide && 2*r.n < 3*r.count
	case v == 100 && low >= 0 || v == 1 && low >= 0: // all of it, of a percentage or a share
		return false
	}
	return x > high && x > 0 || x < 0 && (low >= 0 || x < min(low, -high)) // what is nearer to 0 than all others may be a machine at rest
}

// edge says whether v is at an end of the values: fewer than a fraction of the others lie beyond it.
func (d *distribution) edge(v float32, share float64) bool {
	below, _ := slices.BinarySearch(d.rest, v)
	return min(below, len(d.rest)-below) < int(math.Ceil(share*float64(len(d.rest))))
}

// stuck says whether a channel that else moves was at one value for long, and left it by a leap if at all.
func (d *distribution) stuck(r runs) bool {
	return r.longest >= max(stuckRows, int(stuckShare*float64(d.n)), stuckLonger*d.lasts) && r.long <= 3 && median(r.exit) >= leap*d.usual
}

// inside says whether v is repeated among others as only a value that was put there is.
func (d *distribution) inside(v float32, r runs) bool {
	least := insideShare
	if isCode(v) {
		least = codeInside
	} else if r.n >= shortRuns*r.count { // it lasts, as what is true may
		return false
	}
	rough := d.usual >= (d.at(0.75)-d.at(0.25))/2 // every step is a leap
	return float64(r.n) >= least*float64(d.n) && d.often[v] >= oftenInside && !d.edge(v, beyondEdges) && (rough || median(r.leaps) >= leap*d.usual)
}

// codes are numbers that programs write where nothing was read: nines, the ends of whole numbers of 16 and 32 bits, and the
// largest of float32 and what netCDF fills in. Round powers of ten from 1e15 on are others.
var codes = func() map[float32]bool {
	all := map[float32]bool{}
	for _, v := range []float64{32767, 65535, math.MaxInt32, math.MaxUint32, math.MaxFloat32, 9.96921e36} {
		all[float32(v)] = true
	}
	for _, v := range []float64{-32768, math.MinInt32, -math.MaxFloat32} {
		all[float32(v)] = true
	}
	for whole := 99.0; whole < 1e8; whole = 10*whole + 9 {
		for part := 1.0; part > 1e-4; part /= 10 {
			for _, sign := range []float64{1, -1} {
				all[float32(sign*(math.Round((whole+1)/part)-1)*part)] = true // 99, 99.9, 99.99
			}
		}
	}
	for e := 15; e <= 38; e++ {
		all[float32(math.Pow10(e))], all[float32(-math.Pow10(e))] = true, true
	}
	return all
}()

func isCode(v float32) bool { return (v >= 99 || v <= -99) && codes[v] }

// notes are about readings that may not be what they seem: those that may mean "missing" were found before.
func (r *Recordings) notes(found []FillValue) (notes []Rejected) {
	for _, reason := range DescribeFillValues(found) {
		notes = append(notes, Rejected{r.called(), Notice, reason})
	}
	return append(notes, r.notePrecision()...)
}

// DescribeFillValues says of each value in which channels it was found.
func DescribeFillValues(found []FillValue) (sentences []string) {
	type key struct {
		value float32
		why   string
	}
	together := map[key][]FillValue{}
	var order []key
	for _, f := range found {
		k := key{f.Value, f.Why}
		if together[k] == nil {
			order = append(order, k)
		}
		together[k] = append(together[k], f)
	}
	for _, k := range order {
		sentences = append(sentences, describeSame(together[k]))
	}
	return sentences
}

// called is what recordings are called together.
func (r *Recordings) called() string {
	if len(r.Of) == 1 {
		return r.Of[0].Name
	}
	return fmt.Sprintf("%s series", table.Thousands(int64(len(r.Of))))
}

// describeSame is one value, found in some channels, in a sentence.
func describeSame(same []FillValue) string {
	names, n, of := make([]string, len(same)), 0, 0
	for i, f := range same {
		names[i] = f.Channel
		n, of = n+f.Readings, of+f.Of
	}
	what := "channel"
	if len(names) > 1 {
		what = "channels"
	}
	they := "they may mean missing"
	is := "are"
	if n == 1 {
		they, is = "it may mean missing", "is"
	}
	return fmt.Sprintf("%s %s: %s %s %s, %s: %s", what, briefly(names), countedOf(n, of), is, FormatValue(same[0].Value), same[0].Why, they)
}

// countedOf is so many readings of so many, and the percentage.
func countedOf(n, of int) string {
	share := fmt.Sprintf("%.0f %%", 100*float64(n)/float64(of))
	if n*200 < of { // less than half of one of a hundred
		share = fmt.Sprintf("%.2g %%", 100*float64(n)/float64(of))
	}
	return fmt.Sprintf("%s of %s readings (%s)", table.Thousands(int64(n)), table.Thousands(int64(of)), share)
}

// briefly is a few names and the count of the rest.
func briefly(names []string) string {
	const most = 5
	if n := len(names) - most; n > 1 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), n)
	}
	return strings.Join(names, ", ")
}
