package data

import (
	"fmt"
	"hash/crc64"
	"io"
	"slices"
	"strings"

	"autodidact/core/kernel"
)

var crcTable = crc64.MakeTable(crc64.ECMA)

// Fingerprint names the samples and their order: a run goes on bit for bit only
// on the data it began with. It guards against mistakes, not against malice: a CRC-64
// (XZ's) takes a tenth of the time of a SHA-256 in a tab, and Start waits for it.
func (s *Set) Fingerprint() string {
	if s.print != "" {
		return s.print
	}
	whole := func(name string) string { return name }
	print := s.printed(whole, func(i int, h io.Writer) {
		fmt.Fprintf(h, "%v\n", s.X[i].Shape)
		if b, ok := s.X[i].Buf.(kernel.Bytes); ok {
			h.Write(b)
		}
	})
	if s.Texts != nil || s.Recordings != nil { // there may be much
		s.print = print
	}
	return print
}

// Origin names the files that the samples were read from. It stays the same where these lie in another folder, or are decoded
// otherwise, as pictures are in a browser.
func (s *Set) Origin() string {
	shared, origins := len(sharedFolder(s.sampled())), s.sources()
	return s.printed(func(name string) string { return name[min(shared, len(name)):] }, func(i int, h io.Writer) { fmt.Fprintf(h, "%d\n", origins[i]) })
}

// printed is a checksum of all samples: of their names as called gives them, and of what they are, which picture writes of those
// that are pictures or clips.
func (s *Set) printed(called func(name string) string, picture func(i int, h io.Writer)) string {
	h := crc64.New(crcTable)
	if s.Texts != nil {
		for i, text := range s.Texts.All() {
			fmt.Fprintf(h, "%q %d\n", called(s.Names[i]), len(text))
			io.WriteString(h, text)
		}
	}
	if s.Recordings != nil {
		s.Recordings.print(h, called)
	}
	for i := range s.X {
		fmt.Fprintf(h, "%q ", called(s.Names[i]))
		picture(i, h)
	}
	return fmt.Sprintf("%016x", h.Sum64())
}

// sampled are the paths of the files that samples are of.
func (s *Set) sampled() []string {
	if s.Recordings == nil {
		return s.Names
	}
	var names []string
	for _, of := range s.Recordings.Of {
		names = append(names, of.Name)
	}
	return names
}

// sharedFolder is the path, with its last slash, of the folder that all of some files lie in.
func sharedFolder(names []string) string {
	if len(names) == 0 {
		return ""
	}
	// The first and the last in order differ where any do.
	first, last := slices.Min(names), slices.Max(names)
	n := 0
	for n < min(len(first), len(last)) && first[n] == last[n] {
		n++
	}
	return first[:strings.LastIndexByte(first[:n], '/')+1]
}

// sources are checksums of what pictures and clips were decoded from; of those that were made in memory, of themselves.
func (s *Set) sources() []uint64 {
	all := s.origins
	for _, x := range s.X[min(len(all), len(s.X)):] {
		sum := crc64.New(crcTable)
		fmt.Fprintln(sum, x.Shape)
		if b, ok := x.Buf.(kernel.Bytes); ok {
			sum.Write(b)
		}
		all = append(all, sum.Sum64())
	}
	return all
}
