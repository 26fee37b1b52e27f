package worker

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"strings"
	"testing"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel/cpu"
)

// sliding is a GIF of a bright bar that moves a step a frame, or stands still.
func sliding(n, step int) []byte {
	g := &gif.GIF{}
	for f := range n {
		m := image.NewPaletted(image.Rect(0, 0, 24, 24), color.Palette{color.Black, color.White})
		for p := range m.Pix {
			if x := p%24 - f*step; x >= 2 && x < 6 {
				m.Pix[p] = 1
			}
		}
		g.Image, g.Delay = append(g.Image, m), append(g.Delay, 12)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, g); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// giveClips adds eight clips that move and one that does not.
func giveClips(k *talk) reply {
	add := Add{Size: 16}
	var raws []any
	for i := range 9 {
		step := 1 + i%2
		if i == 8 {
			step = 0
		}
		raw := sliding(8, step)
		add.Files = append(add.Files, FileInfo{Path: fmt.Sprintf("%s/%d.gif", []string{"slow", "fast"}[i%2], i), Size: int64(len(raw))})
		raws = append(raws, raw)
	}
	return k.await(k.post(add, raws...))
}

func TestClipsAreLearnedFromAndStillOnesAreSetAside(t *testing.T) {
	k := newTalk(t, checkpoint.NewMemory())
	added, ok := giveClips(k).event.(Added)
	if !ok || added.Kind != data.Video || added.Total != 9 || len(added.Labels) != 2 {
		t.Fatalf("%+v", added)
	}
	picture := Add{Size: 16, Files: []FileInfo{{Path: "a.png", Size: 1}}}
	if e, ok := k.await(k.post(picture, []byte("x"))).event.(Failed); !ok || e.Code != Misfit || !strings.Contains(e.Message, "clear that first") {
		t.Errorf("a picture among clips: %+v", e)
	}
	for _, task := range []string{"frameorder", "rotation"} {
		k.await(k.post(Configure{Config{Task: task, Size: 16, Batch: 8, Steps: 3}}))
		k.seen = nil
		if done, ok := k.await(k.post(Start{})).event.(Done); !ok || done.Steps != 3 {
			t.Fatalf("%s: %+v", task, done)
		}
		var aside []data.Rejected
		for _, e := range k.seen {
			if e, ok := e.(SetAside); ok {
				aside = e.Samples
			}
		}
		if task == "frameorder" && (len(aside) != 1 || aside[0].Name != "slow/8.gif" || !strings.HasPrefix(aside[0].Reason, "too still")) {
			t.Errorf("set aside: %+v", aside)
		}
		if task == "rotation" && len(aside) > 0 {
			t.Errorf("turned pictures set aside: %+v", aside)
		}
		if e := k.await(k.post(Embed{})).event.(Embedding); e.Shape[0] != 9 {
			t.Errorf("%s: embedding %v", task, e.Shape)
		}
		if p := k.await(k.post(Pictures{Side: 8})).event.(Pixels); p.Shape[0] != 9 {
			t.Errorf("%s: pictures %v", task, p.Shape)
		}
		if e := k.await(k.post(Probe{Method: "knn", Against: []string{"random", "raw"}})).event.(Probed); len(e.Results) != 3 {
			t.Errorf("%s: probed %+v", task, e)
		}
	}
	k.await(k.post(Configure{Config{Task: "frameorder", Size: 16, Batch: 9, Steps: 3}}))
	if e := k.await(k.post(Start{})).event.(Failed); e.Code != TooFew || !strings.Contains(e.Message, "1 were set aside: slow/8.gif is too still") {
		t.Errorf("too few: %+v", e)
	}
}

func TestPicturesAreNoClips(t *testing.T) {
	_, err := NewRun(Config{Task: "frameorder", Size: 16, Batch: 8}, resumable(data.Images), cpu.New())
	if err == nil || failure(err).Code != Misfit {
		t.Errorf("frame order of pictures: %v", err)
	}
	run, err := FromScratch(Config{Size: 16, Batch: 4, Steps: 1}, resumable(data.Video), cpu.New())
	if err != nil || run.from.Len() != 64 {
		t.Errorf("labels of clips are learned from their frames: %v", err)
	}
}
