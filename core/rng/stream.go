package rng

// A Stream is numbers that a few lines in any language draw alike, for weights and
// inputs that other frameworks are to begin with, too: mulberry32, seeded by the
// 32-bit FNV-1a hash of a name. For everything else there is Rand.
type Stream uint32

func NewStream(name string) *Stream {
	s := Stream(0x811c9dc5)
	for _, c := range []byte(name) {
		s = (s ^ Stream(c)) * 0x01000193
	}
	return &s
}

func (s *Stream) Uint32() uint32 {
	*s += 0x6d2b79f5
	a := uint32(*s)
	t := (a ^ a>>15) * (1 | a)
	t = (t + (t^t>>7)*(61|t)) ^ t
	return t ^ t>>14
}

// Float64 is from 0 up to 1.
func (s *Stream) Float64() float64 { return float64(s.Uint32()) / (1 << 32) }

// Even is from -1 up to 1.
func (s *Stream) Even() float64 { return 2*s.Float64() - 1 }
