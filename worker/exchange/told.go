package exchange

import (
	"bytes"
	"path"
	"strings"

	"autodidact/core/data"
)

// takes says what can be opened.
const takes = "Weights are read from safetensors and from PyTorch's .pth, .pt, .bin and .ckpt, alone or in a folder or zip as Hugging Face has them"

// others are files of models that are met and cannot be opened, by what they begin with and by what their names end in.
var others = []struct {
	at     int // where the bytes are
	begins string
	ends   []string
	what   string
}{
	{0, "GGUF", []string{".gguf"}, "a GGUF file, as llama.cpp has them"},
	{0, "lmgg", []string{".ggml"}, "a GGML file, as older llama.cpp has them"},
	{0, "\x89HDF\r\n\x1a\n", []string{".h5", ".hdf5"}, "HDF5, as Keras and TensorFlow save models"},
	{-1, "", []string{".keras"}, "a model of Keras"},
	{0, "\x93NUMPY", []string{".npy", ".npz"}, "an array of NumPy, without the names of a model's tensors"},
	{4, "TFL3", []string{".tflite"}, "a TensorFlow Lite model"},
	{-1, "", []string{".onnx"}, "an ONNX graph"},
	{-1, "", []string{".mlmodel", ".mlpackage"}, "a Core ML model"},
	{-1, "", []string{".pb"}, "a graph of TensorFlow"},
	{0, "model_checkpoint_path:", []string{".ckpt.index", ".index", ".meta"}, "a checkpoint of TensorFlow"},
	{-1, "", []string{".msgpack"}, "weights of Flax (JAX)"},
	{-1, "", []string{".pdparams"}, "weights of PaddlePaddle"},
	{257, "ustar", []string{".tar"}, "a tar archive: unpack it, or make a zip"},
	{0, "\x1f\x8b", []string{".gz", ".tgz"}, "packed with gzip: unpack it, or make a zip"},
	{0, "7z\xbc\xaf", []string{".7z"}, "a 7z archive: unpack it, or make a zip"},
	{0, "Rar!", []string{".rar"}, "a RAR archive: unpack it, or make a zip"},
	{0, "version https://git-lfs", nil, "what Git keeps in place of a large file, not the file: get that by \"git lfs pull\", or download it by itself"},
	{0, "<!DOCTYPE", nil, "a web page: what was downloaded is not the file but a page about it, perhaps one to sign in"},
	{0, "<html", nil, "a web page: what was downloaded is not the file but a page about it, perhaps one to sign in"},
	{0, "{", []string{".json"}, "JSON, which describes a model: give the folder that it lies in"},
}

// toldBy says what a file is that cannot be opened, by its first bytes or, if these say nothing, its name; "" if neither tells.
func toldBy(head []byte, name string) string {
	if len(head) == 0 {
		return "this file is empty"
	}
	if safetensors(head) {
		return ""
	}
	lower := bytes.ToLower(head)
	for _, o := range others {
		if o.at >= 0 && len(head) > o.at && bytes.HasPrefix(lower[o.at:], []byte(strings.ToLower(o.begins))) {
			return "this is " + o.what + ". " + takes
		}
	}
	if what := graph(head); what != "" {
		return "this is " + what + ". " + takes
	}
	if what := byName(name); what != "" {
		return "by its name this is " + what + ". " + takes
	}
	return ""
}

// byName says what a file is that cannot be opened, "" if its name does not tell.
func byName(name string) string {
	for _, o := range others {
		for _, end := range o.ends {
			if strings.HasSuffix(strings.ToLower(name), end) {
				return o.what
			}
		}
	}
	if strings.Contains(path.Base(name), ".data-000") {
		return "a checkpoint of TensorFlow"
	}
	return ""
}

// graph tells a model that is written as a message of Protocol Buffers by its first fields: ONNX has its version (field 1) and then who
// wrote it (2) or a graph (7); Core ML its version and then a description that is a message itself.
func graph(head []byte) string {
	if len(head) < 8 || head[0] != 0x08 || head[1] == 0 || head[1] > 0x20 {
		return ""
	}
	switch tag, n := head[2], int(head[3]); {
	case tag == 0x3a || tag == 0x42 || tag == 0x12 && n > 0 && len(head) >= 4+n && printable(head[4:4+n]):
		return "an ONNX graph"
	case tag == 0x12 && head[1] == 1:
		return "a graph of TensorFlow"
	case tag == 0x12:
		return "a Core ML model"
	}
	return ""
}

func printable(b []byte) bool {
	return bytes.IndexFunc(b, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}

// safetensors says whether a file begins as one: the length of a header, and its brace.
func safetensors(head []byte) bool {
	return len(head) > 8 && head[8] == '{' && bytes.Equal(head[4:8], make([]byte, 4))
}

// ofTorch says whether a file begins as one of PyTorch: a zip, or a pickle.
func ofTorch(head []byte) bool {
	return bytes.HasPrefix(head, []byte("PK")) || len(head) > 1 && head[0] == 0x80 && head[1] >= 2 && head[1] <= 5
}

// unopenable lists what of a folder was perhaps meant.
func unopenable(files []data.File) (says []string) {
	for _, f := range files {
		if what := byName(f.Path); what != "" && !strings.HasPrefix(what, "JSON") {
			says = append(says, f.Path+" is "+what)
		}
	}
	return says
}
