package evaluate

import (
	"slices"
	"strings"
	"testing"

	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/worker/kind"
	"autodidact/worker/run"
	"autodidact/worker/testsets"
)

func TestLayersThatAreFrozenStayAsTheyAre(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	set := testsets.Shapes(80, 1)
	e, _, err := run.OpenEmbedder(shapesModel(t), cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	c, err := NewClassifier(t.Context(), e, set, set.Labels, Tuning{Freeze: 0.5}, rng.New(1))
	if err != nil {
		t.Fatal(err)
	}
	before := weightsOf(t, e)
	if err := c.Learn(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	changed := 0
	for name, after := range weightsOf(t, e) {
		if !slices.Equal(before[name], after) {
			changed++
			if strings.HasPrefix(name, "conv1") || strings.HasPrefix(name, "bn1") {
				t.Errorf("%s is frozen, and changed", name)
			}
		}
	}
	if changed == 0 {
		t.Error("nothing learned")
	}
}

// weightsOf copies an encoder's weights, by name.
func weightsOf(t *testing.T, e kind.Embedder) map[string][]float32 {
	t.Helper()
	out := map[string][]float32{}
	for name, p := range nn.Params(e.Encoder) {
		h := make(kernel.Host, p.Value.Shape.Size())
		if err := e.Backend.Read(t.Context(), h, p.Value.Buf); err != nil {
			t.Fatal(err)
		}
		out[name] = h
	}
	return out
}
