package run

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel/cpu"
	"autodidact/worker/report"
	"autodidact/worker/testsets"
)

func TestTheOrderOfFramesIsNotLearnedFromPictures(t *testing.T) {
	_, err := New(Config{Task: "frameorder", Size: 16, Batch: 8}, testsets.Noise(data.Images), cpu.New())
	var mismatch *report.MismatchError
	if !errors.As(err, &mismatch) {
		t.Errorf("frame order of pictures: %v", err)
	}
}

func TestLabelsOfClipsAreLearnedFromTheirFrames(t *testing.T) {
	r, err := NewSupervised(Config{Size: 16, Batch: 4, Steps: 1}, testsets.Noise(data.Video), cpu.New())
	if err != nil || r.from.Len() != 64 {
		t.Errorf("%v", err)
	}
}

func TestPretrainingIsTheSameWithAndWithoutLabels(t *testing.T) {
	with, without, others := testsets.Shapes(120, 5), testsets.Shapes(120, 5), testsets.Shapes(120, 5)
	without.Labels = make([]string, 120)
	for i := range others.Labels {
		others.Labels[i] = fmt.Sprint(i % 7)
	}
	c := tinyPictures
	c.Steps = 4 // more than an epoch
	var files [][]byte
	for _, set := range []*data.Set{with, without, others} {
		r := trained(t, c, set)
		if err := r.Monitor(t.Context(), nil); err != nil { // which does look at labels
			t.Fatal(err)
		}
		var buf bytes.Buffer
		if err := checkpoint.Encode(&buf, modelOf(t, r)); err != nil {
			t.Fatal(err)
		}
		files = append(files, buf.Bytes())
	}
	if !bytes.Equal(files[0], files[1]) || !bytes.Equal(files[0], files[2]) {
		t.Error("labels leak into pretraining")
	}
}

func TestLongTextsAreCountedWhereATaskReadsWholeTexts(t *testing.T) {
	var table strings.Builder
	table.WriteString("text\n")
	for i := range 40 {
		fmt.Fprintf(&table, "waves crossed the bay while gulls followed the open sea%s\n", strings.Repeat(" and boats covered the harbour", 10*(i/38)))
	}
	set := testsets.Texts("a.csv", []byte(table.String()))
	packed, err := New(tinyTexts, set, cpu.New())
	if err != nil || len(packed.Notices) > 0 {
		t.Errorf("long texts go on in another sequence, and yet: %v, %v", packed.Notices, err)
	}
	c := tinyTexts
	c.Task = "simcse"
	whole, err := New(c, set, cpu.New())
	if err != nil || !says(whole.Notices, "long texts", "2 of 40") {
		t.Errorf("learning from whole texts it says %v, %v", whole.Notices, err)
	}
}
