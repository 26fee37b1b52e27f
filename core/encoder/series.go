package encoder

import (
	"autodidact/core/data"
	"autodidact/core/nn"
	"autodidact/core/rng"
)

// SeriesEncoder is an encoder of readings. It takes rows [batch, length, 2·channels], of each time the values and then
// 1 for each that was read, 0 for each that is missing, to [batch, positions, Width].
type SeriesEncoder interface {
	nn.Encoder
	// Channels is how many it reads together. One that is channel-independent reads one: each channel is a row of
	// its own (arXiv:2211.14730).
	Channels() int
	// Patch is how many times a position stands for.
	Patch() int
	// Length is how many rows a window must have; 0 if it reads any number of rows that are a multiple of Patch.
	Length() int
}

var seriesKinds = []data.Kind{data.Series}

var (
	dilated = Spec{Name: "dilated", Line: "A dilated CNN that looks to both sides, as deep and wide as in TS2Vec's paper. For recordings that have a label each.", Kinds: seriesKinds, Mixing: true,
		Build: func(r *rng.Rand, in Input) nn.Encoder { return NewDilated(r, in.Channels, 64, 10, 320) }}
	dilatedTiny = Spec{Name: "dilated-tiny", Line: "The same, shallower and narrower: several times faster.", Kinds: seriesKinds, Mixing: true,
		Build: func(r *rng.Rand, in Input) nn.Encoder { return NewDilated(r, in.Channels, 32, 7, 128) }}
	tcnSmall = Spec{Name: "tcn-small", Line: "A small causal network: looks back in ever longer strides. Quick enough for readings as they arrive.", Kinds: seriesKinds,
		Build: func(r *rng.Rand, in Input) nn.Encoder { return NewTCN(r, 2, 32, 6) }}
	tcn = Spec{Name: "tcn", Line: "The same, twice as wide.", Kinds: seriesKinds,
		Build: func(r *rng.Rand, in Input) nn.Encoder { return NewTCN(r, 2, 64, 6) }}
	tcnMixing = Spec{Name: "tcn-mixing", Line: "Reads all channels together: for those that explain each other.", Kinds: seriesKinds, Mixing: true,
		Build: func(r *rng.Rand, in Input) nn.Encoder { return NewTCN(r, 2*in.Channels, 64, 6) }}
	patchTST = Spec{Name: "patchtst", Line: "A transformer of patches of eight readings. Learns slowly, sees the whole window.", Kinds: seriesKinds, Multiple: patchRows,
		Build: func(r *rng.Rand, in Input) nn.Encoder { return NewPatchTST(r, 1, in.Size, 64, 3, 4) }}
	patchTSTMixing = Spec{Name: "patchtst-mixing", Line: "The same, with all channels in a patch.", Kinds: seriesKinds, Multiple: patchRows, Mixing: true,
		Build: func(r *rng.Rand, in Input) nn.Encoder { return NewPatchTST(r, in.Channels, in.Size, 64, 3, 4) }}
)
