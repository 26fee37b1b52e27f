package run

import (
	"strings"
	"testing"

	"autodidact/core/data"
	"autodidact/core/kernel/cpu"
	"autodidact/worker/testsets"
)

func TestOldCheckpointsKnowNoMissingValuesAndModelsKeepTheirs(t *testing.T) {
	set := testsets.Waves(600)
	s := stateOf(t, trained(t, tinySeries, set))
	for _, key := range []string{metaConfig, "readings"} {
		if s.Meta[key] == "" || strings.Contains(s.Meta[key], "issing") {
			t.Errorf("%s is %q", key, s.Meta[key])
		}
	}
	set.Mark([]data.Missing{{Value: set.Recordings.Of[0].X[0]}})
	if _, err := Open(s, set, cpu.New()); err == nil {
		t.Error("it goes on with other readings")
	}
	e, c, err := OpenEmbedder(modelOf(t, trained(t, tinySeries, set)), cpu.New())
	if err != nil || len(c.Missing) != 1 || len(e.Channels.Missing) != 1 {
		t.Errorf("%+v, %+v, %v", c.Missing, e.Channels, err)
	}
}
