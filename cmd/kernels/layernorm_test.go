package main

import "math"

// layerRows calls f with rows of every small width, with what the formulas make of each.
func layerRows(f func(rows, width int, x, gamma []float32, mean, rstd []float64, h []float64)) {
	for rows := 1; rows <= 3; rows++ {
		for width := 4; width <= 20; width += 4 {
			x, gamma := quarters(rows*width), quarters(width)
			mean, rstd, h := make([]float64, rows), make([]float64, rows), make([]float64, rows*width)
			for r := range rows {
				row := doubles(x[r*width:][:width])
				square := 0.0
				for _, v := range row {
					mean[r] += v / float64(width)
				}
				for _, v := range row {
					square += (v - mean[r]) * (v - mean[r]) / float64(width)
				}
				rstd[r] = 1 / math.Sqrt(square+0.5)
				for i, v := range row {
					h[r*width+i] = (v - mean[r]) * rstd[r]
				}
			}
			f(rows, width, x, gamma, mean, rstd, h)
		}
	}
}

func layerNorms(m machine, kernel string) {
	layerRows(func(rows, width int, x, gamma []float32, mean, rstd, h []float64) {
		beta, y, mu, r := quarters(width), make(out, rows*width), make(out, rows), make(out, rows)
		want := make([]float64, rows*width)
		for i := range want {
			want[i] = h[i]*float64(gamma[i%width]) + float64(beta[i%width])
		}
		m.call(kernel, rows, width/4, 1/float32(width), float32(0.5), y, mu, r, x, gamma, beta)
		m.want(y, want, 2e-6)
		m.want(mu, mean, 1e-6)
		m.want(r, rstd, 1e-6)
	})
}

func layerNormGrads(m machine, kernel string) {
	layerRows(func(rows, width int, x, gamma []float32, mean, rstd, h []float64) {
		dy, dx, dgamma, dbeta := quarters(rows*width), make(out, rows*width), out(quarters(width)), out(quarters(width))
		mu, r := make([]float32, rows), make([]float32, rows)
		want, wantGamma, wantBeta := make([]float64, rows*width), doubles(dgamma), doubles(dbeta)
		for a := range rows {
			mu[a], r[a] = float32(mean[a]), float32(rstd[a])
			level, tilt := 0.0, 0.0
			for i := range width {
				at := a*width + i
				g := float64(dy[at]) * float64(gamma[i])
				wantBeta[i] += float64(dy[at])
				wantGamma[i] += float64(dy[at]) * h[at]
				level += g / float64(width)
				tilt += g * h[at] / float64(width)
			}
			for i := range width {
				at := a*width + i
				want[at] = rstd[a] * (float64(dy[at])*float64(gamma[i]) - level - h[at]*tilt)
			}
		}
		m.call(kernel, rows, width/4, 1/float32(width), dx, dgamma, dbeta, dy, x, mu, r, gamma)
		m.want(dx, want, 5e-6)
		m.want(dgamma, wantGamma, 2e-6)
		m.want(dbeta, wantBeta, 2e-6)
	})
}
