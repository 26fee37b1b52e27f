package autodidact_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A program in a module of its own, as a stranger writes it, and in the way strangers build: without GOEXPERIMENT, whose SIMD makes
// it faster but no other.
const outsideGo = `package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"

	"autodidact"
)

func main() {
	ctx := context.Background()
	work := os.Args[1]
	draw(filepath.Join(work, "pictures"), 12)
	data, err := autodidact.Open(ctx, filepath.Join(work, "pictures"), autodidact.Reading{})
	must(err)
	run, err := autodidact.Pretrain(ctx, data, autodidact.Config{Task: "simclr", Size: 16, Batch: 6, Steps: 4})
	must(err)
	for p, err := range run.Steps(ctx) {
		must(err)
		fmt.Println("step", p.Step, p.Loss > 0)
	}
	model, err := run.Model(ctx)
	must(err)
	before, err := model.Embed(ctx, data)
	must(err)
	file := filepath.Join(work, "encoder.safetensors")
	must(model.Save(file))
	loaded, err := autodidact.Load(ctx, file)
	must(err)
	after, err := loaded.Embed(ctx, data)
	must(err)
	fmt.Println("equal", slices.Equal(before.Data, after.Data), len(after.Names))
	said, err := after.Predict(ctx, map[string]string{"a/0.png": "dark", "a/2.png": "dark", "b/1.png": "light", "b/3.png": "light"})
	must(err)
	for _, p := range said[:1] {
		fmt.Println(p.Name, p.Given, p.Label)
	}
	fmt.Println(said[11].Name, said[11].Label)
}

func draw(folder string, n int) {
	for i := range n {
		img := image.NewGray(image.Rect(0, 0, 32, 32))
		for at := range img.Pix {
			img.SetGray(at%32, at/32, color.Gray{uint8(200*(i%2) + at%32 + i)})
		}
		var file bytes.Buffer
		must(png.Encode(&file, img))
		path := filepath.Join(folder, []string{"a", "b"}[i%2], fmt.Sprint(i)+".png")
		must(os.MkdirAll(filepath.Dir(path), 0o755))
		must(os.WriteFile(path, file.Bytes(), 0o644))
	}
}

func must(err error) {
	if err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
}
`

const outsideSays = `step 1 true
step 2 true
step 3 true
step 4 true
equal true 12
a/0.png dark dark
b/9.png light
`

func TestAProgramOutsideTheModuleUsesThePackage(t *testing.T) {
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile("go.sum")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for name, content := range map[string]string{
		"main.go": outsideGo,
		"go.mod":  "module outside.example/program\n\ngo 1.27\n\nrequire autodidact v0.0.0\n\nreplace autodidact => " + root + "\n",
		"go.sum":  string(sums),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	c := exec.CommandContext(t.Context(), "go", "run", ".", t.TempDir())
	c.Dir = folder
	c.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOEXPERIMENT=", "GOWORK=off", "GOOS=", "GOARCH=")
	var said strings.Builder
	c.Stdout, c.Stderr = &said, os.Stderr
	if err := c.Run(); err != nil || said.String() != outsideSays {
		t.Errorf("%v: %s", err, said.String())
	}
}
