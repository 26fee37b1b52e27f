package cpu

func sum(x []float32) float32 {
	var s float32
	for _, v := range x {
		s += v
	}
	return s
}

func dot(x, y []float32) float32 {
	var s float32
	for i, v := range x {
		s += v * y[i]
	}
	return s
}

func maximum(x []float32) float32 {
	m := x[0]
	for _, v := range x[1:] {
		m = max(m, v)
	}
	return m
}

func maxInto(d, x []float32) {
	for i := range d {
		d[i] = max(d[i], x[i])
	}
}

func addRow(d, x, row []float32) {
	for n := len(row); len(x) > 0; d, x = d[n:], x[n:] {
		add(d[:n], x[:n], row)
	}
}

func addRows(acc, x []float32) {
	for ; len(x) > 0; x = x[len(acc):] {
		add(acc, acc, x[:len(acc)])
	}
}
