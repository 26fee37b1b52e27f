package data

import (
	"cmp"
	"path"
	"slices"
	"strings"
)

// areReadings says whether tables are of readings: none has a column of texts, and one can be seen to have none.
func areReadings(tables []File) bool {
	seen := false
	for _, f := range tables {
		has, known := false, isSktime(f)
		if !known {
			has, known = hasText(f)
		}
		if has {
			return false
		}
		seen = seen || known
	}
	return seen
}

func isFilm(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi", ".mpg", ".mpeg", ".ogv", ".wmv", ".3gp":
		return true
	}
	return false
}

// film is a file, or the frames of a folder.
type film struct {
	name   string
	file   File
	frames []File
}

// gather makes the pictures of one folder one film, in the place of the first.
func gather(files []File) (films []film) {
	folder := map[string]int{}
	for _, f := range files {
		ext := strings.ToLower(path.Ext(f.Path))
		if ext == ".gif" || isFilm(f.Path) || !isPicture(ext) || moves(f, ext) {
			films = append(films, film{name: f.Path, file: f})
			continue
		}
		dir := path.Dir(f.Path)
		at, ok := folder[dir]
		if !ok {
			at = len(films)
			folder[dir] = at
			name := dir
			if dir == "." {
				name = "frames"
			}
			films = append(films, film{name: name})
		}
		films[at].frames = append(films[at].frames, f)
	}
	for _, f := range films {
		slices.SortStableFunc(f.frames, func(a, b File) int { return natural(a.Path, b.Path) })
	}
	return films
}

func isPicture(ext string) bool {
	switch ext {
	case ".png", ".jpg", ".jpeg", ".webp", ".bmp", ".avif", ".heic":
		return true
	}
	return false
}

// moves says whether a WebP or AVIF is an animation.
func moves(f File, ext string) bool {
	if ext != ".webp" && ext != ".avif" {
		return false
	}
	raw, err := readAll(f)
	if err != nil {
		return false
	}
	p, _ := sniff(raw)
	return p.Frames > 1 || len(raw) > 12 && string(raw[4:12]) == "ftypavis"
}

// natural compares names with the numbers in them by value: frame2 before frame10.
func natural(a, b string) int {
	for a != "" && b != "" {
		da, db := digits(a), digits(b)
		if da == 0 || db == 0 {
			if a[0] != b[0] {
				return cmp.Compare(a[0], b[0])
			}
			a, b = a[1:], b[1:]
			continue
		}
		na, nb := strings.TrimLeft(a[:da], "0"), strings.TrimLeft(b[:db], "0")
		if by := cmp.Or(cmp.Compare(len(na), len(nb)), cmp.Compare(na, nb)); by != 0 {
			return by
		}
		a, b = a[da:], b[db:]
	}
	return cmp.Compare(len(a), len(b))
}

func digits(s string) (n int) {
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}
