package optim

import (
	"iter"
	"math"
	"slices"
	"strings"

	"autodidact/core/autograd"
)

// Layered makes a network that was trained before ready to learn something near: the last of its
// layers takes the whole rate, each earlier one decay times that of the next, since what is close to
// the data changes least (arXiv:1801.06146, section 3.2); and the first freeze, a fraction of the layers,
// stay as they are, with what their BatchNorms know. params come in the order that data passes them.
//
// Frozen params have no gradient and keep no moments. Those that were frozen before, such as running
// statistics, stay so, and nothing is thawed: a network is layered once. Neither is saved with it.
func Layered(params iter.Seq2[string, *autograd.Param], decay float32, freeze float32) {
	layers := layersOf(params)
	still := int(math.Round(float64(freeze) * float64(len(layers))))
	pace := float32(1)
	for i, layer := range slices.Backward(layers) {
		for _, p := range layer {
			p.Pace = pace
			if i < still || pace == 0 { // a pace of 0 would mean the whole rate
				p.Frozen = true
			}
		}
		pace *= decay
	}
}

// layersOf parts params into layers by their paths, in their order. A block, which is an element of a list,
// is one with all that is in it: "layer1.0", "encoder.layer.3". What is outside of blocks is one layer with its
// neighbours in the same struct: a stem and its norm, all that is "embeddings", a neck, a head.
func layersOf(params iter.Seq2[string, *autograd.Param]) (layers [][]*autograd.Param) {
	var before []string
	for path, p := range params {
		at := strings.Split(path, ".")
		if len(layers) == 0 || !sameLayer(before, at) {
			layers = append(layers, nil)
		}
		last := len(layers) - 1
		layers[last] = append(layers[last], p)
		before = at
	}
	return layers
}

// sameLayer says whether two paths that follow each other are of one layer.
func sameLayer(x, y []string) bool {
	blockX, blockY := block(x), block(y)
	if blockX != nil || blockY != nil {
		return slices.Equal(blockX, blockY)
	}
	// Each lies in a struct by itself, "encoder.position", or in a layer that does, "encoder.embedding.weight".
	for _, a := range []int{1, 2} {
		for _, b := range []int{1, 2} {
			if a <= len(x) && b <= len(y) && slices.Equal(x[:len(x)-a], y[:len(y)-b]) {
				return true
			}
		}
	}
	return false
}

// block is the path of the outermost list's element that a path leads through; nil if there is none.
func block(path []string) []string {
	for i, name := range path {
		if strings.Trim(name, "0123456789") == "" {
			return path[:i+1]
		}
	}
	return nil
}
