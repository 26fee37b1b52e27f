package main

// The matrices of F(4x4, 3x3): arXiv:1509.09308, section 4.2.
var (
	patchMatrix = [][]float64{ // Bᵀ
		{4, 0, -5, 0, 1, 0},
		{0, -4, -4, 1, 1, 0},
		{0, 4, -4, -1, 1, 0},
		{0, -2, -1, 2, 1, 0},
		{0, 2, -1, -2, 1, 0},
		{0, 4, 0, -5, 0, 1},
	}
	backMatrix = [][]float64{ // Aᵀ
		{1, 1, 1, 1, 1, 0},
		{0, 1, -1, 2, -2, 0},
		{0, 1, 1, 4, 4, 0},
		{0, 1, -1, 8, -8, 1},
	}
	blameMatrix = [][]float64{ // A
		{1, 0, 0, 0},
		{1, 1, 1, 1},
		{1, -1, 1, -1},
		{1, 2, 4, 8},
		{1, -2, 4, -8},
		{0, 0, 0, 1},
	}
)

// turns checks y = M x Mᵀ for each channel of each tile of a strip. Tiles are 4 pixels apart
// in a picture, whose rows are longer than the strip; the turned are [spot, tile, channel],
// among more tiles. If back, x is the turned, and otherwise the picture.
func turns(matrix [][]float64, back bool) check {
	return func(m machine, kernel string) {
		for tiles := 1; tiles <= 3; tiles++ {
			for wide := 1; wide <= 3; wide++ {
				ch := wide * 4
				row, tile, spot := (tiles*4+3)*ch, ch+4, (tiles+1)*(ch+4)
				picture := func(t, i, j, c int) int { return i*row + (4*t+j)*ch + c }
				turned := func(t, i, j, c int) int { return (6*i+j)*spot + t*tile + c }
				from, x := picture, quarters(6*row)
				to, y := turned, out(quarters(36*spot))
				if back {
					from, to, x, y = turned, picture, y, x
				}
				want := doubles(y)
				for t := range tiles {
					for c := range ch {
						sandwich(matrix, func(i, j int) float64 { return float64(x[from(t, i, j, c)]) },
							func(i, j int, y float64) { want[to(t, i, j, c)] = y })
					}
				}
				m.call(kernel, y, x, tiles, wide, row*float, ch*float, spot*float, tile*float)
				m.want(y, want, 0)
			}
		}
	}
}

// sandwich computes the elements of M x Mᵀ and passes each to set.
func sandwich(m [][]float64, x func(i, j int) float64, set func(i, j int, y float64)) {
	for i, left := range m {
		for j, right := range m {
			var y float64
			for p := range left {
				for q := range right {
					y += left[p] * x(p, q) * right[q]
				}
			}
			set(i, j, y)
		}
	}
}

// stacks checks y = M x for each float of each tile of a stack. A tile is 4 rows of an image
// and the patch of 6 begins with it; the turned are [spot, tile, row], among more tiles.
func stacks(matrix [][]float64, back bool) check {
	return func(m machine, kernel string) {
		for tiles := 1; tiles <= 3; tiles++ {
			for wide := 1; wide <= 3; wide++ {
				row := wide * 4
				spot := (tiles + 1) * row
				image := func(t, i, c int) int { return (4*t+i)*row + c }
				turned := func(t, i, c int) int { return i*spot + t*row + c }
				from, x := image, quarters((4*tiles+2)*row)
				to, y := turned, out(quarters(6*spot))
				if back {
					from, to, x, y = turned, image, y, x
				}
				want := doubles(y)
				for i := range tiles * row {
					t, c := i/row, i%row
					for r, line := range matrix {
						want[to(t, r, c)] = 0
						for k, factor := range line {
							want[to(t, r, c)] += factor * float64(x[from(t, k, c)])
						}
					}
				}
				m.call(kernel, y, x, tiles, wide, spot*float)
				m.want(y, want, 0)
			}
		}
	}
}
