package data

import (
	"fmt"
	"path"
	"sort"
	"strings"

	"golang.org/x/text/unicode/norm"

	"autodidact/core/tensor"
)

// A Set is a Source whose samples are all in memory.
type Set struct {
	Of     Kind
	Names  []string         // paths, unique, sorted
	Labels []string         // by sample; all empty when there are none. Only probes look
	X      []*tensor.Tensor // what Sample.X will be
	Sizes  []Size           // of pictures and clips: how large each was before it was shrunk

	origins []uint64 // of pictures and clips: checksums of what they were decoded from

	// Texts has, of a set of texts, what X has of others; they stay in the order they came in.
	Texts    *Texts
	Language *Language // the texts as tokens; nil until LearnVocabulary or Tokenize

	// Recordings has the readings of a set of series, and Windows which of them each sample is.
	Recordings *Recordings
	Windows    []Window
	long       int         // what they were cut with
	asRead     *Recordings // before Mark took some readings for missing; nil if it did not
	marked     []Marked    // which
	fill       []FillValue // once they were looked for
	searched   bool

	print string // of texts and series, once it is known
}

func (s *Set) Kind() Kind { return s.Of }

func (s *Set) Len() int {
	if s.Texts != nil || s.Recordings != nil {
		return len(s.Names)
	}
	return len(s.X)
}

// At returns sample i; it cannot fail. Of a text, X is its bytes.
func (s *Set) At(i int) (Sample, error) {
	if s.Recordings != nil {
		w, c := s.Windows[i], len(s.Recordings.Channels)
		x := make([]float32, w.Rows*c)
		s.Recordings.Into(x, w)
		return Sample{s.Names[i], tensor.Float32s(x, w.Rows, c)}, nil
	}
	if s.Texts != nil {
		text := []byte(s.Texts.At(i))
		return Sample{s.Names[i], tensor.Bytes(text, len(text))}, nil
	}
	return Sample{s.Names[i], s.X[i]}, nil
}

// Add takes in the samples of more, of the same kind, and keeps names unique and sorted; texts stay
// and recordings stay in the order they came in; Cut makes samples of those. A name that is taken gets a number. Pictures, clips and texts from plain
// files are labelled anew: whether folders say anything depends on all of them.
func (s *Set) Add(more *Set) {
	taken := make(map[string]int, len(s.Names)+len(more.Names))
	for _, name := range s.Names {
		taken[name] = 1
	}
	s.Labels = append(s.Labels, make([]string, len(s.Names)-len(s.Labels))...)
	for i, name := range more.Names {
		label := ""
		if i < len(more.Labels) {
			label = more.Labels[i]
		}
		s.Names, s.Labels = append(s.Names, unused(name, taken)), append(s.Labels, label)
	}
	s.Compose()
	if s.Of == Text {
		s.join(more)
		return
	}
	if s.Of == Series {
		s.addRecordings(more)
		return
	}
	s.Sizes, s.origins = append(s.sizes(), more.sizes()...), append(s.sources(), more.sources()...)
	s.X = append(s.X, more.X...)
	sort.Sort(byName{s})
	if s.Of == Images || s.Of == Video {
		s.Labels = folders(s.Names)
	}
}

// addRecordings takes in those of more, and marks as missing what Mark was given.
func (s *Set) addRecordings(more *Set) {
	known := s.Recordings == nil && more.searched
	s.print, s.fill, s.searched = "", nil, false
	if s.asRead != nil {
		s.asRead = s.asRead.join(more.Recordings)
		s.Recordings, s.marked = s.asRead.Without(missingOf(s.marked))
		return
	}
	s.Recordings = s.Recordings.join(more.Recordings)
	if known {
		s.fill, s.searched = more.fill, true
	}
}

// Compose puts labels into Unicode's composed form (NFC), in which names are, so that one that is written in two ways
// is one class.
func (s *Set) Compose() {
	for i, l := range s.Labels {
		s.Labels[i] = norm.NFC.String(l)
	}
}

// Subset is the samples that keep says yes to, of any kind but series, whose windows are cut from what there is.
func (s *Set) Subset(keep func(i int) bool) *Set {
	part, sizes, origins := &Set{Of: s.Of}, s.sizes(), s.sources()
	if s.Texts != nil {
		part.Texts = &Texts{}
	}
	for i, name := range s.Names {
		if !keep(i) {
			continue
		}
		part.Names, part.Labels = append(part.Names, name), append(part.Labels, s.Labels[i])
		if s.Texts != nil {
			part.Texts.Append(s.Texts.At(i))
		} else {
			part.X, part.Sizes, part.origins = append(part.X, s.X[i]), append(part.Sizes, sizes[i]), append(part.origins, origins[i])
		}
	}
	return part
}

// sizes are Sizes; a sample that was made in memory is as large as it is.
func (s *Set) sizes() []Size {
	all := s.Sizes
	for _, x := range s.X[min(len(all), len(s.X)):] {
		if n := len(x.Shape); n >= 3 {
			all = append(all, Size{W: x.Shape[n-2], H: x.Shape[n-3]})
		} else { // it is no picture
			all = append(all, Size{})
		}
	}
	return all
}

// join takes in the texts of more. What was learned of fewer texts is forgotten.
func (s *Set) join(more *Set) {
	s.Language, s.print = nil, ""
	switch {
	case more.Texts == nil:
	case s.Texts == nil || s.Texts.Len() == 0:
		s.Texts = more.Texts.clone()
	default:
		for _, text := range more.Texts.All() {
			s.Texts.Append(text)
		}
	}
	s.labelPlain()
}

// unused returns name, or name (2), name (3) and so on, before its extension, and notes it in
// taken: of each name, how many were given for it, so that many of one name take no search.
func unused(name string, taken map[string]int) string {
	free, ext := name, path.Ext(name)
	for taken[free] > 0 {
		taken[name]++
		free = fmt.Sprintf("%s (%d)%s", strings.TrimSuffix(name, ext), taken[name], ext)
	}
	taken[free] = 1
	return free
}

// folders labels each path by its parent folder, if there are two or more of them.
func folders(names []string) []string {
	labels, distinct := make([]string, len(names)), map[string]bool{}
	for i, name := range names {
		if dir := path.Dir(name); dir != "." {
			labels[i] = path.Base(dir)
			distinct[labels[i]] = true
		}
	}
	if len(distinct) < 2 {
		clear(labels)
	}
	return labels
}

type byName struct{ *Set }

func (s byName) Less(i, j int) bool { return s.Names[i] < s.Names[j] }
func (s byName) Swap(i, j int) {
	s.Names[i], s.Names[j] = s.Names[j], s.Names[i]
	s.Labels[i], s.Labels[j] = s.Labels[j], s.Labels[i]
	s.X[i], s.X[j] = s.X[j], s.X[i]
	s.Sizes[i], s.Sizes[j] = s.Sizes[j], s.Sizes[i]
	s.origins[i], s.origins[j] = s.origins[j], s.origins[i]
}

// Classes counts the samples of each label; it is empty when there are none.
func (s *Set) Classes() map[string]int {
	n := map[string]int{}
	for _, l := range s.Labels {
		if l != "" {
			n[l]++
		}
	}
	return n
}
