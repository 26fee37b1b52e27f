package language

import (
	"fmt"
	"strings"
	"testing"

	"autodidact/core/kernel/cpu"
	"autodidact/core/rng"
	"autodidact/worker/run"
	"autodidact/worker/testsets"
)

func TestQuestionsAreAnsweredFromTheirContext(t *testing.T) {
	people, places := []string{"anna", "boris", "carla", "dmitri", "edith", "frank"}, []string{"paris", "rome", "oslo", "cairo", "lima", "delhi"}
	var questions []Question
	var all strings.Builder
	all.WriteString("text\n")
	for i := range 60 {
		who, where := people[i%6], places[(i/6+i)%6]
		text := fmt.Sprintf("in the spring %s went by train to %s with a friend", who, where)
		all.WriteString(text + "\n" + "where did she go and who went there\n")
		questions = append(questions, Question{"where did they go", text, where, strings.Index(text, where)}, Question{"who went there", text, who, strings.Index(text, who)})
	}
	c := tinyTexts
	c.Encoder, c.Steps = "bert-2x32x2x64x32", 20
	e, _, err := run.OpenEmbedder(modelOf(t, trained(t, c, testsets.Texts("a.csv", []byte(all.String())))), cpu.New())
	if err != nil {
		t.Fatal(err)
	}
	a, err := NewAnswerer(e, rng.New(1))
	if err != nil {
		t.Fatal(err)
	}
	train, test := questions[:100], questions[100:]
	if beyond, err := a.Learn(t.Context(), train, nil); err != nil || beyond != 0 {
		t.Fatalf("%d beyond, %v", beyond, err)
	}
	exact, f1, err := a.Evaluate(t.Context(), test)
	t.Logf("exact %.2f, F1 %.2f", exact, f1)
	if err != nil || exact < 0.7 || f1 < exact {
		t.Errorf("exact %.2f, F1 %.2f, %v", exact, f1, err)
	}
}

func TestQuestionsAreReadAndWhatIsWrongIsNamed(t *testing.T) {
	good := `[{"question":"who?","context":"Ünal came","answer":{"text":"came","start":5}},{"question":"who?","context":"Ann came","answer":"Ann"}]`
	all, _, err := Questions([]byte(good))
	if err != nil || len(all) != 2 || all[0].Context[all[0].At:] != "came" {
		t.Errorf("%+v, %v", all, err)
	}
	squad := `{"data":[{"paragraphs":[{"context":"Ann came","qas":[{"question":"who?","answers":[{"text":"Ann","answer_start":0}]},{"question":"why?","answers":[]}]}]}]}`
	if all, _, err := Questions([]byte(squad)); err != nil || len(all) != 1 {
		t.Errorf("%+v, %v", all, err)
	}
	for raw, reason := range map[string]string{
		`[{"question":"who?","context":"Ann came","answer":"Bob"}]`:                    "question 1",
		`[{"question":"who?","context":"Ann came","answer":{"text":"Ann","start":3}}]`: "at character 3",
		`[{"question":"who?","context":"Ann came","answer":7}]`:                        "neither words nor an object",
		`{"rows":3}`: "JSON list",
	} {
		if _, _, err := Questions([]byte(raw)); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%s: %v", raw, err)
		}
	}
}

func TestQuestionsThatAreNotUsedAreCounted(t *testing.T) {
	squad := `{"data":[{"paragraphs":[{"context":"Ann came early","qas":[
		{"question":"who?","answers":[{"text":"Ann","answer_start":0},{"text":"Ann came","answer_start":0}]},
		{"question":"why?","answers":[]},{"question":"how?","answers":[]}]}]}]}`
	all, notes, err := Questions([]byte(squad))
	if err != nil || len(all) != 1 || !notices(notes, "questions", `2 of 3 have no answer and were left out, for that something cannot be answered is not learned: "why?", "how?"`) ||
		!notices(notes, "questions", "1 have several answers: the first is learned") {
		t.Errorf("%v, %v, %v", all, notes, err)
	}
	c := tinyTexts
	c.Steps = 1
	a, err := NewAnswerer(trained(t, c, testsets.Weather(40)).Embedder(), rng.New(1))
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("waves ", 50) + "gulls"
	notes = a.Unread([]Question{{"who?", "waves crossed the bay", "waves", 0}, {"who?", long, "gulls", len(long) - 5}})
	if !notices(notes, "questions", "1 of 2 are longer with their contexts than the 32 tokens") || !notices(notes, "questions", "the answers of 1 of 2 lie beyond the 32 tokens") {
		t.Errorf("%v", notes)
	}
}

func FuzzQuestions(f *testing.F) {
	f.Add([]byte(`[{"question":"who?","context":"Ada wrote it.","answer":"Ada"}]`))
	f.Add([]byte(`[{"question":"who?","context":"“Ada” wrote it.","answer":{"text":"Ada","start":1}}]`))
	f.Add([]byte(`{"data":[{"paragraphs":[{"context":"a b","qas":[{"question":"?","answers":[{"text":"b","answer_start":2},{"text":"a","answer_start":0}]},{"question":"none","answers":[]}]}]}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		all, _, err := Questions(raw)
		if err != nil {
			return
		}
		for _, q := range all {
			if q.Answer == "" || q.At < 0 || q.At > len(q.Context) || !strings.HasPrefix(q.Context[q.At:], q.Answer) {
				t.Fatalf("the answer %q is not at byte %d of %q", q.Answer, q.At, q.Context)
			}
		}
	})
}
