package kind

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"autodidact/core/autograd"
	"autodidact/core/baseline"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/kernel"
	"autodidact/core/probe"
	"autodidact/core/rng"
	"autodidact/core/token"
	"autodidact/pretext"
	"autodidact/worker/report"
)

// texts are documents, or rows of a table, read as tokens.
type texts struct{ Independent }

func (texts) Traits() Traits {
	return Traits{Kind: data.Text, Noun: "text", Item: "text", Unit: "sequence", Size: 128, MinSize: 8, MaxSize: 512, Batch: 16, Vocab: 4096, Encoder: "bert-tiny",
		Rate: func(encoder string) (rate, decay float64) { // as BERTs of this size are used to
			if encoder == "bert-tiny" {
				return 1e-3, 0.01
			}
			return 5e-4, 0.01
		},
		Clip: 1, Vocabulary: true, Omit: true, Files: true, Tuning: Tuning{60, 10, 600, 3e-4, 3e-4}, Enough: 200, More: "samples that differ"}
}

func (texts) Read(ctx context.Context, files []data.File, _ Format, each func(done, total int)) (*data.Set, []data.Rejected, error) {
	return data.ReadTexts(ctx, files, each)
}

// Prepare makes tokens of the texts: those of tok, or of a vocabulary that is learned from them.
func (texts) Prepare(ctx context.Context, set *data.Set, p Plan, tok token.Tokenizer, each func(done, total int)) error {
	if set.Len() == 0 {
		return nil
	}
	if tok != nil {
		return set.Tokenize(ctx, tok, each)
	}
	if err := set.LearnVocabulary(ctx, vocabulary(p, set), each); err != nil {
		return report.BadField("vocab", "%v", err)
	}
	return nil
}

// vocabulary is what is learned from texts: pieces of words, but where a script writes no spaces or WordPiece would drop its
// vowels, pieces of bytes.
func vocabulary(p Plan, set *data.Set) token.Plan {
	v := token.Plan{Kind: p.Tokenizer, Size: p.Vocab, Cased: p.Cased}
	if v.Kind != "" {
		return v
	}
	v.Kind = "wordpiece"
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
		v.Kind = "bpe"
	}
	return v
}

func (texts) Input(set *data.Set, _ int) (Input, error) {
	if set.Language == nil {
		return Input{}, fmt.Errorf("%w: there are no texts", data.ErrTooFew)
	}
	return Input{Tokens: set.Language.Tokens}, nil
}

// Sources are sequences of tokens; texts held out are in none that is trained on.
func (texts) Sources(set *data.Set, size int, in Input, _ pretext.Task, spec pretext.Spec) Sources {
	n, words := set.Len(), set.Language
	train := func(i int) bool { return !heldOut(i, n) }
	s := Sources{Train: words.Pack(size, spec.Whole, train), Held: words.Pack(size, spec.Whole, func(i int) bool { return heldOut(i, n) }), Frequencies: words.Frequencies(train)}
	if spec.Whole {
		s.Notices = texts{}.Unread(Embedder{Size: size, Input: in}, set)
	}
	return s
}

func (texts) FineTuning(e Embedder, _ *data.Set) (FineTuning, error) {
	bert, err := e.BERT()
	return textTuning{e, bert}, err
}

type textTuning struct {
	Embedder
	bert *encoder.BERT
}

func (t textTuning) Width() int { return t.bert.Width() }

// Views are tokens and which text each is in, [n, longest].
func (t textTuning) Views(set *data.Set, at []int, _ *rng.Rand) data.Views {
	ids := make([][]int32, len(at))
	for k, i := range at {
		ids[k] = t.framedText(set, i)
	}
	x := t.Padded(ids, 0)
	return data.Views{x.Tokens, x.Of}
}

// Features are the mean of those of a text's tokens.
func (t textTuning) Features(tape *autograd.Tape, v data.Views, drop float32) autograd.Var {
	x := t.bert.EncodeTokens(tape, encoder.TokenBatch{Tokens: v[0], Of: v[1]}, drop)
	return tape.Input(encoder.MeanWeights(v[1], 1)).MatMul(x).Reshape(x.Dim(0), x.Dim(2))
}

func (texts) Baseline(set, test *data.Set, classes int, _ Input, _ kernel.Backend) (*baseline.Baseline, []string) {
	return baseline.OfTexts(set, test, classes)
}

// Altered are texts without some of their words.
func (texts) Altered(ctx context.Context, e Embedder, set *data.Set, at []int, r *rng.Rand) (*data.Set, error) {
	out := named(set, at)
	out.Texts = &data.Texts{}
	for k, i := range at {
		out.Texts.Append(thinned(set.Texts.At(i), r.For("text", k)))
	}
	return out, out.Tokenize(ctx, e.Tokens, nil)
}

// thinned is a text with one of two words.
func thinned(text string, r *rng.Rand) string {
	words := strings.Fields(text)
	var kept []string
	for _, w := range words {
		if r.IntN(2) != 0 {
			kept = append(kept, w)
		}
	}
	if len(kept) == 0 {
		kept = words
	}
	return strings.Join(kept, " ")
}

// sameText is how many bits the hashes of texts that are nearly the same differ in, at most.
const sameText = 12

func (texts) Duplicates(ctx context.Context, _ Embedder, set *data.Set, tick func()) ([][]int, error) {
	hashes, err := hashed(ctx, set.Len(), tick, func(i int) uint64 { return probe.SimHash(probe.Words(set.Texts.At(i))) })
	if err != nil {
		return nil, err
	}
	return probe.NearDuplicates(hashes, sameText, nil), nil
}

func (texts) Cues(set *data.Set, _ int) []Cue {
	return []Cue{{"order", orderWords, func(i int) []float32 { return nameOrder(ownFile(set.Names[i])) }},
		{"file", "what kind of file it is from, or how long it is", func(i int) []float32 {
			return append(fileType(ownFile(set.Names[i])), length(len(set.Texts.At(i)))...)
		}}}
}

// Unread are the ends of long texts, and tokens that the encoder does not know.
func (texts) Unread(e Embedder, set *data.Set) (notes []data.Rejected) {
	if set.Language == nil || e.Tokens == nil || set.Language.Tokens.Kind() != e.Tokens.Kind() || set.Language.Tokens.Size() != e.Tokens.Size() {
		return nil // they are tokens of another vocabulary
	}
	room := e.Size - 2 // between a Cls and a Sep
	if n, longest, name := cutTexts(set, room); n > 0 {
		notes = append(notes, report.Notice("long texts", "%d of %d are longer than the %d tokens that the encoder reads, the longest, %s, has %d: what lies beyond is not looked at", n, set.Len(), room, name, longest))
	}
	if n, total := UnknownTokens(set.Language), set.Language.Total(); n*100 > total {
		notes = append(notes, report.Notice("unknown words", "%d of %d tokens are not in the encoder's vocabulary and read as unknown", n, total))
	}
	return notes
}

// cutTexts counts the texts of more tokens than there is room for, and names the longest.
func cutTexts(set *data.Set, room int) (n, longest int, name string) {
	for i := range set.Len() {
		long := len(set.Language.Of(i))
		if long > room {
			n++
		}
		if long > longest {
			longest, name = long, set.Names[i]
		}
	}
	return n, longest, name
}

// UnknownTokens counts the tokens of texts that stand for what the vocabulary does not have.
func UnknownTokens(l *data.Language) (n int) {
	unknown := l.Tokens.Special().Unk
	for i := range l.Len() {
		for _, id := range l.Of(i) {
			if id == unknown {
				n++
			}
		}
	}
	return n
}

func (texts) Layout(size int, in Input) string {
	s := in.Tokens.Special()
	return fmt.Sprintf("int64 [batch, up to %d] tokens of the tokenizer in this file, between %s and %s", size, in.Tokens.Piece(s.Cls), in.Tokens.Piece(s.Sep))
}
