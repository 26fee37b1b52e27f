package checkpoint

// Damage changes a saved state's bytes.
func (m *Memory) Damage(id string, change func([]byte) []byte) {
	one := m.saved[id]
	one.file = change(one.file)
	m.saved[id] = one
}

// Finish writes and closes a file as Directory does, for a test to bring a full one.
var Finish = finish
