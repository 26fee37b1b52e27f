//go:build !goexperiment.simd || !(amd64 || wasm)

package cpu

// simdLoops says that this build has none.
func simdLoops() (loops, bool) { return loops{}, false }
