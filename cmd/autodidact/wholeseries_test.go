package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// movements is a folder of tables in folders by class, n of each, of 40 rows or more; those of class "turn" are quicker.
func movements(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	for i := range 2 * n {
		var b strings.Builder
		b.WriteString("x,y\n")
		for row := range 40 + i%7 {
			a := float64(row) / []float64{6, 2}[i%2]
			fmt.Fprintf(&b, "%.3f,%.3f\n", math.Sin(a+float64(i)), math.Cos(a)+0.1*math.Sin(float64(i*row)))
		}
		path := filepath.Join(dir, []string{"lift", "turn"}[i%2], fmt.Sprintf("%02d.csv", i))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestAFolderOfTablesByClassIsOneSampleATable(t *testing.T) {
	data, run := movements(t, 20), filepath.Join(t.TempDir(), "run")
	if out := does(t, "inspect", "-data", data); !strings.Contains(out, "samples  40 series\nlabels   2: lift 20, turn 20") {
		t.Errorf("%s", out)
	}
	train := []string{"pretrain", "-task", "ts2vec", "-data", data, "-out", run, "-steps", "4", "-batch", "8", "-json"}
	does(t, train...)
	if out := does(t, append(train, "-resume")...); !strings.Contains(out, `"event":"done"`) { // the size was not given
		t.Errorf("%s", out)
	}
	if out := does(t, "probe", "-run", run, "-data", data, "-method", "linear", "-repeats", "1", "-against", "raw", "-json"); !strings.Contains(out, `"encoder":"raw"`) {
		t.Errorf("%s", out)
	}
	csv := filepath.Join(t.TempDir(), "e.csv")
	does(t, "embed", "-run", run, "-data", data, "-out", csv)
	raw, err := os.ReadFile(csv)
	if lines := strings.Count(string(raw), "\n"); err != nil || lines != 41 || !strings.Contains(string(raw), "\nturn/01.csv,turn,") {
		t.Errorf("%d lines, %v", lines, err)
	}
}
