package optim

import "math"

// A problem is a function to go down, with its gradient.
type problem struct {
	name  string
	start []float64
	value func(x []float64) float64
	grad  func(x []float64) []float64
}

var problems = []problem{
	{
		name: "quadratic", start: []float64{3, -2},
		value: func(x []float64) float64 { return x[0]*x[0] + 10*x[1]*x[1] },
		grad:  func(x []float64) []float64 { return []float64{2 * x[0], 20 * x[1]} },
	},
	{
		name: "Rosenbrock", start: []float64{-1.2, 1},
		value: func(x []float64) float64 {
			return math.Pow(1-x[0], 2) + 100*math.Pow(x[1]-x[0]*x[0], 2)
		},
		grad: func(x []float64) []float64 {
			d := x[1] - x[0]*x[0]
			return []float64{-2*(1-x[0]) - 400*x[0]*d, 200 * d}
		},
	},
}
