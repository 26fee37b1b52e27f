package forecast

import (
	"autodidact/core/data"
	"autodidact/core/rng"
	"autodidact/worker/report"
)

// An origin is where a forecast begins: its first row is the first that is forecast.
type origin struct{ of, row int }

// stretch is the rows of recording i in a part of the data: 0 to learn from, 1 to check with, 2 to test with.
func stretch(r *data.Recordings, i, long, part int) (from, until int) {
	learn, check := r.TimeSplit(i, long)
	at := [4]int{0, learn, check, r.Rows(i)}
	return at[part], at[part+1]
}

// begins is, of each recording, the first row of a part of the data from where ahead rows can be forecast without leaving it, and
// how many such rows there are.
func begins(r *data.Recordings, long, ahead, part int) (firsts, counts []int) {
	firsts, counts = make([]int, len(r.Of)), make([]int, len(r.Of))
	for i := range r.Of {
		from, until := stretch(r, i, long, part)
		firsts[i] = max(from, min(long, r.Rows(i)/2))
		counts[i] = max(0, until-ahead-firsts[i]+1)
	}
	return firsts, counts
}

// tooShort notes recordings that have no such row in any part.
func tooShort(r *data.Recordings, long, ahead int) []data.Rejected {
	all := make([]int, len(r.Of))
	for part := range 3 {
		_, counts := begins(r, long, ahead, part)
		for i, n := range counts {
			all[i] += n
		}
	}
	var names []string
	for i, n := range all {
		if n == 0 {
			names = append(names, r.Of[i].Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []data.Rejected{report.Notice("short recordings", "%d of %d are too short to forecast %d rows from %d, so nothing was fitted to or tested on them: %s", len(names), len(r.Of), ahead, long, report.List(names, report.MostListed))}
}

// tooLong notes recordings of whose rows the baselines learn from the latest only.
func tooLong(r *data.Recordings, long int) []data.Rejected {
	var names []string
	for i := range r.Of {
		if _, until := stretch(r, i, long, 0); until > maxPast {
			names = append(names, r.Of[i].Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []data.Rejected{report.Notice("long recordings", "seasons and DLinear are fitted to the latest %d of the rows to learn from, of %d of %d recordings: %s", maxPast, len(names), len(r.Of), report.List(names, report.MostListed))}
}

// origins are the places in a part of the data from where ahead rows can be forecast without leaving it.
func origins(r *data.Recordings, long, ahead, part int) []origin {
	firsts, counts := begins(r, long, ahead, part)
	total := 0
	for _, n := range counts {
		total += n
	}
	var some []origin
	left, dice := min(total, maxOrigins), rng.New(1).For("origins", part)
	for i, n := range counts {
		for k := 0; k < n && left > 0; k++ { // each set of so many is equally likely: even steps would see a season always at the same hours
			if dice.IntN(total) < left {
				some = append(some, origin{i, firsts[i] + k})
				left--
			}
			total--
		}
	}
	return some
}
