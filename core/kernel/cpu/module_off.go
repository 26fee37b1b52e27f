//go:build !(js && wasm && goexperiment.simd && wasmkernel)

package cpu

// module says that this build has none: see module.go.
func module(*loops) (name string) { return "" }
