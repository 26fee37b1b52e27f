package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"autodidact/core/data"
)

// inspects runs inspect and returns what it printed, what it said, and its exit status.
func inspects(t *testing.T, args ...string) (out, output string, code int) {
	t.Helper()
	c := program(t, append([]string{"inspect"}, args...)...)
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	c.Run()
	return stdout.String(), stderr.String(), c.ProcessState.ExitCode()
}

func put(t *testing.T, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPicturesAreInspectedBeforeTraining(t *testing.T) {
	dir := folder(t, 4)
	put(t, dir, "light/a.png", "")
	put(t, dir, "light/b.png", "")
	out, output, code := inspects(t, "-data", dir, "-json")
	var in data.Inspection
	if err := json.Unmarshal([]byte(out), &in); err != nil || code != 0 || output != "" || strings.Count(out, "\n") != 1 {
		t.Fatalf("exit %d, %v\n%s%s", code, err, out, output)
	}
	if in.Kind != "image" || in.Samples != 4 || in.Labels["dark"] != 2 || len(in.Pictures) != 4 || in.Pictures[0] != (data.PictureSummary{Name: "dark/0.png", Width: 20, Height: 20, MeanRGB: [3]int{0, 114, 86}}) {
		t.Errorf("%s", out)
	}
	if len(in.Rejected) != 2 || in.Rejected[0] != (data.Rejected{Name: "light/a.png", Code: "empty", Reason: "empty"}) {
		t.Errorf("rejected %v", in.Rejected)
	}
	plain, output, code := inspects(t, "-data", dir)
	for _, want := range []string{"kind     image\nsamples  4 pictures\nlabels   2: dark 2, light 2\n", "  name         size   mean RGB\n  dark/0.png   20x20  0 114 86\n", "left out: 2\n  empty (2): light/a.png, light/b.png\n"} {
		if !strings.Contains(plain, want) || code != 0 || output != "" {
			t.Errorf("exit %d; %q is missing from\n%s%s", code, want, plain, output)
		}
	}
}

func TestATableIsInspectedBeforeTraining(t *testing.T) {
	var b strings.Builder
	b.WriteString("time,temp,site\n")
	for i := range 300 {
		fmt.Fprintf(&b, "2016-09-%02dT%02d:%02d:00,%d.25,roof\n", 1+i/144, i/6%24, i%6*10, 20+i%2)
	}
	path := put(t, t.TempDir(), "logger.csv", b.String()+"2016-09-03T02:00:00,x,roof\n")
	out, output, code := inspects(t, "-data", path, "-json")
	if want := `"series":[{"name":"logger.csv","rows":301,"channels":["temp"],"from":"2016-09-01T00:00:00Z","to":"2016-09-03T02:00:00Z","stepSeconds":600,"missing":1,"mean":[20.75],"min":[20.25],"max":[21.25]}]`; code != 0 || output != "" || !strings.Contains(out, want) {
		t.Errorf("exit %d, %s\nwant %s", code, out, want)
	}
	var in data.Inspection
	if err := json.Unmarshal([]byte(out), &in); err != nil || in.Kind != "series" || in.Samples < 2 || len(in.Notes) != 1 || !strings.Contains(in.Notes[0], "logger.csv: ") || len(in.Rejected) != 1 || in.Rejected[0].Name != "logger.csv, row 302" {
		t.Errorf("%v, %s", err, out)
	}
	plain, _, code := inspects(t, "-data", path)
	for _, want := range []string{" windows of 96 rows\nlabels   none\n", "logger.csv  301   2016-09-01T00:00:00Z  2016-09-03T02:00:00Z  10m   1\n", "temp  logger.csv  20.75  20.25  21.25\n", "\nnotes\n  logger.csv: ", "\nleft out: 1\n  column temp: \"x\" is not a number"} {
		if !strings.Contains(plain, want) || code != 0 {
			t.Errorf("exit %d; %q is missing from\n%s", code, want, plain)
		}
	}
}

func TestTextsAndClipsAreInspectedBeforeTraining(t *testing.T) {
	texts := sentences(t, 30)
	out, _, code := inspects(t, "-data", texts, "-json")
	if want := `"texts":[{"name":"sentences.csv, row 2","characters":40,"tokens":10}`; code != 0 || !strings.HasPrefix(out, `{"kind":"text","samples":30,"labels":{"sea":15,"town":15},`) || !strings.Contains(out, want) {
		t.Errorf("exit %d, %s", code, out)
	}
	if plain, _, _ := inspects(t, "-data", texts); !strings.Contains(plain, "samples  30 texts") || !strings.Contains(plain, "sentences.csv, row 2   40          10\n") || !strings.Contains(plain, "  and 10 more\n") {
		t.Errorf("%s", plain)
	}
	frames := folder(t, 8)
	if plain, _, code := inspects(t, "-data", frames, "-kind", "video"); code != 0 || !strings.Contains(plain, "samples  2 clips") || !strings.Contains(plain, "dark   4       20x20\n") {
		t.Errorf("exit %d\n%s", code, plain)
	}
	if out, _, _ := inspects(t, "-data", frames, "-kind", "video", "-json"); !strings.Contains(out, `"clips":[{"name":"dark","frames":4,"width":20,"height":20}`) {
		t.Errorf("%s", out)
	}
}

func TestWhatCannotBeUsedIsInspectedAndOneSentenceSaysSo(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "a.png", "")
	plain, output, code := inspects(t, "-data", dir)
	if code != 1 || !strings.Contains(plain, "samples  0 pictures") || !strings.Contains(plain, "empty (1): a.png") || output != "autodidact: data: no picture in "+dir+" can be used (1 file was left out)\n" {
		t.Errorf("exit %d\n%s%s", code, plain, output)
	}
	if out, _, code := inspects(t, "-data", dir, "-json"); code != 1 || out != `{"kind":"image","samples":0,"labels":{},"pictures":[],"notes":[],"rejected":[{"name":"a.png","code":"empty","reason":"empty"}]}`+"\n" {
		t.Errorf("exit %d\n%s", code, out)
	}
	if _, output, code := inspects(t, "-data", filepath.Join(dir, "gone")); code != 1 || !strings.Contains(output, "gone") || strings.Count(output, "\n") != 1 {
		t.Errorf("exit %d, %s", code, output)
	}
	if _, output, code := inspects(t); code != 2 || !strings.Contains(output, "-data is missing") {
		t.Errorf("exit %d, %s", code, output)
	}
	if _, output, code := inspects(t, "-data", dir, "-kind", "smells"); code != 1 || !strings.Contains(output, `no kind of data named "smells"; there are image, video, text and series`) {
		t.Errorf("exit %d, %s", code, output)
	}
}

func TestAReportCountsWhatItDoesNotList(t *testing.T) {
	in := data.Inspection{Kind: data.Images, Samples: 1523, Labels: map[string]int{}, More: map[string]int{"pictures": 523, "rejected": 7}}
	for i := range 1000 {
		in.Pictures = append(in.Pictures, data.PictureSummary{Name: fmt.Sprintf("%d\t.png", i), Width: 9, Height: 8})
		in.Rejected = append(in.Rejected, data.Rejected{Name: fmt.Sprintf("bad%d", i), Code: "empty", Reason: "empty"})
	}
	for i := range 25 {
		in.Labels[fmt.Sprintf("c%02d", i)] = i + 1
	}
	got := report(in, 0, 0)
	for _, want := range []string{"samples  1,523 pictures\nlabels   25: c24 25, c23 24,", "c05 6, and 5 more\n", "0\ufffd.png ", "\n  and 1,503 more\n", "left out: 1,007\n  empty (1,000): bad0, bad1,", "bad19 and 980 more\n  and 7 more, for these or other reasons\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing from\n%s", want, got)
		}
	}
	for seconds, want := range map[float64]string{0.1: "100ms", 1: "1s", 600: "10m", 3600: "1h", 5400: "1h30m", 86400: "1d", 604800: "7d", 90000: "25h", 61: "1m1s"} {
		if got := span(seconds); got != want {
			t.Errorf("%g s is %s, want %s", seconds, got, want)
		}
	}
}
