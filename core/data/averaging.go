package data

// flush ends the rows that are averaged to one. When too many readings are held, each two rows become one.
func (w *wideTable) flush() {
	if w.begun == 0 {
		return
	}
	for k := range w.sum {
		v := nan
		if w.count[k] > 0 {
			v = float32(w.sum[k] / w.count[k])
		}
		w.x = append(w.x, v)
		w.sum[k], w.count[k] = 0, 0
	}
	w.begun = 0
	if len(w.x) >= w.most {
		w.halve()
	}
}

// halve makes one row of each two: a reading is the mean of those that are there, the time the first, the label the last.
func (w *wideTable) halve() {
	c := len(w.plan.channels)
	rows := len(w.x) / c / 2
	for row := range rows {
		for k := range c {
			a, b := w.x[2*row*c+k], w.x[(2*row+1)*c+k]
			switch {
			case a != a:
				a = b
			case b == b:
				a = a/2 + b/2
			}
			w.x[row*c+k] = a
		}
	}
	w.x = w.x[:rows*c]
	thin := func(from int, n int, move func(to, from int)) {
		for row := range n {
			move(row, 2*row+from)
		}
	}
	if w.times != nil {
		thin(0, rows, func(to, from int) { w.times[to] = w.times[from] })
		w.times = w.times[:rows]
	}
	if w.class != nil {
		thin(1, rows, func(to, from int) { w.class[to] = w.class[from] })
		w.class = w.class[:rows]
	}
	for _, p := range w.parts {
		thin(0, rows, func(to, from int) { p.of[to] = p.of[from] })
		p.of = p.of[:rows]
	}
	w.every *= 2
}
