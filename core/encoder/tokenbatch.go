package encoder

import (
	"autodidact/core/kernel"
	"autodidact/core/tensor"
)

// A TokenBatch is a batch of sequences as a BERT reads them, host tensors. Several texts may
// share a sequence: each is read as if it were alone.
type TokenBatch struct {
	Tokens   *tensor.Tensor // int32 [batch, positions]
	Of       *tensor.Tensor // int32 [batch, positions]: which text of its sequence each token is in; 0 is none, for padding
	Segments *tensor.Tensor // int32 [batch, positions], 0 or 1; nil for all 0
}

// hidden is so far below any logit that nothing of it is left after a softmax.
const hidden = -1e9

// positionsAndMask is the place of each token in its own text, [batch, positions], and a mask [batch, 1,
// positions, positions] that is 0 where a position may look and hidden where not: into other texts
// and, with causal, ahead.
func (r TokenBatch) positionsAndMask(causal bool) (at, look *tensor.Tensor) {
	n, long := r.Of.Shape[0], r.Of.Shape[1]
	text := r.Of.Buf.(kernel.Host).Int32s()
	places, mask := make([]int32, n*long), make([]float32, n*long*long)
	for i := range n {
		text, places, mask := text[i*long:][:long], places[i*long:][:long], mask[i*long*long:][:long*long]
		for p := 1; p < long; p++ {
			if text[p] == text[p-1] && text[p] != 0 {
				places[p] = places[p-1] + 1
			}
		}
		for p, of := range text {
			row := mask[p*long:][:long]
			for q := range row {
				if text[q] != of || causal && q > p {
					row[q] = hidden
				}
			}
		}
	}
	return tensor.Int32s(places, n, long), tensor.Float32s(mask, n, 1, long, long)
}

// MeanWeights is a matrix [batch, texts, positions] that, times what a BERT makes of a reading, averages
// the positions of each text of a sequence: those of up to so many texts.
func MeanWeights(of *tensor.Tensor, texts int) *tensor.Tensor {
	n, long := of.Shape[0], of.Shape[1]
	text := of.Buf.(kernel.Host).Int32s()
	weights := make([]float32, n*texts*long)
	for i := range n {
		count := make([]float32, texts)
		for _, of := range text[i*long:][:long] {
			if of >= 1 && int(of) <= texts {
				count[of-1]++
			}
		}
		for p, of := range text[i*long:][:long] {
			if of >= 1 && int(of) <= texts {
				weights[(i*texts+int(of)-1)*long+p] = 1 / count[of-1]
			}
		}
	}
	return tensor.Float32s(weights, n, texts, long)
}
