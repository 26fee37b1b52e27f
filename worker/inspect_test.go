package worker

import (
	"testing"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
)

func TestASessionTellsWhatWasReadSinceItWasCleared(t *testing.T) {
	k := newTalk(t, checkpoint.NewMemory())
	if in := must[Inspected](k, Inspect{}); in.Samples != 0 || len(in.Rejected) != 0 {
		t.Errorf("of nothing it tells %+v", in)
	}
	files, attached := pictures(4)
	must[Added](k, Add{Files: files, Size: 16}, attached...)
	must[Added](k, Add{Files: []FileInfo{{Path: "disks/empty.png"}}, Size: 16}, []byte{})
	in := must[Inspected](k, Inspect{})
	if in.Kind != data.Images || in.Samples != 4 || in.Labels["disks"] != 2 || len(in.Pictures) != 4 || in.Pictures[0].Name != "disks/00.png" || in.Pictures[0].Width != 24 {
		t.Errorf("%+v", in)
	}
	if len(in.Rejected) != 1 || in.Rejected[0].Name != "disks/empty.png" {
		t.Errorf("rejected %+v", in.Rejected)
	}
	must[Added](k, Omit{Names: []string{"disks/00.png"}})
	if in := must[Inspected](k, Inspect{}); in.Samples != 3 || in.Pictures[0].Name != "disks/02.png" || in.Pictures[0].Width != 24 {
		t.Errorf("after one was left out: %+v", in)
	}
	must[OK](k, Clear{})
	table := []byte("time,temp,site\n2024-01-01,1,roof\n2024-01-02,2,roof\n2024-01-03,3,roof\n2024-01-04,4,roof\n2024-01-05,5,roof\n2024-01-06,6,roof\n2024-01-07,7,roof\n2024-01-08,8,roof\n")
	must[Added](k, Add{Files: []FileInfo{{Path: "a.csv", Size: int64(len(table))}}, Size: 16}, table)
	in = must[Inspected](k, Inspect{})
	if in.Kind != data.Series || in.Pictures != nil || len(in.Rejected) != 0 || len(in.Notes) != 1 || len(in.Series) != 1 {
		t.Fatalf("%+v", in)
	}
	if s := in.Series[0]; s.Rows != 8 || s.From != "2024-01-01T00:00:00Z" || s.StepSeconds != 86400 || s.Mean[0] != 4.5 || s.Max[0] != 8 {
		t.Errorf("%+v", s)
	}
}
