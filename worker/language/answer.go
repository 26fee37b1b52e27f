package language

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/kernel"
	"autodidact/core/nn"
	"autodidact/core/optim"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/core/token"
	"autodidact/core/train"
	"autodidact/worker/kind"
	"autodidact/worker/report"
)

// An Answerer finds where in a context the answer to a question begins and ends (BERT, section 4.2).
type Answerer struct {
	Encoder *encoder.BERT
	Head    *nn.Linear // to two logits: begins here, ends here

	embedder kind.Embedder
	rand     *rng.Rand
	asks     []asking
}

// asking is a question and a context as tokens.
type asking struct {
	ids, segments []int32
	context       []token.Token // those of the context that fit
	first         int           // position of the first of them
	begin, end    int32         // positions of the answer
	cut           bool          // it has more tokens than are read
}

// NewAnswerer begins with the encoder of e, which is changed when it learns.
func NewAnswerer(e kind.Embedder, r *rng.Rand) (*Answerer, error) {
	bert, ok := e.Encoder.(*encoder.BERT)
	if !ok || bert.Causal {
		return nil, report.Mismatch("answers are found by an encoder of texts that reads in both directions")
	}
	a := &Answerer{Encoder: bert, Head: encoder.Dense(r.For("head", 0), bert.Width(), 2), embedder: e, rand: r}
	nn.Place(e.Backend, a.Head)
	return a, nil
}

// ask lays a question and its context side by side, the context cut to what fits.
func (a *Answerer) ask(q Question) asking {
	s := a.embedder.Tokens.Special()
	x := asking{ids: []int32{s.Cls}, segments: []int32{0}, begin: -1, end: -1}
	put := func(id, segment int32) { x.ids, x.segments = append(x.ids, id), append(x.segments, segment) }
	for _, t := range a.embedder.Tokens.Encode(q.Question) {
		if x.cut = len(x.ids) >= a.embedder.Size/2; x.cut {
			break
		}
		put(t.ID, 0)
	}
	put(s.Sep, 0)
	x.first = len(x.ids)
	for _, t := range a.embedder.Tokens.Encode(q.Context) {
		if len(x.ids) == a.embedder.Size-1 {
			x.cut = true
			break
		}
		if q.Answer != "" && t.To > q.At && t.From < q.At+len(q.Answer) {
			if x.begin < 0 {
				x.begin = int32(len(x.ids))
			}
			x.end = int32(len(x.ids))
		}
		x.context = append(x.context, t)
		put(t.ID, 1)
	}
	put(s.Sep, 1)
	return x
}

// Unread notes how many questions the encoder does not read whole: the end of the question, the end of its context, or its answer
// lies beyond what it reads.
func (a *Answerer) Unread(questions []Question) (notes []data.Rejected) {
	long, far := 0, 0
	for _, q := range questions {
		x := a.ask(q)
		if x.cut {
			long++
		}
		if q.Answer != "" && x.begin < 0 {
			far++
		}
	}
	if long > 0 {
		notes = append(notes, report.Notice("questions", "%d of %d are longer with their contexts than the %d tokens that the encoder reads: their ends are not looked at", long, len(questions), a.embedder.Size))
	}
	if far > 0 {
		notes = append(notes, report.Notice("questions", "the answers of %d of %d lie beyond the %d tokens that the encoder reads: they are not learned, and cannot be found", far, len(questions), a.embedder.Size))
	}
	return notes
}

// answerBatch is how many questions a step learns from.
const answerBatch = 16

// Learn takes a few epochs of questions. Those whose answer lies beyond what the encoder reads are left out, and counted.
func (a *Answerer) Learn(ctx context.Context, questions []Question, each func(done, total int)) (beyond int, err error) {
	for _, q := range questions {
		if x := a.ask(q); x.begin >= 0 {
			a.asks = append(a.asks, x)
		} else {
			beyond++
		}
	}
	if len(a.asks) == 0 {
		return beyond, fmt.Errorf("%w: there is no question whose answer lies within the %d tokens that the encoder reads", data.ErrTooFew, a.embedder.Size)
	}
	batch := min(answerBatch, len(a.asks))
	steps := max(100, min(20*len(a.asks)/batch, 2000))
	loop := train.Loop{Backend: a.embedder.Backend, Learner: a, Optim: optim.NewAdamW(0.01), Rand: a.rand, Clip: 1,
		Batches: data.Epochs(a, batch, 0, a.rand), Rate: optim.Cosine(3e-4, steps/10, steps), Until: func() int { return steps }}
	for p, err := range loop.Steps(ctx) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return beyond, fmt.Errorf("learning to answer: %w", err)
		}
		if each != nil {
			each(p.Step+1, steps)
		}
	}
	return beyond, nil
}

// An Answerer is the source of what it learns from: samples are numbers of questions.
func (a *Answerer) Kind() data.Kind { return data.Text }
func (a *Answerer) Len() int        { return len(a.asks) }
func (a *Answerer) At(i int) (data.Sample, error) {
	return data.Sample{X: tensor.Int32s([]int32{int32(i)}, 1)}, nil
}

// Views are tokens, texts and segments [n, positions], where answers begin and end [n], and 0 where they
// may, far below where they may not, [n, positions].
func (a *Answerer) Views(_ *rng.Rand, b data.Batch) data.Views {
	some := make([]asking, len(b.Samples))
	for k, s := range b.Samples {
		some[k] = a.asks[s.X.Buf.(kernel.Host).Int32s()[0]]
	}
	return a.laid(some)
}

func (a *Answerer) laid(some []asking) data.Views {
	ids := make([][]int32, len(some))
	begin, end := make([]int32, len(some)), make([]int32, len(some))
	for k, x := range some {
		ids[k], begin[k], end[k] = x.ids, x.begin, x.end
	}
	r := a.embedder.Padded(ids, 0)
	long := r.Tokens.Shape[1]
	segments, may := make([]int32, len(some)*long), make([]float32, len(some)*long)
	for k, x := range some {
		copy(segments[k*long:], x.segments)
		for p := range long {
			if p < x.first || p >= x.first+len(x.context) {
				may[k*long+p] = -1e9
			}
		}
	}
	n := len(some)
	return data.Views{r.Tokens, r.Of, tensor.Int32s(segments, n, long), tensor.Int32s(begin, n), tensor.Int32s(end, n), tensor.Float32s(may, n, long)}
}

// Loss is the mean cross-entropy of the two places.
func (a *Answerer) Loss(t *autograd.Tape, v data.Views) autograd.Var {
	begins, ends := a.logits(t, v)
	return begins.CrossEntropy(t.Input(v[3])).Add(ends.CrossEntropy(t.Input(v[4]))).Scale(0.5)
}

// logits gives [n, positions] of where answers begin and end.
func (a *Answerer) logits(t *autograd.Tape, v data.Views) (begins, ends autograd.Var) {
	var drop float32
	if t.Training {
		drop = 0.1
	}
	x := a.Encoder.EncodeTokens(t, encoder.TokenBatch{Tokens: v[0], Of: v[1], Segments: v[2]}, drop)
	n, long := x.Dim(0), x.Dim(1)
	z := a.Head.Forward(x).Transpose(2, 0, 1).Reshape(2, n*long)
	may := t.Input(v[5])
	return z.Rows(0, 1).Reshape(n, long).Add(may), z.Rows(1, 1).Reshape(n, long).Add(may)
}

// longAnswer is the most tokens of an answer.
const longAnswer = 30

// Answer finds the likeliest answer in a context, and how sure it is from 0 to 1.
func (a *Answerer) Answer(ctx context.Context, question, text string) (string, float64, error) {
	x := a.ask(Question{Question: question, Context: text})
	if len(x.context) == 0 {
		return "", 0, report.Mismatch("there is no text to find the answer in")
	}
	t := autograd.NewTape(a.embedder.Backend, rng.New(0))
	t.Training = false
	defer t.Free()
	x.begin, x.end = 0, 0
	v := a.laid([]asking{x})
	begins, ends := a.logits(t, v)
	b, err := t.Download(ctx, begins.Softmax().Value())
	if err != nil {
		return "", 0, err
	}
	e, err := t.Download(ctx, ends.Softmax().Value())
	if err != nil {
		return "", 0, err
	}
	best, from, to := float32(-1), 0, 0
	for i := range x.context {
		for j := i; j < min(i+longAnswer, len(x.context)); j++ {
			if p := b[x.first+i] * e[x.first+j]; p > best {
				best, from, to = p, x.context[i].From, x.context[j].To
			}
		}
	}
	return text[from:to], float64(best), nil
}

// Evaluate is the exact match and the mean F1 of words over questions whose answers are known, as SQuAD measures them.
func (a *Answerer) Evaluate(ctx context.Context, questions []Question) (exact, f1 float64, err error) {
	for _, q := range questions {
		says, _, err := a.Answer(ctx, q.Question, q.Context)
		if err != nil {
			return 0, 0, err
		}
		got, want := answerWords(says), answerWords(q.Answer)
		if strings.Join(got, " ") == strings.Join(want, " ") {
			exact += 1 / float64(len(questions))
		}
		f1 += overlap(got, want) / float64(len(questions))
	}
	return exact, f1, nil
}

// answerWords are the words of an answer, without articles and punctuation.
func answerWords(text string) (words []string) {
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsPunct(r) }) {
		if w != "a" && w != "an" && w != "the" {
			words = append(words, w)
		}
	}
	return words
}

// overlap is F1: the harmonic mean of precision and recall of words.
func overlap(got, want []string) float64 {
	left := map[string]int{}
	for _, w := range want {
		left[w]++
	}
	same := 0.0
	for _, w := range got {
		if left[w] > 0 {
			left[w]--
			same++
		}
	}
	if same == 0 {
		return 0
	}
	p, r := same/float64(len(got)), same/float64(len(want))
	return 2 * p * r / (p + r)
}
