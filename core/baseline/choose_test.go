package baseline

import (
	"slices"
	"testing"

	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/probe"
	"autodidact/core/rng"
	"autodidact/core/tensor"
)

// known predicts samples of which one number decides the class.
func known(name string, says func(i int) string) candidate {
	return candidate{name: name, settings: []float64{1}, fit: func(trainSet, []float64) []predictor {
		return []predictor{func(at []int) probe.Probabilities {
			s := probe.Probabilities{Classes: []string{"even", "odd"}}
			for _, i := range at {
				v := []float32{1, 0}
				if says(i) == "odd" {
					v = []float32{0, 1}
				}
				s.Data = append(s.Data, v...)
			}
			return s
		}}
	}}
}

func parity(i int) string { return []string{"even", "odd"}[i%2] }

func TestTheCandidateIsTakenThatCrossValidationPrefers(t *testing.T) {
	b := &Baseline{candidates: []candidate{known("wrong", func(int) string { return "odd" }), known("right", parity), known("as good", parity)}}
	var train []int
	var labels []string
	for i := range 20 {
		train, labels = append(train, i), append(labels, parity(i))
	}
	for n, want := range map[int]string{2: "wrong", 4: "right", 20: "right"} { // of one label of each class nothing is chosen by
		if _, name, err := b.Fit(t.Context(), train[:n], labels[:n], rng.New(1)); err != nil || name != want {
			t.Errorf("%d labels: %q is taken, want %q; %v", n, name, want, err)
		}
	}
}

// Of 20 samples the first candidate is right but for some; another must be ahead by 1.5 standard errors, the root of these.
func TestACandidateThatIsRarelyBetterMustBeClearlyAhead(t *testing.T) {
	for wrong, want := range map[int]string{0: "mostly right", 2: "mostly right", 3: "right"} {
		right := known("right", parity)
		right.ahead = 1.5
		b := &Baseline{candidates: []candidate{known("mostly right", func(i int) string {
			if i < 2*wrong && i%2 == 0 {
				return "odd"
			}
			return parity(i)
		}), right}}
		var labels []string
		for i := range 20 {
			labels = append(labels, parity(i))
		}
		if _, name, err := b.Fit(t.Context(), probe.All(20), labels, rng.New(1)); err != nil || name != want {
			t.Errorf("%d wrong: %q is taken, want %q; %v", wrong, name, want, err)
		}
	}
}

func TestFoldsTestEachSampleOnceAndKeepClassesEven(t *testing.T) {
	var all trainSet
	for i := range 50 {
		all.at, all.labels = append(all.at, 100+i), append(all.labels, map[bool]string{true: "few", false: "many"}[i%5 == 0])
	}
	var test []int
	for _, f := range makeFolds(all, 0, rng.New(1)) {
		n := 0
		for k, i := range f.test.at {
			if slices.Contains(f.train.at, i) || all.labels[i-100] != f.test.labels[k] {
				t.Errorf("sample %d is given, or has another label", i)
			}
			if f.test.labels[k] == "few" {
				n++
			}
		}
		if n != 2 || len(f.train.at)+len(f.test.at) != 50 {
			t.Errorf("%d of the small class are asked about", n)
		}
		test = append(test, f.test.at...)
	}
	if slices.Sort(test); !slices.Equal(test, all.at) {
		t.Errorf("asked about %v", test)
	}
}

func TestColoursAreCountedByQuadrant(t *testing.T) {
	// [2, 2, 3]: red, black; white, red.
	x := tensor.Bytes([]byte{255, 0, 0, 0, 0, 0, 255, 255, 255, 255, 0, 0}, 2, 2, 3)
	f := colourHistograms(&data.Set{Of: data.Images, X: []*tensor.Tensor{x}})
	for q, bin := range []int{48, 0, 63, 48} {
		if f.Data[q*64+bin] != 1 {
			t.Errorf("quadrant %d has %v of bin %d", q, f.Data[q*64+bin], bin)
		}
	}
	if sum := f.Data; len(sum) != 256 {
		t.Errorf("%d numbers", len(sum))
	}
}

func TestOfAClipFramesAreAveraged(t *testing.T) {
	pix := make(kernel.Bytes, 8*2*2*3)
	for k := range pix {
		pix[k] = byte(k / 12 * 30) // each frame is even
	}
	clip := &data.Set{Of: data.Video, X: []*tensor.Tensor{tensor.Bytes(pix, 8, 2, 2, 3)}}
	f := averaged([]*data.Set{clip}, func(set *data.Set) probe.Features { return probe.RawPixels(set, 1) })
	if want := float32(4*30)/127.5 - 1; f.N != 1 || f.Data[0]-want > 1e-5 || want-f.Data[0] > 1e-5 { // of frames 1, 3, 5 and 7
		t.Errorf("%v, want %v", f.Data, want)
	}
}

func TestWordsOfTextsAreThoseOfScikitLearnButWhereThereAreNoSpaces(t *testing.T) {
	for text, want := range map[string][]string{
		"It's a Test, of 2 words_x 10!": {"it", "test", "of", "words_x", "10"},
		"猫が好き cats":                     {"猫", "が", "好", "き", "cats"},
	} {
		if got := terms(text); !slices.Equal(got, want) {
			t.Errorf("%q has %q, want %q", text, got, want)
		}
	}
}
