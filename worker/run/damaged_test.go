package run

import (
	"math"
	"strings"
	"testing"

	"autodidact/core/checkpoint"
	"autodidact/core/kernel/cpu"
	"autodidact/core/tensor"
	"autodidact/worker/testsets"
)

// savedRun is a run of a few steps as it is saved.
func savedRun(t *testing.T) *checkpoint.State {
	t.Helper()
	c := tinyPictures
	c.Batch = 4
	return stateOf(t, trained(t, c, testsets.Shapes(8, 1)))
}

func TestACheckpointWithoutACurveGoesOn(t *testing.T) {
	s := savedRun(t)
	for _, empty := range []string{"[]", "null"} {
		s.Meta[metaHistory] = empty
		r, err := Open(s, testsets.Shapes(8, 1), cpu.New())
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Monitor(t.Context(), nil); err != nil || len(r.History) != 0 {
			t.Errorf("%d points, %v", len(r.History), err)
		}
	}
}

func TestWeightsThatAreNoFiniteNumbersAreRefusedByName(t *testing.T) {
	s := savedRun(t)
	for _, bad := range []float64{math.NaN(), math.Inf(1)} {
		floats(s.Tensors["model.encoder.conv1.weight"])[3] = float32(bad)
		want := "tensor model.encoder.conv1.weight has a value that is no finite number"
		if _, _, err := OpenEmbedder(s, cpu.New()); err == nil || !strings.HasPrefix(err.Error(), want) || !strings.Contains(err.Error(), "healthy.safetensors") {
			t.Errorf("embedding: %v", err)
		}
		if _, err := Open(s, testsets.Shapes(8, 1), cpu.New()); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("going on: %v", err)
		}
		if err := CheckFinite(s); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("checked: %v", err)
		}
	}
}

func TestAnEncoderIsNotReadFromWholeNumbers(t *testing.T) {
	s := savedRun(t)
	x := s.Tensors["model.encoder.conv1.weight"]
	s.Tensors["model.encoder.conv1.weight"] = &tensor.Tensor{Shape: x.Shape, DType: tensor.Int32, Buf: x.Buf}
	if _, _, err := OpenEmbedder(s, cpu.New()); err == nil || !strings.Contains(err.Error(), "whole numbers") {
		t.Error(err)
	}
}
