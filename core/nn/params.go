// Package nn is layers. A layer is a struct whose exported fields are Params or
// other layers, and a Forward that reads like its formula.
package nn

import (
	"fmt"
	"iter"
	"math"
	"reflect"
	"strings"
	"unicode"

	"autodidact/core/autograd"
	"autodidact/core/kernel"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

// Params walks m and yields each Param with its path, like "encoder.blocks.0.weight".
// Order is field order: the same on every run. A Param reached twice is yielded once.
func Params(m any) iter.Seq2[string, *autograd.Param] {
	return func(yield func(string, *autograd.Param) bool) {
		seen := map[*autograd.Param]bool{}
		walk("", reflect.ValueOf(m), func(path string, p *autograd.Param) bool {
			if seen[p] {
				return true
			}
			seen[p] = true
			return yield(path, p)
		})
	}
}

func walk(path string, v reflect.Value, yield func(string, *autograd.Param) bool) bool {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			return true
		}
		if p, ok := v.Interface().(*autograd.Param); ok {
			return yield(path, p)
		}
		return walk(path, v.Elem(), yield)
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if f.IsExported() && !walk(join(path, snake(f.Name)), v.Field(i), yield) {
				return false
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			if !walk(join(path, fmt.Sprint(i)), v.Index(i), yield) {
				return false
			}
		}
	}
	return true
}

// snake turns RunningMean into running_mean, as PyTorch spells it.
func snake(s string) string {
	var b strings.Builder
	for i, c := range s {
		if unicode.IsUpper(c) {
			if i > 0 {
				b.WriteByte('_')
			}
			c = unicode.ToLower(c)
		}
		b.WriteRune(c)
	}
	return b.String()
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// Place moves every Param of m to b, where training needs it.
func Place(b kernel.Backend, m any) {
	for _, p := range Params(m) {
		if h, ok := p.Value.Buf.(kernel.Host); ok {
			buf := b.Alloc(len(h))
			b.Write(buf, h)
			p.Value.Buf = buf
		}
	}
}

// Normal makes a Param drawn from a bell of the given width.
func Normal(r *rng.Rand, std float64, shape ...int) *autograd.Param {
	d := make([]float32, tensor.Shape(shape).Size())
	for i := range d {
		d[i] = float32(r.NormFloat64() * std)
	}
	return &autograd.Param{Value: tensor.Float32s(d, shape...)}
}

// Zeros makes a Param of zeros.
func Zeros(shape ...int) *autograd.Param {
	return &autograd.Param{Value: tensor.Float32s(make([]float32, tensor.Shape(shape).Size()), shape...)}
}

// Linear is y = x·W + b.
type Linear struct{ Weight, Bias *autograd.Param }

func NewLinear(r *rng.Rand, in, out int) *Linear {
	return &Linear{Normal(r, math.Sqrt(2/float64(in)), in, out), Zeros(out)}
}

func (l *Linear) Forward(x autograd.Var) autograd.Var { return x.MatMul(l.Weight).Add(l.Bias) }

// MLP is Linear, Relu, Linear.
type MLP struct{ In, Out *Linear }

func NewMLP(r *rng.Rand, in, hidden, out int) *MLP {
	return &MLP{NewLinear(r, in, hidden), NewLinear(r, hidden, out)}
}

func (m *MLP) Forward(x autograd.Var) autograd.Var { return m.Out.Forward(m.In.Forward(x).Relu()) }

// An Encoder turns inputs into features [batch, positions, width]. It is what
// self-supervision is for: heads are thrown away, the encoder is kept.
type Encoder interface {
	Encode(x autograd.Var) autograd.Var
	Width() int
}

// Pool averages positions: [batch, positions, width] to [batch, width].
func Pool(h autograd.Var) autograd.Var {
	return h.Mean(1).Reshape(h.Dim(0), h.Dim(2))
}

// Follow moves slow towards fast: slow = m*slow + (1-m)*fast. Both have the same shape of layers.
func Follow(a *tensor.Arena, slow, fast any, m float32) {
	next, stop := iter.Pull2(Params(fast))
	defer stop()
	for _, s := range Params(slow) {
		_, f, _ := next()
		mix := a.Add(a.Scale(s.Value, m, 0), a.Scale(f.Value, 1-m, 0))
		a.Copy(s.Value.Buf, mix.Buf, kernel.Layout{Dims: []int{mix.Shape.Size()}, X: []int{1}})
	}
}

// Unit scales rows to length one.
func Unit(x autograd.Var) autograd.Var {
	eps := x.Tape().Input(tensor.Float32s([]float32{1e-8}, 1))
	return x.Div(x.Mul(x).Sum(-1).Add(eps).Sqrt())
}
