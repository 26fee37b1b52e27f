package torchfile

// An instruction of a pickle.
type instruction func(m *machine) error

// instructions are those that are followed, by their byte. Of protocol 0 and 1 only what later ones use is there.
var instructions [256]instruction

func init() {
	for op, do := range map[byte]instruction{
		0x80: func(m *machine) error { return m.protocol() },
		0x95: func(m *machine) error { _, err := m.number(8); return err }, // a frame: how much to read at once
		'(':  func(m *machine) error { return m.mark() },
		'0':  func(m *machine) error { _, err := m.pop(); return err },
		'1':  func(m *machine) error { _, err := m.marked(); return err },
		'2':  func(m *machine) error { return m.again() },
		'N':  constant(nil),
		0x88: constant(true),
		0x89: constant(false),
		'J':  func(m *machine) error { n, err := m.number(4); return pushed(m, int64(int32(n)), err) },
		'K':  func(m *machine) error { n, err := m.number(1); return pushed(m, int64(n), err) },
		'M':  func(m *machine) error { n, err := m.number(2); return pushed(m, int64(n), err) },
		0x8a: func(m *machine) error { return m.long(1) },
		0x8b: func(m *machine) error { return m.long(4) },
		'G':  func(m *machine) error { return m.float() },
		'U':  text(1), 'T': text(4), 0x8c: text(1), 'X': text(4), 0x8d: text(8),
		'C': text(1), 'B': text(4), 0x8e: text(8), 0x96: text(8),
		')':  func(m *machine) error { return m.push(tuple(nil)) },
		0x85: tuples(1), 0x86: tuples(2), 0x87: tuples(3),
		't':  func(m *machine) error { v, err := m.marked(); return madeOf(m, tuple(v), err) },
		']':  func(m *machine) error { return m.made(&list{}) },
		'l':  func(m *machine) error { v, err := m.marked(); return madeOf(m, &list{v}, err) },
		'a':  func(m *machine) error { v, err := m.taken(1); return m.append(v, err) },
		'e':  func(m *machine) error { v, err := m.marked(); return m.append(v, err) },
		'}':  func(m *machine) error { return m.made(&dict{}) },
		'd':  func(m *machine) error { v, err := m.marked(); return m.dict(v, err) },
		's':  func(m *machine) error { v, err := m.taken(2); return m.set(v, err) },
		'u':  func(m *machine) error { v, err := m.marked(); return m.set(v, err) },
		0x8f: func(m *machine) error { return m.made(&list{}) }, // a set
		0x90: func(m *machine) error { v, err := m.marked(); return m.append(v, err) },
		0x91: func(m *machine) error { v, err := m.marked(); return madeOf(m, &list{v}, err) },
		'q':  func(m *machine) error { n, err := m.number(1); return orElse(err, func() error { return m.keep(n) }) },
		'r':  func(m *machine) error { n, err := m.number(4); return orElse(err, func() error { return m.keep(n) }) },
		0x94: func(m *machine) error { return m.keep(uint64(len(m.memo))) },
		'h':  func(m *machine) error { n, err := m.number(1); return orElse(err, func() error { return m.recall(n) }) },
		'j':  func(m *machine) error { n, err := m.number(4); return orElse(err, func() error { return m.recall(n) }) },
		'c':  func(m *machine) error { return m.globalByLines() },
		0x93: func(m *machine) error { return m.globalByStack() },
		'R':  func(m *machine) error { return m.call() },
		0x81: func(m *machine) error { return m.call() }, // cls.__new__(*args)
		'b': func(m *machine) error {
			_, err := m.taken(1)
			return orElse(err, func() error { _, err := m.top(); return err })
		},
		'Q': func(m *machine) error { return m.persistent() },
	} {
		instructions[op] = do
	}
}

func orElse(err error, do func() error) error {
	if err != nil {
		return err
	}
	return do()
}

func constant(v any) instruction { return func(m *machine) error { return m.push(v) } }

func pushed(m *machine, v any, err error) error {
	if err != nil {
		return err
	}
	return m.push(v)
}

func madeOf(m *machine, v any, err error) error {
	if err != nil {
		return err
	}
	return m.made(v)
}

// text reads a string, or bytes, after a count of n bytes.
func text(n uint64) instruction {
	return func(m *machine) error {
		raw, err := m.sized(n)
		return pushed(m, string(raw), err)
	}
}

func tuples(n int) instruction {
	return func(m *machine) error {
		v, err := m.taken(n)
		return madeOf(m, tuple(v), err)
	}
}

func (m *machine) protocol() error {
	n, err := m.number(1)
	if err == nil && (n < 2 || n > 5) {
		err = m.bad("it is of protocol %d; 2 to 5 are read", n)
	}
	return err
}

func (m *machine) mark() error {
	if len(m.marks) == maxStack {
		return m.bad("it sets more than %d marks", maxStack)
	}
	m.marks = append(m.marks, len(m.stack))
	return nil
}

// again pushes the top once more.
func (m *machine) again() error {
	v, err := m.top()
	return pushed(m, v, err)
}

// append adds values to the list below them.
func (m *machine) append(values []any, err error) error {
	if err != nil {
		return err
	}
	to, err := m.top()
	if err != nil {
		return err
	}
	switch to := to.(type) {
	case *list:
		to.values = append(to.values, values...)
	case *object: // of a class that has items, which nobody reads
	default:
		return m.bad("it appends to what is no list")
	}
	return nil
}

// dict makes one of keys and values in turn.
func (m *machine) dict(pairs []any, err error) error {
	if err := madeOf(m, &dict{}, err); err != nil {
		return err
	}
	return m.set(pairs, nil)
}

// set adds keys and values, in turn, to the dict below them.
func (m *machine) set(pairs []any, err error) error {
	if err != nil {
		return err
	}
	to, err := m.top()
	if err != nil {
		return err
	}
	if len(pairs)%2 != 0 {
		return m.bad("a key without a value")
	}
	switch to := to.(type) {
	case *dict:
		for i := 0; i < len(pairs); i += 2 {
			to.set(pairs[i], pairs[i+1])
		}
	case *object:
	default:
		return m.bad("it sets a key of what is no dict")
	}
	return nil
}

func (m *machine) globalByLines() error {
	module, err := m.line()
	if err != nil {
		return err
	}
	name, err := m.line()
	if err != nil {
		return err
	}
	return m.global(module, name)
}

func (m *machine) globalByStack() error {
	v, err := m.taken(2)
	if err != nil {
		return err
	}
	module, is := v[0].(string)
	name, are := v[1].(string)
	if !is || !are {
		return m.bad("a class whose name is no text")
	}
	return m.global(module, name)
}

// global pushes what a name stands for, if it is one that weights need.
func (m *machine) global(module, name string) error {
	g := global{module, name}
	if why := g.refused(); why != "" {
		return bad("%s", why)
	}
	return m.push(g)
}

// call does what is known of a call and its arguments, without any being made.
func (m *machine) call() error {
	v, err := m.taken(2)
	if err != nil {
		return err
	}
	of, is := v[0].(global)
	args, are := v[1].(tuple)
	if !is || !are {
		return m.bad("it calls what is no class or function")
	}
	out, err := m.result(of, args)
	return madeOf(m, out, err)
}
