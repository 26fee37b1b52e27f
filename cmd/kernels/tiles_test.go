package main

// tileSizes are of sums that end in every remainder of a turn of steps.
var tileSizes = func() (all []tileSize) {
	for _, k := range []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 31, 64} {
		for _, segments := range []int{1, 3} {
			for _, add := range []bool{false, true} {
				all = append(all, tileSize{k, segments, 1 + k%3, 1 + k%2 + segments/3, add})
			}
		}
	}
	return all
}()

type tileSize struct {
	k, segments, tiles, panels int
	add                        bool
}

const nr = 8 // columns of a panel

// product checks c[rows[i]+j] (+)= Σ a(i, segment, step) · b(segment, step, j), of m rows that
// lie in c in any order and apart. call gets c and rows.
func (s tileSize) product(m machine, rows int, a func(i, segment, step int) float32, b func(segment, step, j int) float32, call func(c out, rows []int)) {
	n := s.panels * nr
	at := dice.Perm(rows)
	for i := range at {
		at[i] *= n + 3
	}
	c := quarters(rows * (n + 3))
	want := doubles(c)
	for i := range rows {
		for j := range n {
			w := &want[at[i]+j]
			if !s.add {
				*w = 0
			}
			for t := range s.segments * s.k {
				*w += float64(a(i, t/s.k, t%s.k)) * float64(b(t/s.k, t%s.k, j))
			}
		}
	}
	call(c, at)
	m.want(c, want, 0)
}

// rowTiles: rows of a lie anywhere, b is packed [panels, segments, k, nr].
func rowTiles(height int) check {
	return func(m machine, kernel string) {
		for _, s := range tileSizes {
			rows, segment := s.tiles*height, s.k+s.k%4
			x := quarters(5*rows + s.segments*segment)
			b := quarters(s.panels * s.segments * s.k * nr)
			at := dice.Perm(5 * rows)[:rows]
			s.product(m, rows,
				func(i, part, step int) float32 { return x[at[i]+part*segment+step] },
				func(segment, step, j int) float32 { return b[((j/nr*s.segments+segment)*s.k+step)*nr+j%nr] },
				func(c out, to []int) {
					m.call(kernel, c, to, s.add, x, at, s.k, s.segments, segment, b, s.tiles, s.panels)
				})
		}
	}
}

// columnTiles: the numbers of a step lie side by side in a, and in each panel of b.
func columnTiles(height int) check {
	return func(m machine, kernel string) {
		for _, s := range tileSizes {
			rows, steps := s.tiles*height, s.k*s.segments
			aStep, bStep, bPanel := rows+1, s.panels*nr+2, nr // as they lie in rows
			if s.k%2 == 0 {
				bStep, bPanel = nr, steps*nr // packed
			}
			segment := s.k*aStep + 7
			a := quarters(s.segments * segment)
			b := quarters((s.panels-1)*bPanel + (steps-1)*bStep + nr)
			s.product(m, rows,
				func(i, n, step int) float32 { return a[n*segment+step*aStep+i] },
				func(n, step, j int) float32 { return b[j/nr*bPanel+(n*s.k+step)*bStep+j%nr] },
				func(c out, to []int) {
					m.call(kernel, c, to, s.add, a, aStep, s.k, s.segments, segment, b, bStep, bPanel, s.tiles, s.panels)
				})
		}
	}
}
