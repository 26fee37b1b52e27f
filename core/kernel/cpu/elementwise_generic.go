package cpu

import "math"

func add(d, x, y []float32) {
	for i := range d {
		d[i] = x[i] + y[i]
	}
}

func sub(d, x, y []float32) {
	for i := range d {
		d[i] = x[i] - y[i]
	}
}

func mul(d, x, y []float32) {
	for i := range d {
		d[i] = x[i] * y[i]
	}
}

func div(d, x, y []float32) {
	for i := range d {
		d[i] = x[i] / y[i]
	}
}

func addScalar(d, x []float32, y float32) {
	for i := range d {
		d[i] = x[i] + y
	}
}

func subScalar(d, x []float32, y float32) { addScalar(d, x, -y) }

func mulScalar(d, x []float32, y float32) {
	for i := range d {
		d[i] = x[i] * y
	}
}

func divScalar(d, x []float32, y float32) {
	for i := range d {
		d[i] = x[i] / y
	}
}

func affine(d, x []float32, mul, add float32) {
	for i := range d {
		d[i] = x[i]*mul + add
	}
}

func relu(d, x []float32) {
	for i := range d {
		d[i] = max(x[i], 0)
	}
}

func step(d, x []float32) {
	for i := range d {
		var s float32
		if x[i] > 0 {
			s = 1
		}
		d[i] = s
	}
}

func exp(d, x []float32)  { each64(d, x, math.Exp) }
func log(d, x []float32)  { each64(d, x, math.Log) }
func sqrt(d, x []float32) { each64(d, x, math.Sqrt) }
func tanh(d, x []float32) { each64(d, x, math.Tanh) }

// each64 goes through float64, as the math package does.
func each64(d, x []float32, f func(float64) float64) {
	for i := range d {
		d[i] = float32(f(float64(x[i])))
	}
}

// Gelu in its tanh form is x·σ(2u) with u = sqrt(2/π)·(x + 0.044715x³), because
// (1+tanh u)/2 = σ(2u). The sigmoid loses no digits where the tanh nears -1.
const (
	gelu2A = 2 * 0.7978845608028654
	geluB  = 0.044715
)

func gelu(d, x []float32) {
	for i := range d {
		v := float64(x[i])
		d[i] = float32(v / (1 + math.Exp(-gelu2A*(v+geluB*v*v*v))))
	}
}

// With s = σ(2u): slope = s + x·s·(1-s)·(2u)'.
func geluSlope(d, x []float32) {
	for i := range d {
		v := float64(x[i])
		s := 1 / (1 + math.Exp(-gelu2A*(v+geluB*v*v*v)))
		d[i] = float32(s + v*s*(1-s)*gelu2A*(1+3*geluB*v*v))
	}
}

// Gelu with the exact Φ(x) = erfc(-x/√2)/2.
func geluErf(d, x []float32) {
	for i := range d {
		v := float64(x[i])
		d[i] = float32(v * 0.5 * math.Erfc(-v/math.Sqrt2))
	}
}

// slope = Φ(x) + x·φ(x)
func geluErfSlope(d, x []float32) {
	for i := range d {
		v := float64(x[i])
		d[i] = float32(0.5*math.Erfc(-v/math.Sqrt2) + v*math.Exp(-v*v/2)*bell)
	}
}

// In single precision the tail Φ(-a) of a >= 0 is e^(-a²/2) · t·P(t) with t = 1/(1 + tailP·a) and P of degree 8, whose
// error is below 2e-8 of the tail's size (fitted by minimax to the scaled erfc; the form is that of Abramowitz and
// Stegun, 7.1.26). Then x·Φ(x) = max(x, 0) - |x|·Φ(-|x|), which loses no digits on either side.
const (
	bell  = 0.3989422804014327 // φ(0) = 1/√(2π)
	tailP = 0.21213203435596423
)

var tailC = [...]float32{-0.06471708932885044, 0.2425484715820947, -0.2556137475783939, 0.2731981474072526, -0.046816076149756664,
	0.10721834181200893, 0.07424115989076749, 0.08534597577075256, 0.08459480687073881} // highest first
