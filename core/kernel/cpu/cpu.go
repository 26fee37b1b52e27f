// Package cpu is the Backend that runs everywhere Go runs. Its innermost loops
// exist twice, in plain Go and in SIMD, behind one table (loops).
package cpu

import (
	"context"
	"fmt"
	"runtime"

	"autodidact/core/kernel"
)

// Backend computes on kernel.Host buffers.
type Backend struct {
	*pool
	loops

	simd string // what the loops are made of, as SIMD says it
}

var (
	_ kernel.Backend           = (*Backend)(nil)
	_ kernel.SoftmaxBackend    = (*Backend)(nil)
	_ kernel.ChainBackend      = (*Backend)(nil)
	_ kernel.LinearBackend     = (*Backend)(nil)
	_ kernel.ConvBackend       = (*Backend)(nil)
	_ kernel.ConvBiasBackend   = (*Backend)(nil)
	_ kernel.ConvInputBackend  = (*Backend)(nil)
	_ kernel.ConvWeightBackend = (*Backend)(nil)
	_ kernel.NormBackend       = (*Backend)(nil)
	_ kernel.NormGradBackend   = (*Backend)(nil)
	_ kernel.AdamWBackend      = (*Backend)(nil)
	_ kernel.TrimBackend       = (*Backend)(nil)
)

// New makes a Backend with an empty pool and the fastest loops this machine has.
func New() *Backend {
	if l, ok := simdLoops(); ok {
		return &Backend{newPool(), l, SIMD()}
	}
	return NewGeneric()
}

// SIMD says what the loops of New are made of: "none" (they are NewGeneric's), "simd",
// or "relaxed", which rounds x*y + z once or twice, as this machine does it faster.
func SIMD() string {
	if _, ok := simdLoops(); !ok {
		return "none"
	}
	if name := module(&loops{}); name != "" {
		return name
	}
	return "simd"
}

// NewGeneric makes a Backend that stays with plain Go: the twin to compare with.
func NewGeneric() *Backend { return &Backend{newPool(), genericLoops, "none"} }

func (*Backend) Name() string { return "cpu" }

// Machine is the system and its SIMD, as "linux/amd64 with SIMD" or "js/wasm with relaxed SIMD".
func (b *Backend) Machine() string {
	return runtime.GOOS + "/" + runtime.GOARCH + map[string]string{"none": " without SIMD", "simd": " with SIMD", "relaxed": " with relaxed SIMD"}[b.simd]
}

func (*Backend) Write(dst kernel.Buffer, src kernel.Host) {
	copy(words("Write", dst, len(src)), src)
}

func (*Backend) Read(ctx context.Context, dst kernel.Host, src kernel.Buffer) error {
	copy(dst, words("Read", src, len(dst)))
	return ctx.Err()
}

// words opens a buffer that must have n words.
func words(op string, b kernel.Buffer, n int) []float32 {
	h := b.(kernel.Host)
	if len(h) != n {
		panic(fmt.Sprintf("cpu: %s: buffer of %d words where %d are needed", op, len(h), n))
	}
	return h
}
