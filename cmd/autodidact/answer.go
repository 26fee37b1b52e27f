package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"autodidact/core/rng"
	"autodidact/worker/language"
)

// answer trains a run's encoder to find answers in texts, and asks it.
func answer(ctx context.Context, args []string) error {
	f := flags("answer")
	dir := f.String("run", "", "run directory")
	path := f.String("data", "", "JSON of questions, contexts and answers to train on")
	test := f.String("test", "", "JSON of others to test on; a fifth of -data by default")
	ask := f.String("ask", "", "a question")
	about := f.String("context", "", "the text that contains its answer")
	seed := f.Uint64("seed", 1, "random seed")
	asJSON := f.Bool("json", false, "one JSON object a line")
	if err := errors.Join(parse(f, args, "run", "data"), without(f, "ask", "context"), without(f, "context", "ask")); err != nil {
		return err
	}
	_, look, err := opened(ctx, *dir)
	if err != nil {
		return err
	}
	learn, exam, err := splitQuestions(*path, *test)
	if err != nil {
		return err
	}
	a, err := language.NewAnswerer(look, rng.New(*seed))
	if err != nil {
		return err
	}
	for _, part := range []struct {
		name string
		some []language.Question
	}{{"training questions", learn}, {"test questions", exam}} {
		for _, n := range a.Unread(part.some) {
			notef(part.name, "%s", n.Reason)
		}
	}
	bar := newBar("learning to answer")
	_, err = a.Learn(ctx, learn, bar.each) // those that are too long for the encoder were reported
	bar.clear()
	if err != nil {
		return err
	}
	if err := testAnswers(ctx, a, exam, *asJSON); err != nil || *ask == "" {
		return err
	}
	stdout.notice(a.Unread([]language.Question{{Question: *ask, Context: *about}})...)
	says, sure, err := a.Answer(ctx, *ask, *about)
	if err != nil {
		return err
	}
	if *asJSON {
		return json.NewEncoder(stdout).Encode(map[string]any{"event": "answer", "text": says, "sure": sure})
	}
	fmt.Fprintf(stdout, "%s  (probability %.0f %%)\n", says, 100*sure)
	return nil
}

// splitQuestions reads those to train on and those to test on: of a file of their own, or a fifth of the others.
func splitQuestions(path, test string) (learn, exam []language.Question, err error) {
	all, err := questions(path)
	if err != nil {
		return nil, nil, err
	}
	if test != "" {
		exam, err = questions(test)
		return all, exam, err
	}
	if len(all) < 10 {
		notef(path, "fewer than 10 questions (%d), so none are kept as a test set: give others with -test", len(all))
		return all, nil, nil
	}
	for i, q := range all {
		if i%5 == 4 {
			exam = append(exam, q)
		} else {
			learn = append(learn, q)
		}
	}
	return learn, exam, nil
}

// testAnswers prints how well questions are answered, if there are any.
func testAnswers(ctx context.Context, a *language.Answerer, exam []language.Question, asJSON bool) error {
	if len(exam) == 0 {
		return nil
	}
	exact, f1, err := a.Evaluate(ctx, exam)
	if err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(stdout).Encode(map[string]any{"event": "exam", "questions": len(exam), "exact": exact, "f1": f1})
	}
	_, err = fmt.Fprintf(stdout, "test set of %d questions: exact match %.0f %%, F1 %.2f\n", len(exam), 100*exact, f1)
	return err
}

func questions(path string) ([]language.Question, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	all, notes, err := language.Questions(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for _, n := range notes {
		notef(path, "%s", n.Reason)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: it has no questions", path)
	}
	return all, nil
}
