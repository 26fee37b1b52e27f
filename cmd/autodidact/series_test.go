package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// pump is a table of n rows of a machine, labelled by what it does; from row broken on it hums otherwise.
func pump(t *testing.T, n, broken int) (path, table string) {
	t.Helper()
	var b strings.Builder
	b.WriteString("time,warmth,hum,label\n")
	for i := range n {
		hum, label := 4+2*math.Sin(2*math.Pi*float64(i)/20), "slow"
		if i/100%2 == 1 {
			hum, label = 4+2*math.Sin(2*math.Pi*float64(i)/8), "fast"
		}
		if i >= broken {
			hum = 11
		}
		fmt.Fprintf(&b, "2026-01-%02d %02d:%02d,%.2f,%.2f,%s\n", 1+i/1440, i/60%24, i%60, 20+5*math.Sin(float64(i)/4)+0.3*math.Sin(float64(i*i)), hum+0.1*math.Sin(float64(7*i*i)), label)
	}
	path = filepath.Join(t.TempDir(), "pump.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return path, b.String()
}

func TestSeriesFromATableToForecastsAlarmsAndGroups(t *testing.T) {
	data, table := pump(t, 1200, 1<<30)
	dir := t.TempDir()
	run, out := filepath.Join(dir, "run"), filepath.Join(dir, "next.csv")
	log := does(t, "pretrain", "-task", "forecast", "-data", data, "-out", run, "-size", "32", "-steps", "25", "-batch", "8", "-option", "horizon=8", "-json")
	if !strings.Contains(log, `"heldOut"`) || !strings.Contains(log, `"event":"done"`) {
		t.Errorf("the log has no score:\n%s", log)
	}

	var tested struct {
		Event  string
		Choice struct {
			Used, Says    string
			Readout, Head float64
		}
		Scores []struct {
			Method string
			MSE    float64
		}
	}
	lines := strings.SplitN(does(t, "forecast", "-run", run, "-data", data, "-horizon", "8", "-out", out, "-json"), "\n", 2)
	if err := json.Unmarshal([]byte(lines[0]), &tested); err != nil || len(tested.Scores) < 5 || tested.Scores[0].Method != "readout" || tested.Scores[1].Method != "head" || tested.Scores[0].MSE > tested.Scores[len(tested.Scores)-3].MSE || tested.Choice.Used == "" || !(tested.Choice.Head > 0) {
		t.Errorf("%s, %v", lines[0], err)
	}
	if said := does(t, "forecast", "-run", run, "-data", data, "-horizon", "8"); !strings.Contains(said, "\n"+tested.Choice.Says+"\n") || !strings.Contains(said, "\nforecasting head ") || !strings.Contains(said, "\nDLinear plus encoder ") {
		t.Errorf("%s", said)
	}
	if said := does(t, "forecast", "-run", run, "-data", data, "-horizon", "9"); !strings.Contains(said, "was trained to predict 8 rows, fewer than the 9 asked for.\n") || strings.Contains(said, "\nforecasting head ") {
		t.Errorf("%s", said)
	}
	if !strings.Contains(lines[1], `"event":"forecast","name":"pump.csv"`) {
		t.Errorf("%s", lines[1])
	}
	raw, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	if err != nil || len(rows) != 1+2*8 || rows[1][1] != "2026-01-01 20:00" {
		t.Errorf("%v, %v", rows, err)
	}

	if output := does(t, "probe", "-run", run, "-data", data, "-labels", "5,all", "-repeats", "2"); strings.Count(output, " raw ") != 2 || !strings.Contains(output, "pretrained") {
		t.Errorf("%s", output)
	}
	if output := does(t, "probe", "-run", run, "-data", data, "-method", "finetune", "-labels", "5", "-repeats", "2"); !strings.Contains(output, "scratch") {
		t.Errorf("%s", output)
	}
	if found := does(t, "cluster", "-run", run, "-data", data, "-k", "2", "-out", filepath.Join(dir, "groups.csv")); !strings.Contains(found, "cluster 2:") {
		t.Errorf("%s", found)
	}

	other, _ := pump(t, 1200, 1150)
	if output := does(t, "anomaly", "-run", run, "-data", other); !strings.Contains(output, "moving z-score") || !strings.Contains(output, "  2026-01-01 19:") {
		t.Errorf("the alarm of row 1150 is missing:\n%s", output)
	}

	c := program(t, "anomaly", "-run", run, "-data", data, "-follow", "-learn", "-json")
	live := strings.Split(strings.TrimSpace(table), "\n")[:151]
	live[120] = "2026-01-01 00:00,20,abc,slow"
	live[150] = "2026-01-01 00:00,20,30,slow"
	var answers, output bytes.Buffer
	c.Stdin, c.Stdout, c.Stderr = strings.NewReader(strings.Join(live, "\n")+"\n"), &answers, &output
	if err := c.Run(); err != nil {
		t.Fatalf("%v\n%s", err, output.String())
	}
	var said []string
	for line := range strings.Lines(answers.String()) {
		if strings.Contains(line, `"event":"fed"`) {
			said = append(said, line)
		}
	}
	for _, want := range []string{"columns that are not channels are not read: time, label", "column hum: 1 field was not a number"} {
		if !strings.Contains(answers.String(), `"event":"notice"`) || !strings.Contains(answers.String(), want) {
			t.Errorf("no notice says %q", want)
		}
	}
	if len(said) != 150 || !strings.Contains(said[149], `"alarm":true`) || !strings.Contains(answers.String(), `"learned":`) {
		t.Errorf("%d answers, the last %s", len(said), said[len(said)-1])
	}
	if !strings.Contains(output.String(), `row 121: "abc" in column hum is not a number`) {
		t.Errorf("%s", output.String())
	}
}

func TestSeriesThatDoNotFitAreRefusedInASentence(t *testing.T) {
	data, table := pump(t, 400, 1<<30)
	run := filepath.Join(t.TempDir(), "run")
	does(t, "pretrain", "-task", "forecast", "-data", data, "-out", run, "-size", "16", "-steps", "2", "-batch", "4", "-option", "horizon=4", "-json")
	other := filepath.Join(t.TempDir(), "other.csv")
	if err := os.WriteFile(other, []byte(strings.Replace(table, "hum", "noise", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"learned from channels [warmth hum]; these are [warmth noise]": {"forecast", "-run", run, "-data", other},
		"-rate is 2; it must lie between 0 and 0.5":                    {"anomaly", "-run", run, "-data", data, "-rate", "2"},
		"more rows than these":                                         {"forecast", "-run", run, "-data", data, "-horizon", "200"},
		"-learn needs -follow":                                         {"anomaly", "-run", run, "-data", data, "-learn"},
	} {
		c := program(t, args...)
		var output bytes.Buffer
		c.Stderr = &output
		if err := c.Run(); err == nil || !strings.Contains(output.String(), want) {
			t.Errorf("%v: %v, %s", args, err, output.String())
		}
	}
}
