package exchange

import (
	"bytes"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/core/tensor"
	"autodidact/worker/run"
	"autodidact/worker/testsets"
)

var (
	tinyTexts    = run.Config{Task: "maskedlm", Kind: data.Text, Encoder: "bert-1x16x2x32x32", Size: 32, Batch: 4, Steps: 2, Vocab: 200, Seed: 2}
	tinyPictures = run.Config{Task: "simclr", Encoder: "resnet6", Size: 16, Batch: 4, Steps: 2, Seed: 2}
)

func trained(t *testing.T, c run.Config, set *data.Set) *run.Run {
	t.Helper()
	r, err := run.New(c, set, cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range r.Steps(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func modelOf(t *testing.T, r *run.Run) *checkpoint.State {
	t.Helper()
	s, err := r.Model(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func stateOf(t *testing.T, r *run.Run) *checkpoint.State {
	t.Helper()
	s, err := r.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func encoded(t *testing.T, s *checkpoint.State) []byte {
	t.Helper()
	var raw bytes.Buffer
	if err := checkpoint.Encode(&raw, s); err != nil {
		t.Fatal(err)
	}
	return raw.Bytes()
}

// huggingFaceFiles are the files of a model in Hugging Face's layout.
func huggingFaceFiles(s *checkpoint.State) (map[string][]byte, error) {
	all, err := huggingFace(s)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, f := range all {
		var raw bytes.Buffer
		if err := f.Write(&raw); err != nil {
			return nil, err
		}
		files[f.Name] = raw.Bytes()
	}
	return files, nil
}

func zippedFiles(files map[string][]byte) ([]byte, error) {
	var all []File
	for _, name := range slices.Sorted(maps.Keys(files)) {
		all = append(all, fileOf(name, files[name]))
	}
	var raw bytes.Buffer
	err := zipped(&raw, all)
	return raw.Bytes(), err
}

// hasNotice says whether there is a notice about something that has some words in it.
func hasNotice(notes []data.Rejected, name, words string) bool {
	return slices.ContainsFunc(notes, func(n data.Rejected) bool {
		return n.Name == name && n.Code == data.Notice && strings.Contains(n.Reason, words)
	})
}

func zeros(shape ...int) *tensor.Tensor {
	return tensor.Float32s(make([]float32, tensor.Shape(shape).Size()), shape...)
}

func TestAModelOfOursIsInspectedWhenItIsOpened(t *testing.T) {
	r := trained(t, tinyPictures, testsets.Shapes(8, 1))
	for name, s := range map[string]*checkpoint.State{"model": modelOf(t, r), "checkpoint": stateOf(t, r)} {
		if _, notes, err := Open(encoded(t, s)); err != nil || len(notes) > 0 {
			t.Errorf("%s as it is: %v, %v", name, notes, err)
		}
		s.Tensors["stray.weight"] = zeros(2, 3)
		if _, notes, err := Open(encoded(t, s)); err != nil || len(notes) != 1 || !hasNotice(notes, "model.safetensors", "1 tensor was not used: stray.weight [2 3]") {
			t.Errorf("%s with one more tensor: %v, %v", name, notes, err)
		}
		for one := range s.Tensors {
			if strings.Contains(one, "stem") || strings.Contains(one, "conv1") {
				delete(s.Tensors, one)
			}
		}
		if _, _, err := Open(encoded(t, s)); err == nil || !strings.Contains(err.Error(), "it lacks") {
			t.Errorf("%s without some of its encoder: %v", name, err)
		}
	}
}

func TestAModelOfSeriesKeepsItsForecastingHead(t *testing.T) {
	r := trained(t, run.Config{Task: "forecast", Kind: data.Series, Encoder: "tcn-small", Size: 32, Batch: 4, Steps: 1, Seed: 1, Options: []byte(`{"horizon":3}`)}, testsets.Waves(400))
	s, notes, err := Open(encoded(t, modelOf(t, r)))
	if err != nil || len(notes) > 0 || s.Tensors["forecaster.weight"] == nil {
		t.Errorf("%v, %v", notes, err)
	}
	s.Tensors["forecaster.weight"] = zeros(3, 31)
	if _, _, err := Open(encoded(t, s)); err == nil || !strings.Contains(err.Error(), "forecaster.weight is [3 31] and should be [3 32]") {
		t.Errorf("a head that does not fit: %v", err)
	}
	s.Tensors["forecaster.bias"] = zeros(1 << 16)
	if _, _, err := Open(encoded(t, s)); err == nil || !strings.Contains(err.Error(), "its forecasting head predicts 65536 numbers for channels read 1 at a time; that must be at most 512 rows of them") {
		t.Errorf("a head of more rows than there are: %v", err)
	}
}

func TestWeightsThatAreNotFiniteAreRefusedByName(t *testing.T) {
	for _, bad := range []float32{float32(math.NaN()), float32(math.Inf(1))} {
		s := stateOf(t, trained(t, tinyPictures, testsets.Shapes(8, 1)))
		s.Tensors["model.encoder.conv1.weight"].Buf.(kernel.Host)[3] = bad
		if _, _, err := Open(encoded(t, s)); err == nil || !strings.HasPrefix(err.Error(), "tensor model.encoder.conv1.weight has a value that is no finite number") || !strings.Contains(err.Error(), "healthy.safetensors") {
			t.Errorf("%v: %v", bad, err)
		}
	}
}

func TestWeightsOfALargerEncoderThanTheConfigurationNamesAreRefused(t *testing.T) {
	c := tinyPictures
	c.Encoder = "resnet18"
	untrained, err := run.New(c, testsets.Shapes(8, 1), cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	model := modelOf(t, untrained)
	model.Meta["config"] = strings.Replace(model.Meta["config"], `"resnet18"`, `"resnet10"`, 1)
	if _, _, err := Open(encoded(t, model)); err == nil || !strings.Contains(err.Error(), "another encoder than resnet10") || !strings.Contains(err.Error(), "layer1.1.bn1.bias [64]") {
		t.Error(err)
	}
	c = tinyTexts
	c.Encoder = "bert-2x32x2x64x32"
	files, err := huggingFaceFiles(modelOf(t, trained(t, c, testsets.Weather(40))))
	if err != nil {
		t.Fatal(err)
	}
	files["config.json"] = bytes.Replace(files["config.json"], []byte(`"num_hidden_layers": 2`), []byte(`"num_hidden_layers": 1`), 1)
	if _, _, err := FromHuggingFace(files); err == nil || !strings.Contains(err.Error(), "another encoder than config.json describes") || !strings.Contains(err.Error(), "bert.encoder.layer.1.") {
		t.Error(err)
	}
}
