package run

import (
	"maps"
	"reflect"
	"testing"

	"autodidact/core/data"
	"autodidact/worker/testsets"
)

func TestTheModelOfASavedRunIsThatOfTheRun(t *testing.T) {
	for name, r := range earlierRuns {
		for _, task := range []string{r.config.Task, map[data.Kind]string{data.Text: "causallm", data.Series: "maskedseries"}[r.config.Kind]} {
			if task == "" {
				continue
			}
			c := r.config
			c.Task = task
			if c.Steps = 2; task != r.config.Task {
				c.Options, c.Encoder = nil, map[string]string{"causallm": c.Encoder, "maskedseries": "patchtst"}[task]
			}
			one := trained(t, c, r.set())
			want := modelOf(t, one)
			got, err := ModelOf(stateOf(t, one))
			if err != nil {
				t.Fatal(name, err)
			}
			got.Meta["title"], want.Meta["title"] = "", ""
			if !maps.Equal(got.Meta, want.Meta) || !reflect.DeepEqual(got.Tensors, want.Tensors) {
				t.Errorf("%s: the model of %s differs: %d tensors and %d, %v and %v", name, task, len(got.Tensors), len(want.Tensors), got.Meta, want.Meta)
			}
		}
	}
	model := modelOf(t, trained(t, tinyPictures, testsets.Shapes(40, 1)))
	if same, err := ModelOf(model); err != nil || same != model {
		t.Error("of a model it is another", err)
	}
}
