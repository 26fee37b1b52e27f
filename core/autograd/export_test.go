package autograd

import "reflect"

// OpTypes names the types of the ops recorded so far.
func (t *Tape) OpTypes() (names []string) {
	for _, n := range t.nodes {
		if n.op != nil {
			names = append(names, reflect.TypeOf(n.op).Elem().Name())
		}
	}
	return names
}
