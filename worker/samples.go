package worker

import (
	"context"
	"fmt"
	"time"

	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/pretext"
	"autodidact/pretext/view"
)

func (s *session) add(ctx context.Context, c Add, attached []any) (Event, [][]byte, error) {
	if len(attached) != len(c.Files) {
		return nil, nil, fmt.Errorf("worker: add names %d files and brings %d", len(c.Files), len(attached))
	}
	files := make([]data.File, len(c.Files))
	for i, info := range c.Files {
		files[i] = s.File(info, attached[i])
	}
	return s.take(ctx, files, c.Size)
}

func (s *session) addSample(ctx context.Context, c AddSample) (Event, [][]byte, error) {
	raw, err := s.Sample(ctx, c.Name)
	if err != nil {
		return nil, nil, fmt.Errorf("sample set %s: %w", c.Name, err)
	}
	files, err := data.Zip(raw)
	if err != nil {
		return nil, nil, fmt.Errorf("sample set %s: %w", c.Name, err)
	}
	return s.take(ctx, files, c.Size)
}

// take decodes files and adds the good ones to the data.
func (s *session) take(ctx context.Context, files []data.File, size int) (Event, [][]byte, error) {
	if s.training {
		return nil, nil, errTraining
	}
	or(&size, s.config.Size)
	set, rejected, err := data.ReadImages(ctx, files, Keep(size), s.Decode, s.busy("decoding"))
	if err != nil {
		return nil, nil, err
	}
	accepted := set.Len()
	s.set.Add(set)
	s.features = nil
	if rejected == nil {
		rejected = []data.Rejected{}
	}
	return Added{Kind: s.set.Of, Accepted: accepted, Total: s.set.Len(), Names: s.set.Names,
		Of: s.set.Labels, Labels: s.set.Classes(), Rejected: rejected}, nil, nil
}

// busy returns a function that tells the page, now and then, how far what is; and
// lets its messages in.
func (s *session) busy(what string) func(done, total int) {
	start, last := time.Now(), time.Now()
	return func(done, total int) {
		if time.Since(last) < 150*time.Millisecond && done < total {
			return
		}
		last = time.Now()
		b := Busy{What: what, Done: done, Total: total}
		if took := time.Since(start).Seconds(); took > 0 && done > 0 {
			b.ItemsPerSecond = float64(done) / took
			b.EtaSeconds = float64(total-done) / b.ItemsPerSecond
		}
		s.Send(0, b)
		s.Tick()
	}
}

// pictures draws samples Side by Side, for lists and maps.
func (s *session) pictures(c Pictures) (Event, [][]byte, error) {
	if c.Side < 1 || c.Side > 512 {
		return nil, nil, &ConfigError{"side", fmt.Sprintf("side is %d; it must lie between 1 and 512", c.Side)}
	}
	at := c.At
	if len(at) == 0 {
		at = make([]int, s.set.Len())
		for i := range at {
			at[i] = i
		}
	}
	p := Pixels{Shape: []int{len(at), c.Side, c.Side, 4}, Names: []string{}}
	var rgba []byte
	for _, i := range at {
		if i < 0 || i >= s.set.Len() {
			return nil, nil, fmt.Errorf("there is no sample %d: there are %d", i, s.set.Len())
		}
		p.Names = append(p.Names, s.set.Names[i])
		rgba = appendRGBA(rgba, view.Square(s.set.X[i], c.Side))
	}
	return p, [][]byte{rgba}, nil
}

// preview shows what the task shows its encoder, for the first samples of a shuffle.
func (s *session) preview(c Preview) (Event, [][]byte, error) {
	cfg := s.config
	cfg.Batch = min(max(c.N, 2), 64)
	run, err := NewRun(cfg, s.set, s.Backend)
	if err != nil {
		return nil, nil, err
	}
	task, ok := run.Task.(pretext.Pictured)
	if !ok {
		return nil, nil, &MisfitError{"task " + cfg.Task + " has no pictures to show"}
	}
	for b, err := range data.Epochs(s.set, cfg.Batch, 0, run.rand) {
		if err != nil {
			return nil, nil, err
		}
		var rgba []byte
		pics := task.Pictures(run.Task.Views(rng.New(cfg.Seed).For("views", 0), b))
		for _, x := range pics {
			rgba = appendRGBA(rgba, x)
		}
		return Pixels{Shape: []int{len(pics), cfg.Size, cfg.Size, 4}}, [][]byte{rgba}, nil
	}
	return nil, nil, data.ErrTooFew
}

// appendRGBA adds the pixels of x, RGB bytes [side, side, 3], as a canvas wants them.
func appendRGBA(out []byte, x *tensor.Tensor) []byte {
	rgb := x.Buf.(kernel.Bytes)
	for i := 0; i < len(rgb); i += 3 {
		out = append(out, rgb[i], rgb[i+1], rgb[i+2], 255)
	}
	return out
}
