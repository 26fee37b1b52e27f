package run

import (
	"slices"
	"strings"
	"testing"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel/cpu"
	"autodidact/core/rng"
	"autodidact/worker/testsets"
)

func TestInitializingFromAnotherRunSaysWhatWasTakenAndWhatWasLeft(t *testing.T) {
	set := testsets.Shapes(40, 1)
	whole := stateOf(t, trained(t, tinyPictures, set))
	r, err := NewFrom(whole, Config{Task: "rotation", Encoder: "resnet18", Size: 32, Batch: 8, Steps: 1}, set, cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"taken over: the encoder resnet6 (", "left: head (8 tensors) of task simclr, for a new run draws its task's own parts anew; left: the optimizer's moments (",
		"what it began with decides: encoder is resnet6, not resnet18; size is 16, not 32"} {
		if !says(r.Notices, "begun with another run", want) {
			t.Errorf("%v does not say %q", r.Notices, want)
		}
	}
}

func TestAHeadThatPredictsWordsIsTakenOverFromACheckpointToo(t *testing.T) {
	was := trained(t, tinyTexts, testsets.Weather(40))
	r, err := NewFrom(stateOf(t, was), Config{Task: "maskedlm", Batch: 4, Steps: 2}, testsets.Weather(40), cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	const name = HeadPrefix + "transform.dense.weight"
	model := modelOf(t, was)
	if !slices.Equal(floats(modelOf(t, r).Tensors[name]), floats(model.Tensors[name])) || !says(r.Notices, "begun with another run", "the head that predicts words, the vocabulary of") {
		t.Errorf("the head was dropped: %v", r.Notices)
	}
	other, err := NewFrom(model, Config{Task: "simcse", Batch: 4, Steps: 2}, testsets.Weather(40), cpu.New())
	if err != nil || !says(other.Notices, "begun with another run", "left: cls.predictions (5 tensors) of task maskedlm") {
		t.Errorf("%v, %v", other.Notices, err)
	}
}

func TestAForecastingHeadIsTakenOverWhereItLooksAsFarAhead(t *testing.T) {
	was := trained(t, tinySeries, testsets.Waves(400))
	model := modelOf(t, was)
	c := Config{Task: "forecast", Kind: data.Series, Batch: 4, Steps: 1, Options: tinySeries.Options}
	for name, from := range map[string]*checkpoint.State{"a model": model, "a checkpoint": stateOf(t, was)} {
		r, err := NewFrom(from, c, testsets.Waves(400), cpu.New())
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(floats(modelOf(t, r).Tensors["forecaster.weight"]), floats(model.Tensors["forecaster.weight"])) || !says(r.Notices, "begun with another run", "the head that forecasts (") {
			t.Errorf("the head of %s was dropped: %v", name, r.Notices)
		}
	}
	c.Options = []byte(`{"horizon":6}`)
	r, err := NewFrom(model, c, testsets.Waves(400), cpu.New())
	if err != nil || !says(r.Notices, "begun with another run", "left: forecaster (2 tensors) of task forecast") {
		t.Errorf("a head of 12 rows for one of 6: %v, %v", r.Notices, err)
	}
	delete(model.Tensors, "forecaster.weight")
	delete(model.Tensors, "forecaster.bias")
	c.Options = tinySeries.Options
	if r, err := NewFrom(model, c, testsets.Waves(400), cpu.New()); err != nil || says(r.Notices, "begun with another run", "head") {
		t.Errorf("a model of before: %v, %v", r.Notices, err)
	}
}

func TestAnEncoderOfOtherChannelsSaysSo(t *testing.T) {
	model := modelOf(t, trained(t, tinySeries, testsets.Waves(400)))
	c := Config{Task: "forecast", Kind: data.Series, Batch: 4, Steps: 1, Options: tinySeries.Options}
	named := testsets.Waves(400)
	named.Recordings.Channels = []string{"rain", "wind"}
	r, err := NewFrom(model, c, named, cpu.New())
	if err != nil || !says(r.Notices, "begun with another run", "learned from the channels quick, slow; these are rain, wind") {
		t.Errorf("%v, %v", r.Notices, err)
	}
	c.Encoder = "tcn-mixing"
	mixing := tinySeries
	mixing.Encoder, mixing.Steps = "tcn-mixing", 2
	model = modelOf(t, trained(t, mixing, testsets.Waves(400)))
	three := &data.Set{Of: data.Series, Recordings: &data.Recordings{Channels: []string{"a", "b", "c"}, Classes: []string{""}, Of: []data.Recording{{Name: "x", X: make([]float32, 900)}}}}
	for i := range three.Recordings.Of[0].X {
		three.Recordings.Of[0].X[i] = float32(rng.New(1).For("x", i).NormFloat64())
	}
	three.Cut(32)
	if _, err := NewFrom(model, c, three, cpu.New()); err == nil || !strings.Contains(err.Error(), "2 channels (quick, slow); here are 3 (a, b, c)") {
		t.Errorf("%v", err)
	}
}

func TestARunIsInitializedFromAnothersEncoderAndVocabulary(t *testing.T) {
	model := modelOf(t, trained(t, tinyTexts, testsets.Weather(40)))
	r, err := NewFrom(model, Config{Task: "simcse", Batch: 4, Steps: 2, Vocab: 9999}, testsets.Weather(40), cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	const weights, tokenizer = "embeddings.word_embeddings.weight", "tokenizer"
	if got := modelOf(t, r); !slices.Equal(floats(got.Tensors[weights]), floats(model.Tensors[weights])) || model.Meta[tokenizer] == "" || got.Meta[tokenizer] != model.Meta[tokenizer] {
		t.Error("the new run begins with something else")
	}
}
