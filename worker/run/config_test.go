package run

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"autodidact/worker/report"
)

func TestOptionsOfAChangeAreLaidOverThoseThereAre(t *testing.T) {
	c := Config{Task: "simclr", Rate: 0.5, Options: json.RawMessage(`{"crop":1,"width":32}`)}
	got, err := c.With(Config{Rate: 0.1, Options: json.RawMessage(`{"crop":0.3}`)})
	options := map[string]float64{}
	if err == nil {
		err = json.Unmarshal(got.Options, &options)
	}
	if err != nil || got.Rate != 0.1 || got.Task != "simclr" || options["crop"] != 0.3 || options["width"] != 32 {
		t.Errorf("%+v %s, %v", got, got.Options, err)
	}
}

func TestWhatIsOfTextsAloneIsRefusedElsewhere(t *testing.T) {
	for field, c := range map[string]Config{"tokenizer": {Task: "simclr", Tokenizer: "bpe"}, "vocab": {Task: "simclr", Vocab: 500}, "cased": {Task: "forecast", Cased: true}} {
		var bad *report.ConfigError
		if _, err := c.Resolve(); !errors.As(err, &bad) || bad.Field != field || !strings.Contains(err.Error(), "is for texts") {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
