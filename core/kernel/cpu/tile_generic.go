package cpu

// rowTile multiplies rows of a by the panel b.
func rowTile(t *tile) {
	for r := range mr {
		var acc [nr]float32
		c := (*[nr]float32)(t.c[t.row[r]:])
		if t.add {
			acc = *c
		}
		b := t.b
		for s := range t.segments {
			for _, v := range t.a[t.at[r]+s*t.segment:][:t.k] {
				q := (*[nr]float32)(b)
				for j := range acc {
					acc[j] += v * q[j]
				}
				b = b[nr:]
			}
		}
		*c = acc
	}
}

// panelTile multiplies columns of a by rows of b.
func panelTile(t *tile) {
	var acc [mr][nr]float32
	for r := range acc {
		if t.add {
			acc[r] = [nr]float32(t.c[t.row[r]:])
		}
	}
	for i := range t.segments * t.k {
		p, q := (*[mr]float32)(t.a[i/t.k*t.segment+i%t.k*t.aStep:]), (*[nr]float32)(t.b[i*t.bStep:])
		for r := range acc {
			for j := range acc[r] {
				acc[r][j] += p[r] * q[j]
			}
		}
	}
	for r := range acc {
		*(*[nr]float32)(t.c[t.row[r]:]) = acc[r]
	}
}
