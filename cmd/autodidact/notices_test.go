package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"autodidact/core/checkpoint"
	"autodidact/core/tensor"
)

// fails runs a command that must not succeed, and returns its exit status and what it said.
func fails(t *testing.T, args ...string) (code int, said string) {
	t.Helper()
	c := program(t, args...)
	out, err := c.CombinedOutput()
	if err == nil {
		t.Errorf("%v succeeded and said %s", args, out)
	}
	return c.ProcessState.ExitCode(), string(out)
}

// runs runs a command that must succeed, and returns what it wrote to standard output and standard error.
func outputOf(t *testing.T, args ...string) (out, output string) {
	t.Helper()
	c := program(t, args...)
	var a, b bytes.Buffer
	c.Stdout, c.Stderr = &a, &b
	if err := c.Run(); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, b.String())
	}
	return a.String(), b.String()
}

func TestFlagsThatWouldBeIgnoredAreRefused(t *testing.T) {
	data, dir := folder(t, 4), t.TempDir()
	out := filepath.Join(dir, "run")
	for _, c := range []struct {
		code int
		says string
		args []string
	}{
		{2, "-epochs and -steps cannot be given together", []string{"pretrain", "-task", "simclr", "-data", data, "-out", out, "-epochs", "2", "-steps", "3"}},
		{2, "-steps is given twice", []string{"pretrain", "-task", "simclr", "-data", data, "-out", out, "-steps", "2", "--steps=3"}},
		{1, "option temperature is given twice, as 0.2 and as 0.3", []string{"pretrain", "-task", "simclr", "-data", data, "-out", out, "-option", "temperature=0.2", "-option", "temperature=0.3"}},
		{1, "tokenizer is for texts", []string{"pretrain", "-task", "simclr", "-data", data, "-out", out, "-tokenizer", "bpe"}},
		{1, "-fps is for clips, and this is data of kind image", []string{"pretrain", "-task", "simclr", "-data", data, "-out", out, "-fps", "4", "-steps", "1"}},
		{2, "-minutes and -steps cannot be given together", []string{"compare", "-data", data, "-minutes", "1", "-steps", "3"}},
		{2, "-next and -out cannot be given together", []string{"predict", "-run", out, "-data", data, "-next", "3", "-out", "x.csv"}},
		{2, "-ask needs -context", []string{"answer", "-run", out, "-data", data, "-ask", "who?"}},
		{2, "-context needs -ask", []string{"answer", "-run", out, "-data", data, "-context", "Ann came"}},
		{2, "-text and -data cannot be given together", []string{"fill-mask", "-run", out, "-data", data, "-text", "a ___"}},
		{2, "-text or -data is missing", []string{"fill-mask", "-run", out}},
		{2, "-freeze is for -method finetune, not for knn", []string{"probe", "-run", out, "-data", data, "-freeze", "0.5"}},
	} {
		if code, said := fails(t, c.args...); code != c.code || !strings.Contains(said, c.says) {
			t.Errorf("%v: exit %d, said %q", c.args, code, said)
		}
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a run was begun")
	}
}

func TestARunThatBeginsWithAnotherSaysWhatItTakesAndRefusesWhatItCannot(t *testing.T) {
	data, dir := folder(t, 16), t.TempDir()
	first, second := filepath.Join(dir, "first"), filepath.Join(dir, "second")
	small := []string{"-data", data, "-batch", "4", "-steps", "2"}
	pretrain := func(task, out string, more ...string) []string {
		return append(append([]string{"pretrain", "-task", task, "-out", out}, small...), more...)
	}
	if _, output := outputOf(t, pretrain("simclr", first, "-size", "16", "-resume")...); !strings.Contains(output, "there is no run in "+first+" yet: a new one starts") {
		t.Errorf("-resume of nothing said %q", output)
	}
	for _, flag := range [][]string{{"-encoder", "resnet18"}, {"-size", "32"}} {
		if code, said := fails(t, pretrain("rotation", second, append(flag, "-from", first)...)...); code != 2 || !strings.Contains(said, flag[0]+" "+flag[1]+" contradicts -from") {
			t.Errorf("%v: exit %d, %q", flag, code, said)
		}
	}
	if _, said := fails(t, "pretrain", "-task", "maskedlm", "-data", sentences(t, 20), "-out", second, "-from", first); !strings.Contains(said, "encoder resnet6 takes [image video], not text") {
		t.Errorf("texts with an encoder of pictures: %q", said)
	}
	out, output := outputOf(t, pretrain("rotation", second, "-from", first, "-json")...)
	if !strings.Contains(output, "begun with another run: taken over: the encoder resnet6 (") || strings.Contains(output, "decides") {
		t.Errorf("output %q", output)
	}
	if !strings.Contains(out, `{"event":"notice","name":"begun with another run","code":"notice","reason":"taken over: the encoder resnet6 (`) {
		t.Errorf("no line of JSON says it: %.300s", out)
	}
	if _, output := outputOf(t, pretrain("rotation", second, "-from", first, "-resume")...); !strings.Contains(output, "-from: it is not read again") {
		t.Errorf("resumed, it output %q", output)
	}
	// A model that is damaged is not passed over for the checkpoint beside it; one that is not there is.
	model := filepath.Join(first, "model.safetensors")
	vectors := []string{"embed", "-run", first, "-data", data, "-out", filepath.Join(dir, "v.npy")}
	raw, err := os.ReadFile(model)
	if err != nil {
		t.Fatal(err)
	}
	raw[len(raw)-1] ^= 1
	if err := os.WriteFile(model, raw, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, said := fails(t, vectors...); !strings.Contains(said, "damaged") {
		t.Errorf("of a damaged model it said %q", said)
	}
	if err := os.Remove(model); err != nil {
		t.Fatal(err)
	}
	if _, output := outputOf(t, vectors...); !strings.Contains(output, "the run is not finished: this is its encoder after step 2") {
		t.Errorf("of an unfinished run it output %q", output)
	}
}

func TestImportSaysWhatItDoesNotUseOnTheCommandLine(t *testing.T) {
	data, dir := sentences(t, 60), t.TempDir()
	run, hf := filepath.Join(dir, "run"), filepath.Join(dir, "hf")
	does(t, "pretrain", "-task", "maskedlm", "-data", data, "-out", run, "-steps", "2", "-batch", "4", "-encoder", "bert-1x16x2x32x32", "-size", "32", "-vocab", "200")
	does(t, "export", "-run", run, "-format", "huggingface", "-out", hf)
	stray := func(folder, id string) {
		store := checkpoint.Directory(folder)
		s, err := store.Load(t.Context(), id)
		if err == nil {
			s.Tensors["stray"] = tensor.Float32s([]float32{1, 2}, 2)
			_, err = store.Save(t.Context(), id, s)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	stray(hf, "model")
	stray(run, "model")
	stray(run, "checkpoint")
	for i, from := range []string{hf, filepath.Join(run, "model.safetensors"), filepath.Join(run, "checkpoint.safetensors")} {
		back := filepath.Join(dir, fmt.Sprint("back", i))
		out, output := outputOf(t, "import", "-from", from, "-out", back, "-json")
		if want := "1 tensor was not used: stray [2]"; !strings.Contains(output, want) || !strings.Contains(out, `"event":"notice"`) || !strings.Contains(out, want) {
			t.Errorf("%s: output %q, wrote %q", from, output, out)
		}
		does(t, "embed", "-run", back, "-data", data, "-out", filepath.Join(dir, "v.csv"))
	}
	if _, said := fails(t, "import", "-from", data, "-out", filepath.Join(dir, "other")); !strings.Contains(said, "safetensors") {
		t.Errorf("of a table it said %q", said)
	}
	// Texts that are longer than what the encoder reads are counted when they are looked at.
	long := filepath.Join(dir, "long.csv")
	if err := os.WriteFile(long, []byte("text\nwaves and boats\n"+strings.Repeat("waves and boats near the sails ", 20)+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, output := outputOf(t, "embed", "-run", run, "-data", long, "-out", filepath.Join(dir, "v.csv")); !strings.Contains(output, "long texts: 1 of 2 are longer than the 30 tokens that the encoder reads") {
		t.Errorf("output %q", output)
	}
	test := filepath.Join(dir, "test.csv")
	if err := os.WriteFile(test, []byte("text,label\nпрожить жизнь,sea\nполе перейти,zebra\nThe waves,\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	out, output := outputOf(t, "probe", "-run", run, "-data", data, "-test", test, "-labels", "3,400", "-repeats", "1", "-json")
	for _, want := range []string{"labels: no class has 400 to give, the largest 30: that number is left out", "test samples: 1 of 3 have no label and are not tested",
		"test samples: 1 are of classes that no sample gives a label of, and count as predicted wrong: zebra", "unknown words: 4 of "} {
		if _, reason, _ := strings.Cut(want, ": "); !strings.Contains(output, want) || !strings.Contains(out, reason) {
			t.Errorf("%q is not said: %q, %q", want, output, out)
		}
	}
}

func TestOutputThatCannotBeWrittenFailsTheCommand(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("there is no /dev/full here")
	}
	defer full.Close()
	data, dir := folder(t, 12), t.TempDir()
	run := filepath.Join(dir, "run")
	does(t, "pretrain", "-task", "simclr", "-data", data, "-out", run, "-size", "16", "-batch", "4", "-steps", "2")
	for _, args := range [][]string{{"tasks"}, {"tasks", "-json"}, {"cluster", "-run", run, "-data", data, "-k", "2"}, {"probe", "-run", run, "-data", data, "-repeats", "1"}} {
		c := program(t, args...)
		var output bytes.Buffer
		c.Stdout, c.Stderr = full, &output
		if err := c.Run(); err == nil || !strings.Contains(output.String(), "no space left") {
			t.Errorf("%v to a full disk: %v, %q", args, err, output.String())
		}
	}
	for name, args := range map[string][]string{
		"output.csv": {"predict", "-run", run, "-data", data, "-out"},
		"group.csv":  {"cluster", "-run", run, "-data", data, "-k", "2", "-out"},
		"v.csv":      {"embed", "-run", run, "-data", data, "-out"},
		"v.npy":      {"embed", "-run", run, "-data", data, "-out"},
		"m.st":       {"export", "-run", run, "-out"},
	} {
		file := filepath.Join(dir, name)
		if err := os.Symlink("/dev/full", file); err != nil {
			t.Fatal(err)
		}
		if _, said := fails(t, append(args, file)...); !strings.Contains(said, "no space left") {
			t.Errorf("%s: %q", name, said)
		}
	}
}

func TestRowsThatArriveOtherThanTheyShouldAreCounted(t *testing.T) {
	rows := "time,b,a,room\n1,2,1,x\ntime,b,a,room\n3,4\n5,6,inf,y,z\n7,n/a,8,w\n"
	f, err := newFeed(strings.NewReader(rows), []string{"a", "b"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for {
		x, err := f.next()
		if err != nil {
			break
		}
		got = append(got, fmt.Sprint(x))
	}
	if want := "[1 2] [NaN 4] [NaN 6] [8 NaN]"; strings.Join(got, " ") != want {
		t.Errorf("%v, want %s", got, want)
	}
	if f.short != 1 || f.long != 1 || f.again != 1 || f.none[0] != 1 || f.none[1] != 0 {
		t.Errorf("%+v", f)
	}
	f, err = newFeed(strings.NewReader("Zeit;a;b\n10:00;1,5;-\n10:01;1.234,5;2\n"), []string{"a", "b"})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"[1.5 NaN]", "[1234.5 2]"} {
		if x, err := f.next(); fmt.Sprint(x) != want || err != nil {
			t.Errorf("%v, %v, want %s", x, err, want)
		}
	}
	if _, err := newFeed(strings.NewReader("a,b,a\n"), []string{"a", "b"}); err == nil || !strings.Contains(err.Error(), "two columns are named a") {
		t.Errorf("%v", err)
	}
}
