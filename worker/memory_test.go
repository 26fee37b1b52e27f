package worker

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"autodidact/core/data"
	"autodidact/core/kernel/cpu"
	"autodidact/core/rng"
)

// lookedAt trains c for a few steps on set, measures and embeds, and gives the bytes of buffers that were in use at once while
// it learned and while it was looked at.
func lookedAt(t *testing.T, c Config, set *data.Set) (b *cpu.Backend, learning, looking int64) {
	t.Helper()
	ctx := context.Background()
	b = cpu.New()
	if err := Learn(ctx, c, nil, set, nil); err != nil {
		t.Fatal(err)
	}
	r, err := NewRun(c, set, b)
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range r.Steps(ctx) {
		if err != nil {
			t.Fatal(err)
		}
	}
	learning = b.Peak()
	b.ResetPeak()
	if err := r.Monitor(ctx, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Looker().Embed(ctx, set, nil, nil); err != nil {
		t.Fatal(err)
	}
	return b, learning, b.Peak()
}

func TestLookingAtPicturesTakesLessMemoryThanLearning(t *testing.T) {
	b, learning, looking := lookedAt(t, Config{Task: "simclr", Size: 32, Batch: 32, Steps: 2}, drawn(200, 1))
	if looking > learning*3/4 {
		t.Errorf("%d bytes while looking, %d while learning", looking, learning)
	}
	if b.Held() != 0 {
		t.Errorf("%d bytes are kept when all is done", b.Held())
	}
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	if m.HeapInuse > uint64(learning) {
		t.Errorf("%d bytes of the heap are in use when all is done", m.HeapInuse)
	}
}

func TestLookingAtTextsOfAllLengthsTakesAsMuchMemoryAsLearning(t *testing.T) {
	set, r := &data.Set{Of: data.Text, Texts: &data.Texts{}}, rng.New(3)
	for i := range 400 {
		set.Names, set.Labels = append(set.Names, fmt.Sprint(i)), append(set.Labels, "")
		set.Texts.Append(strings.Repeat([]string{"rain fell ", "on the roof ", "all night "}[r.IntN(3)], 1+r.IntN(40)))
	}
	b, learning, looking := lookedAt(t, Config{Task: "maskedlm", Kind: data.Text, Size: 128, Batch: 8, Vocab: 300, Steps: 2}, set)
	if looking > 2*learning {
		t.Errorf("%d bytes while looking, %d while learning", looking, learning)
	}
	if b.Held() != 0 {
		t.Errorf("%d bytes are kept when all is done", b.Held())
	}
}
