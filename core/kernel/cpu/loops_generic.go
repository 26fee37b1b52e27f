//go:build !goexperiment.simd || generic || !(amd64 || wasm)

package cpu

// simdLoops says that this build has none.
func simdLoops() (loops, bool) { return loops{}, false }
