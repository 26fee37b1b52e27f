package torchfile

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"autodidact/core/checkpoint"
	"autodidact/core/kernel"
)

func content(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func decoded(raw []byte) (*File, error) { return Decode(bytes.NewReader(raw), int64(len(raw))) }

// Every tensor is, bit for bit, what PyTorch wrote beside it as safetensors, whatever its type and strides.
func TestTensorsAreThoseThatPyTorchSaved(t *testing.T) {
	for name, c := range map[string]struct {
		under        string
		left, unread []string
	}{
		"types":                  {},
		"types-legacy":           {},
		"types-protocol4":        {},
		"types-protocol5-legacy": {},
		"lightning": {under: "state_dict", left: []string{"epoch (a number)", "global_step (a number)", "optimizer_states (list of 1)", "loops (None)",
			"hyper_parameters (argparse.Namespace)", "best (numpy.core.multiarray.scalar)"}},
		"dino":    {under: "teacher", left: []string{"student (dict of 9)", "optimizer (dict of 2)", "epoch (a number)", "args (argparse.Namespace)"}},
		"nested":  {under: "model.encoder", left: []string{"model.head (dict of 1)", "notes (text)"}},
		"strange": {left: []string{"_extra_state (_codecs.encode)", "count (a number)", "quantized (torch._utils._rebuild_qtensor)"}, unread: []string{"complex", "huge", "wide"}},
	} {
		f, err := decoded(content(t, name+".pth"))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want, err := checkpoint.Decode(bytes.NewReader(content(t, name+".safetensors")))
		if err != nil {
			t.Fatal(err)
		}
		if f.Under != c.under || !slices.Equal(slices.Sorted(slices.Values(f.Left)), slices.Sorted(slices.Values(c.left))) || !slices.Equal(slices.Sorted(maps.Keys(f.Unread)), c.unread) {
			t.Errorf("%s: under %q, left %q, unread %q", name, f.Under, f.Left, f.Unread)
		}
		if len(f.State.Tensors) != len(want.Tensors) {
			t.Errorf("%s: %d tensors of %d", name, len(f.State.Tensors), len(want.Tensors))
		}
		for k, w := range want.Tensors {
			g := f.State.Tensors[k]
			if g == nil || g.DType != w.DType || !slices.Equal(g.Shape, w.Shape) || !slices.Equal(g.Buf.(kernel.Host).Int32s(), w.Buf.(kernel.Host).Int32s()) {
				t.Errorf("%s: %s is %v, want %v", name, k, g, w)
			}
		}
	}
}

func TestWhatIsNoWeightsIsRefusedInOneSentenceThatNamesIt(t *testing.T) {
	for name, want := range map[string]string{
		"harm.pth":        `wants to run "posix.system" when it is opened: this file has code in it`,
		"harm-legacy.pth": `wants to run "__builtin__.eval" when it is opened`,
		"harm.pkl":        `wants to run "posix.system"`,
		"other.pkl":       `a pickle of Python (dict of 1), but not one that torch.save wrote`,
		"module.pth":      `it holds an object of "torch.nn.modules.container.Sequential"`,
		"script.pth":      `a TorchScript program`,
		"tensor.pth":      `it holds tensor [3], and not weights by name`,
		"numbers.pth":     `it holds no tensors by name, only dict of 2: epoch (a number), lr (a number)`,
	} {
		_, err := decoded(content(t, name))
		bad, ok := errors.AsType[*checkpoint.FormatError](err)
		if !ok || !strings.Contains(bad.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := os.Stat("/tmp/autodidact-was-here"); err == nil {
		t.Error("what a pickle asked for was run")
	}
}

// rezipped is a file of PyTorch with its entries changed; nil drops one.
func rezipped(t *testing.T, raw []byte, method uint16, change func(name string, content []byte) (string, []byte)) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, e := range z.File {
		body, err := e.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(body)
		if err != nil {
			t.Fatal(err)
		}
		name, content := change(e.Name, content)
		if content == nil {
			continue
		}
		to, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err != nil {
			t.Fatal(err)
		}
		to.Write(content)
	}
	w.Close()
	return out.Bytes()
}

func TestADamagedFileIsRefused(t *testing.T) {
	raw := content(t, "lightning.pth")
	same := func(name string, c []byte) (string, []byte) { return name, c }
	if f, err := decoded(rezipped(t, raw, zip.Deflate, same)); err != nil || len(f.State.Tensors) == 0 {
		t.Errorf("packed anew: %v", err)
	}
	entry := func(suffix string, to func([]byte) []byte) []byte {
		return rezipped(t, raw, zip.Store, func(name string, c []byte) (string, []byte) {
			if strings.HasSuffix(name, suffix) {
				return name, to(c)
			}
			return name, c
		})
	}
	flipped := slices.Clone(raw)
	flipped[bytes.Index(raw, []byte("data/0"))+200] ^= 1 // the first weights, which begin at a multiple of 64
	bomb := rezipped(t, raw, zip.Deflate, func(name string, c []byte) (string, []byte) {
		if strings.HasSuffix(name, "data.pkl") {
			return name, append(slices.Clone(c[:2]), bytes.Repeat([]byte("N0"), 40<<20)...)
		}
		return name, c
	})
	big := rezipped(t, raw, zip.Store, func(name string, c []byte) (string, []byte) {
		if in, ok := strings.CutSuffix(name, "version"); ok {
			return in + "byteorder", []byte("big")
		}
		return name, c
	})
	for name, c := range map[string]struct {
		raw  []byte
		want string
	}{
		"cut off":                  {raw[:len(raw)/2], "no file of PyTorch, or it is cut off"},
		"a changed bit":            {flipped, "do not match their checksum"},
		"a storage that is gone":   {entry("data/0", func([]byte) []byte { return nil }), `the numbers of storage "0" are not in it`},
		"a storage cut off":        {entry("data/0", func(c []byte) []byte { return c[:8] }), `storage "0" has 8 bytes and should have 432`},
		"of another machine":       {big, "highest byte first"},
		"a pickle cut off":         {entry("data.pkl", func(c []byte) []byte { return c[:len(c)/2] }), "ends in the middle"},
		"a pickle that goes on":    {bomb, "more instructions than any weights need"},
		"legacy, cut in a pickle":  {content(t, "types-legacy.pth")[:300], "ends in the middle"},
		"legacy, cut in its data":  {content(t, "types-legacy.pth")[:len(content(t, "types-legacy.pth"))-5], "ends within its tensors"},
		"nothing but a first byte": {[]byte("\x80"), "ends in the middle"},
	} {
		if _, err := decoded(c.raw); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Each of these is a few bytes that ask for much.
func TestAPickleThatAsksForMuchIsRefusedEarly(t *testing.T) {
	legacy := "\x80\x02\x8a\x0a" + legacyMagic + ".\x80\x02M\xe9\x03.\x80\x02}.\x80\x02"
	for name, c := range map[string]struct{ pickle, want string }{
		"a text of 4 GB":         {"X\xff\xff\xff\xff", "more than 64 MB"},
		"a text of 2^64 bytes":   {"\x8d\xff\xff\xff\xff\xff\xff\xff\xff", "more than 64 MB"},
		"a text longer than all": {"X\x00\x00\x00\x03abc", "ends in the middle"},
		"dicts without end":      {strings.Repeat("}", maxObjects+1), "objects"},
		"values without end":     {strings.Repeat("N", maxStack+1), "beside each other"},
		"marks without end":      {strings.Repeat("(", maxStack+1), "marks"},
		"a name without end":     {"c" + strings.Repeat("a", 1<<20), "more than 1024 bytes"},
		"an extension registry":  {"\x82\x01", "none that weights need"},
		"a value that is none":   {"0", "where there is none"},
		"a memo that is empty":   {"h\x00", "never kept"},
		"a pop below a mark":     {"N(0", "where there is none"},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := decoded([]byte(legacy + c.pickle))
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 256<<20 {
			t.Errorf("%s took %d MB", name, took>>20)
		}
	}
}

func FuzzTorch(f *testing.F) {
	paths, _ := filepath.Glob("testdata/*.p*")
	for _, p := range paths {
		f.Add(content(f, filepath.Base(p)))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := decoded(raw)
		if err != nil {
			if _, ok := errors.AsType[*checkpoint.FormatError](err); !ok {
				t.Fatalf("got error %v", err)
			}
			return
		}
		for name, x := range got.State.Tensors {
			if x.Buf.Len() != x.Shape.Size() {
				t.Fatalf("%s has %d numbers for shape %v", name, x.Buf.Len(), x.Shape)
			}
		}
	})
}
