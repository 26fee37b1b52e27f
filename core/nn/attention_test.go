package nn

import (
	"math"
	"testing"

	"autodidact/core/autograd"
	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

// slowAttention is the formula of Attention, one number at a time.
func slowAttention(l *Attention, x kernel.Host, batch, positions, width int) []float64 {
	project := func(p *Linear) (out []float64) {
		w, b := p.Weight.Value.Buf.(kernel.Host), p.Bias.Value.Buf.(kernel.Host)
		for row := range batch * positions {
			for j := range width {
				y := float64(b[j])
				for i := range width {
					y += float64(x[row*width+i]) * float64(w[i*width+j])
				}
				out = append(out, y)
			}
		}
		return out
	}
	q, k, v := project(l.Query), project(l.Key), project(l.Value)
	y, d := make([]float64, len(x)), width/l.heads
	for at := range batch * l.heads * positions { // one position of one head
		i, head, b := at%positions, at/positions%l.heads, at/positions/l.heads
		place := func(row int) int { return (b*positions+row)*width + head*d }
		weight, total := make([]float64, positions), 0.0
		for j := range positions {
			var dot float64
			for c := range d {
				dot += q[place(i)+c] * k[place(j)+c]
			}
			weight[j] = math.Exp(dot / math.Sqrt(float64(d)))
			total += weight[j]
		}
		for j := range positions {
			for c := range d {
				y[place(i)+c] += weight[j] / total * v[place(j)+c]
			}
		}
	}
	return y
}

func TestAttentionIsWhatTheSlowLoopSays(t *testing.T) {
	const batch, positions, width = 2, 7, 12
	r, b := rng.New(3), cpu.New()
	l := NewAttention(r, width, 3)
	x := Normal(r, 2, batch, positions, width).Value
	want := slowAttention(l, x.Buf.(kernel.Host), batch, positions, width)
	Place(b, l)
	tape := autograd.NewTape(b, r)
	defer tape.Free()
	got, err := tape.Download(t.Context(), l.Forward(tape.Input(x)).Value())
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range want {
		if math.Abs(float64(got[i])-w) > 1e-5 {
			t.Fatalf("element %d is %g, want %g", i, got[i], w)
		}
	}
}

func TestHeadsThatDoNotDivideTheWidthAreRefused(t *testing.T) {
	r, b := rng.New(1), cpu.New()
	l := NewAttention(r, 8, 3)
	Place(b, l)
	tape := autograd.NewTape(b, r)
	defer tape.Free()
	defer func() {
		if _, ok := recover().(*tensor.ShapeError); !ok {
			t.Error("8 channels went into 3 heads")
		}
	}()
	l.Forward(tape.Input(Ones(1, 2, 8).Value))
}

func TestAnEmbeddingLooksUpRowsAndLearnsThem(t *testing.T) {
	b := cpu.New()
	e := NewEmbedding(rng.New(1), 5, 2)
	table := append(kernel.Host(nil), e.Weight.Value.Buf.(kernel.Host)...)
	Place(b, e)
	tape := autograd.NewTape(b, rng.New(1))
	defer tape.Free()
	y := e.Forward(tape.Input(tensor.Int32s([]int32{4, 0, 4}, 1, 3)))
	got, _ := tape.Download(t.Context(), y.Value())
	for i, id := range []int{4, 0, 4} {
		if got[2*i] != table[2*id] || got[2*i+1] != table[2*id+1] {
			t.Errorf("token %d came out as %v", id, got[2*i:2*i+2])
		}
	}
	tape.Backward(y.Reshape(1, 6).Sum(1))
	grad, err := tape.Download(t.Context(), e.Weight.Grad)
	if want := []float32{1, 1, 0, 0, 0, 0, 0, 0, 2, 2}; err != nil || !close(grad, want) {
		t.Errorf("gradient %v (%v), want %v", grad, err, want)
	}
}
