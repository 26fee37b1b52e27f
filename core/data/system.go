package data

import (
	"path"
	"slices"
	"strings"

	"autodidact/core/table"
)

// System is the code of the one Rejected that counts the files that systems and programs keep for
// themselves: its reason is how many there are, and names some.
const System = "system"

// systemFolders and systemFiles are what macOS, Windows, Linux, network drives and package managers
// write unasked, in small letters. What begins with a dot or ~$ needs no place here.
var (
	systemFolders = []string{"__macosx", "@eadir", "#recycle", "@recycle", "$recycle.bin",
		"system volume information", "lost+found", "__pycache__", "node_modules"}
	systemFiles = []string{"thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "icon\r"}
)

// ofSystem says whether a cleaned path is hidden or a system's own, or lies in such a folder.
func ofSystem(name string) bool {
	for dir, rest, more := strings.Cut(name, "/"); more; dir, rest, more = strings.Cut(rest, "/") {
		if isHidden(dir) || slices.Contains(systemFolders, strings.ToLower(dir)) {
			return true
		}
	}
	base := path.Base(name)
	return isHidden(base) || slices.Contains(systemFiles, strings.ToLower(base))
}

// isHidden knows names with a dot before them, and the lock files of Office.
func isHidden(part string) bool {
	return strings.HasPrefix(part, ".") || strings.HasPrefix(part, "~$")
}

// withoutSystem parts files from those that are ofSystem, of which it gives the names. If the names at
// the top are what a person named, and all of these are hidden, then hidden ones are meant: only what
// lies below them counts.
func withoutSystem(files []File, named bool) (kept []File, left []string) {
	top := func(name string) string { first, _, _ := strings.Cut(name, "/"); return first }
	meant := named && !slices.ContainsFunc(files, func(f File) bool { return !ofSystem(top(f.Path)) && !ofSystem(top(f.Path)+"/x") })
	for _, f := range files {
		name := f.Path
		if meant {
			if _, below, ok := strings.Cut(name, "/"); ok {
				name = below
			} else {
				name = "meant"
			}
		}
		if ofSystem(name) {
			left = append(left, f.Path)
			continue
		}
		kept = append(kept, f)
	}
	return kept, left
}

// countSystem is what is said of the files that were left: nothing if there are none.
func countSystem(left []string) []Rejected {
	switch len(left) {
	case 0:
		return nil
	case 1:
		return []Rejected{{"hidden and system files", System, "1 left out: " + left[0]}}
	}
	slices.Sort(left)
	return []Rejected{{"hidden and system files", System, table.Thousands(int64(len(left))) + " left out, as " + left[0] + " and " + left[len(left)-1]}}
}
