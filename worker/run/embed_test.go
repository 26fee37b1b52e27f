package run

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/kernel/cpu"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/pretext/view"
	"autodidact/worker/testsets"
)

// peaks trains c for a few steps on set, monitors and embeds, and gives the bytes of buffers that were in use at once while it
// trained and while it was embedded.
func peaks(t *testing.T, c Config, set *data.Set) (b *cpu.Backend, training, embedding int64) {
	t.Helper()
	ctx := context.Background()
	b = cpu.New()
	if err := Prepare(ctx, c, nil, set, nil); err != nil {
		t.Fatal(err)
	}
	r, err := New(c, set, b)
	if err != nil {
		t.Fatal(err)
	}
	finish(t, r)
	training = b.Peak()
	b.ResetPeak()
	if err := r.Monitor(ctx, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Embedder().Embed(ctx, set, nil, nil); err != nil {
		t.Fatal(err)
	}
	return b, training, b.Peak()
}

func TestEmbeddingPicturesTakesLessMemoryThanTraining(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	b, training, embedding := peaks(t, Config{Task: "simclr", Size: 32, Batch: 32, Steps: 2}, testsets.Shapes(200, 1))
	if embedding > training*3/4 {
		t.Errorf("%d bytes while embedding, %d while training", embedding, training)
	}
	if b.Held() != 0 {
		t.Errorf("%d bytes are kept when all is done", b.Held())
	}
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	if m.HeapInuse > uint64(training) {
		t.Errorf("%d bytes of the heap are in use when all is done", m.HeapInuse)
	}
}

func TestEmbeddingTextsOfAllLengthsTakesAsMuchMemoryAsTraining(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	set, r := &data.Set{Of: data.Text, Texts: &data.Texts{}}, rng.New(3)
	for i := range 400 {
		set.Names, set.Labels = append(set.Names, fmt.Sprint(i)), append(set.Labels, "")
		set.Texts.Append(strings.Repeat([]string{"rain fell ", "on the roof ", "all night "}[r.IntN(3)], 1+r.IntN(40)))
	}
	b, training, embedding := peaks(t, Config{Task: "maskedlm", Kind: data.Text, Size: 128, Batch: 8, Vocab: 300, Steps: 2}, set)
	if embedding > 2*training {
		t.Errorf("%d bytes while embedding, %d while training", embedding, training)
	}
	if b.Held() != 0 {
		t.Errorf("%d bytes are kept when all is done", b.Held())
	}
}

// What the untrained encoder makes of the data is what the data's own statistics make of it.
func TestTheUntrainedEncoderKnowsTheStatisticsOfTheData(t *testing.T) {
	set := testsets.Noise(data.Images)
	c, err := Config{Size: 16, Encoder: "resnet6"}.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	b := cpu.New()
	e, err := Untrained(t.Context(), c, set, b)
	if err != nil {
		t.Fatal(err)
	}
	// In training a BatchNorm uses the batch's own statistics: with all of the data in a batch, those of the data.
	views := make([]*tensor.Tensor, set.Len())
	for i := range views {
		views[i] = view.Center(set.X[i], 16)
	}
	encode := func(training bool) []float32 {
		tape := autograd.NewTape(b, rng.New(1))
		defer tape.Free()
		tape.Training = training
		h, err := tape.Download(t.Context(), e.Encoder.Encode(tape.Input(tensor.Stack(views...))).Value())
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	known := encode(false)
	for i, want := range encode(true) {
		if math.Abs(float64(known[i]-want)) > 0.02*max(1, float64(want)) { // running variances divide by n-1
			t.Fatalf("feature %d is %g by the running statistics, %g by the data's own", i, known[i], want)
		}
	}
}
