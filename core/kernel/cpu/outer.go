package cpu

// outer runs a sweep of columns whose panels of b lie side by side (their distance is nr). Rows of b that end in half a panel are packed first, so that nothing past them is read.
func (b *Backend) outer(s sweep) {
	if s.n%nr == 0 {
		b.tiles(s)
		return
	}
	steps := s.segments * s.k
	p := s
	p.b, p.bCols = b.take(steps*up(s.n, nr)), columns{nr, steps * nr}
	b.pack(p.b, s.b, steps, s.bCols.step, s.n)
	b.tiles(p)
	b.put(p.b)
}
