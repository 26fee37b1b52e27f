package data

import (
	"math"
	"strings"
)

// daysOf is how many days a month has.
func daysOf(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// days is the days from 1970 to a date of the Gregorian calendar.
func days(year, month, d int) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	era := int64(math.Floor(float64(year) / 400))
	of := int64(year) - era*400
	return era*146_097 + of*365 + of/4 - of/100 + int64(153*(month-3)+2)/5 + int64(d) - 1 - 719_468
}

// zones are hours ahead of UTC by the names that mean one thing where they are used.
var zones = map[string]float64{"z": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 1, "cet": 1, "cest": 2, "mez": 1, "mesz": 2, "eet": 2, "eest": 3, "msk": 3, "jst": 9, "kst": 9,
	"aest": 10, "aedt": 11, "acst": 9.5, "acdt": 10.5, "awst": 8, "nzst": 12, "nzdt": 13, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
	"akst": -9, "akdt": -8, "hst": -10}

// monthNamed is the number of a month by its name or three letters of it, 0 if it is none: English, and where they differ German, French, Spanish and Italian.
func monthNamed(w string) int {
	if len(w) < 3 {
		return 0
	}
	for _, m := range months {
		if strings.HasPrefix(m.name, w) {
			return m.number
		}
	}
	return 0
}

var months = func() (all []struct {
	name   string
	number int
}) {
	for _, names := range []string{
		"january february march april may june july august september october november december",
		"januar februar märz april mai juni juli august september oktober november dezember",
		"janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
		"enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
		"gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
	} {
		for i, name := range strings.Fields(names) {
			all = append(all, struct {
				name   string
				number int
			}{name, i + 1})
		}
	}
	return all
}()
