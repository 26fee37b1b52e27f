//go:build !amd64

package cpu

// The register block of a tile: 8 accumulators of 4 floats out of 16 registers.
const mr, nr = 4, 8
