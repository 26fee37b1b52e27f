package main

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"autodidact/core/data"
)

// runs runs the command line and gives all it says, and whether it did what it was to.
func runs(t *testing.T, args ...string) (string, error) {
	t.Helper()
	c := program(t, args...)
	var output bytes.Buffer
	c.Stdout, c.Stderr = &output, &output
	err := c.Run()
	return output.String(), err
}

func TestAFillValueIsMarkedByTheCommandThatTheDoctorPrints(t *testing.T) {
	var b strings.Builder
	b.WriteString("time,temp (C),hum\n")
	for i := range 500 {
		temp := 20 + 5*math.Sin(float64(i)/4) + 0.3*math.Sin(float64(i*i))
		if i*7919%100 < 19 {
			temp = -999
		}
		fmt.Fprintf(&b, "2026-01-%02d %02d:%02d,%.2f,%.2f\n", 1+i/1440, i/60%24, i%60, temp, 50+5*math.Cos(float64(i)/9))
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "m.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	small := []string{"-size", "16", "-steps", "4", "-batch", "4", "-option", "horizon=4", "-json"}
	pretrain := func(out string, more ...string) (string, error) {
		return runs(t, slices.Concat([]string{"pretrain", "-task", "forecast", "-data", path, "-out", filepath.Join(dir, out)}, small, more)...)
	}
	output, err := pretrain("first")
	if err != nil || !strings.Contains(output, "channel temp (C): 95 of 500 readings (19 %) are -999, far from the rest: they may mean missing") {
		t.Errorf("%v\n%s", err, output)
	}
	said, err := runs(t, "doctor", "-run", filepath.Join(dir, "first"), "-data", path)
	command := regexp.MustCompile(`pretrain .* -missing '([^']*)'`).FindStringSubmatch(said)
	if err != nil || command == nil || command[1] != "temp (C)=-999" {
		t.Fatalf("%v\n%s", err, said)
	}
	output, err = pretrain("second", "-missing", command[1])
	if err != nil || !strings.Contains(output, "95 readings count as missing: temp (C)=-999") {
		t.Errorf("%v\n%s", err, output)
	}
	if output, err := pretrain("second", "-resume"); err != nil { // it is done already; the readings are those it began with
		t.Errorf("%v\n%s", err, output)
	}
	if output, err := pretrain("second", "-resume", "-missing", "-998"); err == nil || !strings.Contains(output, "started with -missing temp (C)=-999, not -998") {
		t.Errorf("%v\n%s", err, output)
	}
	if output, err := pretrain("third", "-missing", "-998", "-missing", "hmu=1"); err != nil || strings.Count(output, "no reading has this value; the channels are temp (C), hum") != 2 {
		t.Errorf("%v\n%s", err, output)
	}
	if output, err := pretrain("fourth", "-missing", "temp"); err == nil || !strings.Contains(output, `"temp" is neither a number nor channel=number`) {
		t.Errorf("%v\n%s", err, output)
	}
	for _, use := range [][]string{{"forecast", "-horizon", "4"}, {"anomaly"}, {"doctor"}, {"cluster", "-k", "2"}} {
		output, err := runs(t, append(use, "-run", filepath.Join(dir, "second"), "-data", path)...)
		if err != nil || !strings.Contains(output, "95 readings count as missing: temp (C)=-999") {
			t.Errorf("%v: %v\n%s", use, err, output)
		}
		if use[0] == "doctor" && strings.Contains(output, "pretrain") && strings.Contains(output, "may mean that nothing") {
			t.Errorf("it is found again:\n%s", output)
		}
	}
}

func TestMissingFlagsAreReadAsTheyAreWritten(t *testing.T) {
	for given, want := range map[string]data.Missing{"-999": {Value: -999}, "temp=-999.9": {Channel: "temp", Value: -999.9}, "a=b=1e20": {Channel: "a=b", Value: 1e20}} {
		var m missingFlags
		if err := m.Set(given); err != nil || m[0] != want {
			t.Errorf("%s: %+v, %v", given, m, err)
		}
		var again missingFlags
		if err := again.Set(writtenMissing(m)[0]); err != nil || again[0] != want {
			t.Errorf("%s is written %s", given, writtenMissing(m))
		}
	}
}
