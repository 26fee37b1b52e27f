package data

import (
	"path"
	"slices"
	"strings"
)

// An index finds files by what tables call them: by path, by name, or by name without its ending.
type index struct {
	paths                  []string
	root                   string // the folders that all paths begin with
	byBase, byStem, byFold map[string][]int
}

func indexed(paths []string) index {
	x := index{paths: paths, root: commonFolder(paths), byBase: map[string][]int{}, byStem: map[string][]int{}, byFold: map[string][]int{}}
	for i, p := range paths {
		base := path.Base(p)
		x.byBase[base] = append(x.byBase[base], i)
		x.byStem[stem(base)] = append(x.byStem[stem(base)], i)
		x.byFold[strings.ToLower(base)] = append(x.byFold[strings.ToLower(base)], i)
	}
	return x
}

// stem is a name without its ending.
func stem(name string) string { return strings.TrimSuffix(name, path.Ext(name)) }

// commonFolder is the folders that all paths begin with, "." if there are none.
func commonFolder(paths []string) string {
	if len(paths) == 0 {
		return "."
	}
	common := path.Dir(paths[0])
	for _, p := range paths[1:] {
		for common != "." && !strings.HasPrefix(p, common+"/") {
			common = path.Dir(common)
		}
	}
	return common
}

// find is the file that a table in folder beside calls name, and how many folders of name it has, from its own up; -1 if
// there is none, -2 if several are meant alike. Of several it is the one with most of these folders, then one below the table.
func (x index) find(name, beside string) (at, share int) {
	if strings.TrimSpace(name) == "" {
		return -1, 0
	}
	name = clean(strings.TrimSpace(name))
	base, dir := path.Base(name), path.Dir(name)
	for _, some := range [][]int{x.byBase[base], x.byStem[base], x.byFold[strings.ToLower(base)], x.converted(base)} {
		if len(some) > 0 {
			return x.nearest(some, dir, beside)
		}
	}
	return -1, 0
}

// converted are the files named so but for the ending: pictures and films are often saved anew.
func (x index) converted(base string) []int {
	is := endings[strings.ToLower(path.Ext(base))]
	if is != aPicture && is != aFilm {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(x.byStem[stem(base)]), func(i int) bool { return endings[strings.ToLower(path.Ext(x.paths[i]))] != is })
}

func (x index) nearest(some []int, dir, beside string) (at, share int) {
	at, best, ties := -1, -1, 0
	for _, i := range some {
		own := path.Dir(x.paths[i])
		n := alikeFolders(own, dir)
		if dir != "." && n == 0 && own != x.root {
			continue // another folder of the same names
		}
		rank := 2 * n
		if beside == "." || own == beside || strings.HasPrefix(own, beside+"/") {
			rank++
		}
		switch {
		case rank > best:
			at, best, share, ties = i, rank, n, 1
		case rank == best:
			ties++
		}
	}
	if ties > 1 {
		return -2, 0
	}
	return at, share
}

// alikeFolders is how many folders two paths of folders end in alike.
func alikeFolders(a, b string) (n int) {
	for a != "." && b != "." && a != "/" && b != "/" && path.Base(a) == path.Base(b) {
		a, b, n = path.Dir(a), path.Dir(b), n+1
	}
	return n
}
