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
	"autodidact/worker/evaluate"
	"autodidact/worker/protocol"
	"autodidact/worker/run"
)

func TestNoticesOfDecodingAreSentWithTheFilesOnce(t *testing.T) {
	k := newTalk(t, checkpoint.NewMemory())
	k.notes = []data.Rejected{{Name: "This browser", Code: data.Notice, Reason: "it alters canvases"}}
	files, attached := pictures(2)
	if added := must[protocol.Added](k, protocol.Add{Files: files, Size: 16}, attached...); added.Accepted != 2 || len(added.Rejected) != 1 || added.Rejected[0].Reason != "it alters canvases" {
		t.Errorf("added %+v", added)
	}
	if again := must[protocol.Added](k, protocol.Add{Files: files, Size: 16}, attached...); len(again.Rejected) != 0 {
		t.Errorf("sent again: %v", again.Rejected)
	}
}

func TestASessionInspectsWhatWasReadSinceItWasCleared(t *testing.T) {
	k := newTalk(t, checkpoint.NewMemory())
	if in := must[protocol.Inspected](k, protocol.Inspect{}); in.Samples != 0 || len(in.Rejected) != 0 {
		t.Errorf("of nothing it says %+v", in)
	}
	files, attached := pictures(4)
	must[protocol.Added](k, protocol.Add{Files: files, Size: 16}, attached...)
	must[protocol.Added](k, protocol.Add{Files: []protocol.FileInfo{{Path: "disks/empty.png"}}, Size: 16}, []byte{})
	in := must[protocol.Inspected](k, protocol.Inspect{})
	if in.Kind != data.Images || in.Samples != 4 || in.Labels["disks"] != 2 || len(in.Pictures) != 4 || in.Pictures[0].Name != "disks/00.png" || in.Pictures[0].Width != 24 {
		t.Errorf("%+v", in)
	}
	if len(in.Rejected) != 1 || in.Rejected[0].Name != "disks/empty.png" {
		t.Errorf("rejected %+v", in.Rejected)
	}
	must[protocol.Added](k, protocol.Omit{Names: []string{"disks/00.png"}})
	if in := must[protocol.Inspected](k, protocol.Inspect{}); in.Samples != 3 || in.Pictures[0].Name != "disks/02.png" || in.Pictures[0].Width != 24 {
		t.Errorf("after one was left out: %+v", in)
	}
	must[protocol.OK](k, protocol.Clear{})
	table := []byte("time,temp,site\n2024-01-01,1,roof\n2024-01-02,2,roof\n2024-01-03,3,roof\n2024-01-04,4,roof\n2024-01-05,5,roof\n2024-01-06,6,roof\n2024-01-07,7,roof\n2024-01-08,8,roof\n")
	must[protocol.Added](k, protocol.Add{Files: []protocol.FileInfo{{Path: "a.csv", Size: int64(len(table))}}, Size: 16}, table)
	in = must[protocol.Inspected](k, protocol.Inspect{})
	if in.Kind != data.Series || in.Pictures != nil || len(in.Rejected) != 0 || len(in.Notes) != 1 || len(in.Series) != 1 {
		t.Fatalf("%+v", in)
	}
	if s := in.Series[0]; s.Rows != 8 || s.From != "2024-01-01T00:00:00Z" || s.StepSeconds != 86400 || s.Mean[0] != 4.5 || s.Max[0] != 8 {
		t.Errorf("%+v", s)
	}
}

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
	add := protocol.Add{Size: 16}
	var raws []any
	for i := range 9 {
		step := 1 + i%2
		if i == 8 {
			step = 0
		}
		raw := sliding(8, step)
		add.Files = append(add.Files, protocol.FileInfo{Path: fmt.Sprintf("%s/%d.gif", []string{"slow", "fast"}[i%2], i), Size: int64(len(raw))})
		raws = append(raws, raw)
	}
	return k.await(k.post(add, raws...))
}

func TestASessionTrainsOnClipsAndSetsStillOnesAside(t *testing.T) {
	k := newTalk(t, checkpoint.NewMemory())
	added, ok := giveClips(k).event.(protocol.Added)
	if !ok || added.Kind != data.Video || added.Total != 9 || len(added.Labels) != 2 {
		t.Fatalf("%+v", added)
	}
	picture := protocol.Add{Size: 16, Files: []protocol.FileInfo{{Path: "a.png", Size: 1}}}
	if e, ok := k.await(k.post(picture, []byte("x"))).event.(protocol.Failed); !ok || e.Code != protocol.Misfit || !strings.Contains(e.Message, "clear that first") {
		t.Errorf("a picture among clips: %+v", e)
	}
	for _, task := range []string{"frameorder", "rotation"} {
		k.await(k.post(protocol.Configure{Config: run.Config{Task: task, Size: 16, Batch: 8, Steps: 3}}))
		k.seen = nil
		if done, ok := k.await(k.post(protocol.Start{})).event.(protocol.Done); !ok || done.Steps != 3 {
			t.Fatalf("%s: %+v", task, done)
		}
		var aside []data.Rejected
		for _, e := range k.seen {
			if e, ok := e.(protocol.SetAside); ok {
				aside = e.Samples
			}
		}
		if task == "frameorder" && (len(aside) != 1 || aside[0].Name != "slow/8.gif" || !strings.HasPrefix(aside[0].Reason, "too still")) {
			t.Errorf("set aside: %+v", aside)
		}
		if task == "rotation" && len(aside) > 0 {
			t.Errorf("turned pictures set aside: %+v", aside)
		}
		if e := k.await(k.post(protocol.Embed{})).event.(protocol.Embedding); e.Shape[0] != 9 {
			t.Errorf("%s: embedding %v", task, e.Shape)
		}
		if p := k.await(k.post(protocol.Pictures{Side: 8})).event.(protocol.Pixels); p.Shape[0] != 9 {
			t.Errorf("%s: pictures %v", task, p.Shape)
		}
		if e := k.await(k.post(protocol.Probe{Plan: evaluate.Plan{Method: "knn", Against: []string{"random", "raw"}}})).event.(protocol.Probed); len(e.Results) != 3 {
			t.Errorf("%s: probed %+v", task, e)
		}
	}
	k.await(k.post(protocol.Configure{Config: run.Config{Task: "frameorder", Size: 16, Batch: 9, Steps: 3}}))
	if e := k.await(k.post(protocol.Start{})).event.(protocol.Failed); e.Code != protocol.TooFew || !strings.Contains(e.Message, "1 were set aside: slow/8.gif is too still") {
		t.Errorf("too few: %+v", e)
	}
}

func TestWindowsOfSeriesCannotBeLeftOut(t *testing.T) {
	k := newTalk(t, checkpoint.NewMemory())
	must[protocol.Added](k, protocol.Add{Files: []protocol.FileInfo{{Path: "a.csv", Size: 1}}, Size: 16}, seriesTable(60))
	k.mustFail(protocol.Misfit, protocol.Omit{Names: []string{"a.csv"}})
}

func TestNamesThatCannotBeLeftOutAreReported(t *testing.T) {
	k := newTalk(t, checkpoint.NewMemory())
	files, attached := pictures(4)
	must[protocol.Added](k, protocol.Add{Files: files}, attached...)
	must[protocol.Added](k, protocol.Omit{Names: []string{"nowhere.png"}})
	if n, ok := k.seen[len(k.seen)-1].(protocol.Noticed); !ok || !hasNotice(n.Notices, "leaving out", "no sample here is named nowhere.png") {
		t.Errorf("%+v", k.seen)
	}
}
