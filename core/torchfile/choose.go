package torchfile

import (
	"slices"
	"strings"
)

const maxDepth = 16 // of dicts in dicts

// usual are the keys that weights lie under in what training scripts save, those to be preferred first.
var usual = []string{"state_dict", "model_state_dict", "teacher", "model", "student", "net", "network", "module", "encoder", "backbone", "weights", "params"}

// A found is a dict that has tensors.
type found struct {
	dict    *dict
	under   string
	rank    int // among the usual keys
	numbers int64
}

// choose finds the weights in what was saved: the dict with the most numbers, or, where several have about as many, that
// under the most usual key. left is what lies beside them.
func choose(root any) (weights *dict, under string, left []string, err error) {
	var all []found
	top, ok := root.(*dict)
	if !ok {
		return nil, "", nil, bad("it holds %s, and not weights by name", whatIs(root))
	}
	look(top, "", len(usual), map[*dict]bool{}, &all)
	if len(all) == 0 {
		return nil, "", nil, bad("it holds no tensors by name, only %s", whatIs(root))
	}
	most := slices.MaxFunc(all, func(a, b found) int { return int(a.numbers - b.numbers) }).numbers
	best := found{numbers: -1}
	for _, f := range all {
		if f.numbers >= most/2 && (best.numbers < 0 || f.rank < best.rank || f.rank == best.rank && f.numbers > best.numbers) {
			best = f
		}
	}
	if best.dict == top {
		return top, "", nil, nil
	}
	return best.dict, best.under, beside(top, best.under, ""), nil
}

// look lists the dicts that have tensors by name, and their paths.
func look(d *dict, under string, rank int, seen map[*dict]bool, all *[]found) {
	if seen[d] || strings.Count(under, ".") > maxDepth {
		return
	}
	seen[d] = true
	f := found{dict: d, under: under, rank: rank}
	for i, key := range d.keys {
		name, named := key.(string)
		if !named {
			continue
		}
		switch v := d.values[i].(type) {
		case *tensorRef:
			f.numbers += v.size()
		case *dict:
			inner := rank
			if at := slices.Index(usual, name); at >= 0 {
				inner = min(rank, at)
			}
			look(v, joined(under, name), inner, seen, all)
		}
	}
	if f.numbers > 0 {
		*all = append(*all, f)
	}
}

func joined(under, name string) string {
	if under == "" {
		return name
	}
	return under + "." + name
}

// beside describes what lies on the way to the dict that was chosen, and is none of it.
func beside(d *dict, chosen, under string) (left []string) {
	for i, key := range d.keys {
		name, named := key.(string)
		at := joined(under, name)
		inner, isDict := d.values[i].(*dict)
		switch {
		case named && at == chosen:
		case named && isDict && len(chosen) > len(at) && chosen[:len(at)+1] == at+".":
			left = append(left, beside(inner, chosen, at)...)
		case named:
			left = append(left, described(at, d.values[i]))
		default:
			left = append(left, described(key, d.values[i]))
		}
	}
	return left
}

// whatIs is what, and of a dict what lies in it.
func whatIs(v any) string {
	d, ok := v.(*dict)
	if !ok || len(d.keys) == 0 {
		return what(v)
	}
	out := what(v) + ": "
	for i, key := range d.keys[:min(len(d.keys), 8)] {
		if i > 0 {
			out += ", "
		}
		out += described(key, d.values[i])
	}
	return out
}
