package data

import "strings"

// A stamp is a time as it is written, before it is known which of its numbers is the day.
type stamp struct {
	date   [3]int // in the order they stand in
	digits [3]int // of each; 0 is a month by its name
	mark   byte   // between them
	dated  bool
	timed  bool
	clock  int64 // microseconds since midnight
	offset int64 // microseconds by which its zone is ahead of UTC
}

// An order is which number of a date is which.
type order uint8

const (
	yearFirst order = iota
	dayFirst
	monthFirst
)

func (o order) String() string {
	return [...]string{"year/month/day", "day/month/year", "month/day/year"}[o]
}

// places are where year, month and day stand.
var places = [...][3]int{yearFirst: {0, 1, 2}, dayFirst: {2, 1, 0}, monthFirst: {2, 0, 1}}

const (
	second = int64(1_000_000) // microseconds
	day    = 86_400 * second
)

// at is the time in microseconds since 1970, if the date can be read in an order.
func (s stamp) at(o order) (us int64, ok bool) {
	if !s.dated {
		return 0, false
	}
	p := places[o]
	year, month, d := s.date[p[0]], s.date[p[1]], s.date[p[2]]
	switch {
	case s.digits[p[0]] == 2:
		if year += 1900; year < 1969 {
			year += 100
		}
	case s.digits[p[0]] != 4:
		return 0, false
	}
	if s.digits[p[1]] > 2 || s.digits[p[2]] > 2 || s.digits[p[2]] == 0 || month < 1 || month > 12 || d < 1 || d > daysOf(year, month) {
		return 0, false
	}
	for i, n := range s.digits { // a name is that of a month
		if n == 0 && i != p[1] {
			return 0, false
		}
	}
	return days(year, month, d)*day + s.clock - s.offset, true
}

// parseStamp reads a date, a time of day, or both.
func parseStamp(v string) (s stamp, ok bool) {
	r := stampReader{rest: strings.Trim(strings.TrimSpace(v), "[]")}
	if r.rest == "" || len(r.rest) > 64 {
		return s, false
	}
	r.weekday()
	if r.compact(&s) || r.dashed(&s) {
		s.dated = true
		if r.rest == "" {
			return s, true
		}
		if r.rest == "Z" {
			return s, true
		}
		r.between()
	}
	if !r.time(&s) {
		return s, false
	}
	r.zone(&s)
	if s.dated && s.digits[2] == -1 { // as C writes it: Mon Jan 2 15:04:05 2006
		return s, r.year(&s) && r.rest == ""
	}
	return s, r.rest == ""
}

// A stampReader takes a time apart, from its beginning.
type stampReader struct{ rest string }

func (r *stampReader) skip(chars string) { r.rest = strings.TrimLeft(r.rest, chars) }

// word takes letters.
func (r *stampReader) word() string {
	n := strings.IndexFunc(r.rest, func(c rune) bool { return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80) })
	if n < 0 {
		n = len(r.rest)
	}
	w := r.rest[:n]
	r.rest = r.rest[n:]
	return strings.ToLower(w)
}

// number takes at most so many digits.
func (r *stampReader) number(most int) (x, n int) {
	for n < len(r.rest) && n < most && r.rest[n] >= '0' && r.rest[n] <= '9' {
		x = 10*x + int(r.rest[n]-'0')
		n++
	}
	r.rest = r.rest[n:]
	return x, n
}

func (r *stampReader) weekday() {
	was := r.rest
	w := r.word()
	if len(w) >= 3 {
		for _, name := range []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"} {
			if strings.HasPrefix(name, w) {
				r.skip("., ")
				return
			}
		}
	}
	r.rest = was
}

// compact reads 20240301, 2024030100, 202403010010 and 20240301001000.
func (r *stampReader) compact(s *stamp) bool {
	n := digits(r.rest)
	if n != 8 && n != 10 && n != 12 && n != 14 {
		return false
	}
	var of [6]int
	of[0], _ = r.number(4)
	for i := 1; i < (n-2)/2; i++ {
		of[i], _ = r.number(2)
	}
	s.date, s.digits = [3]int(of[:3]), [3]int{4, 2, 2}
	if of[3] > 24 || of[4] > 59 || of[5] > 60 || of[0] < 1800 || of[0] > 2200 {
		s.date = [3]int{} // no date in any order
	}
	s.timed = n > 8
	s.clock = (int64(of[3])*3600 + int64(of[4])*60 + int64(of[5])) * second
	return true
}

// dashed reads a date with marks between its parts, or of a year and a month.
func (r *stampReader) dashed(s *stamp) bool {
	was := r.rest
	for i := range 3 {
		if i > 0 {
			n := len(r.rest)
			r.skip(" ,.-/")
			if gap := was[len(was)-n : len(was)-len(r.rest)]; gap == "" || len(gap) > 2 {
				break
			} else if i == 1 {
				s.mark = gap[0]
			} else if s.mark == '-' || s.mark == '/' {
				if gap[0] != s.mark {
					r.rest = was[len(was)-n:]
					return i == 2 && s.months()
				}
			}
		}
		x, n := r.number(4)
		if n == 0 {
			if x = monthNamed(r.word()); x == 0 {
				break
			}
		}
		s.date[i], s.digits[i] = x, n
		if n == 0 && i == 2 { // it belongs to something else
			break
		}
		if i == 2 {
			return r.clocked(s, was) || s.plausible()
		}
		if r.rest == "" {
			return i == 1 && s.months()
		}
	}
	r.rest, s.date, s.digits = was, [3]int{}, [3]int{}
	return false
}

// plausible says whether the numbers of a date are as long as those of a date are.
func (s *stamp) plausible() bool {
	a, b, c := s.digits[0], s.digits[1], s.digits[2]
	return a == 4 && b <= 2 && c <= 2 && c > 0 || a <= 2 && b <= 2 && (c == 4 || c == 2)
}

// clocked turns back where the third number of Jan 2 15:04:05 2006 is an hour: the year comes later.
func (r *stampReader) clocked(s *stamp, was string) bool {
	if s.digits[0] != 0 || s.digits[2] > 2 || !strings.HasPrefix(r.rest, ":") {
		return false
	}
	r.rest = was[strings.LastIndexByte(was[:len(was)-len(r.rest)], ' ')+1:]
	s.digits[2] = -1
	return true
}

// months makes a date of a year and a month, in either order.
func (s *stamp) months() bool {
	switch a, b := s.digits[0], s.digits[1]; {
	case s.mark == '.':
		return false
	case a == 4 && b <= 2:
		s.date[2] = 1
		s.digits[2] = 2
	case b == 4 && a <= 2:
		s.date, s.digits = [3]int{s.date[1], s.date[0], 1}, [3]int{4, a, 2}
	default:
		return false
	}
	return true
}

// year reads the year that C writes last.
func (r *stampReader) year(s *stamp) bool {
	r.skip(" ")
	x, n := r.number(4)
	s.date[2], s.digits[2] = x, n
	return n == 4
}

// between skips what stands between a date and a time of day.
func (r *stampReader) between() {
	r.skip(" ,_:")
	if len(r.rest) > 1 && (r.rest[0] == 'T' || r.rest[0] == 't') && r.rest[1] >= '0' && r.rest[1] <= '9' {
		r.rest = r.rest[1:]
	}
	r.skip(" -")
}

// time reads a time of day: 15:04, 15:04:05.000, 3:04 PM, and 1504 or 150405 behind a date.
func (r *stampReader) time(s *stamp) bool {
	if s.timed { // compact ones have it
		return true
	}
	packed := digits(r.rest)
	h, n := r.number(2)
	if n == 0 {
		return false
	}
	m, sec, fraction := 0, 0, int64(0)
	switch {
	case s.dated && (packed == 4 || packed == 6):
		m, _ = r.number(2)
		sec, _ = r.number(2)
	case strings.HasPrefix(r.rest, ":"), s.dated && strings.HasPrefix(r.rest, "."): // as in Finland
		mark := r.rest[:1]
		r.rest = r.rest[1:]
		if m, n = r.number(2); n != 2 {
			return false
		}
		if strings.HasPrefix(r.rest, mark) {
			r.rest = r.rest[1:]
			if sec, n = r.number(2); n != 2 {
				return false
			}
		}
	default:
		if half, _ := r.half(); half == 0 { // 3 PM
			return false
		}
	}
	if len(r.rest) > 1 && strings.ContainsRune(".,:", rune(r.rest[0])) && digits(r.rest[1:]) > 0 {
		r.rest = r.rest[1:]
		fraction = r.fraction()
	}
	if half, after := r.half(); half != 0 {
		if h < 1 || h > 12 {
			return false
		}
		h = h%12 + 12*(half-1)
		r.rest = after
	}
	if h > 24 || m > 59 || sec > 60 || h == 24 && m+sec > 0 {
		return false
	}
	s.timed = true
	s.clock = (int64(h)*3600+int64(m)*60+int64(sec))*second + fraction
	return true
}

// fraction reads the digits behind a second, in microseconds.
func (r *stampReader) fraction() (us int64) {
	n := digits(r.rest)
	for i := range 6 {
		us *= 10
		if i < n {
			us += int64(r.rest[i] - '0')
		}
	}
	r.rest = r.rest[n:]
	return us
}

// half looks at AM, 1, or PM, 2, in any of the ways they are written, and says what is behind it.
func (r *stampReader) half() (half int, after string) {
	s := strings.TrimLeft(r.rest, " \u00a0\u202f")
	low := strings.ToLower(s[:min(len(s), 4)])
	for _, w := range []string{"a.m.", "p.m.", "am", "pm", "a", "p"} {
		if strings.HasPrefix(low, w) && (len(s) == len(w) || s[len(w)] == ' ') {
			return 1 + strings.IndexByte("ap", w[0]), s[len(w):]
		}
	}
	return 0, r.rest
}

// zone reads +11:00, +1100, Z, UTC, GMT+2, CET, and what programs put behind these.
func (r *stampReader) zone(s *stamp) {
	r.skip(" ")
	was := r.rest
	if w := r.word(); w != "" {
		hours, known := zones[w]
		if !known {
			r.rest = was
			return
		}
		s.offset = int64(hours * float64(3600*second))
	}
	if len(r.rest) > 1 && (r.rest[0] == '+' || r.rest[0] == '-') {
		sign := int64(1)
		if r.rest[0] == '-' {
			sign = -1
		}
		r.rest = r.rest[1:]
		h, _ := r.number(2)
		r.skip(":")
		m, _ := r.number(2)
		s.offset = sign * (int64(h)*3600 + int64(m)*60) * second
	}
	r.skip(" ")
	was = r.rest
	if _, known := zones[r.word()]; !known { // +0100 CET
		r.rest = was
	}
	if strings.HasPrefix(r.rest, "[") || strings.HasPrefix(r.rest, "(") { // [Europe/Berlin], (Central European Time)
		r.rest = ""
	}
}
