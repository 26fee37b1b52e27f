package exchange

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"autodidact/core/checkpoint"
)

// exported is a case's model as ONNX.
func (c onnxCase) exported(t *testing.T) []byte {
	t.Helper()
	s := Source{Model: c.model, Options: map[string]string{}}
	if c.preprocess {
		s.Options["preprocess"] = "true"
	}
	files, err := onnxFormat.Laid(s)
	if err != nil {
		t.Fatalf("%s: %v", c.name, err)
	}
	var raw bytes.Buffer
	if err := files[0].Write(&raw); err != nil {
		t.Fatal(err)
	}
	return raw.Bytes()
}

// With ONNX_CASES, a folder, it writes there what ONNX Runtime is held to.
func TestEveryEncoderIsWrittenAsONNXByteForByteAlike(t *testing.T) {
	folder := os.Getenv("ONNX_CASES")
	for _, c := range onnxCases(t) {
		raw := c.exported(t)
		if len(raw) < 4<<20 && !bytes.Equal(raw, c.exported(t)) {
			t.Errorf("%s is not the same twice", c.name)
		}
		if folder == "" {
			continue
		}
		about, err := json.Marshal(c.runs())
		if err != nil {
			t.Fatal(err)
		}
		for ext, raw := range map[string][]byte{".onnx": raw, ".json": about} {
			if err := os.WriteFile(filepath.Join(folder, c.name+ext), raw, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestOptionsOfFormatsThatMeanNothingAreRefusedByName(t *testing.T) {
	pictures, texts := pictureCase(t, "resnet6", 16).model, textCase(t, "bert-1x32x2x64x32", "maskedlm").model
	for _, c := range []struct {
		format  Format
		model   *checkpoint.State
		options map[string]string
		says    string
	}{
		{onnxFormat, pictures, map[string]string{"preproces": "true"}, `format onnx has no option named "preproces"; it has preprocess`},
		{safetensorsFormat, pictures, map[string]string{"preprocess": "true"}, `format safetensors has no options, so none named "preprocess"`},
		{onnxFormat, pictures, map[string]string{"preprocess": "yes"}, `option preprocess is "yes"; it can be true or false`},
		{onnxFormat, texts, map[string]string{"preprocess": "true"}, "texts cannot be made tokens within the graph"},
	} {
		if _, err := c.format.Laid(Source{Model: c.model, Options: c.options}); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v of %s: %v", c.options, c.format.Name, err)
		}
	}
}
