package data

import (
	"encoding/json"
	"fmt"
	"image/color"
	"strings"
	"testing"
	"time"
)

// inspected is what inspect -json prints of a set.
func inspected(t *testing.T, s *Set, notices ...Rejected) string {
	t.Helper()
	raw, err := json.Marshal(s.Inspection(notices))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestPicturesAreInspectedAtTheirOwnSizeUpright(t *testing.T) {
	set, rejected, err := ReadImages(t.Context(), []File{
		file("cat/a.png", asPNG(plain(48, 16, color.RGBA{200, 60, 60, 255}))),
		file("dog/held.jpg", held(plain(120, 80, color.White), 6)),
		file("dog/glass.png", asPNG(plain(30, 20, color.Transparent))),
		file("empty.png", nil),
	}, 8, DecodePicture, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"kind":"image","samples":3,"labels":{"cat":1,"dog":2},"pictures":[` +
		`{"name":"cat/a.png","width":48,"height":16,"meanRGB":[200,60,60]},` +
		`{"name":"dog/glass.png","width":30,"height":20,"meanRGB":[255,255,255]},` +
		`{"name":"dog/held.jpg","width":80,"height":120,"meanRGB":[255,255,255]}],` +
		`"notes":[],"rejected":[{"name":"empty.png","code":"empty","reason":"empty"}]}`
	if got := inspected(t, set, rejected...); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

func TestTheMeanColourIsRounded(t *testing.T) {
	if got := meanRGB([]byte{0, 10, 255, 1, 10, 255, 1, 12, 254}); got != [3]int{1, 11, 255} {
		t.Errorf("mean %v, want 1 11 255", got)
	}
}

func TestSeriesAreInspectedWithTheirTimesAndFigures(t *testing.T) {
	rows := strings.Split(strings.TrimSpace(rowsOf(200, "%t,%d.1,0.5,", time.RFC3339, 10*time.Minute)), "\n")
	rows[7] = strings.Replace(rows[7], ",8.1,", ",,", 1) // no reading
	set, rejected, err := ReadSeries(t.Context(), []File{plainFile("logger.csv", "time,temp,hum,none\n"+strings.Join(rows, "\n")+"\n")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	set.Cut(96)
	in := set.Inspection(rejected)
	in.Notes = []string{} // whose words are the reader's matter
	raw, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(`{"kind":"series","samples":%d,"labels":{},"series":[{"name":"logger.csv","rows":200,"channels":["temp","hum","none"],`+
		`"from":"2024-01-28T00:00:00Z","to":"2024-01-29T09:10:00Z","stepSeconds":600,"missing":201,"mean":[101.06483,0.5,null],"min":[1.1,0.5,null],"max":[200.1,0.5,null]}],`+
		`"notes":[],"rejected":[]}`, set.Len())
	if string(raw) != want || set.Len() < 2 {
		t.Errorf("%s\nwant\n%s", raw, want)
	}
}

func TestUnevenStepsAreInspectedByTheirMedian(t *testing.T) {
	at := time.Date(2024, 1, 28, 0, 0, 0, 0, time.UTC)
	table := "time,x\n"
	for i, after := range []time.Duration{0, 10, 20, 33, 43, 53, 63, 73.5e9, 83, 93} {
		if after < 1e9 {
			after *= time.Second
		}
		table += at.Add(after).Format("2006-01-02 15:04:05.0") + fmt.Sprintf(",%d\n", i)
	}
	set, rejected, err := ReadSeries(t.Context(), []File{plainFile("u.csv", table)}, nil)
	if err != nil || set.Recordings == nil {
		t.Fatal(err, rejected)
	}
	seen := set.Inspection(rejected).Series[0]
	if seen.StepSeconds != 10 || !seen.Uneven || seen.From != "2024-01-28T00:00:00Z" || seen.To != "2024-01-28T00:01:33Z" {
		t.Errorf("%+v", seen)
	}
}

func TestACollectionHasNoTimesAndItsClassesAreLabels(t *testing.T) {
	line := "\t0.5\t1\t1.5\t2\t2.5\t3\t3.5\t4\n"
	set, rejected, err := ReadSeries(t.Context(), []File{plainFile("Beat_TRAIN.tsv", "1"+line+"2"+line+"1"+line)}, nil)
	if err != nil || set.Recordings == nil {
		t.Fatal(err, rejected)
	}
	set.Cut(96)
	in := set.Inspection(rejected)
	if in.Samples != 3 || in.Labels["1"] != 2 || in.Labels["2"] != 1 || len(in.Series) != 3 {
		t.Errorf("%+v", in)
	}
	want := `{"name":"Beat_TRAIN.tsv, row 2","rows":8,"channels":["value"],"missing":0,"mean":[2.25],"min":[0.5],"max":[4]}`
	if raw, err := json.Marshal(in.Series[1]); err != nil || string(raw) != want {
		t.Errorf("%s, %v", raw, err)
	}
}

func TestTextsAreInspectedByCharactersAndWords(t *testing.T) {
	set, rejected, err := ReadTexts(t.Context(), []File{plainFile("t.csv", "text,label\n\"The cat, it sat.\",a\nÜber 中文,b\n")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"kind":"text","samples":2,"labels":{"a":1,"b":1},"texts":[{"name":"t.csv, row 2","characters":16,"tokens":6},{"name":"t.csv, row 3","characters":7,"tokens":3}],"notes":[],"rejected":[]}`
	if got := inspected(t, set, rejected...); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

func TestClipsAreInspectedByFramesAndSize(t *testing.T) {
	set, rejected, err := ReadClips(t.Context(), []File{file("a/x.gif", asFilm(40, 24, 10, 0, 40, 80)), file("b/1.png", asPNG(plain(32, 16, color.White))), file("b/2.png", asPNG(plain(32, 16, color.Black)))},
		Clips{Side: 8, Rate: 10}, DecodePicture, DecodeClip, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"kind":"video","samples":2,"labels":{},"clips":[{"name":"a/x.gif","frames":3,"width":40,"height":24},{"name":"b","frames":2,"width":32,"height":16}],"notes":[],"rejected":[]}`
	if got := inspected(t, set, rejected...); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

func TestAnInspectionListsAThousandAndCountsTheRest(t *testing.T) {
	set := &Set{Of: Text, Texts: &Texts{}}
	notices := []Rejected{{"t.csv", Notice, "days are read before months"}}
	for i := range mostListed + 2 {
		set.Names, set.Labels = append(set.Names, fmt.Sprint(i)), append(set.Labels, "")
		set.Texts.Append("some words")
		notices = append(notices, Rejected{fmt.Sprint(i), "empty", "empty"})
	}
	in := set.Inspection(append(notices, Rejected{"last", "empty", "empty"}))
	if in.Samples != 1002 || len(in.Texts) != 1000 || in.More["texts"] != 2 || len(in.Rejected) != 1000 || in.More["rejected"] != 3 {
		t.Errorf("%d samples, %d texts, %d rejected, more %v", in.Samples, len(in.Texts), len(in.Rejected), in.More)
	}
	if len(in.Notes) != 1 || in.Notes[0] != "t.csv: days are read before months" {
		t.Errorf("notes %q", in.Notes)
	}
}

func TestNothingIsInspectedToo(t *testing.T) {
	for kind, list := range map[Kind]string{Images: "pictures", Video: "clips", Text: "texts", Series: "series"} {
		want := fmt.Sprintf(`{"kind":%q,"samples":0,"labels":{},%q:[],"notes":[],"rejected":[]}`, kind, list)
		if got := inspected(t, &Set{Of: kind}); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
