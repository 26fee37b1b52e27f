package torchfile

import (
	"fmt"

	"autodidact/core/kernel"
	"autodidact/core/tensor"
)

// A storage is numbers in a row that tensors are parts of.
type storage struct {
	key    string
	dtype  string // as safetensors calls it, or PyTorch where that has none
	count  int64
	words  kernel.Host // once read
	as     tensor.DType
	beyond bool // a number of it does not fit 32 bits
}

// A tensorRef is a tensor that lies in a storage: element i, j, … at offset + i·strides[0] + j·strides[1] + …
type tensorRef struct {
	of             *storage
	offset         int64
	shape, strides []int64
}

// What tensors may be.
const (
	maxRank    = 8
	maxNumbers = 1 << 29 // 2 GiB as float32
)

// calls are the functions and classes whose results are known, with what gives them.
var calls map[global]func(m *machine, args tuple) (any, error)

func init() {
	calls = map[global]func(m *machine, args tuple) (any, error){
		{"torch._utils", "_rebuild_tensor"}:               (*machine).rebuilt,
		{"torch._utils", "_rebuild_tensor_v2"}:            (*machine).rebuilt,
		{"torch._utils", "_rebuild_parameter"}:            (*machine).firstOf,
		{"torch._utils", "_rebuild_parameter_with_state"}: (*machine).firstOf,
		{"torch", "Size"}:                                 (*machine).firstOf,
		{"torch._tensor", "_rebuild_from_type_v2"}:        (*machine).ofType,
		{"collections", "OrderedDict"}:                    (*machine).ordered,
	}
}

// result is what a call gives.
func (m *machine) result(of global, args tuple) (any, error) {
	if do := calls[of]; do != nil {
		return do(m, args)
	}
	return &object{of}, nil
}

func (m *machine) firstOf(args tuple) (any, error) {
	if len(args) == 0 {
		return nil, m.bad("a call without what it is about")
	}
	return args[0], nil
}

// ofType rebuilds a tensor of a class of its own: (function, class, arguments, state).
func (m *machine) ofType(args tuple) (any, error) {
	if len(args) >= 3 {
		of, is := args[0].(global)
		inner, are := args[2].(tuple)
		if is && are && of.name != "_rebuild_from_type_v2" {
			return m.result(of, inner)
		}
	}
	return nil, m.bad("a tensor of a class of its own is not as PyTorch writes it")
}

// ordered makes a dict of a list of pairs, or an empty one.
func (m *machine) ordered(args tuple) (any, error) {
	d := &dict{}
	if len(args) == 0 {
		return d, nil
	}
	pairs, ok := args[0].(*list)
	if !ok {
		return nil, m.bad("an OrderedDict of what is no list")
	}
	for _, p := range pairs.values {
		var pair []any
		switch p := p.(type) {
		case tuple:
			pair = p
		case *list:
			pair = p.values
		}
		if len(pair) != 2 {
			return nil, m.bad("an OrderedDict of what are no pairs")
		}
		d.set(pair[0], pair[1])
	}
	return d, nil
}

// rebuilt is a tensor: (storage, offset, shape, strides, …).
func (m *machine) rebuilt(args tuple) (any, error) {
	if len(args) < 4 {
		return nil, m.bad("a tensor has %d arguments", len(args))
	}
	of, isStorage := args[0].(*storage)
	offset, isNumber := args[1].(int64)
	shape, isShape := whole(args[2])
	strides, isStrides := whole(args[3])
	if !isStorage || !isNumber || !isShape || !isStrides || len(shape) != len(strides) {
		return nil, m.bad("a tensor is not as PyTorch writes it")
	}
	x := &tensorRef{of, offset, shape, strides}
	if why := x.wrong(); why != "" {
		return nil, m.bad("a tensor of shape %v and strides %v %s", shape, strides, why)
	}
	return x, nil
}

// whole are the numbers of a tuple, if they are all whole.
func whole(v any) ([]int64, bool) {
	t, ok := v.(tuple)
	out := make([]int64, len(t))
	for i, x := range t {
		n, is := x.(int64)
		ok = ok && is
		out[i] = n
	}
	return out, ok
}

// wrong says why a tensor does not lie in its storage, "" if it does.
func (x *tensorRef) wrong() string {
	if len(x.shape) > maxRank {
		return fmt.Sprintf("has more than %d dimensions", maxRank)
	}
	size, last := int64(1), x.offset
	for i, d := range x.shape {
		if d < 0 || d > maxNumbers || x.strides[i] < 0 || x.strides[i] > maxNumbers {
			return "cannot be"
		}
		if size *= d; size > maxNumbers {
			return fmt.Sprintf("has more than %d million numbers", maxNumbers>>20)
		}
		last += max(0, d-1) * x.strides[i] // below 2^29 · 2^29 · 8
	}
	if x.offset < 0 || x.offset > maxNumbers || size > 0 && last >= x.of.count {
		return fmt.Sprintf("does not lie in its storage of %d numbers", x.of.count)
	}
	return ""
}

func (x *tensorRef) size() int64 {
	n := int64(1)
	for _, d := range x.shape {
		n *= d
	}
	return n
}

// persistent pushes a storage that is named: ("storage", class, key, place, count, view).
func (m *machine) persistent() error {
	v, err := m.taken(1)
	if err != nil {
		return err
	}
	t, ok := v[0].(tuple)
	if !ok || len(t) < 5 || t[0] != "storage" {
		return m.bad("it names something beside it that is no storage")
	}
	of, isClass := t[1].(global)
	key, isKey := t[2].(string)
	count, isCount := t[4].(int64)
	if !isClass || !isKey || !isCount || of.storage() == "" || count < 0 || count > maxNumbers {
		return m.bad("a storage is not as PyTorch writes it, or larger than 2 GiB")
	}
	if len(t) > 5 && t[5] != nil {
		return bad("its tensors are views of each other's storages, as PyTorch before 0.4 wrote them: open it in a newer one and save it anew")
	}
	s := m.stores[key]
	if s == nil {
		s = &storage{key: key, dtype: of.storage(), count: count}
		m.stores[key] = s
	}
	if s.dtype != of.storage() || s.count != count {
		return m.bad("storage %.40q is said to be of two kinds", key)
	}
	return m.push(s)
}

// tensor is one whose storage was read, or why there is none. Those that are no plain part of it take from room.
func (x *tensorRef) tensor(room *int64) (made *tensor.Tensor, why string) {
	switch {
	case x.of.beyond:
		return nil, "a number of it does not fit 32 bits"
	case x.of.words == nil:
		return nil, fmt.Sprintf("it is of %s, which is not read here", x.of.dtype)
	}
	n := x.size()
	made = &tensor.Tensor{Shape: make(tensor.Shape, len(x.shape)), DType: x.of.as}
	for i, d := range x.shape {
		made.Shape[i] = int(d)
	}
	if n == 0 || x.plain() {
		made.Buf = x.of.words[min(x.offset, x.of.count):][:n:n]
		return made, ""
	}
	if *room -= n; *room < 0 {
		return nil, "it repeats the numbers of its storage too often"
	}
	made.Buf = x.gathered(n)
	return made, ""
}

// plain says whether the numbers lie one after the other.
func (x *tensorRef) plain() bool {
	next := int64(1)
	for i := len(x.shape) - 1; i >= 0; i-- {
		if x.shape[i] != 1 && x.strides[i] != next {
			return false
		}
		next *= x.shape[i]
	}
	return true
}

// gathered are the numbers, one after the other, of a tensor that strides through its storage, as a transposed one.
func (x *tensorRef) gathered(n int64) kernel.Host {
	from, out := x.of.words.Int32s(), make(kernel.Host, n)
	to, index, at := out.Int32s(), make([]int64, len(x.shape)), x.offset
	for i := range to {
		to[i] = from[at]
		for d := len(index) - 1; d >= 0; d-- {
			if index[d]++; index[d] < x.shape[d] {
				at += x.strides[d]
				break
			}
			at -= (x.shape[d] - 1) * x.strides[d]
			index[d] = 0
		}
	}
	return out
}
