package data

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"autodidact/core/table"
)

// A timeFormat is how a column, or two, writes times.
type timeFormat struct {
	order order   // of dates
	unit  float64 // of numbers: microseconds; 0 if there are none
	since float64 // microseconds at which such numbers begin
	years bool    // the numbers are years
}

// at reads a time, in microseconds since 1970.
func (f timeFormat) at(v string) (us int64, ok bool) {
	if f.unit == 0 && !f.years {
		s, ok := parseStamp(v)
		if !ok {
			return 0, false
		}
		return s.at(f.order)
	}
	x, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
	if err != nil || math.IsNaN(x) {
		return 0, false
	}
	if f.years {
		return days(int(x), 1, 1) * day, x == math.Floor(x) && math.Abs(x) < 1e4
	}
	x = x*f.unit + f.since
	return int64(math.Round(x)), math.Abs(x) < 1e18
}

// onDay reads a time of day from a column of its own, for a date from another: 10:30, 1030, 930, 103000, or only the hour.
func onDay(v string, hours bool) (us int64, ok bool) {
	v = strings.TrimSpace(v)
	if n := digits(v); n == len(v) && n > 0 && n <= 6 {
		switch {
		case hours:
			v += "00"
		case n < 4:
			v = strings.Repeat("0", 4-n) + v
		}
		if len(v)%2 == 1 {
			v = "0" + v
		}
		v = "2000-01-01 " + v
	}
	s, ok := parseStamp(v)
	return s.clock - s.offset, ok && s.timed
}

// orderEvidence is what a column's dates would be in one order.
type orderEvidence struct {
	fit          int // dates there are in it
	falls, rises int
	steps        map[int64]int // how often each comes, but 0; those of a month or a year by a number of their own
	last         int64
	lastDay      int
}

const (
	monthStep = -1
	yearStep  = -2
	mostSteps = 1000
)

// add takes in a time, and which day of its month it is.
func (e *orderEvidence) add(us int64, of int) {
	e.fit++
	step := us - e.last
	if e.fit > 1 && step != 0 {
		if step < 0 {
			e.falls++
			step = -step
		} else {
			e.rises++
		}
		switch n := step / day; {
		case step%day != 0:
		case n >= 28 && n <= 31 && of == 1 && e.lastDay == 1: // readings of months are of their first day
			step = monthStep
		case n == 365 || n == 366:
			step = yearStep
		}
		if _, known := e.steps[step]; known || len(e.steps) < mostSteps {
			e.steps[step]++
		}
	}
	e.last, e.lastDay = us, of
}

// disorder is how often times turn back, or, of a table with the newest row first, forward.
func (e *orderEvidence) disorder() int { return min(e.falls, e.rises) }

// restarts says whether times are not each later than the one before.
func (e *orderEvidence) restarts() bool { return e.falls > 0 || e.rises < e.fit-1 }

// even is how many steps are as long as most.
func (e *orderEvidence) even() (n int) {
	for _, times := range e.steps {
		n = max(n, times)
	}
	return n
}

// timeEvidence is what all values of a column show of how it writes times, if it does.
type timeEvidence struct {
	name    string
	called  bool // its name says that it has times, or parts of them
	there   int  // values that are not blank
	orders  [3]orderEvidence
	dates   int // values that have a date
	clocks  int // values that have a time of day
	mark    byte
	shows   [3]string // a date that is one in this order alone
	numbers numericTimes
	dead    bool
}

// numericTimes is what a column's numbers would be as times.
type numericTimes struct {
	n            int
	first, least float64
	most         float64
	falls        int
	repeats      int // of the one before
	whole        int // of them, integers
	compact      int // of them, dates as 20240301 or longer
	clocks       int // of them, times of day as 930 or 235959
	length       int // digits of the longest
	last         float64
}

// add takes in a value. A column that shows early that it has no times is not looked at further.
func (e *timeEvidence) add(v string) {
	v = strings.TrimSpace(v)
	if e.dead || table.IsMissing(v) {
		return
	}
	e.there++
	compact := len(v) == 8 || len(v) == 10 || len(v) == 12 || len(v) == 14
	if e.numbers.n == e.there-1 { // so far, all are numbers
		if !e.called && !compact && isBare(v) { // which are no times in a column of such a name
			e.numbers.n++
			return
		}
		if x, ok := plainNumber(v); ok {
			if e.numbers.add(x, v); !compact {
				return
			}
		}
	}
	s, ok := parseStamp(v)
	if ok {
		e.stamp(s, v)
	}
	if e.there == 100 && max(e.orders[0].fit, e.orders[1].fit, e.orders[2].fit, e.clocks, e.numbers.n) < 50 {
		e.dead = true
	}
}

func (e *timeEvidence) stamp(s stamp, v string) {
	if s.dated {
		e.dates++
		if s.digits[0] > 0 && s.digits[1] > 0 {
			e.mark = s.mark
		}
	}
	if s.timed {
		e.clocks++
	}
	var fits [3]bool
	for o := range e.orders {
		if us, ok := s.at(order(o)); ok {
			if e.orders[o].steps == nil {
				e.orders[o].steps = map[int64]int{}
			}
			e.orders[o].add(us, s.date[places[o][2]])
			fits[o] = true
			if len(v) == digits(v) {
				e.numbers.compact++
			}
		}
	}
	for o := range fits {
		if fits[o] && !fits[(o+1)%3] && !fits[(o+2)%3] && e.shows[o] == "" {
			e.shows[o] = strings.Clone(v)
		}
	}
}

func (n *numericTimes) add(x float64, v string) {
	if n.n++; n.n == 1 {
		n.first, n.least, n.most = x, x, x
	} else if x < n.last {
		n.falls++
	} else if x == n.last {
		n.repeats++
	}
	if digits(v) == len(v) {
		n.length = max(n.length, len(v))
		if _, ok := onDay(v, len(v) < 3); len(v) <= 6 && ok {
			n.clocks++
		}
	}
	if x == math.Floor(x) {
		n.whole++
	}
	n.least, n.most, n.last = min(n.least, x), max(n.most, x), x
}

// A timeReading is how a column's times are read, and how sure that is.
type timeReading struct {
	format timeFormat
	dates  bool   // by dates, not by numbers
	clock  bool   // each has a time of day
	unsure bool   // days and months could be the other way round
	since0 bool   // numbers count from a beginning that nobody names
	note   string // what a person should know about it
}

// read decides how a column is read, by all of its values; ok says whether nine tenths of them are times.
func (e *timeEvidence) read() (r timeReading, ok bool) {
	if e.there == 0 || e.dead {
		return r, false
	}
	n := &e.numbers
	if compact := n.length >= 8 && n.n == e.there && n.compact == n.n; n.n == e.there && !compact {
		return n.read(e.name)
	}
	best := e.best()
	if 10*e.orders[best].fit < 9*e.there {
		return r, false
	}
	r = timeReading{format: timeFormat{order: best}, dates: true, clock: e.clocks > 0}
	r.note, r.unsure = e.why(best)
	return r, true
}

// why says why dates are read in an order, if there was a choice, and whether it is only the usual one.
func (e *timeEvidence) why(best order) (note string, unsure bool) {
	rival := e.best(best)
	a, b := &e.orders[best], &e.orders[rival]
	reads := fmt.Sprintf("its dates are read as %s", best)
	switch {
	case b.fit == 0 && (best == yearFirst || e.mark == 0):
		return "", false
	case a.fit > b.fit && e.shows[best] != "":
		return reads + ", as " + brief(e.shows[best]) + " shows", false
	case a.fit > b.fit:
		return reads + ": not all of them are dates otherwise", false
	case a.disorder() < b.disorder():
		return reads + ": only so they are in order", false
	case a.even() > b.even():
		return reads + ": so the steps between them are even", false
	}
	return fmt.Sprintf("its dates could be read as %s, too; they are read as %s", rival, best), true
}

// best is the order, but for those not wanted, in which most values are dates; of those, the one in which they are in order and
// evenly apart; of those, the usual one.
func (e *timeEvidence) best(not ...order) order {
	usual := []order{yearFirst, dayFirst, monthFirst}
	if e.mark == '/' {
		usual = []order{yearFirst, monthFirst, dayFirst}
	}
	usual = slices.DeleteFunc(usual, func(o order) bool { return slices.Contains(not, o) })
	return slices.MaxFunc(usual, func(x, y order) int { // the first of equals
		a, b := &e.orders[x], &e.orders[y]
		return cmp.Or(cmp.Compare(a.fit, b.fit), cmp.Compare(b.disorder(), a.disorder()), cmp.Compare(a.even(), b.even()))
	})
}

// read determines the unit of times that are numbers, in a column whose name says that they are times: seconds or
// milliseconds since 1970 or finer, seconds since anything, days as spreadsheets count them, or years.
func (n *numericTimes) read(name string) (r timeReading, ok bool) {
	name = strings.ToLower(strings.TrimSpace(name))
	called := name == "t" || table.IsTimeName(name)
	if !called || n.whole < n.n && n.first > 1e12 {
		return r, false
	}
	if n.falls > 0 && name != "timestamp" && name != "epoch" && name != "ts" && n.least < 1e8 {
		return r, false
	}
	switch at := math.Abs(n.first); {
	case name == "year" && n.least > 1000 && n.most < 3000 && n.whole == n.n:
		r.format = timeFormat{years: true}
	case n.least > 30_000 && n.most < 60_000 && !strings.Contains(name, "stamp") && strings.Contains(name, "dat") && n.most-n.least < 20_000:
		r.format = timeFormat{unit: float64(day), since: -25_569 * float64(day)}
		r.note = "its numbers are read as days since 1899-12-30, as spreadsheets count them"
	case at >= 1e17:
		r.format = timeFormat{unit: 1e-3}
	case at >= 1e14:
		r.format = timeFormat{unit: 1}
	case at >= 1e11:
		r.format = timeFormat{unit: 1e3}
	default:
		r.format = timeFormat{unit: 1e6}
		r.since0 = n.most < 1e8 // three years
	}
	return r, true
}

// clock is that of rows at some times, in microseconds and ascending; gaps are where rows are missing between even steps:
// so many behind each row.
func clock(times []int64) (c Clock, gaps []int) {
	if len(times) < 2 {
		return Clock{}, nil
	}
	uneven := func() (Clock, []int) {
		ms := make([]int64, len(times))
		for i, t := range times {
			ms[i] = int64(math.Round(float64(t) / 1000))
		}
		return Clock{Uneven: ms}, nil
	}
	steps := map[int64]int{}
	usual := int64(0)
	for i := 1; i < len(times); i++ {
		d := times[i] - times[i-1]
		if steps[d]++; steps[d] > steps[usual] || steps[d] == steps[usual] && d < usual {
			usual = d
		}
		if len(steps) > 10_000 {
			return uneven()
		}
	}
	if usual%1000 != 0 || times[0]%1000 != 0 {
		return uneven()
	}
	c = Clock{Start: times[0] / 1000, Step: usual / 1000}
	if len(steps) == 1 {
		return c, nil
	}
	whole := (times[len(times)-1]-times[0])/usual + 1
	for d := range steps {
		if d%usual != 0 || whole > 2*int64(len(times)) {
			return uneven()
		}
	}
	gaps = make([]int, len(times))
	for i := 1; i < len(times); i++ {
		gaps[i-1] = int((times[i]-times[i-1])/usual) - 1
	}
	return c, gaps
}
