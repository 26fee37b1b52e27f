package anomaly

import (
	"math"
	"slices"
)

// ChangePoints are the times at which the means of x [times][features] change: PELT (Killick et al., 2012,
// arXiv:1101.1438) with squared errors, no two less than least apart. A change must pay its penalty; 0 is that of BIC, by the
// noise that differences from one time to the next show, and by how long that noise lasts: what wanders is no change.
func ChangePoints(x [][]float64, least int, penalty float64) []int {
	n := len(x)
	least = max(least, 1)
	if n < 2*least {
		return nil
	}
	width := len(x[0])
	sum, squares := make([][]float64, n+1), make([]float64, n+1)
	sum[0] = make([]float64, width)
	noise := spreads(x)
	for t := range n {
		sum[t+1] = slices.Clone(sum[t])
		squares[t+1] = squares[t]
		for k, v := range x[t] {
			v /= noise[k]
			sum[t+1][k] += v
			squares[t+1] += v * v
		}
	}
	cost := func(from, until int) float64 {
		c := squares[until] - squares[from]
		for k := range width {
			s := sum[until][k] - sum[from][k]
			c -= s * s / float64(until-from)
		}
		return c
	}
	if penalty == 0 {
		penalty = 2 * float64(width+1) * math.Log(float64(n))
	}
	best, before := make([]float64, n+1), make([]int, n+1)
	best[0] = -penalty
	for t := 1; t <= n; t++ {
		best[t] = math.Inf(1)
	}
	from := []int{0}
	for t := least; t <= n; t++ {
		for _, s := range from {
			if c := best[s] + cost(s, t) + penalty; c < best[t] {
				best[t], before[t] = c, s
			}
		}
		from = slices.DeleteFunc(from, func(s int) bool { return best[s]+cost(s, t) > best[t] })
		if s := t - least + 1; s >= least && !math.IsInf(best[s], 1) {
			from = append(from, s)
		}
	}
	var changes []int
	for t := before[n]; t > 0; t = before[t] {
		changes = append(changes, t)
	}
	slices.Reverse(changes)
	return changes
}

// lasting is by how much a mean of many readings sways more than one of as many that know nothing of each other: 1/(1-ρ)
// if each is ρ times the one before and something new. ρ is estimated from differences, which changes affect little.
func lasting(x [][]float64, k int) float64 {
	var own, next float64
	for t := 2; t < len(x); t++ {
		a, b := x[t-1][k]-x[t-2][k], x[t][k]-x[t-1][k]
		own += a * a
		next += a * b
	}
	rho := 0.0
	if own > 0 {
		rho = 1 + 2*next/own
	}
	return 1 / (1 - min(max(rho, 0), 0.95))
}

// spreads is the noise of each feature: the median of its steps, which changes of the mean hardly sway.
func spreads(x [][]float64) []float64 {
	out := make([]float64, len(x[0]))
	for k := range out {
		steps := make([]float64, len(x)-1)
		for t := range steps {
			steps[t] = math.Abs(x[t+1][k] - x[t][k])
		}
		slices.Sort(steps)
		if out[k] = steps[len(steps)/2] / (0.6745 * math.Sqrt2) * lasting(x, k); out[k] <= 0 {
			out[k] = 1e-9
			for _, s := range steps {
				out[k] = max(out[k], s)
			}
		}
	}
	return out
}
