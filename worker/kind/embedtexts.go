package kind

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/encoder"
	"autodidact/core/probe"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/worker/report"
)

// Texts of like length are padded to the longest of so many tokens, and so many of these go through an encoder together:
// more are no faster, and take as much more memory.
const (
	tokensPadded  = 4096
	tokensOnePass = 1024
)

// BERT is the encoder as one that reads texts.
func (e Embedder) BERT() (*encoder.BERT, error) {
	bert, ok := e.Encoder.(*encoder.BERT)
	if !ok || e.Tokens == nil {
		return nil, report.Mismatch("this encoder does not read texts")
	}
	return bert, nil
}

// Embed averages features over the tokens of each text, of which those beyond a sequence are not read. Texts of like length
// go through together.
func (texts) Embed(ctx context.Context, e Embedder, set *data.Set, at []int, each func(done, total int)) (probe.Features, error) {
	bert, err := e.BERT()
	if err != nil {
		return probe.Features{}, err
	}
	ids := make([][]int32, len(at))
	for k, i := range at {
		ids[k] = e.framedText(set, i)
	}
	order := probe.All(len(at))
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(len(ids[a]), len(ids[b])) })
	f := probe.Features{N: len(at), Width: bert.Width(), Data: make([]float32, len(at)*bert.Width())}.On(e.Backend)
	for done := 0; done < len(order); {
		if err := ctx.Err(); err != nil {
			return f, fmt.Errorf("embedding stopped at text %d: %w", done, err)
		}
		n, long := alike(ids, order[done:])
		for some := range slices.Chunk(order[done:done+n], max(1, tokensOnePass/long)) {
			texts := make([][]int32, len(some))
			for k, i := range some {
				texts[k] = ids[i]
			}
			rows, err := e.MeanTokens(ctx, bert, texts, long)
			if err != nil {
				return f, err
			}
			for k, i := range some {
				copy(f.Row(i), rows[k*f.Width:][:f.Width])
			}
		}
		done += n
		if each != nil {
			each(done, len(order))
		}
	}
	return f, nil
}

// alike is how many of the texts that come next are padded to one length, and to which.
func alike(ids [][]int32, order []int) (n, long int) {
	for n < len(order) {
		next := (len(ids[order[n]]) + 15) / 16 * 16 // few lengths, so that memory is used again
		if n > 0 && (n+1)*max(long, next) > tokensPadded {
			break
		}
		long = max(long, next)
		n++
	}
	return n, long
}

// framedText is the tokens of text i between a Cls and a Sep, cut to what the encoder reads.
func (e Embedder) framedText(set *data.Set, i int) []int32 {
	if set.Language == nil || set.Language.Tokens != e.Tokens {
		return e.Frame(set.Texts.At(i))
	}
	s := e.Tokens.Special()
	ids := append([]int32{s.Cls}, set.Language.Of(i)...)
	return append(ids[:min(len(ids), e.Size-1)], s.Sep)
}

// Frame is the tokens of a text between a Cls and a Sep, cut to what the encoder reads.
func (e Embedder) Frame(text string) []int32 {
	s := e.Tokens.Special()
	ids := []int32{s.Cls}
	for _, t := range e.Tokens.Encode(text) {
		ids = append(ids, t.ID)
	}
	return append(ids[:min(len(ids), e.Size-1)], s.Sep)
}

// MeanTokens is the features of texts, [len(texts), width], that are padded to a length: the mean over their tokens.
func (e Embedder) MeanTokens(ctx context.Context, bert *encoder.BERT, texts [][]int32, long int) ([]float32, error) {
	r := e.Padded(texts, long)
	t := autograd.NewTape(e.Backend, rng.New(0))
	t.Training = false
	defer t.Free()
	h := t.Input(encoder.MeanWeights(r.Of, 1)).MatMul(bert.EncodeTokens(t, r, 0))
	return t.Download(ctx, h.Value())
}

// Padded lays texts side by side, each as long as the longest, and at least as long as asked, in steps of 16 so that memory is
// used again.
func (e Embedder) Padded(texts [][]int32, long int) encoder.TokenBatch {
	for _, ids := range texts {
		long = max(long, (len(ids)+15)/16*16)
	}
	if b, ok := e.Encoder.(*encoder.BERT); ok {
		long = min(long, b.Size().Positions)
	}
	tokens, of := make([]int32, len(texts)*long), make([]int32, len(texts)*long)
	for k, ids := range texts {
		for p := range long {
			tokens[k*long+p] = e.Tokens.Special().Pad
		}
		for p, id := range ids {
			tokens[k*long+p], of[k*long+p] = id, 1
		}
	}
	return encoder.TokenBatch{Tokens: tensor.Int32s(tokens, len(texts), long), Of: tensor.Int32s(of, len(texts), long)}
}
