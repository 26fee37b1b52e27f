//go:build !(js && wasm && goexperiment.simd && wasmkernel)

package cpu

// module says that this build has none: see module.go.
func module() (tiles func(*sweep), name string) { return nil, "" }
