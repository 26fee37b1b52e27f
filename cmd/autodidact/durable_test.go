package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"autodidact/core/checkpoint"
	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/worker/run"
)

// runOn trains a little run on some pictures.
func runOn(t *testing.T, pictures string, more ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	outputOf(t, append([]string{"pretrain", "-task", "simclr", "-data", pictures, "-out", dir, "-size", "16", "-batch", "4", "-steps", "3"}, more...)...)
	return dir
}

// change rewrites a saved state.
func change(t *testing.T, dir, id string, how func(*checkpoint.State)) {
	t.Helper()
	s, err := checkpoint.Directory(dir).Load(t.Context(), id)
	if err == nil {
		how(s)
		_, err = checkpoint.Directory(dir).Save(t.Context(), id, s)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestThirtyPicturesTrainWithTheBatchThatFits(t *testing.T) {
	pictures, dir := folder(t, 30), filepath.Join(t.TempDir(), "run")
	args := []string{"pretrain", "-task", "simclr", "-data", pictures, "-out", dir, "-size", "16", "-steps", "2"}
	if code, said := fails(t, append(args, "-batch", "64")...); code != 1 || !strings.HasSuffix(said, "autodidact: a batch of 64 cannot be filled: there are 30 samples to learn from, so that at most 30 fits\n") {
		t.Errorf("exit %d, said %q", code, said)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("a refused run left a directory")
	}
	outputOf(t, args...)
	saved, err := checkpoint.Directory(dir).Load(t.Context(), checkpointID)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := run.ConfigOf(saved); err != nil || c.Batch != 30 {
		t.Errorf("a batch of %d, %v", c.Batch, err)
	}
	outputOf(t, append(args, "-resume")...) // without -batch
	if code, said := fails(t, append(args, "-resume", "-batch", "8")...); code != 1 || !strings.Contains(said, "-batch 30, not 8") {
		t.Errorf("exit %d, said %q", code, said)
	}
}

func TestASecondProcessIsRefusedByTheNumberOfTheFirst(t *testing.T) {
	pictures, dir := folder(t, 8), filepath.Join(t.TempDir(), "run")
	args := []string{"pretrain", "-task", "simclr", "-data", pictures, "-out", dir, "-size", "16", "-batch", "4", "-steps", "100000", "-json", "-resume"}
	first := program(t, args...)
	out, err := first.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	bufio.NewReader(out).ReadString('\n')
	go io.Copy(io.Discard, out)
	if code, said := fails(t, args...); code != 1 || !strings.Contains(said, fmt.Sprintf("is in use: the process %d trains into it", first.Process.Pid)) {
		t.Errorf("exit %d, said %q", code, said)
	}
	first.Process.Kill() // a crash
	first.Wait()
	args[len(args)-3] = "1"
	if out, err := program(t, args...).CombinedOutput(); err != nil { // it takes over
		t.Errorf("after a crash: %v: %s", err, out)
	}
}

func TestAFileThatCannotBeWrittenLeavesTheOldOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out.csv")
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link.csv")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	half := func(to io.Writer) error {
		io.WriteString(to, strings.Repeat("new", 1e5))
		return errors.New("no more")
	}
	if err := toFile(link, half); err == nil || !strings.Contains(err.Error(), "out.csv: no more") {
		t.Error(err)
	}
	if raw, _ := os.ReadFile(path); string(raw) != "old" {
		t.Errorf("it holds %.20q", raw)
	}
	if files, _ := os.ReadDir(filepath.Dir(path)); len(files) != 1 {
		t.Errorf("left behind: %v", files)
	}
	if err := toFile(link, func(to io.Writer) error { _, err := io.WriteString(to, "new"); return err }); err != nil {
		t.Error(err)
	}
	if raw, _ := os.ReadFile(path); string(raw) != "new" {
		t.Errorf("it holds %.20q", raw)
	}
	if err := toFile("/dev/null", func(to io.Writer) error { _, err := io.WriteString(to, "new"); return err }); err != nil {
		t.Error(err)
	}
}

func TestADamagedCheckpointGoesOnFromTheOneBefore(t *testing.T) {
	pictures := folder(t, 8)
	dir := runOn(t, pictures)
	args := []string{"pretrain", "-task", "simclr", "-data", pictures, "-out", dir, "-size", "16", "-batch", "4", "-steps", "3"}
	store := checkpoint.Directory(dir)
	latest := filepath.Join(dir, "checkpoint.safetensors")
	damage := func() {
		if err := os.Truncate(latest, 5000); err != nil {
			t.Fatal(err)
		}
	}
	store.Keep(checkpointID, previousID)
	change(t, dir, checkpointID, func(*checkpoint.State) {}) // the one before is a file of its own now
	damage()
	if code, said := fails(t, args...); code != 1 || !strings.Contains(said, "The checkpoint before, of step 3, is intact: pretrain -resume continues from it") {
		t.Errorf("exit %d, said %q", code, said)
	}
	if code, said := fails(t, "doctor", "-run", dir, "-data", pictures); code != 1 || !strings.Contains(said, "The checkpoint before, of step 3, is intact") {
		t.Errorf("exit %d, said %q", code, said)
	}
	if _, output := outputOf(t, append(args, "-resume")...); !strings.Contains(output, "the run continues from the checkpoint before, of step 3") {
		t.Errorf("resumed, it said %q", output)
	}
	if _, err := store.Load(t.Context(), checkpointID); err != nil {
		t.Error(err)
	}
	damage()
	os.Remove(filepath.Join(dir, "previous.safetensors"))
	if code, said := fails(t, append(args, "-resume")...); code != 1 || !strings.Contains(said, "model.safetensors, of step 3, is intact: pretrain -from "+filepath.Join(dir, "model.safetensors")) {
		t.Errorf("exit %d, said %q", code, said)
	}
	os.Remove(filepath.Join(dir, "model.safetensors"))
	if code, said := fails(t, append(args, "-resume")...); code != 1 || !strings.Contains(said, "Nothing else in "+dir+" is intact") {
		t.Errorf("exit %d, said %q", code, said)
	}
}

func TestACheckpointWithoutACurveDoesNotPanic(t *testing.T) {
	pictures := folder(t, 8)
	dir := runOn(t, pictures)
	change(t, dir, checkpointID, func(s *checkpoint.State) { s.Meta["history"] = "[]" })
	outputOf(t, "pretrain", "-task", "simclr", "-data", pictures, "-out", dir, "-size", "16", "-batch", "4", "-steps", "3", "-resume")
	outputOf(t, "doctor", "-run", dir, "-data", pictures)
}

func TestWeightsAndFeaturesThatAreNoNumbersAreNotEmbedded(t *testing.T) {
	pictures := folder(t, 8)
	dir, out := runOn(t, pictures), filepath.Join(t.TempDir(), "x.npy")
	weight := func(v float32) func(*checkpoint.State) {
		return func(s *checkpoint.State) { s.Tensors["conv1.weight"].Buf.(kernel.Host)[0] = v }
	}
	for value, says := range map[float32]string{float32(math.NaN()): "tensor conv1.weight has a value that is no finite number", math.MaxFloat32: "its encoder gives NaN for "} {
		change(t, dir, modelID, weight(value))
		if code, said := fails(t, "embed", "-run", dir, "-data", pictures, "-out", out); code != 1 || !strings.Contains(said, says) {
			t.Errorf("exit %d, said %q", code, said)
		}
		if _, err := os.Stat(out); err == nil {
			t.Error("it wrote a file")
		}
	}
}

// Ctrl-C at every stage of every command ends it soon, with one sentence, and leaves nothing half-written.
func TestCtrlCEndsEveryCommandSoon(t *testing.T) {
	pictures, table := folder(t, 16), filepath.Join(t.TempDir(), "t.csv")
	var rows strings.Builder
	rows.WriteString("time,a,b\n")
	for i := range 6000 {
		fmt.Fprintf(&rows, "2020-%02d-%02d %02d:00:00,%f,%f\n", 1+i/672, 1+i/24%28, i%24, math.Sin(float64(i)/4), float64(i%7))
	}
	if err := os.WriteFile(table, []byte(rows.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	run := runOn(t, pictures)
	series := filepath.Join(t.TempDir(), "series")
	outputOf(t, "pretrain", "-task", "forecast", "-data", table, "-out", series, "-size", "32", "-steps", "1")
	work := t.TempDir()
	for _, c := range [][]string{
		{"pretrain", "-task", "simclr", "-data", pictures, "-out", filepath.Join(work, "new"), "-size", "16", "-steps", "1000000"},
		{"embed", "-run", run, "-data", pictures, "-out", filepath.Join(work, "e.csv")},
		{"probe", "-run", run, "-data", pictures, "-method", "finetune", "-repeats", "50"},
		{"doctor", "-run", run, "-data", pictures},
		{"compare", "-data", pictures, "-minutes", "5", "-size", "16"},
		{"predict", "-run", run, "-data", pictures, "-out", filepath.Join(work, "p.csv")},
		{"cluster", "-run", run, "-data", pictures, "-out", filepath.Join(work, "c.csv")},
		{"forecast", "-run", series, "-data", table, "-out", filepath.Join(work, "f.csv")},
		{"anomaly", "-run", series, "-data", table},
		{"export", "-run", run, "-out", filepath.Join(work, "m.safetensors")},
	} {
		for _, after := range []time.Duration{60 * time.Millisecond, 300 * time.Millisecond, time.Second} {
			t.Run(fmt.Sprint(c[0], " after ", after), func(t *testing.T) { interrupted(t, c, after, work) })
		}
	}
}

func interrupted(t *testing.T, args []string, after time.Duration, work string) {
	c := program(t, args...)
	var said bytes.Buffer
	c.Stderr = &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(after)
	at := time.Now()
	c.Process.Signal(syscall.SIGINT)
	c.Wait()
	if took := time.Since(at); took > 4*time.Second { // on a busy machine
		t.Errorf("it took %v to end", took)
	}
	code := c.ProcessState.ExitCode()
	if last := said.String(); code == 1 && !strings.Contains(last, "stopped") || code > 1 || strings.Contains(last, "canceled") {
		t.Errorf("exit %d, said %q", code, last)
	}
	files, _ := os.ReadDir(work)
	for _, f := range files {
		if strings.Contains(f.Name(), "saving") {
			t.Errorf("left half-written: %s", f.Name())
		}
	}
	os.RemoveAll(filepath.Join(work, "new"))
}

func TestVersionNamesTheBuild(t *testing.T) {
	out, _ := outputOf(t, "version")
	for _, want := range []string{"autodidact ", "commit ", "go1.", "SIMD: " + cpu.SIMD()} {
		if !strings.Contains(out, want) {
			t.Errorf("it says nothing of %q: %s", want, out)
		}
	}
	if out, _ = outputOf(t, "version", "-json"); !strings.HasPrefix(out, `{"version":"`) || !strings.Contains(out, `"threads":`) {
		t.Error(out)
	}
}

func TestAReleaseIsNamedByWhatTheLinkerWrote(t *testing.T) {
	was := thisBuild()
	defer func() { released, commit = "", "" }()
	released = "1.2.3"
	if b := thisBuild(); b.Version != "1.2.3" || b.Commit != was.Commit || b.Modified != was.Modified {
		t.Errorf("%+v", b)
	}
	commit = "0123abc"
	if b := thisBuild(); b.Version != "1.2.3" || b.Commit != "0123abc" || b.Modified {
		t.Errorf("%+v", b)
	}
	commit = "0123abc-dirty"
	if b := thisBuild(); b.Commit != "0123abc" || !b.Modified {
		t.Errorf("%+v", b)
	}
}

// A benchmark of a real workload; the three together take half a minute.
func TestBenchTellsThePaceWithItsSpread(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes eight seconds")
	}
	out, _ := outputOf(t, "bench", "-workload", "forecast", "-json")
	var p struct {
		Event, Workload, Unit     string
		ItemsPerSecond, Low, High float64
		Rounds, Threads           int
	}
	for line := range strings.Lines(out) {
		if json.Unmarshal([]byte(line), &p) != nil || p.Event != "bench" && p.Event != "progress" {
			t.Errorf("a line is %q", line)
		}
	}
	if p.Event != "bench" || p.Workload != "forecast" || p.Unit != "windows" || !(0 < p.Low && p.Low <= p.ItemsPerSecond && p.ItemsPerSecond <= p.High) || p.Rounds < 5 || p.Threads < 1 {
		t.Errorf("%+v", p)
	}
	if code, said := fails(t, "bench", "-workload", "chess"); code != 2 || !strings.Contains(said, "there are simclr, mlm and forecast") {
		t.Errorf("exit %d, said %q", code, said)
	}
}

func TestProgressIsALineOfJSONWhereThereMayBeMany(t *testing.T) {
	defer func(was *output) { stdout = was }(stdout)
	for _, c := range []struct {
		usage string
		want  int
	}{{"one JSON object a line", 1}, {"one JSON object", 0}} {
		var out bytes.Buffer
		stdout = &output{to: &out}
		f := flags("test")
		f.Bool("json", false, c.usage)
		if err := parse(f, []string{"-json"}); err != nil {
			t.Fatal(err)
		}
		b := newBar("examining")
		b.began, b.reported = b.began.Add(-time.Minute), b.reported.Add(-time.Minute)
		b.tick(4)
		b.tick(4) // too soon to be reported again
		if n := strings.Count(out.String(), `{"event":"progress","what":"examining","done":1,"total":4,"itemsPerSecond":`); n != c.want || strings.Count(out.String(), "\n") != c.want {
			t.Errorf("%s: %q", c.usage, out.String())
		}
	}
}
