package worker

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"

	"autodidact/core/autograd"
	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/kernel"
	"autodidact/core/probe"
	"autodidact/core/rng"
	"autodidact/core/token"
	"autodidact/pretext"
)

// A teller is a task with a head that tells tokens: kept with the encoder, it fills blanks.
type teller interface{ TokenHead() *encoder.TokenHead }

// headPrefix is where a model has that head, as Hugging Face's BertForMaskedLM.
const headPrefix = "cls.predictions."

// plan is the vocabulary that c learns from texts: pieces of words, but where a script writes no
// spaces or WordPiece would drop its vowels, pieces of bytes.
func (c Config) plan(set *data.Set) token.Plan {
	p := token.Plan{Kind: c.Tokenizer, Size: c.Vocab, Cased: c.Cased}
	if p.Kind != "" {
		return p
	}
	p.Kind = "wordpiece"
	letters, joined := 0, 0
	for i, text := range set.Texts.All() {
		if i == 1000 {
			break
		}
		for _, r := range text {
			if unicode.IsLetter(r) {
				letters++
				if unicode.In(r, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan) {
					joined++
				}
			}
		}
	}
	if joined*10 > letters {
		p.Kind = "bpe"
	}
	return p
}

// Learn makes sure that the texts of set are tokens: those of the vocabulary that saved has, or of
// one that c learns from them. Of other kinds there is nothing to do.
func Learn(ctx context.Context, c Config, saved *checkpoint.State, set *data.Set, each func(done, total int)) error {
	if set.Of != data.Text || set.Len() == 0 {
		return nil
	}
	tok, err := tokenizerOf(saved)
	if err != nil {
		return err
	}
	return learn(ctx, c, tok, set, each)
}

func learn(ctx context.Context, c Config, tok token.Tokenizer, set *data.Set, each func(done, total int)) error {
	if tok != nil {
		return set.Speak(ctx, tok, each)
	}
	if err := set.Learn(ctx, c.plan(set), each); err != nil {
		return &ConfigError{"vocab", err.Error()}
	}
	return nil
}

// tokenizerOf is the tokenizer that a saved state came with; nil if it has none, or is nil.
func tokenizerOf(s *checkpoint.State) (token.Tokenizer, error) {
	if s == nil || s.Meta[metaTokenizer] == "" {
		return nil, nil
	}
	tok, err := token.Open([]byte(s.Meta[metaTokenizer]))
	if err != nil {
		return nil, &checkpoint.FormatError{Reason: "the tokenizer in the checkpoint cannot be read: " + err.Error()}
	}
	return tok, nil
}

// heldOut is the texts that a run does not learn from, so that it can be asked about them: one of
// twenty, if there are enough.
func heldOut(text, of int) bool { return of >= 100 && text%20 == 19 }

// read makes sequences of the texts.
func (r *Run) read(tok token.Tokenizer) error {
	if r.set.Len() == 0 {
		return fmt.Errorf("%w: there are no texts", data.ErrTooFew)
	}
	if err := learn(context.Background(), r.Config, tok, r.set, nil); err != nil {
		return err
	}
	spec, _ := pretext.Find(r.Config.Task)
	n := r.set.Len()
	learned := func(i int) bool { return !heldOut(i, n) }
	r.words = r.set.Language
	r.from = r.words.Pack(r.Config.Size, spec.Whole, learned)
	r.held = r.words.Pack(r.Config.Size, spec.Whole, func(i int) bool { return heldOut(i, n) })
	r.often = r.words.Often(learned)
	return nil
}

// clip is the longest gradient: a transformer's first steps are steep.
func (r *Run) clip() float32 {
	if r.Config.Kind == data.Text {
		return 1
	}
	return 0
}

// scored is how many sequences a curve's point is measured on.
const scored = 32

// Score asks the run's questions about texts it has not learned from, or else about some it has: the
// share told right and the perplexity, and those of one who knows only how often each token is used.
// Tasks whose answers are not tokens have none.
func (r *Run) Score(ctx context.Context) (map[string]float64, error) {
	g, ok := r.Task.(pretext.Guesser)
	if !ok {
		return nil, nil
	}
	var from data.Source = r.held
	if from.Len() == 0 {
		from = r.from
	}
	const batch = 8
	var sum pretext.Mark
	n := 0.0
	for at := 0; at < min(from.Len(), scored); at += batch {
		b := data.Batch{Kind: data.Text}
		for i := at; i < min(at+batch, from.Len(), scored); i++ {
			s, err := from.At(i * from.Len() / min(from.Len(), scored))
			if err != nil {
				return nil, err
			}
			b.Samples = append(b.Samples, s)
		}
		t := autograd.NewTape(r.backend, rng.New(0))
		t.Training = false
		logits, right := g.Guess(t, r.Task.Views(rng.New(r.Config.Seed).For("score", at), b))
		p, err := t.Download(ctx, logits.Softmax().Value())
		t.Free()
		if err != nil {
			return nil, err
		}
		m := pretext.Graded(p, right.Buf.(kernel.Host).Int32s(), r.often)
		w := float64(m.Asked)
		n += w
		sum.Accuracy += w * m.Accuracy
		sum.Surprise += w * m.Surprise
		sum.BaseAccuracy += w * m.BaseAccuracy
		sum.BaseSurprise += w * m.BaseSurprise
	}
	if n == 0 {
		return nil, nil
	}
	return map[string]float64{"accuracy": sum.Accuracy / n, "perplexity": math.Exp(sum.Surprise / n),
		"baseAccuracy": sum.BaseAccuracy / n, "basePerplexity": math.Exp(sum.BaseSurprise / n)}, nil
}

// monitorTexts is monitor for texts.
func (s *session) monitorTexts(ctx context.Context, at []int, labels []string, start time.Time) {
	m, err := s.run.Score(ctx)
	if err != nil {
		return // the run itself will meet the same trouble, and tell
	}
	if m == nil {
		m = map[string]float64{}
	}
	s.Tick()
	f, err := s.looker().Embed(ctx, s.set, at, func(int, int) { s.Tick() })
	if err != nil {
		return
	}
	h := probe.Examine(f)
	m["rank"], m["std"] = h.EffectiveRank, h.Std
	if len(s.set.Classes()) >= 2 {
		m["knn"] = probe.KNN(probe.Whiten(f), labels, 0).Mean
	}
	if b, ok := s.Backend.(interface{ Peak() int64 }); ok {
		m["peakBytes"] = float64(b.Peak())
	}
	s.run.Measure(m)
	s.monitored = monitored{time.Now(), time.Since(start)}
}

// learn makes the session's texts tokens, and tells the page what they are made of.
func (s *session) learn(ctx context.Context, c Config, from *checkpoint.State) error {
	before := s.set.Language
	if err := Learn(ctx, c, from, s.set, s.busy("tokenizing")); err != nil {
		return err
	}
	if l := s.set.Language; l != nil && l != before {
		s.Send(0, vocabulary(l))
	}
	return nil
}

// vocabulary is what a page can show of a language.
func vocabulary(l *data.Language) Vocabulary {
	v := Vocabulary{Tokenizer: l.Tokens.Kind(), Size: l.Tokens.Size(), Texts: l.Len(), Tokens: l.Total(), Most: []Guess{}, Pieces: []string{}}
	if l.Plan.Size > v.Size {
		v.Asked = l.Plan.Size
	}
	count, unknown := make([]int, v.Size), l.Tokens.Special().Unk
	for i := range l.Len() {
		ids := l.Of(i)
		v.Longest = max(v.Longest, len(ids))
		for _, id := range ids {
			count[id]++
		}
	}
	total := float64(max(v.Tokens, 1))
	v.Unknown = float64(count[unknown]) / total
	order := make([]int32, v.Size)
	for id := range order {
		order[id] = int32(id)
	}
	slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(count[b], count[a]) })
	for _, id := range order[:min(12, len(order))] {
		v.Most = append(v.Most, Guess{l.Tokens.Piece(id), float64(count[id]) / total})
	}
	slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(len(l.Tokens.Piece(b)), len(l.Tokens.Piece(a))) })
	for _, id := range order[:min(12, len(order))] {
		v.Pieces = append(v.Pieces, l.Tokens.Piece(id))
	}
	return v
}

// longExcerpt is the bytes of a text that a page is given to show.
const longExcerpt = 2000

func (s *session) texts(c Texts) (Event, [][]byte, error) {
	e := Excerpts{Texts: []string{}}
	for _, i := range c.At {
		if s.set.Texts == nil || i < 0 || i >= s.set.Len() {
			return nil, nil, fmt.Errorf("there is no text %d: there are %d", i, s.set.Len())
		}
		text := s.set.Texts.At(i)
		if len(text) > longExcerpt {
			text = strings.ToValidUTF8(text[:longExcerpt], "") + "…"
		}
		e.Texts = append(e.Texts, text)
	}
	return e, nil, nil
}

func (s *session) search(ctx context.Context, c Search) (Event, [][]byte, error) {
	if s.set.Of != data.Text {
		return nil, nil, &MisfitError{"only texts can be searched by words"}
	}
	f, err := s.embedding(ctx, true)
	if err != nil {
		return nil, nil, err
	}
	if f.fit == nil {
		w := probe.FitWhitening(f.Features)
		f.fit = &w
	}
	near, err := s.looker().Search(ctx, f.Features, *f.fit, c.Text, min(max(c.K, 1), 100))
	if err != nil {
		return nil, nil, err
	}
	e := Neighbored{Names: []string{}, Near: []float32{}, At: []int{}}
	for _, n := range near {
		e.Names, e.Near, e.At = append(e.Names, s.set.Names[n.Index]), append(e.Near, n.Cosine), append(e.At, n.Index)
	}
	return e, nil, nil
}

func (s *session) fill(ctx context.Context, c Fill) (Event, [][]byte, error) {
	if err := s.look(); err != nil {
		return nil, nil, err
	}
	t, ok := s.run.Task.(teller)
	if !ok {
		return nil, nil, errNoHead
	}
	blanks, err := s.looker().Fill(ctx, t.TokenHead(), c.Text, min(max(c.K, 1), 100))
	return Filled{blanks}, nil, err
}

// inOneLook is the tokens that go through an encoder together.
const inOneLook = 4096

// embedTexts averages features over the tokens of each text, of which those beyond a sequence are not
// read. Texts of like length go through together.
func (l Looker) embedTexts(ctx context.Context, set *data.Set, at []int, each func(done, total int)) (probe.Features, error) {
	bert, ok := l.Encoder.(*encoder.BERT)
	if !ok || l.Tokens == nil {
		return probe.Features{}, &MisfitError{"this encoder does not read texts"}
	}
	if at == nil {
		at = make([]int, set.Len())
		for i := range at {
			at[i] = i
		}
	}
	texts := make([][]int32, len(at))
	for k, i := range at {
		texts[k] = l.framed(set, i)
	}
	order := make([]int, len(at))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(len(texts[a]), len(texts[b])) })
	f := probe.Features{N: len(at), Width: bert.Width(), Data: make([]float32, len(at)*bert.Width())}.On(l.Backend)
	for done := 0; done < len(order); {
		if err := ctx.Err(); err != nil {
			return f, fmt.Errorf("embedding stopped at text %d: %w", done, err)
		}
		long, n := 0, 0
		for n < len(order)-done {
			next := (len(texts[order[done+n]]) + 15) / 16 * 16 // few lengths, so that memory is used again
			if n > 0 && (n+1)*max(long, next) > inOneLook {
				break
			}
			long = max(long, next)
			n++
		}
		rows, err := l.means(ctx, bert, texts, order[done:done+n])
		if err != nil {
			return f, err
		}
		for k, i := range order[done : done+n] {
			copy(f.Row(i), rows[k*f.Width:][:f.Width])
		}
		done += n
		if each != nil {
			each(done, len(order))
		}
	}
	return f, nil
}

// framed is the tokens of text i between a Cls and a Sep, cut to what the encoder reads.
func (l Looker) framed(set *data.Set, i int) []int32 {
	if set.Language == nil || set.Language.Tokens != l.Tokens {
		return l.frame(set.Texts.At(i))
	}
	s := l.Tokens.Special()
	ids := append([]int32{s.Cls}, set.Language.Of(i)...)
	return append(ids[:min(len(ids), l.Size-1)], s.Sep)
}

// means is the features of some texts, [len(which), width].
func (l Looker) means(ctx context.Context, bert *encoder.BERT, texts [][]int32, which []int) ([]float32, error) {
	some := make([][]int32, len(which))
	for k, i := range which {
		some[k] = texts[i]
	}
	r := l.padded(some)
	t := autograd.NewTape(l.Backend, rng.New(0))
	t.Training = false
	defer t.Free()
	h := t.Input(encoder.Shares(r.Of, 1)).MatMul(bert.Read(t, r, 0))
	return t.Download(ctx, h.Value())
}

// bagWidth is the words that a bag tells apart: more cost the third power of them to whiten.
const bagWidth = 512

// bagOfWords is what texts are worth without an encoder: how often they use each of the most frequent
// pieces of words, as tf-idf.
func bagOfWords(set *data.Set) probe.Features {
	l := set.Language
	in := make([]int, l.Tokens.Size()) // texts that have it
	for i := range set.Len() {
		ids := l.Of(i)
		slices.Sort(ids)
		for _, id := range slices.Compact(ids) {
			in[id]++
		}
	}
	order := make([]int, len(in))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(in[b], in[a]) })
	column := map[int32]int{}
	for _, id := range order[:min(bagWidth, len(order))] {
		column[int32(id)] = len(column)
	}
	f := probe.Features{N: set.Len(), Width: len(column), Data: make([]float32, set.Len()*len(column))}
	for i := range set.Len() {
		row := f.Row(i)
		for _, id := range l.Of(i) {
			if c, ok := column[id]; ok {
				row[c]++
			}
		}
		for id, c := range column {
			if row[c] > 0 {
				row[c] = float32(math.Log(1+float64(row[c])) * math.Log(float64(1+set.Len())/float64(1+in[id])))
			}
		}
	}
	return f
}
