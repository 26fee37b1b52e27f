package data

import (
	"archive/zip"
	"encoding/binary"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
)

// zipNames are the names of entries in Unicode. A name that is no UTF-8 is in Shift-JIS if all such names
// can be and read like Japanese, or else in CP437, which the format prescribes; note says which was taken.
func zipNames(entries []*zip.File) (names []string, note string) {
	names = make([]string, len(entries))
	var old []string
	for i, e := range entries {
		if names[i] = unicodeName(e); !utf8.ValidString(names[i]) {
			old = append(old, names[i])
		}
	}
	if len(old) == 0 {
		return names, ""
	}
	decode, as := charmap.CodePage437.NewDecoder().String, "CP437"
	if readsJapanese(old) {
		decode, as = japanese.ShiftJIS.NewDecoder().String, "Shift-JIS"
	}
	for i, name := range names {
		if !utf8.ValidString(name) {
			names[i], _ = decode(name) // CP437 has a character for each byte, and Shift-JIS was tried
		}
	}
	return names, pluralVerb(len(old), "name in it does not say how it is written and was", "names in it do not say how they are written and were") +
		" read as " + as + ": unpack the zip if that looks wrong"
}

// unicodeName is the name in the extra field for it (Info-ZIP's 0x7075), if there is one.
func unicodeName(e *zip.File) string {
	for extra := e.Extra; len(extra) >= 4; {
		id, n := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		if extra = extra[4:]; n > len(extra) {
			break
		}
		if name := string(extra[min(5, n):n]); id == 0x7075 && name != "" && utf8.ValidString(name) {
			return name
		}
		extra = extra[n:]
	}
	return e.Name
}

// readsJapanese says whether names are Shift-JIS: each can be, and most characters of two bytes stand beside
// another. Single accented letters of CP437 look like characters of two bytes too, but stand alone.
func readsJapanese(names []string) bool {
	wide, beside := 0, 0
	for _, name := range names {
		text, err := japanese.ShiftJIS.NewDecoder().String(name)
		if err != nil || strings.ContainsRune(text, utf8.RuneError) {
			return false
		}
		last := false
		for _, r := range text {
			is := unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || r == 'ー'
			if is {
				wide++
				if last {
					beside++
				}
			}
			last = is
		}
	}
	return 2*beside >= wide && beside > 0
}
