package main

import (
	"bufio"
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// The test binary is the command too, when asked.
func TestMain(m *testing.M) {
	if os.Getenv("AUTODIDACT_MAIN") != "" {
		main()
	}
	os.Exit(m.Run())
}

func program(t *testing.T, args ...string) *exec.Cmd {
	c := exec.CommandContext(t.Context(), os.Args[0], args...)
	c.Env = append(os.Environ(), "AUTODIDACT_MAIN=1")
	return c
}

// folder holds n small pictures of two kinds.
func folder(t *testing.T, n int) string {
	dir := t.TempDir()
	for i := range n {
		kind := []string{"dark", "light"}[i%2]
		img := image.NewRGBA(image.Rect(0, 0, 20, 20))
		for y := range 20 {
			for x := range 20 {
				img.Set(x, y, color.RGBA{uint8(200 * (i % 2)), uint8(12 * x), uint8(9 * (y + i)), 255})
			}
		}
		var buf bytes.Buffer
		if err := png.Encode(&buf, img); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, kind, fmt.Sprintf("%d.png", i))
		os.MkdirAll(filepath.Dir(path), 0o755)
		if err := os.WriteFile(path, buf.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestAnInterruptedRunResumesToTheSameModelBytes(t *testing.T) {
	data, whole, broken := folder(t, 16), filepath.Join(t.TempDir(), "run"), filepath.Join(t.TempDir(), "run")
	args := func(out string, more ...string) []string {
		return append([]string{"pretrain", "-task", "simclr", "-data", data, "-out", out, "-size", "16", "-batch", "8", "-steps", "60", "-json"}, more...)
	}
	if out, err := program(t, args(whole)...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	c := program(t, args(broken)...)
	stdout, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	c.Stderr = &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	for lines.Scan() && !strings.Contains(lines.Text(), `"step":5,`) {
	}
	c.Process.Signal(syscall.SIGINT)
	for lines.Scan() {
	}
	if err := c.Wait(); err == nil || !strings.Contains(said.String(), "-resume continues") {
		t.Fatalf("interrupted, it ended with %v and said %q", err, said.String())
	}
	if out, err := program(t, args(broken)...).CombinedOutput(); err == nil || !strings.Contains(string(out), "already holds a run") {
		t.Errorf("without -resume it said %q", out)
	}
	if out, err := program(t, args(broken, "-resume", "-encoder", "resnet18")...).CombinedOutput(); err == nil || !strings.Contains(string(out), "-encoder resnet6, not resnet18") {
		t.Errorf("with another encoder it said %q", out)
	}
	if out, err := program(t, args(broken, "-resume")...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	a, err := os.ReadFile(filepath.Join(whole, "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(broken, "model.safetensors"))
	if err != nil || !bytes.Equal(a, b) {
		t.Errorf("the resumed run's model differs from that of the run left alone (%v)", err)
	}
	log, _ := os.ReadFile(filepath.Join(broken, "log.jsonl"))
	if n := bytes.Count(log, []byte(`"event":"step"`)); n != 60 {
		t.Errorf("log.jsonl has %d steps, want 60", n)
	}
}

func TestWrongUsageIsTwoAndAFailureIsOne(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{}, 2, "pretrain"},
		{[]string{"fly"}, 2, `no command "fly"`},
		{[]string{"pretrain", "-task", "simclr"}, 2, "-data is missing"},
		{[]string{"serve", "-cors", "example.org"}, 2, `-cors: "example.org" is not an origin`},
		{[]string{"serve", "-cors", "*", "-cors", ""}, 2, `-cors: "" is not an origin`},
		{[]string{"serve", "-cors", "https://a.example,http://b.example", "-cors", "*", "-addr", "nowhere"}, 1, "cannot listen at nowhere"},
		{[]string{"pretrain", "-task", "magic", "-data", ".", "-out", "x"}, 1, `"magic"`},
		{[]string{"pretrain", "-task", "simclr", "-data", "/nowhere", "-out", t.TempDir()}, 1, "/nowhere"},
		{[]string{"embed", "-run", "/nowhere", "-data", ".", "-out", "x.npy"}, 1, "/nowhere"},
	} {
		out, _ := program(t, c.args...).CombinedOutput()
		cmd := program(t, c.args...)
		if cmd.Run(); cmd.ProcessState.ExitCode() != c.code || !strings.Contains(string(out), c.says) {
			t.Errorf("%v: exit %d, said %q", c.args, cmd.ProcessState.ExitCode(), out)
		}
	}
}

func TestEmbeddingsOfARunAreWrittenInEveryFormat(t *testing.T) {
	data, run := folder(t, 8), filepath.Join(t.TempDir(), "run")
	if out, err := program(t, "pretrain", "-task", "simclr", "-data", data, "-out", run, "-size", "16", "-batch", "4", "-steps", "2").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for ext, begins := range map[string]string{".npy": "\x93NUMPY", ".csv": "name,label,f0,", ".safetensors": ""} {
		file := filepath.Join(t.TempDir(), "vectors"+ext)
		if out, err := program(t, "embed", "-run", run, "-data", data, "-out", file).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", ext, err, out)
		}
		raw, err := os.ReadFile(file)
		if err != nil || !strings.HasPrefix(string(raw), begins) || len(raw) < 8*128*4 {
			t.Errorf("%s: %d bytes, %v", ext, len(raw), err)
		}
	}
	out, err := program(t, "probe", "-run", run, "-data", data, "-labels", "1,all", "-json").Output()
	if n := bytes.Count(out, []byte(`{"event":"probe","method":"knn"`)); err != nil || n != 6 {
		t.Errorf("probe printed %d lines, %v: %s", n, err, out)
	}
}
