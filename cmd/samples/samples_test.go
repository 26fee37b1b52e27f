package main

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/gif"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestPicturesAreNamedByCodePoint(t *testing.T) {
	for characters, want := range map[string]string{
		"😀":                    "1f600.webp",
		"©\ufe0f":              "00a9-fe0f.webp", // four digits at least, selector included
		"#\ufe0f\u20e3":        "0023-fe0f-20e3.webp",
		"👁\ufe0f\u200d🗨\ufe0f": "1f441-fe0f-200d-1f5e8-fe0f.webp",
		"🇳🇱":                   "1f1f3-1f1f1.webp",
	} {
		if got := assetName(characters); got != want {
			t.Errorf("%s: %s, want %s", characters, got, want)
		}
	}
}

func TestSlugsAreLowerCaseWordsWithDashes(t *testing.T) {
	for name, want := range map[string]string{
		"Smileys & Emotion": "smileys-emotion",
		"1st_place_medal":   "1st-place-medal",
		"../up":             "up",
	} {
		if got := slug(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestAnEmojiTakesThePictureOfItsExactName(t *testing.T) {
	assets := fstest.MapFS{}
	for _, name := range []string{"26a7-fe0f.webp", "26a7.webp", "1f600.webp", "1f44b.webp", "1f44b-1f3fb.webp"} {
		assets[name] = &fstest.MapFile{}
	}
	set, err := match([]byte(`{
		"⚧️": {"slug": "transgender_symbol", "group": "Symbols"},
		"😀": {"slug": "grinning_face", "group": "Smileys & Emotion"},
		"👋": {"slug": "waving_hand", "group": "People & Body"},
		"🫩": {"slug": "newer_than_the_pictures", "group": "Smileys & Emotion"}}`), assets)
	want := []emoji{
		{"people-body/waving-hand.png", "1f44b.webp"},
		{"smileys-emotion/grinning-face.png", "1f600.webp"},
		{"symbols/transgender-symbol.png", "26a7-fe0f.webp"},
	}
	if err != nil || !slices.Equal(set, want) {
		t.Errorf("got %v, %v", set, err)
	}
}

func TestTwoEmojiOfOneNameAreRefused(t *testing.T) {
	assets := fstest.MapFS{"1f600.webp": {}, "1f44b.webp": {}}
	_, err := match([]byte(`{"😀": {"slug": "a_b", "group": "G"}, "👋": {"slug": "a-b", "group": "G"}}`), assets)
	if err == nil || !strings.Contains(err.Error(), "g/a-b.png") {
		t.Errorf("got %v", err)
	}
}

func TestASetOfAnotherSizeIsRefused(t *testing.T) {
	whole := make([]emoji, wantEmoji)
	for i := range whole {
		whole[i].path = fmt.Sprintf("group %d/%d.png", i%wantGroups, i)
	}
	if err := complete(whole); err != nil {
		t.Error(err)
	}
	if err := complete(whole[1:]); err == nil || !strings.Contains(err.Error(), "1851 emoji") {
		t.Errorf("one emoji short: %v", err)
	}
	whole[0].path = "a tenth group/0.png"
	if err := complete(whole); err == nil || !strings.Contains(err.Error(), "10 groups") {
		t.Errorf("one group more: %v", err)
	}
}

// glass is a WebP of one pixel, see-through.
const glass = "UklGRkoAAABXRUJQVlA4WAoAAAAQAAAAAAAAAAAAQUxQSAwAAAARBxAR/Q9ERP8DAABWUDggGAAAABQBAJ0BKgEAAQAAAP4AAA3AAP7mtQAAAA=="

func TestThePackHoldsEveryPictureWithItsTransparency(t *testing.T) {
	pixel, _ := base64.StdEncoding.DecodeString(glass)
	assets := fstest.MapFS{"a.webp": {Data: pixel}, "b.webp": {Data: pixel}}
	set := []emoji{{"g/one.png", "a.webp"}, {"h/two.png", "b.webp"}}
	packs := func() ([]byte, error) {
		files, err := pictures(set, assets)
		if err != nil {
			return nil, err
		}
		return pack(files)
	}
	packed, err := packs()
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil || len(z.File) != 2 {
		t.Fatalf("%v", err)
	}
	for i, f := range z.File {
		r, _ := f.Open()
		picture, err := png.Decode(r)
		if err != nil || f.Name != set[i].path || picture.Bounds() != image.Rect(0, 0, side, side) {
			t.Fatalf("%s: %v", f.Name, err)
		}
		if _, _, _, alpha := picture.At(side/2, side/2).RGBA(); alpha == 0xffff {
			t.Errorf("%s came out opaque", f.Name)
		}
	}
	if again, _ := packs(); !bytes.Equal(again, packed) {
		t.Error("the same pictures gave other bytes")
	}
}

func TestAPictureThatCannotBeReadIsNamed(t *testing.T) {
	assets := fstest.MapFS{"a.webp": {Data: []byte("RIFF")}}
	for _, asset := range []string{"a.webp", "gone.webp"} {
		if _, err := pictures([]emoji{{"g/one.png", asset}}, assets); err == nil || !strings.Contains(err.Error(), asset) {
			t.Errorf("%s: %v", asset, err)
		}
	}
}

func TestMissingPackagesAreNamed(t *testing.T) {
	if err := run(t.TempDir(), "unused"); err == nil || !strings.Contains(err.Error(), "npm ci") {
		t.Errorf("got %v", err)
	}
}

func TestThePicturesKeepTheirShape(t *testing.T) {
	for _, c := range []struct{ from, want image.Rectangle }{
		{image.Rect(0, 0, 256, 256), image.Rect(0, 0, 64, 64)},
		{image.Rect(0, 0, 256, 128), image.Rect(0, 16, 64, 48)},
		{image.Rect(0, 0, 1, 1000), image.Rect(31, 0, 32, 64)},
	} {
		if got := fit(c.from); got != c.want {
			t.Errorf("%v goes to %v, want %v", c.from, got, c.want)
		}
	}
}

// The packages are there after npm ci, so in make test, but Go alone must be able to test this too.
func TestTheInstalledPackagesGiveTheWholeSet(t *testing.T) {
	modules := filepath.Join("..", "..", "node_modules")
	table, err := os.ReadFile(filepath.Join(modules, "unicode-emoji-json", "data-by-emoji.json"))
	if os.IsNotExist(err) {
		t.Skip("npm ci has not been run")
	}
	assets := os.DirFS(filepath.Join(modules, "@lobehub", "fluent-emoji-3d", "assets"))
	set, err := match(table, assets)
	if err != nil {
		t.Fatal(err)
	}
	if err := complete(set); err != nil {
		t.Error(err)
	}
}

func TestClipsOfEveryMotionMove(t *testing.T) {
	picture, err := os.ReadFile("../../core/data/testdata/lossy.webp")
	if err != nil {
		t.Fatal(err)
	}
	assets := fstest.MapFS{"a.webp": {Data: picture}}
	var set []emoji
	for i := range clipsEach * len(motions) {
		set = append(set, emoji{fmt.Sprintf("g/%03d.png", i), "a.webp"})
	}
	all, err := clips(set, assets)
	if err != nil || len(all) != len(set) {
		t.Fatalf("%d clips, %v", len(all), err)
	}
	again, _ := clips(set, assets)
	for i, c := range all {
		g, err := gif.DecodeAll(bytes.NewReader(c.raw))
		if err != nil || len(g.Image) != clipFrames || !bytes.Equal(c.raw, again[i].raw) {
			t.Fatalf("%s: %d frames, %v", c.path, len(g.Image), err)
		}
		if bytes.Equal(g.Image[4].Pix, g.Image[9].Pix) {
			t.Errorf("%s stands still", c.path)
		}
	}
}

func TestWeatherIsATableForEachTown(t *testing.T) {
	data := fstest.MapFS{"weather.csv": {Data: []byte("location,date,precipitation,temp_max,temp_min,wind,weather\nSeattle,2012-01-01,0.0,12.8,5.0,4.7,drizzle\nNew York,2012-01-01,1,2,3,4,rain\n")}}
	got, err := weather(data)
	if err != nil || len(got) != 2 || got[1].path != "new-york.csv" || string(got[1].raw) != "date,precipitation,temp_max,temp_min,wind,label\n2012-01-01,1,2,3,4,rain\n" {
		t.Errorf("%s %v", got, err)
	}
	data["weather.csv"].Data = []byte("town,date\n")
	if _, err := weather(data); err == nil {
		t.Error("a table of other columns is taken")
	}
}
