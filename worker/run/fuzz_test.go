package run

import (
	"maps"
	"strings"
	"testing"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel/cpu"
	"autodidact/core/tensor"
	"autodidact/worker/kind"
	"autodidact/worker/label"
	"autodidact/worker/testsets"
)

// FuzzMeta is of what a checkpoint says beside its tensors.
func FuzzMeta(f *testing.F) {
	f.Add(`{"task":"simclr","encoder":"resnet6","size":32}`, `[{"step":1,"loss":2.5,"metrics":{"rank":3}}]`, `{"channels":["a"],"scale":{"mean":[1],"std":[2]}}`, `{"a.png":"cat"}`, "12", "3.5")
	f.Add(`{"task":"maskedlm","encoder":"bert-48x4096x64x16384x512","size":512}`, `[]`, `{"channels":[],"missing":[{"channel":"a","value":-999}]}`, `{"":"|"}`, "-1", "NaN")
	f.Add(`{"task":"forecast","options":{"horizon":1e9}}`, `null`, `null`, `null`, "9999999999999999999", "")
	f.Fuzz(func(t *testing.T, config, history, channels, labels, step, seconds string) {
		for _, format := range []string{formatRun, formatModel} {
			s := &checkpoint.State{Tensors: map[string]*tensor.Tensor{}, Meta: map[string]string{metaFormat: format, metaConfig: config, metaHistory: history, "readings": channels,
				metaLabels: labels, checkpoint.MetaStep: step, metaSeconds: seconds}}
			c, err := ConfigOf(s)
			if err == nil {
				if again, err := c.Resolve(); err != nil || !again.SameTask(c) {
					t.Fatalf("%+v resolves to %+v, %v", c, again, err)
				}
			}
			if n, _, err := CurveOf(s); err == nil && n < 0 {
				t.Fatalf("step %d", n)
			}
			if in, err := kind.SavedInput(s); err == nil && in.Channels != nil && (len(in.Channels.Names) == 0 || len(in.Channels.Scale.Std) != len(in.Channels.Names)) {
				t.Fatalf("channels %+v", in.Channels)
			}
			if l, err := label.Saved(s, metaLabels); err == nil {
				for name, label := range l {
					if label == "" || strings.ContainsAny(label, "\n\r") {
						t.Fatalf("%q is labelled %q", name, label)
					}
				}
			}
		}
	})
}

// FuzzResume is of a whole run whose metadata are not what they were.
func FuzzResume(f *testing.F) {
	set := testsets.Noise(data.Series)
	r, err := New(Config{Task: "forecast", Kind: data.Series, Size: 16, Batch: 4, Steps: 4, Seed: 3}, set, cpu.New())
	if err != nil {
		f.Fatal(err)
	}
	for range r.Steps(f.Context()) {
		if r.Done == 2 {
			break
		}
	}
	saved, err := r.State(f.Context())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(saved.Meta[metaHistory], saved.Meta[checkpoint.MetaStep], saved.Meta[metaSeconds], saved.Meta[checkpoint.MetaTitle])
	f.Add("[]", "4", "1e300", "\x00")
	f.Add("[]", "0", "NaN", "")
	f.Fuzz(func(t *testing.T, history, step, seconds, title string) {
		s := &checkpoint.State{Meta: maps.Clone(saved.Meta), Tensors: saved.Tensors}
		s.Meta[metaHistory], s.Meta[checkpoint.MetaStep], s.Meta[metaSeconds], s.Meta[checkpoint.MetaTitle] = history, step, seconds, title
		r, err := Open(s, set, cpu.New())
		if err != nil {
			return
		}
		if _, err := r.State(t.Context()); err != nil {
			t.Fatalf("what was opened cannot be saved: %v", err)
		}
		for _, err := range r.Steps(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			break
		}
	})
}
