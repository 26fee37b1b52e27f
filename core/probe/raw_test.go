package probe

import (
	"testing"

	"autodidact/core/data"
	"autodidact/core/tensor"
)

func TestRawAveragesTheCentralSquare(t *testing.T) {
	// [2, 4, 1]: only the middle two columns are looked at.
	wide := tensor.Bytes([]byte{
		255, 0, 10, 255,
		255, 20, 30, 255}, 2, 4, 1)
	f := RawPixels(&data.Set{X: []*tensor.Tensor{wide}, Names: []string{"wide"}}, 1)
	if want := 15/127.5 - 1; f.N != 1 || f.Width != 1 || !near(float64(f.Data[0]), want, 1e-6) {
		t.Errorf("got %v, want %v", f.Data, want)
	}
}

func TestRawSharesPixelsAcrossBoxes(t *testing.T) {
	// Three columns into two: the middle one counts half to each, (2*0 + 90)/3 and (2*180 + 90)/3.
	x := tensor.Bytes([]byte{0, 90, 180, 0, 90, 180, 0, 90, 180}, 3, 3, 1)
	f := RawPixels(&data.Set{X: []*tensor.Tensor{x}}, 2)
	for i, want := range []float64{30, 150, 30, 150} {
		if !near(float64(f.Data[i]), want/127.5-1, 1e-6) {
			t.Errorf("box %d: %v, want %v", i, f.Data[i], want/127.5-1)
		}
	}
}

func TestRawTakesPicturesOfAnySize(t *testing.T) {
	set := &data.Set{}
	for _, s := range [][2]int{{1, 1}, {7, 3}, {64, 48}, {8, 8}} {
		pix := make([]byte, s[0]*s[1]*3)
		for i := range pix {
			pix[i] = byte([]int{51, 102, 255}[i%3])
		}
		set.X = append(set.X, tensor.Bytes(pix, s[0], s[1], 3))
	}
	f := RawPixels(set, 8)
	if f.Width != 8*8*3 || len(f.Data) != 4*f.Width {
		t.Fatalf("%d numbers of width %d", len(f.Data), f.Width)
	}
	for i, v := range f.Data { // one color stays one color, whatever the size
		if want := []float64{-0.6, -0.2, 1}[i%3]; !near(float64(v), want, 1e-5) {
			t.Fatalf("sample %d: %v, want %v", i/f.Width, v, want)
		}
	}
}
