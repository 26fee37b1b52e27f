package data

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// layouts are the ways in which tables write times. Those with a slash or only two digits of a month are in both orders.
var layouts = func() (all []string) {
	for _, day := range []string{"2006-01-02", "2006/01/02", "2006.01.02", "02.01.2006", monthFirst, dayFirst, "Jan 2 2006", "2 Jan 2006", "January 2, 2006"} {
		for _, clock := range []string{"", " 15:04", " 15:04:05", "T15:04", "T15:04:05", " 15:04:05Z07:00", "T15:04:05Z07:00", "T15:04Z07:00", " 3:04 PM", " 3:04:05 PM"} {
			all = append(all, day+clock)
		}
	}
	return append(all, "2006-01", "2006/01", "2006-01-02 15:04:05 -0700 MST", time.RFC1123, time.RFC1123Z)
}()

const monthFirst, dayFirst = "1/2/2006", "2/1/2006"

// A timeFormat is how a column writes times: by a layout, or as numbers.
type timeFormat struct {
	layout string
	unit   float64 // of numbers: milliseconds; 0 if there is a layout
	unsure bool    // days and months could be the other way round
}

// timesOf tells how a column writes times, if it does: nine tenths of values that are there can be read so.
func timesOf(name string, values []string) (f timeFormat, ok bool) {
	name = strings.ToLower(strings.TrimSpace(name))
	var there []string
	for _, v := range values {
		if v = strings.TrimSpace(v); v != "" {
			there = append(there, v)
		}
	}
	if len(there) == 0 {
		return f, false
	}
	fits := func(layout string) bool {
		wrong := 0
		for _, v := range there {
			if _, err := time.Parse(layout, v); err != nil {
				if wrong++; 10*wrong > len(there) {
					return false
				}
			}
		}
		return true
	}
	if len(there[0]) == 8 && fits("20060102") {
		return timeFormat{layout: "20060102"}, true
	}
	if numbers, all := parsed(there); all {
		return numeric(name, numbers)
	}
	for _, l := range layouts {
		if !fits(l) {
			continue
		}
		unsure := strings.HasPrefix(l, monthFirst) && fits(dayFirst+strings.TrimPrefix(l, monthFirst))
		return timeFormat{layout: l, unsure: unsure}, true
	}
	return f, false
}

func parsed(values []string) (numbers []float64, all bool) {
	for _, v := range values {
		if v = strings.TrimSpace(v); v == "" {
			continue
		}
		x, err := strconv.ParseFloat(v, 64)
		if err != nil {
			return nil, false
		}
		numbers = append(numbers, x)
	}
	return numbers, len(numbers) > 0
}

// numeric tells the unit of times that are numbers, in a column whose name says that they are times: seconds or
// milliseconds since 1970, or seconds since anything, or years.
func numeric(name string, numbers []float64) (f timeFormat, ok bool) {
	called := name == "t" || name == "ts" || name == "year" || name == "epoch"
	for _, part := range []string{"time", "date", "stamp"} {
		called = called || strings.Contains(name, part)
	}
	if !called || math.Floor(numbers[0]) != numbers[0] && numbers[0] > 1e12 {
		return f, false
	}
	for i := 1; i < len(numbers); i++ {
		if numbers[i] < numbers[i-1] && name != "timestamp" && name != "epoch" && name != "ts" {
			return f, false
		}
	}
	switch at := math.Abs(numbers[0]); {
	case name == "year" && at > 1000 && at < 3000:
		return timeFormat{layout: "2006"}, true
	case at >= 1e14:
		return timeFormat{unit: 1e-3}, true
	case at >= 1e11:
		return timeFormat{unit: 1}, true
	}
	return timeFormat{unit: 1000}, true
}

// at reads a time, in milliseconds since 1970.
func (f timeFormat) at(s string) (ms int64, ok bool) {
	s = strings.TrimSpace(s)
	if f.layout == "" {
		x, err := strconv.ParseFloat(s, 64)
		if err != nil || math.IsNaN(x) || math.Abs(x*f.unit) > 1e15 {
			return 0, false
		}
		return int64(math.Round(x * f.unit)), true
	}
	t, err := time.Parse(f.layout, s)
	return t.UnixMilli(), err == nil
}

// clock is that of rows in ascending order; gaps are where rows are missing between even steps: so many behind each row.
func clock(times []int64) (c Clock, gaps []int) {
	if len(times) < 2 {
		return Clock{}, nil
	}
	steps := map[int64]int{}
	usual := int64(0)
	for i := 1; i < len(times); i++ {
		d := times[i] - times[i-1]
		if steps[d]++; steps[d] > steps[usual] || steps[d] == steps[usual] && d < usual {
			usual = d
		}
		if len(steps) > 10_000 {
			return Clock{Uneven: times}, nil
		}
	}
	c = Clock{Start: times[0], Step: usual}
	if len(steps) == 1 {
		return c, nil
	}
	whole := (times[len(times)-1]-times[0])/usual + 1
	for d := range steps {
		if d%usual != 0 || whole > 2*int64(len(times)) {
			return Clock{Uneven: times}, nil
		}
	}
	gaps = make([]int, len(times))
	for i := 1; i < len(times); i++ {
		gaps[i-1] = int((times[i]-times[i-1])/usual) - 1
	}
	return c, gaps
}
