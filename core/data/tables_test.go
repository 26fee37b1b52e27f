package data

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// everyday is a table as people have them, and what is right to read from it.
type everyday struct {
	file     string
	channels []string
	rows     int
	first    []float32 // the first readings
	from     string    // the first time
	step     int64     // seconds
	says     []string  // in what is noted or left out
	out      int       // how many are left out
}

// lines repeats a row, with the number of each for %d.
func lines(n int, row string) string { return rowsOf(n, row, "", 0) }

func (want everyday) check(t *testing.T, name string) {
	t.Helper()
	r, rejected := seriesOf(t, name, want.file)
	if len(r.Of) == 0 {
		t.Fatalf("nothing was read: %v", rejected)
	}
	of := r.Of[0]
	if want.channels != nil && !slices.Equal(r.Channels, want.channels) || r.Rows(0) != want.rows {
		t.Errorf("channels %q, %d rows; want %q, %d; %v", r.Channels, r.Rows(0), want.channels, want.rows, rejected)
	}
	for i, v := range want.first {
		if of.X[i] != v && (v == v || of.X[i] == of.X[i]) {
			t.Errorf("reading %d is %v, want %v; %v", i, of.X[i], v, rejected)
			break
		}
	}
	if from := time.UnixMilli(of.Clock.At(0)).UTC().Format("2006-01-02 15:04:05"); want.from != "" && from != want.from || want.step != 0 && of.Clock.Step != 1000*want.step {
		t.Errorf("from %s in steps of %d ms, uneven %v; want %s, %d s; %v", from, of.Clock.Step, of.Clock.Uneven, want.from, want.step, rejected)
	}
	for _, s := range want.says {
		if !slices.ContainsFunc(rejected, func(x Rejected) bool { return strings.Contains(x.Error(), s) }) {
			t.Errorf("nobody said %q: %v", s, rejected)
		}
	}
	if n := len(leftOut(rejected)); n != want.out {
		t.Errorf("%d are left out, not %d: %v", n, want.out, rejected)
	}
}

// timed is a table of n rows whose times are written by a layout.
func timed(header string, n int, row, layout string, from time.Time, step time.Duration) string {
	var b strings.Builder
	b.WriteString(header + "\n")
	for i := range n {
		line := strings.ReplaceAll(row, "%t", from.Add(time.Duration(i)*step).Format(layout))
		b.WriteString(strings.ReplaceAll(line, "%d", fmt.Sprint(i+1)) + "\n")
	}
	return b.String()
}

func at(year int, month time.Month, day, hour, minute int) time.Time {
	return time.Date(year, month, day, hour, minute, 0, 0, time.UTC)
}

func TestDatesAreReadAsAllRowsHaveThem(t *testing.T) {
	september := at(2016, 9, 1, 0, 0)
	for name, want := range map[string]everyday{
		"a month of ten minutes, day first":      {file: timed("time,temp", 4320, "%t,%d", "2/1/2006 15:04", september, 10*time.Minute), rows: 4320, from: "2016-09-01 00:00:00", step: 600, says: []string{"day/month/year"}},
		"a month of ten minutes, month first":    {file: timed("time,temp", 4320, "%t,%d", "1/2/2006 15:04", september, 10*time.Minute), rows: 4320, from: "2016-09-01 00:00:00", step: 600, says: []string{"month/day/year"}},
		"twelve days that either could be":       {file: timed("time,temp", 12*144, "%t,%d", "2/1/2006 15:04", september, 10*time.Minute), rows: 12 * 144, from: "2016-09-01 00:00:00", step: 600, says: []string{"so the steps between them are even"}},
		"daily, month first, never above twelve": {file: timed("date,x", 12, "%t,%d", "1/2/2006", at(2021, 3, 1, 0, 0), 24*time.Hour), rows: 12, from: "2021-03-01 00:00:00", step: 86400, says: []string{"month/day/year"}},
		"daily, day first, never above twelve":   {file: timed("date,x", 12, "%t,%d", "2/1/2006", at(2021, 3, 1, 0, 0), 24*time.Hour), rows: 12, from: "2021-03-01 00:00:00", step: 86400, says: []string{"day/month/year"}},
		"the newest row first":                   {file: timed("date,x", 40*24, "%t,%d", "2/1/2006 15:04", at(2021, 5, 9, 23, 0), -time.Hour), rows: 960, from: "2021-03-31 00:00:00", step: 3600, says: []string{"day/month/year", "they were sorted"}},
		"twelve digits":                          {file: timed("time,x", 30, "%t,%d", "200601021504", at(2024, 3, 1, 0, 10), 10*time.Minute), channels: []string{"x"}, rows: 30, from: "2024-03-01 00:10:00", step: 600},
		"compact with a T":                       {file: timed("time,x", 30, "%t,%d", "20060102T150405", at(2024, 3, 1, 0, 10), 10*time.Minute), rows: 30, from: "2024-03-01 00:10:00", step: 600},
		"twelve hours":                           {file: timed("when,x", 30, "%t,%d", "1/2/2006 3:04:05 PM", at(2024, 12, 31, 11, 0), time.Hour), rows: 30, from: "2024-12-31 11:00:00", step: 3600},
		"a.m. and p.m.":                          {file: "time,x\n01/03/2024 11:00 a.m.,1\n01/03/2024 12:00 p.m.,2\n01/03/2024 01:00 p.m.,3\n" + timed("", 20, "%t,%d", "02/01/2006 03:04 PM", at(2024, 3, 1, 14, 0), time.Hour), rows: 23, from: "2024-03-01 11:00:00", step: 3600},
		"summer time ends, with offsets": {file: "time,x\n2026-04-05 00:00+11:00,1\n2026-04-05 01:00+11:00,2\n2026-04-05 02:00+11:00,3\n2026-04-05 02:00+10:00,4\n2026-04-05 03:00+10:00,5\n" +
			timed("", 10, "%t+10:00,%d", "2006-01-02 15:04", at(2026, 4, 5, 4, 0), time.Hour), rows: 15, from: "2026-04-04 13:00:00", step: 3600},
		"summer time ends, with names": {file: "time,x\n2024-10-27 01:00 CEST,1\n2024-10-27 02:00 CEST,2\n2024-10-27 02:00 CET,3\n" + timed("", 10, "%t CET,%d", "2006-01-02 15:04", at(2024, 10, 27, 3, 0), time.Hour), rows: 13, from: "2024-10-26 23:00:00", step: 3600},
		"two columns":                  {file: timed("Date;Time;x", 60, "%t;%d", "02.01.2006;15:04", at(2024, 2, 11, 22, 0), 30*time.Minute), channels: []string{"x"}, rows: 60, from: "2024-02-11 22:00:00", step: 1800, says: []string{"times are read from these columns together: Date, Time"}},
		"two columns of digits":        {file: timed("date,time,x", 60, "%t,%d", "20060102,1504", at(2024, 2, 11, 22, 0), 30*time.Minute), channels: []string{"x"}, rows: 60, from: "2024-02-11 22:00:00", step: 1800},
		"a date and an hour":           {file: strings.NewReplacer(",00,", ",0,", ",01,", ",1,").Replace(timed("date,hour,load", 50, "%t,%d", "2006-01-02,15", at(2024, 2, 11, 0, 0), time.Hour)), channels: []string{"load"}, rows: 50, from: "2024-02-11 00:00:00", step: 3600},
		"year, month, day and hour":    {file: timed("No,year,month,day,hour,pm2.5", 50, "%d,%t,%d", "2006,1,2,15", at(2010, 1, 1, 0, 0), time.Hour), channels: []string{"pm2.5"}, rows: 50, from: "2010-01-01 00:00:00", step: 3600, says: []string{"year, month, day, hour", "No only counts the rows"}},
		"days of spreadsheets": {file: "date,x\n" + func() (s string) {
			for i := range 30 {
				s += fmt.Sprintf("%v,%d\n", 45352+float64(i)/4, i)
			}
			return s
		}(), channels: []string{"x"}, rows: 30, from: "2024-03-01 00:00:00", step: 21600, says: []string{"as spreadsheets count"}},
		"nanoseconds": {file: "timestamp,x\n" + func() (s string) {
			for i := range 30 {
				s += fmt.Sprintf("%d,%d\n", at(2024, 3, 1, 0, 0).Add(time.Duration(i)*time.Second).UnixNano(), i)
			}
			return s
		}(), rows: 30, from: "2024-03-01 00:00:00", step: 1},
		"the first of each month, day first": {file: func() string {
			s := "date,x\n"
			for i := range 30 {
				s += at(2020, 1, 1, 0, 0).AddDate(0, i, 0).Format("02/01/2006") + ",1\n"
			}
			return s
		}(), rows: 30, from: "2020-01-01 00:00:00", says: []string{"day/month/year"}},
		"months by name in German": {file: "Datum;x\n" + strings.NewReplacer("Mar", "Mär", "May", "Mai").Replace(timed("", 90, "%t;%d", "02. Jan 2006", at(2024, 3, 1, 0, 0), 24*time.Hour)), rows: 90, from: "2024-03-01 00:00:00", step: 86400},
		"24:00 ends a day":         {file: "time,x\n2024-03-01 23:00,1\n2024-03-01 24:00,2\n" + timed("", 9, "%t,%d", "2006-01-02 15:04", at(2024, 3, 2, 1, 0), time.Hour), rows: 11, step: 3600},
		"a row that is no date":    {file: timed("date,x", 40, "%t,%d", "2/1/2006", at(2024, 3, 1, 0, 0), 24*time.Hour) + "Total,820\n", rows: 40, step: 86400, out: 1, says: []string{`row 42: column date: "Total" is no time`}},
	} {
		t.Run(name, func(t *testing.T) { want.check(t, "m.csv") })
	}
}

func TestOneFileSettlesTheDatesOfAnother(t *testing.T) {
	row := func(s string) string { return s + ",1\n" }
	unsure := "date,x\n"
	for i := 1; i <= 9; i++ {
		unsure += row(fmt.Sprintf("0%d/0%d/2024", i, i))
	}
	r, rejected := seriesOf(t, "a.csv", unsure, "b.csv", timed("date,x", 60, "%t,%d", "02/01/2006", at(2024, 3, 1, 0, 0), 24*time.Hour))
	if len(r.Of) != 2 || !slices.ContainsFunc(rejected, func(x Rejected) bool {
		return x.Name == "a.csv" && strings.Contains(x.Reason, "day/month/year, as those of other files")
	}) {
		t.Errorf("%v", rejected)
	}
}

func TestEverydayTablesAreRead(t *testing.T) {
	date := func(header, row string, n int) string {
		return timed(header, n, row, "2006-01-02 15:04", at(2024, 1, 1, 0, 0), time.Hour)
	}
	one := []float32{1.5, 1}
	for name, want := range map[string]everyday{
		"commas behind each row":           {file: date("time,a,b", "%t,1.5,%d,", 20), channels: []string{"a", "b"}, rows: 20, first: one},
		"commas behind the header too":     {file: date("time,a,b,", "%t,1.5,%d,", 20), channels: []string{"a", "b"}, rows: 20, first: one},
		"commas behind one row":            {file: date("time,a,b", "%t,1.5,%d", 20) + "2024-01-01 20:00,1.5,21,,\n", channels: []string{"a", "b"}, rows: 21, first: one},
		"commas behind the header alone":   {file: date("time,a,b,,", "%t,1.5,%d", 20), channels: []string{"a", "b"}, rows: 20, first: one},
		"a value too many":                 {file: date("time,a,b", "%t,1.5,%d", 20) + "2024-01-01 20:00,1.5,21,9\n", rows: 20, out: 1, says: []string{"row 22: 4 fields where the header has 3"}},
		"sep=":                             {file: "sep=;\n" + date("time;a;b", "%t;1,5;%d", 20), channels: []string{"a", "b"}, rows: 20, first: one, says: []string{"decimal commas are read in a"}},
		"sep= quoted":                      {file: "\"sep=,\"\r\n" + date("time,a,b", "%t,1.5,%d", 20), channels: []string{"a", "b"}, rows: 20, first: one},
		"thousands with points":            {file: date("time;a;b", "%t;1.234,56;%d", 20), rows: 20, first: []float32{1234.56, 1}, says: []string{"thousands marks are read in a (as 1.234,56)"}},
		"thousands with commas":            {file: date("time,a,b", "%t,\"1,100.5\",%d", 20), rows: 20, first: []float32{1100.5, 1}},
		"thousands with spaces":            {file: date("time;a;b", "%t;1 234,5;%d", 20), rows: 20, first: []float32{1234.5, 1}},
		"thousands with narrow spaces":     {file: date("time;a;b", "%t;1\u202f234,5;%d", 20), rows: 20, first: []float32{1234.5, 1}},
		"thousands with apostrophes":       {file: date("time,a,b", "%t,1'234.5,%d", 20), rows: 20, first: []float32{1234.5, 1}},
		"thousands as in India":            {file: date("time,a,b", "%t,\"1,23,456.5\",%d", 20), rows: 20, first: []float32{123456.5, 1}},
		"thousands known by the column":    {file: date("time;a;b", "%t;13.012;%d", 20) + "2024-01-01 20:00;9,5;21\n", rows: 21, first: []float32{13012, 1}},
		"thousands known by other columns": {file: date("time;a;b", "%t;13.012;%d,5", 20), rows: 20, first: []float32{13012, 1.5}, says: []string{"13.012 is 13012"}},
		"points where nothing is a comma":  {file: date("time;a;b", "%t;13.012;%d", 20), rows: 20, first: []float32{13.012, 1}},
		"points among larger numbers":      {file: date("time;a;b", "%t;13.012;%d,5", 20) + "2024-01-01 20:00;1713.5;21\n", rows: 21, first: []float32{13.012, 1.5}},
		"a comma with three digits behind": {file: date("time;a;b", "%t;1,234;%d", 20), rows: 20, first: []float32{1.234, 1}},
		"CR alone":                         {file: strings.ReplaceAll(date("time,a,b", "%t,1.5,%d", 20), "\n", "\r"), channels: []string{"a", "b"}, rows: 20, first: one, from: "2024-01-01 00:00:00", step: 3600},
		"UTF-16 without a mark":            {file: utf16Of(date("time;a;b", "%t;1,5;%d", 20)), channels: []string{"a", "b"}, rows: 20, first: one},
		"units below the header":           {file: strings.Replace(date("time,a,b", "%t,1.5,%d", 8), "b\n", "b\n,°C,%\n", 1), channels: []string{"a", "b"}, rows: 8, first: one, says: []string{"taken to name units"}},
		"units in brackets":                {file: strings.Replace(date("time;a;b", "%t;1,5;%d", 8), "b\n", "b\n[s];[kPa];[m3/h]\n", 1), rows: 8, first: one, says: []string{"[s], [kPa], [m3/h]"}},
		"comments above":                   {file: "# logger 7\n# made, by hand, in Kiel, today\n" + date("time,a,b", "%t,1.5,%d", 20), channels: []string{"a", "b"}, rows: 20, first: one, says: []string{"2 lines before the header", "“# logger 7”"}},
		"lines above":                      {file: "Station: Kiel\nHeight,5\n\n" + date("time,a,b", "%t,1.5,%d", 20), channels: []string{"a", "b"}, rows: 20, first: one, says: []string{"2 lines before the header"}},
		"lines above, as many fields":      {file: "Station,Kiel\nHeight,5\n" + date("time,a", "%t,%d", 20), channels: []string{"a"}, rows: 20, first: []float32{1}},
		"a Campbell logger": {file: "\"TOA5\",\"CR1000\",\"CR1000\",\"1234\",\"Std.27\",\"CPU:p.CR1\",\"5432\",\"Table1\"\r\n\"TIMESTAMP\",\"RECORD\",\"Batt_V\",\"Temp\"\r\n\"TS\",\"RN\",\"Volts\",\"Deg C\"\r\n\"\",\"\",\"Min\",\"Avg\"\r\n" +
			strings.TrimPrefix(timed("", 20, `"%t",%d,12.5,"NAN"`, "2006-01-02 15:04:05", at(2024, 1, 1, 0, 0), 10*time.Minute), "\n"), channels: []string{"Batt_V", "Temp"}, rows: 20, first: []float32{12.5, nan}, step: 600, says: []string{"RECORD only counts"}},
		"names in a comment":                  {file: "# made by numpy\n# t, a, b\n" + lines(20, "%d,1.5,%d"), channels: []string{"a", "b"}, rows: 20, first: one},
		"quoted numbers":                      {file: date("\"time\",\"a\",\"b\"", "\"%t\",\"1.5\",\"%d\"", 20), channels: []string{"a", "b"}, rows: 20, first: one},
		"percent":                             {file: date("time,a,b", "%t,1.5 %,%d", 20), rows: 20, first: one, says: []string{"column a: “%” behind its numbers is read as their unit"}},
		"units behind numbers":                {file: date("time;a;b", "%t;1,5 °C;%d", 20), rows: 20, first: one},
		"money":                               {file: date("time,a,b", "%t,\"$1,100.50\",%d", 20), rows: 20, first: []float32{1100.5, 1}},
		"another unit":                        {file: date("time,a,b", "%t,1.5 kW,%d", 20) + "2024-01-01 20:00,900 W,21\n", rows: 21, first: one, out: 1, says: []string{`has the unit "W" where others have "kW"`}},
		"empty columns before":                {file: date(",,time,a,b", ",,%t,1.5,%d", 20), channels: []string{"a", "b"}, rows: 20, first: one},
		"empty rows":                          {file: date("time,a,b", "%t,1.5,%d", 20) + ",,\n,,\n", rows: 20, first: one},
		"a name with a mark in it":            {file: date("time;a, outside;b", "%t;1,5;%d", 20), channels: []string{"a, outside", "b"}, rows: 20, first: one},
		"words for what is missing":           {file: date("time,a,b", "%t,1.5,%d", 20) + "2024-01-01 20:00,ERR,21\n2024-01-01 21:00,OL,22\n2024-01-01 22:00,ERR,23\n2024-01-01 23:00,OL,24\n", channels: []string{"a", "b"}, rows: 24, first: one, says: []string{"column a: “ERR”, “OL” stands in 4 rows and counts as missing"}},
		"seconds that were cut off":           {file: timed("time,a,b", 95, "%t,1.5,%d", "2006-01-02 15:04", at(2024, 1, 1, 0, 0), 10*time.Second), rows: 95, first: one, from: "2024-01-01 00:00:00", step: 10, says: []string{"times are written more coarsely"}},
		"a flag for summer time":              {file: timed("time,dst,a", 20, "%t,1,1.5", "2006-01-02 15:04", at(2024, 10, 26, 7, 0), time.Hour) + timed("", 20, "%t,0,2.5", "2006-01-02 15:04", at(2024, 10, 27, 2, 0), time.Hour)[1:], channels: []string{"dst", "a"}, rows: 39, first: []float32{1, 1.5}, says: []string{"1 row with the time of another"}},
		"a zone in words":                     {file: timed("time,zone,a", 20, "%t,CEST,1.5", "2006-01-02 15:04", at(2024, 10, 26, 7, 0), time.Hour) + timed("", 20, "%t,CET,2.5", "2006-01-02 15:04", at(2024, 10, 27, 2, 0), time.Hour)[1:], channels: []string{"a"}, rows: 39, first: []float32{1.5}, says: []string{"1 row with the time of another"}},
		"a file twice":                        {file: date("time,a,b", "%t,1.5,%d", 20) + strings.TrimPrefix(date("", "%t,1.5,%d", 20), "\n"), rows: 20, first: one, says: []string{"20 rows with the time of another"}},
		"each row twice":                      {file: date("time,a,b", "%t,1.5,%d\n%t,1.5,%d", 20), rows: 20, first: one, step: 3600, says: []string{"20 rows with the time of another"}},
		"points in the time of day":           {file: timed("aika;a;b", 20, "%t;1,5;%d", "2.1.2006 15.04", at(2024, 1, 1, 0, 0), time.Hour), channels: []string{"a", "b"}, rows: 20, first: one, from: "2024-01-01 00:00:00", step: 3600},
		"rows with names, as R writes":        {file: timed("\"time\",\"a\",\"b\"", 20, "\"%d\",%t,1.5,%d", "2006-01-02 15:04", at(2024, 1, 1, 0, 0), time.Hour), channels: []string{"a", "b"}, rows: 20, first: one, step: 3600},
		"a station's number anywhere":         {file: date("time,where,a", "%t,7,1.5", 20) + strings.TrimPrefix(date("", "%t,8,2.5", 20), "\n"), channels: []string{"a"}, rows: 20, first: []float32{1.5}, says: []string{"column where says which series a row is of: there are 2"}},
		"bars":                                {file: date("time|a|b", "%t|1.5|%d", 20), channels: []string{"a", "b"}, rows: 20, first: one},
		"minus signs of typesetters":          {file: date("time,a,b", "%t,−1.5,%d", 20), rows: 20, first: []float32{-1.5, 1}},
		"errors of a spreadsheet":             {file: date("time,a,b", "%t,1.5,%d", 20) + "2024-01-01 20:00,#DIV/0!,21\n2024-01-01 21:00,,22\n", rows: 22, first: one},
		"a sensor's rows one after the other": {file: date("time,sensor_id,a", "%t,7,1.5", 20) + strings.TrimPrefix(date("", "%t,8,2.5", 20), "\n"), channels: []string{"a"}, rows: 20, first: []float32{1.5}, says: []string{"column sensor_id says which series a row is of: there are 2"}},
		"ten thousand a second": {file: func() string {
			s := "time,a\n"
			for i := range 50 {
				s += fmt.Sprintf("%.4f,%d\n", float64(i)/10000, i)
			}
			return s
		}(), rows: 50, first: []float32{0, 1}},
		"a tab table called csv": {file: date("time\ta\tb", "%t\t1,5\t%d", 20), channels: []string{"a", "b"}, rows: 20, first: one},
	} {
		t.Run(name, func(t *testing.T) { want.check(t, "m.csv") })
	}
	everyday{file: date("time,a,b", "%t,1.5,%d", 20), channels: []string{"a", "b"}, rows: 20, first: one}.check(t, "commas.tsv")
}

// utf16Of writes text as UTF-16, the low byte first, without a mark.
func utf16Of(text string) string {
	var b strings.Builder
	for _, c := range text {
		b.Write([]byte{byte(c), byte(c >> 8)})
	}
	return b.String()
}

func TestTextTablesAreReadAsTablesOfReadingsAre(t *testing.T) {
	want := map[string]string{"a": "good, really", "b": "bad"}
	rows := "text;label\ngood, really;a\nbad;b\n"
	for name, file := range map[string]string{
		"semicolons": rows, "a mark": "\ufeff" + rows, "CR": strings.ReplaceAll(rows, "\n", "\r"), "UTF-16": "\xff\xfe" + utf16Of(rows), "UTF-16 without a mark": utf16Of(rows),
		"sep=": "sep=;\n" + rows, "tabs": strings.ReplaceAll(rows, ";", "\t"), "bars": strings.ReplaceAll(rows, ";", "|"), "commas behind": "text,label\n\"good, really\",a,\nbad,b,,\n",
		"a comment": "# from a survey\n" + rows,
	} {
		texts, labels, refused := readAllTexts(t, textFile("t.csv", file))
		got := map[string]string{}
		for at, text := range texts {
			got[labels[at]] = text
		}
		if len(texts) != 2 || got["a"] != want["a"] || got["b"] != want["b"] || len(refused) > 0 && name != "a comment" {
			t.Errorf("%s: %q, %q, %q", name, texts, labels, refused)
		}
		if kind := KindOf([]File{textFile("t.csv", file)}); kind != Text {
			t.Errorf("%s is taken for %s", name, kind)
		}
	}
}

func TestShortTextsAreTextsAndEmptyOnesAreNamed(t *testing.T) {
	texts, _, refused := readAllTexts(t, textFile("t.csv", "text,label\n,x\na,x\n中,x\n😀,y\n!?,y\nlong enough,y\n"), textFile("l.jsonl", `{"text":""}`+"\n"+`{"text":"é"}`+"\n"), textFile("p.txt", "中\n\n***\n\n===\n\n😀\n"))
	for at, text := range map[string]string{"t.csv, row 3": "a", "t.csv, row 4": "中", "t.csv, row 5": "😀", "t.csv, row 6": "!?", "l.jsonl, line 2": "é", "p.txt, paragraph 1": "中", "p.txt, paragraph 2": "😀"} {
		if texts[at] != text {
			t.Errorf("%s is %q", at, texts[at])
		}
	}
	if len(texts) != 8 || len(refused) != 3 || refused["t.csv, row 2"] != "bad-row: its text is empty" || refused["l.jsonl, line 1"] != "bad-row: its text is empty" || !strings.Contains(refused["p.txt"], "2 paragraphs without a letter") {
		t.Errorf("%q, %q", texts, refused)
	}
}

func TestTimesSinceABeginningAreNoDates(t *testing.T) {
	r, rejected := seriesOf(t, "m.csv", "time,a\n"+func() (s string) {
		for i := range 30 {
			s += fmt.Sprintf("%v,%d\n", float64(i)/2, i)
		}
		return s
	}())
	set := &Set{Of: Series, Recordings: r}
	set.Cut(16)
	seen := set.Inspection(rejected).Series[0]
	if seen.From != "" || seen.To != "" || seen.StepSeconds != 0.5 || r.When(0, 3) != "1.5 s" {
		t.Errorf("%+v, %s", seen, r.When(0, 3))
	}
}

func TestAColumnThatPartsATableIsNotSaidToBeLeftOut(t *testing.T) {
	one := rowsOf(12, "Oslo,%t,%d,dry", "2006-01-02", 24*time.Hour)
	_, rejected := seriesOf(t, "m.csv", "town,date,temp,sky\n"+one+strings.ReplaceAll(one, "Oslo", "Bergen"))
	var said []string
	for _, x := range rejected {
		said = append(said, x.Reason)
	}
	if want := []string{"columns that are no numbers are left out: sky (as “dry”)", "column town says which series a row is of: there are 2"}; !slices.Equal(said, want) {
		t.Errorf("%q", said)
	}
}
