package autodidact_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"log"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing/fstest"

	"autodidact"
)

// stripes are n pictures of 32 pixels: across/0.png, down/1.png, across/2.png and so on, each of other colours and widths.
func stripes(n int) fstest.MapFS {
	files := fstest.MapFS{}
	for i := range n {
		p := image.NewRGBA(image.Rect(0, 0, 32, 32))
		for y := range 32 {
			for x := range 32 {
				v := uint8(127 + 100*math.Sin(float64([]int{y, x}[i%2])*(0.6+float64(i%7)/10)))
				p.Set(x, y, color.RGBA{v, uint8(40 * (i % 5)), 255 - v, 255})
			}
		}
		var file bytes.Buffer
		if err := png.Encode(&file, p); err != nil {
			log.Fatal(err)
		}
		files[fmt.Sprintf("%s/%d.png", []string{"across", "down"}[i%2], i)] = &fstest.MapFile{Data: file.Bytes()}
	}
	return files
}

// pump is readings of a pump, one a minute, as a table. From row broken on it hums otherwise.
func pump(rows, broken int) []byte {
	var table strings.Builder
	table.WriteString("time,temperature,hum\n")
	for i := range rows {
		hum := 4 + 2*math.Sin(2*math.Pi*float64(i)/20)
		if i >= broken {
			hum = 11
		}
		fmt.Fprintf(&table, "2026-01-%02d %02d:%02d,%.2f,%.2f\n", 1+i/1440, i/60%24, i%60, 20+5*math.Sin(float64(i)/4), hum+0.1*math.Sin(float64(7*i*i)))
	}
	return []byte(table.String())
}

// Files in memory, an encoder trained without labels, and its features.
func Example() {
	ctx := context.Background()
	pictures, err := autodidact.OpenFS(ctx, stripes(24), autodidact.Reading{}) // or Open(ctx, "folder", ...)
	if err != nil {
		log.Fatal(err)
	}
	run, err := autodidact.Pretrain(ctx, pictures, autodidact.Config{Task: "simclr", Batch: 12, Steps: 10})
	if err != nil {
		log.Fatal(err)
	}
	for p, err := range run.Steps(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		if p.Step%5 == 0 {
			fmt.Printf("step %d of %d\n", p.Step, p.Steps)
		}
	}
	model, err := run.Model(ctx)
	if err != nil {
		log.Fatal(err)
	}
	features, err := model.Embed(ctx, pictures)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(features.Names), "rows of", features.Width)
	fmt.Println("most like", features.Names[0], "is", filepath.Dir(features.Names[features.Neighbors(0, 1)[0].Index])+"/…")
	// Output:
	// step 5 of 10
	// step 10 of 10
	// 24 rows of 1024
	// most like across/0.png is across/…
}

// What was not used is named, with the reason.
func ExampleOpen() {
	ctx := context.Background()
	folder, err := os.MkdirTemp("", "data")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	if err := os.CopyFS(folder, stripes(6)); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "broken.png"), []byte("no picture"), 0o644); err != nil {
		log.Fatal(err)
	}
	data, err := autodidact.Open(ctx, folder, autodidact.Reading{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(data.Len(), "samples of kind", data.Kind())
	fmt.Println(data.Names()[0], "has the label", data.Labels()[0])
	for _, out := range data.LeftOut() {
		fmt.Printf("%s: %s\n", out.Name, out.Reason)
	}
	// Output:
	// 6 samples of kind image
	// across/0.png has the label across
	// broken.png: not an image
}

// A run in a directory survives: it is saved as it goes, and goes on where it stood.
func ExampleDir() {
	ctx := context.Background()
	path, err := os.MkdirTemp("", "run")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(path)
	config := autodidact.Config{Task: "rotation", Batch: 8, Steps: 6}

	train := func(until int) {
		dir, err := autodidact.OpenDir(path)
		if err != nil {
			log.Fatal(err)
		}
		defer dir.Close()
		pictures, err := autodidact.OpenFS(ctx, stripes(16), autodidact.Reading{})
		if err != nil {
			log.Fatal(err)
		}
		run, err := dir.Resume(ctx, pictures)
		if err != nil { // the first time; errors.Is(err, autodidact.ErrNotFound)
			run, err = dir.Pretrain(ctx, pictures, config)
		}
		if err != nil {
			log.Fatal(err)
		}
		from := run.Progress().Step
		for p, err := range run.Steps(ctx) {
			if err != nil {
				log.Fatal(err)
			}
			if p.Step == until { // Leaving the loop saves the run, as the end of ctx does.
				break
			}
		}
		fmt.Printf("steps %d to %d\n", from+1, run.Progress().Step)
	}
	train(4)
	train(6)
	model, err := autodidact.Load(ctx, path)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(model.Config().Task, model.Config().Encoder, len(model.Notices()))
	// Output:
	// steps 1 to 4
	// steps 5 to 6
	// rotation resnet6 0
}

// A few labels predict those of all samples. The model is a file in between.
func ExampleEmbeddings_Predict() {
	ctx := context.Background()
	pictures, err := autodidact.OpenFS(ctx, stripes(24), autodidact.Reading{})
	if err != nil {
		log.Fatal(err)
	}
	run, err := autodidact.Pretrain(ctx, pictures, autodidact.Config{Task: "simclr", Batch: 12, Steps: 10})
	if err != nil {
		log.Fatal(err)
	}
	for _, err := range run.Steps(ctx) {
		if err != nil {
			log.Fatal(err)
		}
	}
	model, err := run.Model(ctx)
	if err != nil {
		log.Fatal(err)
	}
	folder, err := os.MkdirTemp("", "model")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "encoder.safetensors")
	if err := model.Save(path); err != nil {
		log.Fatal(err)
	}
	if model, err = autodidact.Load(ctx, path); err != nil {
		log.Fatal(err)
	}
	features, err := model.Embed(ctx, pictures)
	if err != nil {
		log.Fatal(err)
	}
	predictions, err := features.Predict(ctx, map[string]string{
		"across/0.png": "lying", "across/4.png": "lying", "across/8.png": "lying",
		"down/1.png": "standing", "down/5.png": "standing", "down/9.png": "standing",
	})
	if err != nil {
		log.Fatal(err)
	}
	right := 0
	for _, p := range predictions {
		if strings.HasPrefix(p.Name, "down/") == (p.Label == "standing") {
			right++
		}
	}
	fmt.Println(right, "of", len(predictions), "are right")
	// Output: 24 of 24 are right
}

// An encoder of a table of readings, its forecasts with intervals, and what is unusual in another table.
func ExampleModel_Forecast() {
	ctx := context.Background()
	open := func(broken int) *autodidact.Data {
		data, err := autodidact.OpenFS(ctx, fstest.MapFS{"pump.csv": {Data: pump(600, broken)}}, autodidact.Reading{})
		if err != nil {
			log.Fatal(err)
		}
		return data
	}
	readings := open(600)
	run, err := autodidact.Pretrain(ctx, readings, autodidact.Config{Task: "forecast", Size: 32, Batch: 8, Steps: 20, Options: map[string]any{"horizon": 4}})
	if err != nil {
		log.Fatal(err)
	}
	for _, err := range run.Steps(ctx) {
		if err != nil {
			log.Fatal(err)
		}
	}
	model, err := run.Model(ctx)
	if err != nil {
		log.Fatal(err)
	}
	next, err := model.Forecast(ctx, readings, 4, 0.9)
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range next.All {
		fmt.Println(f.Series, f.Channel, "from", f.Times[0], len(f.Values), "values,", f.Low[0] <= f.Values[0] && f.Values[0] <= f.High[0])
	}
	found, err := model.Anomalies(ctx, open(560), 0.01)
	if err != nil {
		log.Fatal(err)
	}
	for _, a := range found.All {
		if a.From <= 560 && 560 < a.Until {
			fmt.Println("the broken pump is found, by its", a.Kind)
		}
	}
	// Output:
	// pump.csv temperature from 2026-01-01 10:00 4 values, true
	// pump.csv hum from 2026-01-01 10:00 4 values, true
	// the broken pump is found, by its forecast
}
