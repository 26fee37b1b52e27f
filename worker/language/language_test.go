package language

import (
	"slices"
	"strings"
	"testing"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/kernel/cpu"
	"autodidact/worker/run"
	"autodidact/worker/testsets"
)

var tinyTexts = run.Config{Task: "maskedlm", Kind: data.Text, Encoder: "bert-1x16x2x32x32", Size: 32, Batch: 4, Steps: 40, Vocab: 200, Seed: 2}

func trained(t *testing.T, c run.Config, set *data.Set) *run.Run {
	t.Helper()
	r, err := run.New(c, set, cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range r.Steps(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func modelOf(t *testing.T, r *run.Run) *checkpoint.State {
	t.Helper()
	s, err := r.Model(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// notices says whether there is a notice about something that has some words in it.
func notices(notes []data.Rejected, name, words string) bool {
	return slices.ContainsFunc(notes, func(n data.Rejected) bool {
		return n.Name == name && n.Code == data.Notice && strings.Contains(n.Reason, words)
	})
}

func TestBlanksAreFilledWithWordsThatFitAfterTraining(t *testing.T) {
	if testing.Short() {
		t.Skip("trains for 600 steps")
	}
	set := testsets.Weather(160)
	c := tinyTexts
	c.Encoder, c.Steps, c.Batch, c.Rate = "bert-2x32x2x64x32", 600, 8, 3e-3
	c.Options = []byte(`{"dropout": 0}`)
	r := trained(t, c, set)
	score, err := r.Validate(t.Context())
	if err != nil || score["accuracy"] < 1.5*score["baseAccuracy"] || score["perplexity"] > score["basePerplexity"] {
		t.Errorf("on texts held out: %v, %v", score, err)
	}
	model := modelOf(t, r)
	e, _, err := run.OpenEmbedder(model, cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	head, err := OpenHead(model, e)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string][]string{
		"waves crossed the ___ while gulls followed the bay": {"bay", "harbour", "open"},
		"crowds ___ the square while lamps lined the street": {"filled", "lined", "blocked"},
	} {
		blanks, err := Fill(t.Context(), e, head, text, 3)
		if err != nil || len(blanks) != 1 || len(blanks[0]) != 3 {
			t.Fatalf("%q: %v, %v", text, blanks, err)
		}
		if !slices.Contains(want, blanks[0][0].Text) {
			t.Errorf("%q is filled with %v, want one of %v", text, blanks[0], want)
		}
	}
	if _, err := Fill(t.Context(), e, head, "no blank here", 3); err == nil || !strings.Contains(err.Error(), "___") {
		t.Errorf("a text without a blank: %v", err)
	}
	if _, err := Fill(t.Context(), e, head, strings.Repeat("waves ", 100)+"___", 3); err == nil || !strings.Contains(err.Error(), "beyond") {
		t.Errorf("a blank beyond what is read: %v", err)
	}
}

func TestABlankBeyondWhatIsReadIsNotDroppedBesideOneThatIsRead(t *testing.T) {
	c := tinyTexts
	c.Steps = 1
	r := trained(t, c, testsets.Weather(40))
	e, head := r.Embedder(), r.Task.(run.TokenTask).TokenHead()
	if _, err := Fill(t.Context(), e, head, "___ "+strings.Repeat("waves ", 60)+"___", 2); err == nil || !strings.Contains(err.Error(), "1 of the 2 blanks lie beyond the 32 tokens") {
		t.Errorf("%v", err)
	}
	if notes := Unread(e, "a text", strings.Repeat("waves ", 60)); !notices(notes, "a text", "the encoder reads 30: the last ") {
		t.Errorf("%v", notes)
	}
	if notes := Unread(e, "a text", "waves"); notes != nil {
		t.Errorf("%v", notes)
	}
}

func TestTwoOrMoreUnderscoresAreABlank(t *testing.T) {
	for text, want := range map[string]string{"": "", "a_b": "a_b", "__": "M", "___ ends": "M ends", "it ____": "it M", "_ and __ and _x": "_ and M and _x", "é___é": "éMé"} {
		if got := masked(text, "M"); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
