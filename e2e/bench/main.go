// Command bench measures the CPU backend, natively or as js/wasm: one JSON line a figure.
//
//	bench kernels     products and convolutions, in GFLOP/s
//	bench plain       the same in plain Go
//	bench w1          training steps of a workload: see package workload
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"autodidact/core/kernel/cpu"
	"autodidact/e2e/bench/workload"
)

func main() {
	for _, work := range os.Args[1:] {
		switch {
		case work == "kernels":
			kernels(cpu.New())
		case work == "plain":
			kernels(cpu.NewGeneric())
		case workload.All[work] != nil:
			say(workload.All[work]().Measure(cpu.New()))
		default:
			fmt.Fprintf(os.Stderr, "bench: there is no %q to measure\n", work)
			os.Exit(2)
		}
	}
}

func say(figure any) {
	line, err := json.Marshal(figure)
	check(err)
	fmt.Println(string(line))
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
