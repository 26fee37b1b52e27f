package workload

import (
	"time"

	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
)

// profiled says how long each method of a backend took. A shortcut that has no line
// here is counted with the rest of the step.
type profiled struct {
	*cpu.Backend
	ms map[string]float64
}

// timed is called with defer: what is left is the time until then.
func (p profiled) timed(what string) func() {
	start := time.Now()
	return func() { p.ms[what] += time.Since(start).Seconds() * 1e3 }
}

// profile trains a few more steps and says where their milliseconds went, on average.
func (w *Workload) profile(b *cpu.Backend) map[string]float64 {
	const steps = 3
	p, start := profiled{b, map[string]float64{}}, time.Now()
	for range steps {
		w.step(p)
	}
	rest := time.Since(start).Seconds() * 1e3
	for what, ms := range p.ms {
		p.ms[what] = ms / steps
		rest -= ms
	}
	p.ms["rest"] = rest / steps
	return p.ms
}

type buffer = kernel.Buffer

func (p profiled) Alloc(words int) buffer {
	defer p.timed("alloc")()
	return p.Backend.Alloc(words)
}

func (p profiled) Write(dst buffer, src kernel.Host) {
	defer p.timed("write")()
	p.Backend.Write(dst, src)
}

func (p profiled) Fill(dst buffer, v float32) {
	defer p.timed("fill")()
	p.Backend.Fill(dst, v)
}

func (p profiled) Affine(dst, x buffer, mul, add float32) {
	defer p.timed("affine")()
	p.Backend.Affine(dst, x, mul, add)
}

func (p profiled) Unary(op kernel.UnaryOp, dst, x buffer) {
	defer p.timed("unary")()
	p.Backend.Unary(op, dst, x)
}

func (p profiled) Binary(op kernel.BinaryOp, dst, x, y buffer, l kernel.Layout) {
	defer p.timed("binary")()
	p.Backend.Binary(op, dst, x, y, l)
}

func (p profiled) Copy(dst, x buffer, l kernel.Layout) {
	defer p.timed("copy")()
	p.Backend.Copy(dst, x, l)
}

func (p profiled) Reduce(op kernel.ReduceOp, dst, x buffer, r kernel.Runs) {
	defer p.timed("reduce")()
	p.Backend.Reduce(op, dst, x, r)
}

func (p profiled) MatMul(dst, a, b buffer, m kernel.Mat) {
	defer p.timed("matmul")()
	p.Backend.MatMul(dst, a, b, m)
}

func (p profiled) Linear(y, x, w, bias buffer, m kernel.Mat) {
	defer p.timed("matmul")()
	p.Backend.Linear(y, x, w, bias, m)
}

func (p profiled) Chain(op kernel.UnaryOp, dx, dy, x buffer) {
	defer p.timed("unary")()
	p.Backend.Chain(op, dx, dy, x)
}

func (p profiled) Gather(dst, table, rows buffer, k kernel.Pick) {
	defer p.timed("gather")()
	p.Backend.Gather(dst, table, rows, k)
}

func (p profiled) Scatter(dst, src, rows buffer, k kernel.Pick) {
	defer p.timed("scatter")()
	p.Backend.Scatter(dst, src, rows, k)
}

func (p profiled) Softmax(dst, x buffer, n int) {
	defer p.timed("softmax")()
	p.Backend.Softmax(dst, x, n)
}

func (p profiled) Conv(y, x, w buffer, c kernel.Conv) {
	defer p.timed("conv")()
	p.Backend.Conv(y, x, w, c)
}

func (p profiled) ConvBias(y, x, w, bias buffer, c kernel.Conv) {
	defer p.timed("conv")()
	p.Backend.ConvBias(y, x, w, bias, c)
}

func (p profiled) ConvInput(dx, dy, w buffer, c kernel.Conv) {
	defer p.timed("conv input")()
	p.Backend.ConvInput(dx, dy, w, c)
}

func (p profiled) ConvWeight(dw, x, dy buffer, c kernel.Conv) {
	defer p.timed("conv weight")()
	p.Backend.ConvWeight(dw, x, dy, c)
}

func (p profiled) Norm(y, mean, rstd, x, gamma, beta buffer, n kernel.Norm) {
	defer p.timed("norm")()
	p.Backend.Norm(y, mean, rstd, x, gamma, beta, n)
}

func (p profiled) NormGrad(dx, dgamma, dbeta, dy, x, mean, rstd, gamma buffer, n kernel.Norm) {
	defer p.timed("norm gradient")()
	p.Backend.NormGrad(dx, dgamma, dbeta, dy, x, mean, rstd, gamma, n)
}

func (p profiled) AdamW(x, m, v, g buffer, a kernel.AdamW) {
	defer p.timed("adamw")()
	p.Backend.AdamW(x, m, v, g, a)
}
