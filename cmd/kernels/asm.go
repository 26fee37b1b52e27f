package main

import (
	"encoding/binary"
	"math"
	"slices"
)

// The assembler: as much of WebAssembly's binary format as the kernels need. An expr
// is code that leaves one value; a function is built of statements that leave none.

type expr []byte

type kind byte

const (
	i32  kind = 0x7f
	f32  kind = 0x7d
	v128 kind = 0x7b
)

// A local is a variable of a function. Parameters come first.
type local struct {
	index uint32
	kind  kind
}

type function struct {
	name   string
	params int
	locals []kind
	code   []byte
}

// param declares the next parameter, an i32. All come before the first variable.
func (f *function) param() local { return f.scalar(i32) }

// scalar declares the next parameter.
func (f *function) scalar(k kind) local {
	f.params++
	return f.variable(k)
}

// paramList declares n i32 parameters, and variables n variables.
func (f *function) paramList(n int) []local { return several(n, f.param) }
func (f *function) variables(n int, k kind) []local {
	return several(n, func() local { return f.variable(k) })
}
func several(n int, declare func() local) (all []local) {
	for range n {
		all = append(all, declare())
	}
	return all
}

func (f *function) variable(k kind) local {
	f.locals = append(f.locals, k)
	return local{uint32(len(f.locals) - 1), k}
}

func (f *function) emit(code ...byte) { f.code = append(f.code, code...) }

func (f *function) set(l local, x expr) {
	f.emit(x...)
	f.emit(op(0x21, l.index)...)
}

// times runs body n times.
func (f *function) times(n expr, body func()) {
	left := f.variable(i32)
	f.set(left, n)
	f.when(get(left), func() {
		f.emit(0x03, 0x40) // loop
		body()
		f.emit(tee(left, sub(get(left), number(1)))...)
		f.emit(op(0x0d, 0)...) // br_if to its top
		f.emit(0x0b)
	}, nil)
}

// when runs then if x is not 0, and otherwise the other, if there is one.
func (f *function) when(x expr, then, otherwise func()) {
	f.emit(x...)
	f.emit(0x04, 0x40)
	then()
	if otherwise != nil {
		f.emit(0x05)
		otherwise()
	}
	f.emit(0x0b)
}

func (f *function) store(at local, offset int, x expr) {
	f.emit(get(at)...)
	f.emit(x...)
	f.emit(memory(simd(0x0b), 2, offset)...)
}

// storeOne stores the first number of a vector.
func (f *function) storeOne(at local, x expr) {
	f.emit(get(at)...)
	f.emit(x...)
	f.emit(simd(0x1f)...)
	f.emit(0)
	f.emit(memory(expr{0x38}, 2, 0)...)
}

func get(l local) expr         { return op(0x20, l.index) }
func tee(l local, x expr) expr { return join(x, op(0x22, l.index)) }
func number(n int) expr        { return append(expr{0x41}, signed(n)...) }

func add(x, y expr) expr { return join(x, y, expr{0x6a}) }
func sub(x, y expr) expr { return join(x, y, expr{0x6b}) }
func mul(x, y expr) expr { return join(x, y, expr{0x6c}) }
func shr(x expr, n int) expr {
	return join(x, number(n), expr{0x76})
}
func and(x expr, n int) expr { return join(x, number(n), expr{0x71}) }

// move adds bytes to a pointer.
func (f *function) move(p local, bytes expr) { f.set(p, add(get(p), bytes)) }

// Loads of memory, offset bytes past a pointer. All is aligned to four bytes.
func load(at local, offset int) expr   { return join(get(at), memory(expr{0x28}, 2, offset)) }
func vload(at local, offset int) expr  { return join(get(at), memory(simd(0x00), 2, offset)) }
func vsplat(at local, offset int) expr { return join(get(at), memory(simd(0x09), 2, offset)) }

func zero() expr { return constant(0) }

// constant is x in all lanes, and integers the same of an integer.
func constant(x float32) expr { return integers(math.Float32bits(x)) }
func integers(x uint32) expr {
	return append(simd(0x0c), slices.Repeat(binary.LittleEndian.AppendUint32(nil, x), 4)...)
}

func lanes(x local) expr { return join(get(x), simd(0x13)) } // an f32 in all of them
// vpick makes a vector of four numbers of x (0 to 3) and y (4 to 7).
func vpick(x, y expr, from ...int) expr {
	code := simd(0x0d)
	for _, n := range from {
		code = append(code, byte(4*n), byte(4*n+1), byte(4*n+2), byte(4*n+3))
	}
	return join(x, y, code)
}

func vadd(x, y expr) expr           { return join(x, y, simd(0xe4)) }
func vsub(x, y expr) expr           { return join(x, y, simd(0xe5)) }
func vmul(x, y expr) expr           { return join(x, y, simd(0xe6)) }
func vdiv(x, y expr) expr           { return join(x, y, simd(0xe7)) }
func vsqrt(x expr) expr             { return join(x, simd(0xe3)) }
func relaxedMadd(x, y, z expr) expr { return join(x, y, z, simd(0x105)) } // x*y + z, rounded once or twice

// Of the two kinds of minimum and maximum these are the ones that x86 has. Where x is no
// number, neither is the result.
func vmin(x, y expr) expr { return join(x, y, simd(0xea)) }
func vmax(x, y expr) expr { return join(x, y, simd(0xeb)) }

// Comparisons make all bits 1 or 0; the rest is about bits.
func vless(x, y expr) expr         { return join(x, y, simd(0x43)) }
func both(x, y expr) expr          { return join(x, y, simd(0x4e)) }
func unless(x, not expr) expr      { return join(x, not, simd(0x4f)) }
func addInts(x, y expr) expr       { return join(x, y, simd(0xae)) }
func shiftInts(x expr, n int) expr { return join(x, number(n), simd(0xab)) }

func op(code byte, index uint32) expr { return append(expr{code}, unsigned(int(index))...) }
func simd(code int) expr              { return append(expr{0xfd}, unsigned(code)...) }
func memory(code expr, align, offset int) expr {
	return join(code, unsigned(align), unsigned(offset))
}
func join(parts ...expr) expr { return slices.Concat(parts...) }

// module writes a binary that imports memory go.mem and exports the functions.
func module(functions ...*function) []byte {
	var types, indices, exports, bodies [][]byte
	for i, f := range functions {
		index := unsigned(i)
		types = append(types, slices.Concat([]byte{0x60}, list(bytesOf(f.locals[:f.params])), []byte{0}))
		indices = append(indices, index)
		exports = append(exports, slices.Concat(text(f.name), []byte{0}, index))
		var locals [][]byte
		for _, k := range f.locals[f.params:] {
			locals = append(locals, []byte{1, byte(k)})
		}
		bodies = append(bodies, sized(slices.Concat(list(locals), f.code, []byte{0x0b})))
	}
	return slices.Concat(
		[]byte("\x00asm\x01\x00\x00\x00"),
		section(1, types),
		section(2, [][]byte{slices.Concat(text("go"), text("mem"), []byte{2, 0, 1})}),
		section(3, indices),
		section(7, exports),
		section(10, bodies),
	)
}

func section(id byte, items [][]byte) []byte { return append([]byte{id}, sized(list(items))...) }
func text(s string) []byte                   { return sized([]byte(s)) }
func sized(b []byte) []byte                  { return append(unsigned(len(b)), b...) }
func list(items [][]byte) []byte             { return append(unsigned(len(items)), slices.Concat(items...)...) }

func bytesOf(kinds []kind) [][]byte {
	var b [][]byte
	for _, k := range kinds {
		b = append(b, []byte{byte(k)})
	}
	return b
}

// unsigned and signed are LEB128, seven bits a byte, the lowest first.
func unsigned(n int) []byte {
	var b []byte
	for ; n >= 0x80; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	return append(b, byte(n))
}

func signed(n int) []byte {
	var b []byte
	for ; n < -0x40 || n >= 0x40; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	return append(b, byte(n)&0x7f)
}
