package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"autodidact/core/kernel/cpu"
)

// What the linker writes: the version of package.json and, in make package, the commit, which ends in -dirty if the source differed.
var released, commit string

// build is which build of the program this is.
type build struct {
	Version  string `json:"version"`
	Commit   string `json:"commit"`
	Modified bool   `json:"modified"` // the source differed from that commit
	Go       string `json:"go"`
	Platform string `json:"platform"`
	Backend  string `json:"backend"`
	SIMD     string `json:"simd"` // "none" if it was built without, or the machine has none
	Threads  int    `json:"threads"`
}

func thisBuild() build {
	b := build{Version: "unknown", Commit: "unknown", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
		Backend: cpu.New().Name(), SIMD: cpu.SIMD(), Threads: runtime.GOMAXPROCS(0)}
	if info, ok := debug.ReadBuildInfo(); ok {
		b.read(info)
	}
	b.Version = cmp.Or(released, b.Version)
	if commit != "" {
		b.Commit, b.Modified = strings.CutSuffix(commit, "-dirty")
	}
	return b
}

// read takes what Go itself knows of a build.
func (b *build) read(info *debug.BuildInfo) {
	b.Version = cmp.Or(info.Main.Version, b.Version)
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = cmp.Or(s.Value, b.Commit)
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
}

// version says which build this is.
func version(_ context.Context, args []string) error {
	f := flags("version")
	asJSON := f.Bool("json", false, "one JSON object")
	if err := parse(f, args); err != nil {
		return err
	}
	b := thisBuild()
	if *asJSON {
		return json.NewEncoder(stdout).Encode(b)
	}
	changed := map[bool]string{true: ", with changes"}[b.Modified]
	_, err := fmt.Fprintf(stdout, "autodidact %s\ncommit    %s%s\nbuilt by  %s for %s\nbackend   %s, SIMD: %s, threads: %d\n", b.Version, b.Commit, changed, b.Go, b.Platform, b.Backend, b.SIMD, b.Threads)
	return err
}
