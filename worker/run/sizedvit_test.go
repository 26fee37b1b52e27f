package run

import (
	"strings"
	"testing"

	"autodidact/core/kernel/cpu"
	"autodidact/worker/testsets"
)

// A masked autoencoder hides patches from a class token too; the ViT's positions are those of another size.
func TestAViTMadeElsewhereTrainsByAnyTaskOfPictures(t *testing.T) {
	for _, task := range []string{"mae", "simclr", "rotation"} {
		r, err := New(Config{Task: task, Encoder: "vit-1x16x2x32x4x24", Size: 16, Batch: 8, Steps: 2, Seed: 1}, testsets.Shapes(16, 1), cpu.New())
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range r.Steps(t.Context()) {
			if err != nil {
				t.Errorf("%s: %v", task, err)
			}
		}
		if r.Done != 2 {
			t.Errorf("%s: %d steps", task, r.Done)
		}
	}
	if _, err := (Config{Task: "mae", Encoder: "resnet18-imagenet"}).Resolve(); err == nil || !strings.Contains(err.Error(), "task mae trains vit-tiny, not resnet18-imagenet") {
		t.Error(err)
	}
	if _, err := (Config{Encoder: "vit-1x16x2x32x16x224", Size: 40}).Resolve(); err == nil || !strings.Contains(err.Error(), "pictures whose side is a multiple of 16, not 40") {
		t.Error(err)
	}
}
