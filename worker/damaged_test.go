package worker

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"math"
	"runtime"
	"strings"
	"testing"

	"autodidact/core/checkpoint"
	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/core/tensor"
)

// savedRun is a run of a few steps as it is saved.
func savedRun(t *testing.T) *checkpoint.State {
	t.Helper()
	c := drawnConfig
	c.Batch, c.Steps = 4, 2
	s, err := trained(t, c, drawn(8, 1)).State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestACheckpointWithoutACurveGoesOn(t *testing.T) {
	s := savedRun(t)
	for _, empty := range []string{"[]", "null"} {
		s.Meta[metaHistory] = empty
		r, err := OpenRun(s, drawn(8, 1), cpu.New())
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Monitor(t.Context(), nil); err != nil || len(r.History) != 0 {
			t.Errorf("%d points, %v", len(r.History), err)
		}
	}
}

func TestWeightsThatAreNoNumbersAreRefusedByName(t *testing.T) {
	for _, bad := range []float64{math.NaN(), math.Inf(1)} {
		s := savedRun(t)
		s.Tensors["model.encoder.conv1.weight"].Buf.(kernel.Host)[3] = float32(bad)
		want := "tensor model.encoder.conv1.weight has a value that is no finite number"
		if _, _, err := OpenLooker(s, cpu.New()); err == nil || !strings.HasPrefix(err.Error(), want) || !strings.Contains(err.Error(), "healthy.safetensors") {
			t.Errorf("looking: %v", err)
		}
		if _, err := OpenRun(s, drawn(8, 1), cpu.New()); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("going on: %v", err)
		}
		var raw bytes.Buffer
		if err := checkpoint.Encode(&raw, s); err != nil {
			t.Fatal(err)
		}
		if _, _, err := Opened(raw.Bytes()); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("importing: %v", err)
		}
	}
}

func TestWeightsOfALargerEncoderThanTheConfigurationNamesAreRefused(t *testing.T) {
	c := drawnConfig
	c.Batch, c.Steps, c.Encoder = 4, 1, "resnet18"
	model := modelOf(t, trained(t, c, drawn(8, 1)))
	model.Meta[metaConfig] = strings.Replace(model.Meta[metaConfig], `"resnet18"`, `"resnet10"`, 1)
	var raw bytes.Buffer
	if err := checkpoint.Encode(&raw, model); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Opened(raw.Bytes()); err == nil || !strings.Contains(err.Error(), "another encoder than resnet10") || !strings.Contains(err.Error(), "layer1.1.bn1.bias [64]") {
		t.Error(err)
	}
	c = tinyTexts
	c.Encoder, c.Steps = "bert-2x32x2x64x32", 1
	files, err := HuggingFace(modelOf(t, trained(t, c, weatherSet(t, 40))))
	if err != nil {
		t.Fatal(err)
	}
	files["config.json"] = bytes.Replace(files["config.json"], []byte(`"num_hidden_layers": 2`), []byte(`"num_hidden_layers": 1`), 1)
	if _, _, err := FromHuggingFace(files); err == nil || !strings.Contains(err.Error(), "another encoder than config.json describes") || !strings.Contains(err.Error(), "bert.encoder.layer.1.") {
		t.Error(err)
	}
}

// A bomb is a small file that unpacks to a large one; what is unpacked of it is no more than such a file needs.
func TestFilesThatUnpackToMoreThanTheyNeedAreRefused(t *testing.T) {
	for name, size := range map[string]int{"config.json": 200 << 20, "model.safetensors": 200 << 20} {
		var raw bytes.Buffer
		z := zip.NewWriter(&raw)
		w, err := z.Create("model/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for range size >> 20 {
			w.Write(make([]byte, 1<<20))
		}
		z.Close()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _, err = Opened(raw.Bytes())
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), name+" in the zip is too large: it has more than ") {
			t.Errorf("%s: %v", name, err)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 120<<20 {
			t.Errorf("%s took %d MB", name, took>>20)
		}
	}
}

func TestAnEncoderIsNotReadFromWholeNumbers(t *testing.T) {
	s := savedRun(t)
	x := s.Tensors["model.encoder.conv1.weight"]
	s.Tensors["model.encoder.conv1.weight"] = &tensor.Tensor{Shape: x.Shape, DType: tensor.Int32, Buf: x.Buf}
	if _, _, err := OpenLooker(s, cpu.New()); err == nil || !strings.Contains(err.Error(), "whole numbers") {
		t.Error(err)
	}
}

func TestADamagedRunNamesTheOnesThatAreWhole(t *testing.T) {
	store := checkpoint.NewMemory()
	good, bad := savedRun(t), savedRun(t)
	good.Meta[checkpoint.MetaTitle] = "the good one"
	for id, s := range map[string]*checkpoint.State{"good": good, "bad": bad} {
		if _, err := store.Save(t.Context(), id, s); err != nil {
			t.Fatal(err)
		}
	}
	var raw bytes.Buffer
	if err := checkpoint.Encode(&raw, bad); err != nil {
		t.Fatal(err)
	}
	cut, err := checkpoint.Decode(bytes.NewReader(raw.Bytes()[:raw.Len()/2]))
	if cut != nil || err == nil {
		t.Fatal("half a file was read")
	}
	if err := damaged(t.Context(), store, "bad", err); !strings.Contains(err.Error(), "the good one (step 2)") || failure(err).Code != BadData {
		t.Error(err)
	}
	if err := damaged(t.Context(), checkpoint.NewMemory(), "bad", err); !strings.Contains(err.Error(), "no other run is saved here") {
		t.Error(err)
	}
	if err := json.Unmarshal([]byte("{"), new(int)); damaged(t.Context(), store, "bad", err) != err {
		t.Error("another error was changed")
	}
}
