package data

import "slices"

// spread gives rows times of their own where a table writes times too coarsely, as by the minute for readings every ten
// seconds: rows in order, many of which have the time of the row before. Those of one time are spread evenly until the next.
// times are microseconds, and rows are which of them; same says whether two rows have the same readings. It reports how many rows
// were moved, 0 if times are not of that kind: then rows of one time are the same row twice.
func spread(times []int64, rows []int, same func(a, b int) bool) (moved int) {
	usual, repeated := repeats(times, rows, same)
	if repeated*10 < len(rows) || usual < 2 {
		return 0
	}
	step := int64(0)
	for from := 0; from < len(rows); {
		until := from
		for until < len(rows) && times[rows[until]] == times[rows[from]] {
			until++
		}
		if until < len(rows) {
			step = (times[rows[until]] - times[rows[from]]) / int64(max(until-from, usual))
		}
		skip := 0
		if from == 0 { // the first may have begun earlier
			skip = max(usual-until, 0)
		}
		start := times[rows[from]]
		for k, row := range rows[from:until] {
			if times[row] = start + int64(k+skip)*step; k+skip > 0 {
				moved++
			}
		}
		from = until
	}
	return moved
}

// repeats says how many rows of one time there usually are, and how many rows have the time of the one before. It is 0 where
// rows are not in order, and where the same readings come again.
func repeats(times []int64, rows []int, same func(a, b int) bool) (usual, repeated int) {
	var lengths []int
	alike := 0
	for from := 0; from < len(rows); {
		until := from + 1
		for until < len(rows) && times[rows[until]] == times[rows[from]] {
			if same(rows[until-1], rows[until]) {
				alike++
			}
			until++
		}
		if until < len(rows) && times[rows[until]] < times[rows[from]] {
			return 0, 0
		}
		lengths = append(lengths, until-from)
		from = until
	}
	slices.Sort(lengths)
	repeated = len(rows) - len(lengths)
	if len(lengths) < 2 || 2*alike > repeated {
		return 0, 0
	}
	return lengths[len(lengths)/2], repeated
}
