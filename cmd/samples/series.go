package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// weather is a table for each town of vega's weather.csv, by day, labelled by what the weather was.
func weather(data fs.FS) ([]entry, error) {
	raw, err := fs.ReadFile(data, "weather.csv")
	if err != nil {
		return nil, err
	}
	rows, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("weather.csv: %w", err)
	}
	header := []string{"location", "date", "precipitation", "temp_max", "temp_min", "wind", "weather"}
	if len(rows) == 0 || !slices.Equal(rows[0], header) {
		return nil, fmt.Errorf("weather.csv: its columns are not %v", header)
	}
	header[len(header)-1] = "label"
	var towns []string
	tables := map[string][][]string{}
	for _, row := range rows[1:] {
		if tables[row[0]] == nil {
			towns = append(towns, row[0])
			tables[row[0]] = [][]string{header[1:]}
		}
		tables[row[0]] = append(tables[row[0]], row[1:])
	}
	var files []entry
	for _, town := range towns {
		var b bytes.Buffer
		if err := csv.NewWriter(&b).WriteAll(tables[town]); err != nil {
			return nil, err
		}
		files = append(files, entry{strings.ReplaceAll(strings.ToLower(town), " ", "-") + ".csv", b.Bytes()})
	}
	return files, nil
}

// hourly is what is usual in Seattle at each hour of a year.
func hourly(data fs.FS) ([]entry, error) {
	raw, err := fs.ReadFile(data, "seattle-weather-hourly-normals.csv")
	return []entry{{"seattle-hourly-normals.csv", raw}}, err
}
