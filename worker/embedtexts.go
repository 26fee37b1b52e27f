package worker

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
)

// Texts of like length are padded to the longest of so many tokens, and so many of these go through an encoder together:
// more are no faster, and take as much more memory.
const (
	inOneLook = 4096
	inOnePass = 1024
)

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
		for some := range slices.Chunk(order[done:done+n], max(1, inOnePass/long)) {
			rows, err := l.means(ctx, bert, texts, some, long)
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

// framed is the tokens of text i between a Cls and a Sep, cut to what the encoder reads.
func (l Looker) framed(set *data.Set, i int) []int32 {
	if set.Language == nil || set.Language.Tokens != l.Tokens {
		return l.frame(set.Texts.At(i))
	}
	s := l.Tokens.Special()
	ids := append([]int32{s.Cls}, set.Language.Of(i)...)
	return append(ids[:min(len(ids), l.Size-1)], s.Sep)
}

// means is the features of some texts, [len(which), width], that are padded to a length.
func (l Looker) means(ctx context.Context, bert *encoder.BERT, texts [][]int32, which []int, long int) ([]float32, error) {
	some := make([][]int32, len(which))
	for k, i := range which {
		some[k] = texts[i]
	}
	r := l.padded(some, long)
	t := autograd.NewTape(l.Backend, rng.New(0))
	t.Training = false
	defer t.Free()
	h := t.Input(encoder.MeanWeights(r.Of, 1)).MatMul(bert.EncodeTokens(t, r, 0))
	return t.Download(ctx, h.Value())
}

// frame is the tokens of a text between a Cls and a Sep, cut to what the encoder reads.
func (l Looker) frame(text string) []int32 {
	s := l.Tokens.Special()
	ids := []int32{s.Cls}
	for _, t := range l.Tokens.Encode(text) {
		ids = append(ids, t.ID)
	}
	return append(ids[:min(len(ids), l.Size-1)], s.Sep)
}

// padded lays texts side by side, each as long as the longest, and at least as long as asked, in steps of 16 so that memory is used again.
func (l Looker) padded(texts [][]int32, long int) encoder.TokenBatch {
	for _, ids := range texts {
		long = max(long, (len(ids)+15)/16*16)
	}
	if b, ok := l.Encoder.(*encoder.BERT); ok {
		long = min(long, b.Size().Positions)
	}
	tokens, of := make([]int32, len(texts)*long), make([]int32, len(texts)*long)
	for k, ids := range texts {
		for p := range long {
			tokens[k*long+p] = l.Tokens.Special().Pad
		}
		for p, id := range ids {
			tokens[k*long+p], of[k*long+p] = id, 1
		}
	}
	return encoder.TokenBatch{Tokens: tensor.Int32s(tokens, len(texts), long), Of: tensor.Int32s(of, len(texts), long)}
}
