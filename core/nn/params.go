// Package nn is layers. A layer is a struct whose exported fields are Params or
// other layers, and a Forward that reads like its formula.
package nn

import (
	"iter"
	"reflect"
	"strconv"
	"strings"
	"unicode"

	"autodidact/core/autograd"
	"autodidact/core/kernel"
	"autodidact/core/tensor"
)

// Params walks m and yields each Param with its path, like "encoder.layer1.0.conv1.weight".
// Order is field order: the same on every run. A Param reached twice is yielded once.
// A field's name becomes small letters, unless its tag says param:"Name".
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
			under := join(path, name(f))
			if f.Anonymous { // what is embedded is part of the whole, as in encoding/json
				under = path
			}
			if f.IsExported() && !walk(under, v.Field(i), yield) {
				return false
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			if !walk(join(path, strconv.Itoa(i)), v.Index(i), yield) {
				return false
			}
		}
	}
	return true
}

func name(f reflect.StructField) string {
	if tag, ok := f.Tag.Lookup("param"); ok {
		return tag
	}
	return snake(f.Name)
}

// snake turns RunningMean into running_mean and BN1 into bn1, as PyTorch spells them.
func snake(s string) string {
	var b strings.Builder
	small := false // the letter before was
	for _, c := range s {
		if unicode.IsUpper(c) && small {
			b.WriteByte('_')
		}
		small = !unicode.IsUpper(c)
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// Place moves every Param of m from the host to b, where training needs it. A
// Param already on another kind of backend stays where it is.
func Place(b kernel.Backend, m any) {
	for _, p := range Params(m) {
		if h, ok := p.Value.Buf.(kernel.Host); ok {
			buf := b.Alloc(len(h))
			b.Write(buf, h)
			p.Value = &tensor.Tensor{Shape: p.Value.Shape, DType: p.Value.DType, Buf: buf}
		}
	}
}
