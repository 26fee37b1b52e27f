// Command kernels writes the WebAssembly modules that multiply in a tab, one for each
// set of instructions, into a folder:
//
//	go run ./cmd/kernels ui/src/kernels
//
// Package cpu calls them (core/kernel/cpu/module.go). Go's compiler keeps less in
// registers: its own tiles reach a third of their speed.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: kernels FOLDER")
		os.Exit(2)
	}
	for _, v := range variants {
		if err := os.WriteFile(filepath.Join(os.Args[1], v.name+".wasm"), v.module(), 0o644); err != nil {
			fmt.Fprintln(os.Stderr, "kernels:", err)
			os.Exit(1)
		}
	}
}
