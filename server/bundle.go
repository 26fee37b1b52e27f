package server

import (
	"embed"
	"io/fs"
)

// The folder is filled by make build; .gitkeep is there so that Go builds without it too.
//
//go:embed all:bundle
var bundle embed.FS

// Bundle is what make build made: the page, the element, the trainer, the sample set.
func Bundle() fs.FS {
	files, err := fs.Sub(bundle, "bundle")
	if err != nil {
		panic(err) // only if "bundle" were not a path
	}
	return files
}
