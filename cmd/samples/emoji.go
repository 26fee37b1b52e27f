package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// The set as it was when the versions of both packages were chosen. Another count
// means other packages, and figures measured on the set would no longer hold.
const (
	wantEmoji  = 1852
	wantGroups = 9
)

// An emoji is one picture of the set.
type emoji struct {
	path  string // in the zip: its group, which is its label, and its name
	asset string // in the package
}

// match pairs the table's emoji, which come without skin tones, with their pictures, sorted by
// path. Emoji newer than the pictures have none and are left out.
func match(table []byte, assets fs.FS) ([]emoji, error) {
	var entries map[string]struct{ Slug, Group string }
	if err := json.Unmarshal(table, &entries); err != nil {
		return nil, fmt.Errorf("table of emoji: %w", err)
	}
	var set []emoji
	for characters, e := range entries {
		asset := assetName(characters)
		if _, err := fs.Stat(assets, asset); err == nil {
			set = append(set, emoji{path.Join(slug(e.Group), slug(e.Slug)+".png"), asset})
		}
	}
	slices.SortFunc(set, func(a, b emoji) int { return cmp.Compare(a.path, b.path) })
	for i := 1; i < len(set); i++ {
		if set[i].path == set[i-1].path {
			return nil, fmt.Errorf("%s and %s are both called %s", set[i-1].asset, set[i].asset, set[i].path)
		}
	}
	return set, nil
}

// assetName is the code points of an emoji as the pictures are named: variation
// selectors and joiners included, four digits or more.
func assetName(characters string) string {
	var codes []string
	for _, r := range characters {
		codes = append(codes, fmt.Sprintf("%04x", r))
	}
	return strings.Join(codes, "-") + ".webp"
}

// slug turns "Smileys & Emotion" into "smileys-emotion".
func slug(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return !('a' <= r && r <= 'z' || '0' <= r && r <= '9')
	})
	return strings.Join(words, "-")
}

// complete refuses a set that is not the whole one.
func complete(set []emoji) error {
	groups := map[string]bool{}
	for _, e := range set {
		groups[path.Dir(e.path)] = true
	}
	if len(set) != wantEmoji || len(groups) != wantGroups {
		return fmt.Errorf("found %d emoji in %d groups, not %d in %d: are @lobehub/fluent-emoji-3d 1.1.0 and unicode-emoji-json 0.9.0 installed?",
			len(set), len(groups), wantEmoji, wantGroups)
	}
	return nil
}
