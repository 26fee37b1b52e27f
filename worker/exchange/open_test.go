package exchange

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/core/tensor"
	"autodidact/worker/layout"
	"autodidact/worker/run"
	"autodidact/worker/testsets"
)

// sharded is a folder with its weights spread over several files and an index.
func sharded(t *testing.T, files map[string][]byte, shards int, change func(index map[string]string)) map[string][]byte {
	t.Helper()
	weights, err := checkpoint.Decode(bytes.NewReader(files[weightsFile]))
	if err != nil {
		t.Fatal(err)
	}
	out, index := maps.Clone(files), map[string]string{}
	delete(out, weightsFile)
	parts := make([]checkpoint.State, shards)
	for i, name := range slices.Sorted(maps.Keys(weights.Tensors)) {
		p := &parts[i%shards]
		if p.Tensors == nil {
			p.Tensors = map[string]*tensor.Tensor{}
		}
		p.Tensors[name] = weights.Tensors[name]
		index[name] = fmt.Sprintf("model-%05d-of-%05d.safetensors", i%shards+1, shards)
	}
	for i := range parts {
		out[fmt.Sprintf("model-%05d-of-%05d.safetensors", i+1, shards)] = encoded(t, &parts[i])
	}
	if change != nil {
		change(index)
	}
	if out[weightsFile+indexed], err = json.Marshal(map[string]any{"metadata": map[string]int{"total_size": 1}, "weight_map": index}); err != nil {
		t.Fatal(err)
	}
	return out
}

// same says whether two models have equal tensors.
func same(a, b *checkpoint.State) bool {
	return maps.EqualFunc(a.Tensors, b.Tensors, func(x, y *tensor.Tensor) bool {
		return slices.Equal(x.Shape, y.Shape) && slices.Equal(x.Buf.(kernel.Host).Int32s(), y.Buf.(kernel.Host).Int32s())
	})
}

func TestAShardedModelIsTheModel(t *testing.T) {
	files := exported(t)
	whole, _, err := FromHuggingFace(files)
	if err != nil {
		t.Fatal(err)
	}
	parts := sharded(t, files, 3, nil)
	got, notes, err := FromHuggingFace(parts)
	if err != nil || len(notes) > 0 || !same(got, whole) {
		t.Errorf("from a folder: %v, %v", notes, err)
	}
	raw, err := zippedFiles(parts)
	if err != nil {
		t.Fatal(err)
	}
	if got, notes, err = Open(raw); err != nil || len(notes) > 0 || !same(got, whole) {
		t.Errorf("from a zip: %v, %v", notes, err)
	}
	folder := fstest.MapFS{}
	for name, raw := range parts {
		folder["models/bert/"+name] = &fstest.MapFile{Data: raw}
	}
	folder["models/bert/onnx/model.onnx"] = &fstest.MapFile{Data: []byte{8}}
	if got, notes, err = OpenPath(folder, "models/bert"); err != nil || !hasNotice(notes, "the folder", "1 file was not read: onnx/") || !same(got, whole) {
		t.Errorf("from a folder on a disk: %v, %v", notes, err)
	}
	r, err := run.Open(got, testsets.Weather(40), cpu.New())
	if err != nil || r.Done != 0 {
		t.Errorf("training cannot go on from it: %v", err)
	}
}

func TestWhatIsWrongWithShardsIsNamed(t *testing.T) {
	files := exported(t)
	const first = "bert.embeddings.LayerNorm.bias"
	for name, c := range map[string]struct {
		change func(index map[string]string)
		files  func(files map[string][]byte)
		want   string
	}{
		"a shard that is gone": {files: func(f map[string][]byte) { delete(f, "model-00002-of-00003.safetensors") },
			want: "of 3 shards that model.safetensors.index.json names, 1 is not there: model-00002-of-00003.safetensors"},
		"two that are gone": {files: func(f map[string][]byte) {
			delete(f, "model-00002-of-00003.safetensors")
			delete(f, "model-00003-of-00003.safetensors")
		}, want: "2 are not there: model-00002-of-00003.safetensors, model-00003-of-00003.safetensors"},
		"a tensor that no shard has": {change: func(i map[string]string) { i["bert.extra"] = i[first] }, want: "promises 1 tensor that no shard has: bert.extra (model-00001-of-00003.safetensors)"},
		"a tensor in another shard":  {change: func(i map[string]string) { i[first] = "model-00002-of-00003.safetensors" }, want: "promises 1 tensor that no shard has: " + first},
		"a way up":                   {change: func(i map[string]string) { i[first] = "../../etc/passwd" }, want: `names a shard "../../etc/passwd", which is not the name of a file beside it`},
		"a way up on Windows":        {change: func(i map[string]string) { i[first] = `..\secret.safetensors` }, want: "not the name of a file beside it"},
		"the folder itself":          {change: func(i map[string]string) { i[first] = ".." }, want: "not the name of a file beside it"},
		"a shard without a name":     {change: func(i map[string]string) { i[first] = "" }, want: "not the name of a file beside it"},
		"no shards":                  {change: func(i map[string]string) { clear(i) }, want: "names 0 shards; there may be 1 to 1000"},
		"an index that is no JSON":   {files: func(f map[string][]byte) { f[weightsFile+indexed] = []byte("{") }, want: "model.safetensors.index.json cannot be read: "},
		"an index of another kind":   {files: func(f map[string][]byte) { f[weightsFile+indexed] = []byte(`{"weight_map":[1]}`) }, want: "model.safetensors.index.json cannot be read: "},
		"a shard that is cut off": {files: func(f map[string][]byte) {
			f["model-00002-of-00003.safetensors"] = f["model-00002-of-00003.safetensors"][:900]
		}, want: "model-00002-of-00003.safetensors: checkpoint: byte "},
		"a shard that Git did not get": {files: func(f map[string][]byte) {
			f["model-00002-of-00003.safetensors"] = []byte("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n")
		}, want: `model-00002-of-00003.safetensors: this is what Git keeps in place of a large file`},
	} {
		parts := sharded(t, files, 3, c.change)
		if c.files != nil {
			c.files(parts)
		}
		_, _, err := FromHuggingFace(parts)
		if bad, ok := errors.AsType[*checkpoint.FormatError](err); !ok || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v (%v)", name, err, bad)
		}
	}
	parts := sharded(t, files, 2, func(i map[string]string) { delete(i, first) })
	if _, notes, err := FromHuggingFace(parts); err != nil || !hasNotice(notes, "model-00001-of-00002.safetensors", "1 tensor not in the index: "+first) {
		t.Errorf("a tensor that the index does not name: %v, %v", notes, err)
	}
}

// asHalf is safetensors with all numbers in a type of two bytes.
func asHalf(t *testing.T, s *checkpoint.State, dtype string, bits func(float32) uint16, more string) []byte {
	t.Helper()
	var header, body []byte
	for _, name := range slices.Sorted(maps.Keys(s.Tensors)) {
		from := len(body)
		for _, v := range s.Tensors[name].Buf.(kernel.Host) {
			body = binary.LittleEndian.AppendUint16(body, bits(v))
		}
		shape, _ := json.Marshal([]int(s.Tensors[name].Shape))
		header = fmt.Appendf(header, `,%q:{"dtype":%q,"shape":%s,"data_offsets":[%d,%d]}`, name, dtype, shape, from, len(body))
	}
	if more != "" {
		header = fmt.Appendf(header, `,"stray":{"dtype":%q,"shape":[4],"data_offsets":[%d,%d]}`, more, len(body), len(body)+4)
		body = append(body, 1, 2, 3, 4)
	}
	header = append([]byte(`{"__metadata__":{"format":"pt"}`), append(header, '}')...)
	return append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...), body...)
}

func TestWeightsOfTwoBytesComeInAsTheyAre(t *testing.T) {
	files := exported(t)
	weights, err := checkpoint.Decode(bytes.NewReader(files[weightsFile]))
	if err != nil {
		t.Fatal(err)
	}
	name := "bert.embeddings.LayerNorm.weight"
	numbers := weights.Tensors[name].Buf.(kernel.Host)
	numbers[0], numbers[1] = 0x1p-24, 1.5 // the smallest half there is, and one with a fraction
	brain := func(v float32) uint16 { return uint16(math.Float32bits(v) >> 16) }
	half := func(v float32) uint16 {
		switch v {
		case 0x1p-24:
			return 1
		case 1.5:
			return 0x3e00
		}
		return 0x3c00
	}
	for dtype, c := range map[string]struct {
		bits func(float32) uint16
		want float32
	}{"BF16": {brain, 0x1p-24}, "F16": {half, 0x1p-24}} {
		changed := maps.Clone(files)
		changed[weightsFile] = asHalf(t, weights, dtype, c.bits, "F8_E5M2")
		s, notes, err := FromHuggingFace(changed)
		if err != nil || !hasNotice(notes, "weights", `1 tensor was not read: tensor "stray" has dtype "F8_E5M2"`) {
			t.Errorf("%s: %v, %v", dtype, notes, err)
			continue
		}
		if got := s.Tensors["embeddings.LayerNorm.weight"].Buf.(kernel.Host); got[0] != c.want || got[1] != 1.5 {
			t.Errorf("%s: %v", dtype, got[:2])
		}
		changed[weightsFile] = asHalf(t, weights, dtype, func(float32) uint16 { return map[string]uint16{"BF16": 0x7f80, "F16": 0x7c00}[dtype] }, "")
		if _, _, err := FromHuggingFace(changed); err == nil || !strings.Contains(err.Error(), "no finite number") {
			t.Errorf("%s of infinities: %v", dtype, err)
		}
	}
	files[weightsFile] = bytes.Replace(asHalf(t, weights, "BF16", brain, ""), []byte(`LayerNorm.weight":{"dtype":"BF16"`), []byte(`LayerNorm.weight":{"dtype":"F4E2"`), 1)
	if _, _, err := FromHuggingFace(files); err == nil || !strings.Contains(err.Error(), `it lacks 1 tensor: bert.embeddings.LayerNorm.weight`) || !strings.Contains(err.Error(), `1 tensor was not read: tensor "bert.embeddings.LayerNorm.weight" has dtype "F4E2"`) {
		t.Errorf("a tensor that is needed and cannot be read: %v", err)
	}
}

func torchFile(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "core", "torchfile", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestEachKindOfFileThatIsNoWeightsIsNamed(t *testing.T) {
	for name, c := range map[string]struct{ raw, want string }{
		"empty.safetensors":        {"", "this file is empty"},
		"model.onnx":               {"\x08\x08\x12\x07pytorch\x1a\x051.8.0:\xff\x01", "this is an ONNX graph. Weights are read from safetensors and from PyTorch's"},
		"renamed.bin":              {"\x08\x0a:\x80\x02\x0a\x10input", "this is an ONNX graph"},
		"llama.gguf":               {"GGUF\x03\x00\x00\x00\x00\x00", "this is a GGUF file"},
		"weights.h5":               {"\x89HDF\r\n\x1a\n\x00\x00", "this is HDF5, as Keras"},
		"tf_model":                 {"\x89HDF\r\n\x1a\n\x00\x00", "this is HDF5, as Keras"},
		"lite.tflite":              {"\x1c\x00\x00\x00TFL3\x00\x00", "this is a TensorFlow Lite model"},
		"saved_model.pb":           {"\x08\x01\x12\x80\x02\x0a\x10", "this is a graph of TensorFlow"},
		"model.ckpt.index":         {"\x00\x00\x01\x02", "by its name this is a checkpoint of TensorFlow"},
		"a.ckpt.data-00000-of-001": {"\x00\x00\x01\x02", "by its name this is a checkpoint of TensorFlow"},
		"checkpoint":               {"model_checkpoint_path: \"model.ckpt\"\n", "this is a checkpoint of TensorFlow"},
		"net.mlmodel":              {"\x08\x04\x12\x30\x0a\x10\x0a\x05image", "this is a Core ML model"},
		"flax_model.msgpack":       {"\x81\xa6params", "by its name this is weights of Flax"},
		"w.npy":                    {"\x93NUMPY\x01\x00", "this is an array of NumPy"},
		"w.tar.gz":                 {"\x1f\x8b\x08\x00", "this is packed with gzip"},
		"pointer.safetensors":      {"version https://git-lfs.github.com/spec/v1\n", `get that by "git lfs pull"`},
		"page.safetensors":         {"<!doctype html><html>", "this is a web page"},
		"config.json":              {`{"model_type": "bert"}`, "give the folder that it lies in"},
		"picture.png":              {"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR", "this is neither safetensors nor a file of PyTorch"},
		"lies.safetensors":         {"\x40\x00\x00\x00\x00\x00\x00\x00" + `{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,9]}}          `, "takes 8 bytes, its data_offsets give it 9"},
		"harm.pth":                 {string(torchFile(t, "harm.pth")), `wants to run "posix.system" when it is opened: this file has code in it`},
		"harm.pkl":                 {string(torchFile(t, "harm.pkl")), `wants to run "posix.system"`},
		"module.pth":               {string(torchFile(t, "module.pth")), `it holds an object of "torch.nn.modules.container.Sequential"`},
		"cut.pth":                  {string(torchFile(t, "lightning.pth")[:4000]), "this begins as a zip and cannot be read as one"},
		"others.pth":               {string(torchFile(t, "lightning.pth")), "not of an encoder that can be used"},
	} {
		_, _, err := OpenFiles([]data.File{inMemory(name, []byte(c.raw))})
		bad, ok := errors.AsType[*checkpoint.FormatError](err)
		if !ok || !strings.Contains(bad.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.ContainsAny(err.Error(), "\n\x00") {
			t.Errorf("%s: not one sentence: %q", name, err)
		}
	}
}

func TestAFolderWithoutWeightsSaysWhatIsThere(t *testing.T) {
	for want, files := range map[string]map[string][]byte{
		"there are no weights here that can be read: model.onnx is an ONNX graph, tf_model.h5 is HDF5":                          {"config.json": []byte("{}"), "model.onnx": {8}, "tf_model.h5": {1}},
		"there are several files of weights here, and none of the usual name model.safetensors: give one of a.pth, b.pth alone": {"a.pth": {1}, "b.pth": {1}},
		"there is no model.safetensors or pytorch_model.bin here, only a.jpg, b.jpg":                                            {"a.jpg": {1}, "b.jpg": {1}},
		"there is no file in it": {},
	} {
		if _, _, err := FromHuggingFace(files); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	var raw bytes.Buffer
	z := zip.NewWriter(&raw)
	z.Create("photos/a.jpg")
	z.Close()
	if _, _, err := Open(raw.Bytes()); err == nil || !strings.Contains(err.Error(), "only photos/a.jpg") {
		t.Errorf("a zip of photographs: %v", err)
	}
}

// The weights of a folder are found among others, and each file that is not read is named.
func TestTheWeightsOfAFolderAreFound(t *testing.T) {
	files := exported(t)
	for _, in := range []string{"", "bert-tiny/", "download/models/bert/"} {
		moved := map[string][]byte{in + "eval/results.json": []byte("{}"), in + ".gitattributes": nil, in + "onnx/" + weightsFile: {1}}
		for name, raw := range files {
			moved[in+name] = raw
		}
		_, notes, err := FromHuggingFace(moved)
		if err != nil || len(notes) != 1 || !hasNotice(notes, "the folder", "2 files were not read: "+in+"eval/results.json, "+in+"onnx/model.safetensors") {
			t.Errorf("in %q: %v, %v", in, notes, err)
		}
	}
}

// streamed can only be read from its beginning, as an entry of a zip.
func streamed(name string, raw []byte) data.File {
	return data.File{Path: name, Size: int64(len(raw)), Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(raw)), nil }}
}

// A file is read as it lies: what comes in is held once, and little beside it.
func TestALargeModelIsHeldOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes 200 MB")
	}
	c, err := run.Config{Task: "simclr", Encoder: "resnet18", Size: 32}.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	r, err := run.New(c, testsets.Shapes(8, 1), cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	raw := encoded(t, modelOf(t, r))
	path := filepath.Join(t.TempDir(), "resnet18.safetensors")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	size := uint64(len(raw))
	r, raw = nil, nil
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	s, _, err := OpenPath(os.DirFS(filepath.Dir(path)), filepath.Base(path))
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if kept := after.HeapAlloc - before.HeapAlloc; kept > size+size/4 {
		t.Errorf("a model of %d MB takes %d MB", size>>20, kept>>20)
	}
	runtime.KeepAlive(s)
}

func FuzzOpenFiles(f *testing.F) {
	files := tinyModel(f)
	f.Add(weightsFile, files[weightsFile], "config.json", files["config.json"])
	f.Add(weightsFile+indexed, []byte(`{"weight_map":{"a":"b.safetensors"}}`), "b.safetensors", files[weightsFile])
	f.Add("pytorch_model.bin", []byte("\x80\x02}q\x00."), "config.json", files["config.json"])
	f.Fuzz(func(t *testing.T, one string, a []byte, two string, b []byte) {
		all := []data.File{streamed(one, a), inMemory(two, b), inMemory("vocab.txt", files["vocab.txt"])}
		if s, _, err := OpenFiles(all); err == nil {
			opens(t, s)
		}
		if s, _, err := OpenFiles(all[:1]); err == nil {
			opens(t, s)
		}
	})
}

// bertFile is a file that testdata/bert/write.py wrote by PyTorch.
func bertFile(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "bert", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// However PyTorch's weights lie, the model is the same, and can embed and be trained on.
func TestTheSameModelComesInByEachContainer(t *testing.T) {
	about := map[string][]byte{"config.json": bertFile(t, "config.json"), "vocab.txt": bertFile(t, "vocab.txt")}
	with := func(files map[string]string) map[string][]byte {
		all := maps.Clone(about)
		for name, from := range files {
			all[name] = bertFile(t, from)
		}
		return all
	}
	const pooler = "2 tensors were not used: bert.pooler.dense.bias [16], bert.pooler.dense.weight [16 16]"
	want, notes, err := FromHuggingFace(with(map[string]string{weightsFile: "weights.safetensors"}))
	if err != nil || !hasNotice(notes, "model.safetensors", pooler) {
		t.Fatalf("safetensors: %v, %v", notes, err)
	}
	opens(t, want)
	for name, files := range map[string]map[string]string{
		"pytorch_model.bin": {"pytorch_model.bin": "pytorch_model.bin"},
		"a shard each": {"pytorch_model.bin.index.json": "sharded/pytorch_model.bin.index.json", "pytorch_model-00001-of-00002.bin": "sharded/pytorch_model-00001-of-00002.bin",
			"pytorch_model-00002-of-00002.bin": "sharded/pytorch_model-00002-of-00002.bin"},
		"a training script's": {"trained.pth": "trained.pth"},
	} {
		in := with(files)
		got, notes, err := FromHuggingFace(in)
		if err != nil || !same(got, want) {
			t.Errorf("%s: %v, %v", name, notes, err)
		}
		if _, script := files["trained.pth"]; script && (!hasNotice(notes, "weights", `the tensors under "model_state_dict" are read`) || !hasNotice(notes, "weights", "2 values were not read: step (a number), optimizer (dict of 1)")) {
			t.Errorf("%s: %v", name, notes)
		}
		raw, err := zippedFiles(in)
		if err != nil {
			t.Fatal(err)
		}
		for way, f := range map[string]data.File{"from a zip": inMemory("bert.zip", raw), "from a zip that is read from its beginning": streamed("bert.zip", raw)} {
			if got, _, err := OpenFiles([]data.File{f}); err != nil || !same(got, want) {
				t.Errorf("%s, %s: %v", name, way, err)
			}
		}
	}
	if r, err := run.Open(want, testsets.Weather(40), cpu.New()); err != nil || r.Done != 0 {
		t.Errorf("training cannot go on from it: %v", err)
	}
}

// What comes in by a file that PyTorch writes here and now is what comes in by safetensors, for each layout made elsewhere.
func TestEachLayoutComesInByTorchSave(t *testing.T) {
	python, all := torchPython(t), goldens(t)
	for name, how := range map[string]string{"resnet18-imagenet": "zip", "vit-12x192x3x768x16x224": "legacy", "bert-2x64x4x128x32-erf-eps1e-12": "zip"} {
		about := map[string][]byte{}
		if archs[name] == "foreign bert" {
			about = aboutBERT()
		}
		drawn := all[name].weights(archs[name])
		in, out := filepath.Join(t.TempDir(), "in.safetensors"), filepath.Join(t.TempDir(), "out.pth")
		if err := os.WriteFile(in, encoded(t, drawn), 0o600); err != nil {
			t.Fatal(err)
		}
		if said, err := exec.Command(python, "testdata/saved.py", in, out, how).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, said)
		}
		want, _, err := layout.FromTensors(drawn, about)
		if err != nil {
			t.Fatal(err)
		}
		files := append(folderOf(about), data.FromFile(os.DirFS(filepath.Dir(out)), "out.pth")...)
		got, notes, err := OpenFiles(files)
		if err != nil || !same(got, want) || got.Meta["config"] != want.Meta["config"] {
			t.Errorf("%s: %v, %v", name, notes, err)
		}
		if !hasNotice(notes, "weights", `the tensors under "state_dict" are read`) || !hasNotice(notes, "weights", "3 values were not read: epoch (a number), arch (text), optimizer (dict of 2)") {
			t.Errorf("%s: %v", name, notes)
		}
	}
}
