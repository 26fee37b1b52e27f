package view

// Turn writes square picture src, [size, size, 3], to dst turned counter-clockwise by
// quarters of a full turn, 0 to 3. No value changes, only places.
func Turn(dst, src []float32, size, quarters int) {
	for y := range size {
		for x := range size {
			fx, fy := x, y // where the pixel comes from
			for range quarters & 3 {
				fx, fy = size-1-fy, fx
			}
			copy(dst[(y*size+x)*3:][:3], src[(fy*size+fx)*3:][:3])
		}
	}
}
