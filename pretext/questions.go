package pretext

import (
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/tensor"
)

// QuestionTask is a Task whose questions have one right answer among a few, so that others can be asked them, too: whoever predicts
// the answers without having learned what things look like has found a shortcut.
type QuestionTask interface {
	// Questions are those in v, which its Views made.
	Questions(v data.Views) Questions
}

// Questions are pictures, each with a right answer.
type Questions struct {
	Images  [][]float32 // of each, [Side, Side, 3] from -1 to 1, or about so where a task gives patches the same contrast
	Side    int         // in pixels
	Right   []int32     // of each, from 0 to Choices-1
	Choices int
	// Pairs says that each is to be matched with its other view: Right is its index in Images, and Choices counts all
	// images, including itself.
	Pairs bool
}

// splitImages is views x [n, side, side, 3] one by one.
func splitImages(x *tensor.Tensor) (shown [][]float32) {
	all, px := x.Buf.(kernel.Host), x.Shape[1:].Size()
	for i := range x.Shape[0] {
		shown = append(shown, all[i*px:][:px])
	}
	return shown
}
