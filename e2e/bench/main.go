// Command bench measures the kernels of the CPU backend: one JSON line a figure, in
// GFLOP/s, the median of several repeats. It runs natively and as js/wasm.
package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"

	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
)

// A figure is one line of output.
type figure struct {
	How    string  `json:"how"` // "scalar", "simd", "simd, 2 cores"
	Work   string  `json:"work"`
	GFLOPS float64 `json:"gflops"`
}

const (
	repeats = 7
	atLeast = 60 * time.Millisecond // one repeat, so that the clock's steps do not count
)

// work is something to time and the multiplications and additions in it.
type work struct {
	name string
	flop float64
	run  func()
}

func main() {
	cores := runtime.GOMAXPROCS(0)
	how := cpu.SIMD()
	measure("scalar", 1, cpu.NewGeneric())
	if how != "none" {
		measure(how, 1, cpu.New())
	}
	if how != "none" && cores > 1 {
		measure(fmt.Sprintf("%s, %d cores", how, cores), cores, cpu.New())
	}
}

func measure(how string, procs int, b *cpu.Backend) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
	for _, w := range workload(b) {
		line, err := json.Marshal(figure{how, w.name, median(w)})
		if err != nil {
			panic(err)
		}
		fmt.Println(string(line))
	}
}

func median(w work) float64 {
	w.run() // fills the pool, and lets the browser compile
	got := make([]float64, repeats)
	for i := range got {
		n, start := 0, time.Now()
		for n == 0 || time.Since(start) < atLeast {
			w.run()
			n++
		}
		got[i] = float64(n) * w.flop / time.Since(start).Seconds() / 1e9
	}
	slices.Sort(got)
	return got[repeats/2]
}

// workload is square products and the main convolution of a small ResNet.
func workload(b *cpu.Backend) []work {
	var all []work
	for _, n := range []int{256, 512} {
		x, y, z := random(b, n*n), random(b, n*n), b.Alloc(n*n)
		all = append(all, work{fmt.Sprintf("matmul %d", n), 2 * float64(n*n*n), func() {
			b.MatMul(z, x, y, kernel.Mat{Batch: 1, M: n, N: n, K: n})
		}})
	}
	c := kernel.Conv{Batch: 128, H: 32, W: 32, In: 32, KH: 3, KW: 3, Out: 32, Stride: 1, Pad: 1}
	x, w := random(b, c.Batch*c.H*c.W*c.In), random(b, c.KH*c.KW*c.In*c.Out)
	y := random(b, c.Batch*c.OutH()*c.OutW()*c.Out)
	flop := 2 * float64(c.Batch*c.OutH()*c.OutW()*c.Out*c.KH*c.KW*c.In)
	return append(all,
		work{"conv", flop, func() { b.Conv(y, x, w, c) }},
		work{"conv input", flop, func() { b.ConvInput(x, y, w, c) }},
		work{"conv weight", flop, func() { b.ConvWeight(w, x, y, c) }})
}

func random(b *cpu.Backend, n int) kernel.Buffer {
	h, r := make(kernel.Host, n), rand.New(rand.NewPCG(1, 2))
	for i := range h {
		h[i] = r.Float32() - 0.5
	}
	x := b.Alloc(n)
	b.Write(x, h)
	return x
}
