package worker

import "autodidact/worker/protocol"

// partBytes is how large the parts are that a large file goes to the page in.
const partBytes = 4 << 20

// parts sends what is exported to the page a part at a time, so that it never lies in memory as a whole here, and gives the last.
func (s *session) parts(id int, x protocol.Exported) (protocol.Event, [][]byte, error) {
	w := &partWriter{send: func(part []byte) { s.Send(id, protocol.Part{}, part) }}
	err := x.Write(w)
	x.Bytes, x.Write = w.sent+int64(len(w.part)), nil
	return x, [][]byte{w.part}, err
}

// A partWriter sends what is written to it in parts of partBytes; what is left over stays in part.
type partWriter struct {
	send func(part []byte)
	part []byte
	sent int64
}

func (w *partWriter) Write(b []byte) (int, error) {
	n := len(b)
	for len(w.part)+len(b) > partBytes {
		k := partBytes - len(w.part)
		w.send(append(w.part, b[:k]...))
		w.sent += partBytes
		b, w.part = b[k:], make([]byte, 0, partBytes)
	}
	w.part = append(w.part, b...)
	return n, nil
}
