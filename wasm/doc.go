//go:build !(js && wasm)

// Package main is the trainer in a Web Worker; it builds for js/wasm only.
package main

func main() { println("autodidact/wasm runs in a browser: build it with GOOS=js GOARCH=wasm") }
