package cpu

func addSquares(acc, x, mean []float32) {
	for n := len(acc); len(x) > 0; x = x[n:] {
		for i := range acc {
			d := x[i] - mean[i]
			acc[i] += d * d
		}
	}
}

func addProducts(acc, dy, x, mean []float32) {
	for n := len(acc); len(x) > 0; x, dy = x[n:], dy[n:] {
		for i := range acc {
			acc[i] += dy[i] * (x[i] - mean[i])
		}
	}
}

// standardize writes y = (x-mean)*mul + add.
func standardize(y, x, mean, mul, add []float32) {
	for n := len(mean); len(x) > 0; x, y = x[n:], y[n:] {
		for i := range mean {
			y[i] = (x[i]-mean[i])*mul[i] + add[i]
		}
	}
}

func normGrad(dx, dy, x, mean, p, q, r []float32) {
	for n := len(mean); len(x) > 0; dx, dy, x = dx[n:], dy[n:], x[n:] {
		for i := range mean {
			dx[i] = dy[i]*p[i] + (x[i]-mean[i])*q[i] + r[i]
		}
	}
}
