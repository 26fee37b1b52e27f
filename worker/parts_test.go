package worker

import (
	"bytes"
	"io"
	"slices"
	"testing"

	"autodidact/worker/protocol"
)

func TestALargeFileGoesToThePageInParts(t *testing.T) {
	for _, size := range []int{0, 1, partBytes - 1, partBytes, partBytes + 1, 3*partBytes + 17} {
		whole := make([]byte, size)
		for i := range whole {
			whole[i] = byte(i * 7)
		}
		var got []byte
		n := 0
		s := &session{Deps: Deps{Send: func(id int, e protocol.Event, beside ...[]byte) {
			if _, ok := e.(protocol.Part); !ok || id != 5 || len(beside) != 1 || len(beside[0]) != partBytes {
				t.Errorf("%T of request %d with %d bytes", e, id, len(beside[0]))
			}
			got = append(got, beside[0]...)
			n++
		}}}
		write := func(w io.Writer) error {
			for piece := range slices.Chunk(whole, 1<<20+3) {
				if _, err := w.Write(piece); err != nil {
					return err
				}
			}
			return nil
		}
		e, beside, err := s.parts(5, protocol.Exported{Name: "x", Write: write})
		got = append(got, beside[0]...)
		if x := e.(protocol.Exported); err != nil || x.Bytes != int64(size) || !bytes.Equal(got, whole) {
			t.Errorf("%d bytes came as %d in %d parts and said to be %d: %v", size, len(got), n+1, x.Bytes, err)
		}
		if want := max(0, size-1) / partBytes; n != want {
			t.Errorf("%d bytes in %d parts before the last, not %d", size, n, want)
		}
	}
}
