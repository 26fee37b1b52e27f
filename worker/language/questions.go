package language

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"autodidact/core/data"
	"autodidact/worker/report"
)

// A Question has a context, which holds the answer word for word: from byte At on.
type Question struct {
	Question, Context, Answer string
	At                        int
}

// A catalogue is questions as they are read, and what of them is not used.
type catalogue struct {
	all     []Question
	without []string // questions without an answer
	several int      // questions with more answers than one
}

func (c *catalogue) add(question, context string, a answer) error {
	at, err := a.in(context)
	if err != nil {
		return fmt.Errorf("question %d, %q: %w", len(c.all)+len(c.without)+1, question, err)
	}
	c.all = append(c.all, Question{question, context, a.Text, at})
	return nil
}

// notices are of what was left out.
func (c *catalogue) notices() (notes []data.Rejected) {
	if n := len(c.without); n > 0 {
		notes = append(notes, report.Notice("questions", "%d of %d have no answer and were left out, for that something cannot be answered is not learned: %s", n, n+len(c.all), report.List(c.without, report.MostExamples)))
	}
	if c.several > 0 {
		notes = append(notes, report.Notice("questions", "%d have several answers: the first is learned, and counts as right", c.several))
	}
	return notes
}

// Questions reads them from JSON: a list of {"question", "context", "answer"}, where "answer" is the words
// or {"text", "start"}, start counted in characters; or SQuAD's layout (arXiv:1606.05250). Notices say which it does not use.
func Questions(raw []byte) ([]Question, []data.Rejected, error) {
	var c catalogue
	var layout struct{ Data []squad }
	read := c.list
	if json.Unmarshal(raw, &layout) == nil && len(layout.Data) > 0 {
		read = func([]byte) error { return c.squad(layout.Data) }
	}
	if err := read(raw); err != nil {
		return nil, nil, err
	}
	return c.all, c.notices(), nil
}

// squad is an article in SQuAD's layout.
type squad struct {
	Paragraphs []struct {
		Context string
		QAs     []struct {
			Question string
			Answers  []answer
		} `json:"qas"`
	}
}

func (c *catalogue) squad(articles []squad) error {
	for _, d := range articles {
		for _, p := range d.Paragraphs {
			for _, q := range p.QAs {
				if len(q.Answers) == 0 {
					c.without = append(c.without, strconv.Quote(q.Question))
					continue
				}
				if slices.ContainsFunc(q.Answers, func(a answer) bool { return a.Text != q.Answers[0].Text }) {
					c.several++
				}
				if err := c.add(q.Question, p.Context, q.Answers[0]); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (c *catalogue) list(raw []byte) error {
	var list []struct {
		Question, Context string
		Answer            json.RawMessage
	}
	if err := json.Unmarshal(raw, &list); err != nil {
		return fmt.Errorf("questions are a JSON list of objects with question, context and answer: %w", err)
	}
	for _, q := range list {
		var a answer
		if json.Unmarshal(q.Answer, &a.Text) != nil {
			if err := json.Unmarshal(q.Answer, &a); err != nil {
				return fmt.Errorf("question %d, %q: its answer is neither words nor an object with text and start", len(c.all)+1, q.Question)
			}
		}
		if err := c.add(q.Question, q.Context, a); err != nil {
			return err
		}
	}
	return nil
}

// answer is words, and perhaps the character of the context where they begin.
type answer struct {
	Text   string `json:"text"`
	Start  *int   `json:"start"`
	Begins *int   `json:"answer_start"`
}

// in is the byte of context where the answer begins.
func (a answer) in(context string) (int, error) {
	start := a.Start
	if start == nil {
		start = a.Begins
	}
	if a.Text == "" {
		return 0, fmt.Errorf("the answer is empty")
	}
	if start != nil {
		runes := []rune(context)
		if *start >= 0 && *start <= len(runes) && strings.HasPrefix(string(runes[*start:]), a.Text) {
			return len(string(runes[:*start])), nil
		}
		return 0, fmt.Errorf("the context does not have %q at character %d", a.Text, *start)
	}
	if at := strings.Index(context, a.Text); at >= 0 {
		return at, nil
	}
	return 0, fmt.Errorf("the context does not have the answer %q in it", a.Text)
}
