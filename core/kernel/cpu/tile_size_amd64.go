package cpu

// The register block of a tile: 8 accumulators of 8 floats out of 16 registers.
const mr, nr = 4, 16
