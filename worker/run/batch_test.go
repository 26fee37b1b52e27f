package run

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"autodidact/core/data"
	"autodidact/core/kernel/cpu"
	"autodidact/worker/kind"
	"autodidact/worker/testsets"
)

func TestABatchThatIsLeftOpenIsWhatFits(t *testing.T) {
	c := tinyPictures
	for n, want := range map[int]int{30: 30, 2: 2, 80: 64} {
		c.Batch, c.Steps = 0, 1
		r, err := New(c, testsets.Shapes(n, 1), cpu.New())
		if err != nil || r.Config.Batch != want {
			t.Errorf("of %d samples: a batch of %d, want %d (%v)", n, r.Config.Batch, want, err)
		}
	}
	c = tinyTexts
	c.Batch, c.Steps = 0, 1
	if r := trained(t, c, testsets.Weather(10)); r.Config.Batch != r.from.Len() || r.Config.Batch >= kind.TraitsOf(data.Text).Batch {
		t.Errorf("of %d sequences: a batch of %d", r.from.Len(), r.Config.Batch)
	}
}

func TestABatchThatIsAskedForAndDoesNotFitIsRefusedWithTheNumberThatDoes(t *testing.T) {
	c := tinyPictures
	c.Batch = 64
	_, err := New(c, testsets.Shapes(30, 1), cpu.New())
	if !errors.Is(err, data.ErrTooFew) || err.Error() != "a batch of 64 cannot be filled: there are 30 samples to learn from, so that at most 30 fits" {
		t.Error(err)
	}
	set, texts := testsets.Weather(10), tinyTexts
	texts.Batch = 0
	n := trained(t, texts, set).from.Len()
	texts.Batch = 512
	if _, err = New(texts, set, cpu.New()); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("there are %d sequences to learn from, so that at most %d fits", n, n)) {
		t.Error(err)
	}
	c.Batch = 0
	if _, err = New(c, testsets.Shapes(1, 1), cpu.New()); !errors.Is(err, data.ErrTooFew) || err.Error() != "1 sample to learn from; training takes 2 at least" {
		t.Error(err)
	}
}

// The configuration that the page shows keeps what was left open, so that it is not taken for a choice; a checkpoint has the batch that was used.
func TestAnOpenBatchStaysOpenOnThePageAndIsKeptInACheckpoint(t *testing.T) {
	c, err := Config{Task: "simclr"}.Resolve()
	if err != nil || c.Batch != 0 {
		t.Errorf("batch %d, %v", c.Batch, err)
	}
	cfg := tinyPictures
	cfg.Batch = 0
	set := testsets.Shapes(30, 1)
	s := stateOf(t, trained(t, cfg, set))
	if was, err := ConfigOf(s); err != nil || was.Batch != 30 {
		t.Errorf("the checkpoint has a batch of %d, %v", was.Batch, err)
	}
	if again, err := Open(s, set, cpu.New()); err != nil || again.Config.Batch != 30 || again.Done != 2 {
		t.Errorf("it went on as %+v, %v", again, err)
	}
}
