package pretext

import (
	"bytes"
	"math"
	"slices"
	"testing"

	"autodidact/core/autograd"
	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/core/nn"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/pretext/view"
)

// asking is a QuestionTask as answers are checked: how many questions it asks of 16 pictures, each of how many choices.
type asking struct {
	task, options string
	n, choices    int
	side          int
	wide          bool // values may lie outside of -1 to 1
}

var askings = []asking{
	{"rotation", `{}`, 16, 4, 16, false},
	{"rotation", `{"all": true, "crop": 1, "flip": false, "jitter": 0}`, 64, 4, 16, false},
	{"patchposition", `{}`, 16 * 9, 9, 8, true},
	{"patchposition", `{"grid": 2, "normalise": false}`, 16 * 4, 4, 8, false},
	{"patchposition", `{"pairwise": true, "gap": 0, "crop": 1, "gray": 0, "normalise": false}`, 16 * 8, 8, 8, false},
	{"simclr", `{}`, 32, 32, 16, false},
	{"moco", `{}`, 32, 32, 16, false},
	{"byol", `{}`, 32, 32, 16, false},
	{"simsiam", `{}`, 32, 32, 16, false},
	{"barlowtwins", `{}`, 32, 32, 16, false},
	{"vicreg", `{}`, 32, 32, 16, false},
}

func TestQuestionsHaveTheirShapesAndRanges(t *testing.T) {
	for _, c := range askings {
		task, err := find(t, c.task).Build(tinySetup(rng.New(1)), []byte(c.options))
		if err != nil {
			t.Fatal(err)
		}
		_, v := someViews(task)
		q := task.(QuestionTask).Questions(v)
		pairs := slices.Contains([]string{"simclr", "moco", "byol", "simsiam", "barlowtwins", "vicreg"}, c.task)
		if len(q.Images) != c.n || len(q.Right) != c.n || q.Choices != c.choices || q.Side != c.side || q.Pairs != pairs {
			t.Errorf("%s %s: %d questions, %d answers of %d, %d pixels, twins: %v", c.task, c.options, len(q.Images), len(q.Right), q.Choices, q.Side, q.Pairs)
		}
		known := map[int32]int{}
		for i, x := range q.Images {
			if known[q.Right[i]]++; q.Right[i] < 0 || int(q.Right[i]) >= q.Choices || len(x) != c.side*c.side*3 {
				t.Errorf("%s %s: question %d has %d values, answer %d", c.task, c.options, i, len(x), q.Right[i])
			}
			for _, f := range x {
				if math.IsNaN(float64(f)) || (f < -1.00001 || f > 1.00001) && (!c.wide || math.Abs(float64(f)) > 20) {
					t.Fatalf("%s %s: question %d has the value %g", c.task, c.options, i, f)
				}
			}
		}
		if len(known) != q.Choices {
			t.Errorf("%s %s: of %d answers only %v are ever right", c.task, c.options, q.Choices, known)
		}
	}
	for _, spec := range Catalog {
		listed := slices.ContainsFunc(askings, func(c asking) bool { return c.task == spec.Name })
		task, err := spec.Build(trials[spec.Name].setup(rng.New(1)), []byte(trials[spec.Name].options))
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := task.(QuestionTask); ok != listed {
			t.Errorf("%s has answers: %v, and is asked here: %v", spec.Name, ok, listed)
		}
	}
}

// What Preview says of an answer follows from what is right by Questions: this is what it would show if the encoder knew.
func answered(c asking, task Task, q Questions, sample int) *tensor.Tensor {
	switch c.task {
	case "rotation":
		at := sample * len(q.Images) / 16
		upright := make([]float32, len(q.Images[at]))
		view.Turn(upright, q.Images[at], q.Side, 4-int(q.Right[at]))
		return view.Picture(upright, q.Side)
	case "patchposition":
		p := task.(*PatchPosition)
		per, cells := q.Choices, p.augment.Grid*p.augment.Grid
		put := make([][]float32, cells)
		for i := sample * per; i < (sample+1)*per; i++ {
			at := int(q.Right[i])
			if p.pairwise && at >= cells/2 {
				at++
			}
			put[at] = q.Images[i]
		}
		if p.pairwise {
			put[cells/2] = make([]float32, len(q.Images[0])) // not asked about
		}
		return mosaic(put, p.augment.Grid, q.Side)
	}
	return view.Picture(q.Images[q.Right[sample]], q.Side)
}

func TestAnAnswerIsRightByQuestionsWhereShowSaysSo(t *testing.T) {
	for _, c := range askings {
		b := cpu.New()
		task, err := find(t, c.task).Build(tinySetup(rng.New(1)), []byte(c.options))
		if err != nil {
			t.Fatal(err)
		}
		nn.Place(b, task)
		of, v := someViews(task)
		q := task.(QuestionTask).Questions(v)
		tape := autograd.NewTape(b, rng.New(1))
		tape.Training = false
		shown, err := task.(Previewer).Preview(t.Context(), tape, of, v)
		tape.Free()
		if err != nil || len(shown) != 16 {
			t.Fatalf("%d exhibits, %v", len(shown), err)
		}
		for i, e := range shown {
			got, want := e.Answer[0].Buf.(kernel.Bytes), answered(c, task, q, i).Buf.(kernel.Bytes)
			if c.task == "patchposition" && q.Choices == 8 {
				want = bytes.Clone(want) // the middle is where it is
				for y := range q.Side {
					at := ((q.Side+1+y)*(3*q.Side+2) + q.Side + 1) * 3
					copy(want[at:][:3*q.Side], got[at:])
				}
			}
			if bytes.Equal(got, want) != (e.Right == Right) {
				t.Errorf("%s %s: exhibit %d is %s, and its answer that of the question: %v", c.task, c.options, i, e.Right, bytes.Equal(got, want))
			}
		}
	}
}

// Whatever an encoder says: pictures turned back, and patches put back, by what is right make the sample's picture.
func TestQuestionsAnsweredRightMakeThePictureWhole(t *testing.T) {
	b := cpu.New()
	for _, c := range []asking{askings[1], askings[4]} {
		task, err := find(t, c.task).Build(tinySetup(rng.New(1)), []byte(c.options))
		if err != nil {
			t.Fatal(err)
		}
		nn.Place(b, task)
		of, v := someViews(task)
		q := task.(QuestionTask).Questions(v)
		if c.task == "rotation" {
			for i, x := range q.Images {
				back := make([]float32, len(x))
				view.Turn(back, x, q.Side, 4-int(q.Right[i]))
				if !slices.Equal(back, []float32(view.Center(of.Samples[i/4].X, 16).Buf.(kernel.Host))) {
					t.Errorf("picture %d turned back by %d is not upright", i, q.Right[i])
				}
			}
			continue
		}
		for i, x := range q.Images {
			cell := int(q.Right[i])
			if cell >= 4 {
				cell++
			}
			whole := view.Square(of.Samples[i/8].X, 24).Buf.(kernel.Bytes)
			if !samePatch(whole, 24, view.Picture(x, 8).Buf.(kernel.Bytes), cell) {
				t.Errorf("patch %d is not what lies at place %d", i, q.Right[i])
			}
		}
	}
}
