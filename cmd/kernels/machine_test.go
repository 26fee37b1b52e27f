package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// A machine runs the plain module natively. wazero knows no relaxed instructions; the
// relaxed module differs in madd alone.
type machine struct {
	*testing.T
	kernels api.Module
	memory  api.Memory
}

const pages = 2 // of 64 KiB each

// newMachine gives the module a memory to import, as Go's is in a tab.
func newMachine(t *testing.T, binary []byte) machine {
	ctx, run := t.Context(), wazero.NewRuntime(t.Context())
	t.Cleanup(func() { run.Close(context.Background()) })
	memory := slices.Concat(
		[]byte("\x00asm\x01\x00\x00\x00"),
		section(5, [][]byte{{0, pages}}),
		section(7, [][]byte{slices.Concat(text("mem"), []byte{2, 0})}),
	)
	host, err := run.InstantiateWithConfig(ctx, memory, wazero.NewModuleConfig().WithName("go"))
	if err != nil {
		t.Fatal(err)
	}
	kernels, err := run.InstantiateWithConfig(ctx, binary, wazero.NewModuleConfig().WithName("kernels"))
	if err != nil {
		t.Fatal(err)
	}
	return machine{t, kernels, host.ExportedMemory("mem")}
}

// An out is an operand that a kernel may write.
type out []float32

// call runs a kernel on copies of its operands in a memory otherwise full of NaNs. Then outs
// hold what was written to theirs, and nothing else may have changed. A slice given twice
// is one operand.
func (m machine) call(kernel string, args ...any) {
	m.Helper()
	image := bytes.Repeat([]byte{0xff}, int(m.memory.Size()))
	next, at := 4, map[any]int{} // by the address of the first element
	place := func(first, data any) uint64 {
		if _, ok := at[first]; !ok {
			n, err := binary.Encode(image[next:], binary.LittleEndian, data)
			if err != nil {
				m.Fatalf("%s: operands are more than the memory holds: %v", kernel, err)
			}
			at[first] = next
			next += n + 4*5 // apart, and aligned to four bytes only
		}
		return uint64(at[first])
	}
	var stack []uint64
	for _, arg := range args {
		switch x := arg.(type) {
		case int:
			stack = append(stack, api.EncodeI32(int32(x)))
		case bool:
			stack = append(stack, map[bool]uint64{true: 1}[x])
		case float32:
			stack = append(stack, api.EncodeF32(x))
		case []int:
			stack = append(stack, place(&x[0], int64s(x)))
		case []float32:
			stack = append(stack, place(&x[0], x))
		case out:
			stack = append(stack, place(&x[0], []float32(x)))
		default:
			m.Fatalf("%s: %T is no argument", kernel, arg)
		}
	}
	m.memory.Write(0, image)
	if _, err := m.kernels.ExportedFunction(kernel).Call(m.Context(), stack...); err != nil {
		m.Fatalf("%s: %v", kernel, err)
	}
	after, _ := m.memory.Read(0, m.memory.Size())
	for _, arg := range args {
		if x, ok := arg.(out); ok {
			begin := at[&x[0]]
			binary.Decode(after[begin:], binary.LittleEndian, []float32(x))
			copy(image[begin:], after[begin:begin+4*len(x)])
		}
	}
	if !bytes.Equal(image, after) {
		m.Fatalf("%s wrote to memory that is not its own", kernel)
	}
}

// int64s is ints as Go lays them out on wasm.
func int64s(x []int) []int64 {
	y := make([]int64, len(x))
	for i := range x {
		y[i] = int64(x[i])
	}
	return y
}

// want compares, within an error relative to what is wanted or to 1: 0 where operands are
// such that nothing rounds.
func (m machine) want(got []float32, want []float64, within float64) {
	m.Helper()
	for i, w := range want {
		if !(math.Abs(float64(got[i])-w) <= within*max(1, math.Abs(w))) {
			m.Fatalf("element %d of %d is %v, want %v", i, len(want), got[i], w)
		}
	}
}

var dice = rand.New(rand.NewPCG(1, 1))

// quarters are n numbers from -4 to 4. Products and sums of them are exact.
func quarters(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(dice.IntN(33)-16) / 4
	}
	return x
}

func doubles(x []float32) []float64 {
	y := make([]float64, len(x))
	for i := range x {
		y[i] = float64(x[i])
	}
	return y
}
