package baseline

import "gonum.org/v1/gonum/mat"

// sparse is rows of which most numbers are zero, [n, width]: those of row i are value[begin[i]:begin[i+1]], in columns
// that ascend.
type sparse struct {
	width  int
	begin  []int
	column []int32
	value  []float32
}

func newSparse(width int) *sparse { return &sparse{width: width, begin: []int{0}} }

func (s *sparse) len() int { return len(s.begin) - 1 }

// row is the columns of row i, and what they hold.
func (s *sparse) row(i int) ([]int32, []float32) {
	return s.column[s.begin[i]:s.begin[i+1]], s.value[s.begin[i]:s.begin[i+1]]
}

// end ends a row, to which columns and values were appended.
func (s *sparse) end() { s.begin = append(s.begin, len(s.column)) }

// pick copies the rows at, without columns that are empty in them; place is where each column went, or -1.
func (s *sparse) pick(at []int) (p *sparse, place []int32) {
	place = make([]int32, s.width)
	for _, i := range at {
		columns, _ := s.row(i)
		for _, c := range columns {
			place[c] = 1
		}
	}
	p = newSparse(0)
	for c, used := range place {
		place[c] = -1
		if used == 1 {
			place[c] = int32(p.width)
			p.width++
		}
	}
	for _, i := range at {
		columns, values := s.row(i)
		for _, c := range columns {
			p.column = append(p.column, place[c])
		}
		p.value = append(p.value, values...)
		p.end()
	}
	return p, place
}

// Dims counts the bias, which every row has, as one more column.
func (s *sparse) Dims() (n, d int) { return s.len(), s.width + 1 }

// Times is x·w.
func (s *sparse) Times(w *mat.Dense) *mat.Dense {
	_, k := w.Dims()
	out, from := mat.NewDense(max(s.len(), 1), k, nil), w.RawMatrix().Data
	for i := range s.len() {
		to := out.RawRowView(i)
		copy(to, from[s.width*k:])
		columns, values := s.row(i)
		for j, c := range columns {
			v := float64(values[j])
			for e, one := range from[int(c)*k:][:k] {
				to[e] += v * one
			}
		}
	}
	return out
}

// Across is xᵀ·p.
func (s *sparse) Across(p *mat.Dense) *mat.Dense {
	_, k := p.Dims()
	out := mat.NewDense(s.width+1, k, nil)
	to := out.RawMatrix().Data
	for i := range s.len() {
		row := p.RawRowView(i)
		for e, one := range row {
			to[s.width*k+e] += one
		}
		columns, values := s.row(i)
		for j, c := range columns {
			v, sum := float64(values[j]), to[int(c)*k:][:k]
			for e, one := range row {
				sum[e] += v * one
			}
		}
	}
	return out
}
