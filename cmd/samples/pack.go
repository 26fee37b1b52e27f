package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"image"
	"image/png"
	"io/fs"
	"runtime"
	"strings"
	"sync"
	"time"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"
)

const side = 64 // pixels

// An entry is a file of a zip.
type entry struct {
	path string
	raw  []byte
}

// pictures are the set's, shrunk to side × side.
func pictures(set []emoji, assets fs.FS) ([]entry, error) {
	raws, err := shrinkAll(set, assets)
	if err != nil {
		return nil, err
	}
	var all []entry
	for i, e := range set {
		all = append(all, entry{e.path, raws[i]})
	}
	return all, nil
}

// pack zips files. The same files give the same bytes. Pictures are compressed already, so
// they are stored.
func pack(files []entry) ([]byte, error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, e := range files {
		// A zip's own calendar begins in 1980; a time is asked for, so it is always that one.
		method := zip.Store
		if strings.HasSuffix(e.path, ".csv") {
			method = zip.Deflate
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: e.path, Method: method, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)})
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(e.raw); err != nil {
			return nil, err
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// shrinkAll works on all cores; pictures come in the order of set.
func shrinkAll(set []emoji, assets fs.FS) ([][]byte, error) {
	pictures, errs := make([][]byte, len(set)), make([]error, len(set))
	next := make(chan int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range next {
				pictures[i], errs[i] = shrink(assets, set[i].asset)
			}
		})
	}
	for i := range set {
		next <- i
	}
	close(next)
	workers.Wait()
	for i, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("%s: %w", set[i].asset, err)
		}
	}
	return pictures, nil
}

// shrink reads one WebP and returns it as a PNG, transparency kept.
func shrink(assets fs.FS, asset string) ([]byte, error) {
	f, err := assets.Open(asset)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	large, err := webp.Decode(f)
	if err != nil {
		return nil, err
	}
	small := image.NewNRGBA(image.Rect(0, 0, side, side))
	draw.CatmullRom.Scale(small, fit(large.Bounds()), large, large.Bounds(), draw.Src, nil)
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	err = encoder.Encode(&out, small)
	return out.Bytes(), err
}

// fit is where a picture goes in the middle of the square; most are square themselves.
func fit(b image.Rectangle) image.Rectangle {
	long := max(b.Dx(), b.Dy())
	w, h := max(1, b.Dx()*side/long), max(1, b.Dy()*side/long)
	at := image.Pt((side-w)/2, (side-h)/2)
	return image.Rectangle{at, at.Add(image.Pt(w, h))}
}
