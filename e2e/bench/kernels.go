package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
)

// kernelFigure is one kernel's median speed.
type kernelFigure struct {
	Work   string  `json:"work"`
	GFLOPS float64 `json:"gflops"`
}

const (
	repeats = 7
	atLeast = 60 * time.Millisecond // one repeat, so that the clock's steps do not count
)

// A job is something to time and the multiplications and additions in it.
type job struct {
	name string
	flop float64
	run  func()
}

func kernels(b *cpu.Backend) {
	for _, j := range jobs(b) {
		say(kernelFigure{j.name, j.median()})
	}
}

func (j job) median() float64 {
	j.run() // fills the pool, and lets the browser compile
	got := make([]float64, repeats)
	for i := range got {
		n, start := 0, time.Now()
		for n == 0 || time.Since(start) < atLeast {
			j.run()
			n++
		}
		got[i] = float64(n) * j.flop / time.Since(start).Seconds() / 1e9
	}
	slices.Sort(got)
	return got[repeats/2]
}

// jobs are square products and the main convolution of a small ResNet.
func jobs(b *cpu.Backend) []job {
	var all []job
	for _, n := range []int{256, 512} {
		x, y, z := random(b, n*n), random(b, n*n), b.Alloc(n*n)
		all = append(all, job{fmt.Sprintf("matmul %d", n), 2 * float64(n*n*n), func() {
			b.MatMul(z, x, y, kernel.Mat{Batch: 1, M: n, N: n, K: n})
		}})
	}
	c := kernel.Conv{Batch: 128, H: 32, W: 32, In: 32, KH: 3, KW: 3, Out: 32, Stride: 1, Pad: 1}
	x, w := random(b, c.Batch*c.H*c.W*c.In), random(b, c.KH*c.KW*c.In*c.Out)
	y := random(b, c.Batch*c.OutH()*c.OutW()*c.Out)
	flop := 2 * float64(c.Batch*c.OutH()*c.OutW()*c.Out*c.KH*c.KW*c.In)
	return append(all,
		job{"conv", flop, func() { b.Conv(y, x, w, c) }},
		job{"conv input", flop, func() { b.ConvInput(x, y, w, c) }},
		job{"conv weight", flop, func() { b.ConvWeight(w, x, y, c) }})
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
