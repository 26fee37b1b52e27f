package worker

import (
	"context"

	"autodidact/core/kernel"
	"autodidact/core/tensor"
	"autodidact/worker/protocol"
	"autodidact/worker/run"
)

func (s *session) preview(ctx context.Context, c protocol.Preview, attached []any) (protocol.Event, [][]byte, error) {
	n := min(max(c.N, 1), s.set.Len())
	cfg, err := s.config, error(nil)
	if c.Config != nil {
		if cfg, err = c.Config.Resolve(); err != nil {
			return nil, nil, err
		}
		cfg.Missing = s.config.Missing
	}
	r := s.run
	if r == nil || r.Set() != s.set || !s.training && !r.Config.SameTask(cfg.Sized(s.set)) {
		cfg.Batch = 2
		from, err := s.beginning(ctx, cfg)
		if err != nil {
			return nil, nil, err
		}
		if err := s.prepare(ctx, cfg, from); err != nil {
			return nil, nil, err
		}
		if r, err = (run.Builder{Config: cfg, Set: s.set, Backend: s.Backend, From: from, Labels: s.given}).Build(); err != nil {
			return nil, nil, err
		}
	}
	exhibits, err := r.Show(ctx, n)
	if err != nil {
		return nil, nil, err
	}
	answer := protocol.Previewed{Exhibits: make([]protocol.Exhibit, len(exhibits))}
	var rgba []byte
	sizes := func(pictures []*tensor.Tensor) []protocol.Size {
		all := make([]protocol.Size, len(pictures))
		for i, x := range pictures {
			rgba, all[i] = appendRGBA(rgba, x), protocol.Size{Width: x.Shape[1], Height: x.Shape[0]}
		}
		return all
	}
	for i, e := range exhibits {
		answer.Exhibits[i] = protocol.Exhibit{Name: e.Name, Question: sizes(e.Question), Answer: sizes(e.Answer), Text: e.Text, Curves: e.Curves, Words: e.Words, Right: string(e.Right)}
	}
	return answer, [][]byte{rgba}, nil
}

// appendRGBA adds the pixels of x, RGB bytes [height, width, 3], as a canvas wants them.
func appendRGBA(out []byte, x *tensor.Tensor) []byte {
	rgb := x.Buf.(kernel.Bytes)
	for i := 0; i < len(rgb); i += 3 {
		out = append(out, rgb[i], rgb[i+1], rgb[i+2], 255)
	}
	return out
}
