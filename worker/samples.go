package worker

import (
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/text/unicode/norm"

	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/tensor"
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
	return s.take(ctx, files, c.Size, c.As)
}

// A NotLoadedError says which file of the program is not where it is looked for, what is there instead, and what to do.
type NotLoadedError string

func (e NotLoadedError) Error() string { return string(e) }

func (s *session) addSample(ctx context.Context, c AddSample) (Event, [][]byte, error) {
	raw, err := s.Sample(ctx, c.Name)
	if err != nil {
		return nil, nil, err
	}
	files, err := data.Zip(raw)
	if err != nil {
		return nil, nil, fmt.Errorf("sample set %s: %w", c.Name, err)
	}
	return s.take(ctx, files, c.Size, As{})
}

// take decodes files and adds the good ones to the data.
func (s *session) take(ctx context.Context, files []data.File, size int, as As) (Event, [][]byte, error) {
	if err := s.engaged(); err != nil {
		return nil, nil, err
	}
	or(&size, s.config.Size)
	given := data.Input{Files: files, Kind: as.Kind}
	if s.set.Len() > 0 {
		given.Here = s.set
	}
	chosen := data.Choose(given)
	as.Kind = chosen.Kind
	if s.set.Len() > 0 && as.Kind != s.set.Of {
		return nil, nil, &MisfitError{fmt.Sprintf("these files are of kind %s, and what is here already is of kind %s: clear that first", as.Kind, s.set.Of)}
	}
	set, rejected, err := s.read(ctx, chosen.Files, size, as)
	if err != nil {
		return nil, nil, err
	}
	rejected = append(chosen.Rejected, rejected...)
	if s.set.Len() == 0 {
		s.set = &data.Set{Of: as.Kind}
	}
	if s.Notes != nil {
		rejected = append(rejected, s.Notes()...)
	}
	accepted := set.Len()
	s.set.Add(set)
	s.rejected = append(s.rejected, rejected...)
	s.features, s.outlook, s.following = nil, nil, nil
	for _, t := range chosen.Tables {
		if len(t.Match(s.set).Labels) > 0 {
			s.tables = append(s.tables, t)
		} else {
			rejected = append(rejected, OfNone(t, as.Kind))
		}
	}
	if as.Kind == data.Series && s.set.Recordings != nil {
		accepted = len(set.Recordings.Of)
		s.set.Cut(s.windowRows())
		s.set.Mark(s.config.Missing)
	}
	if rejected == nil {
		rejected = []data.Rejected{}
	}
	return s.added(accepted, rejected), nil, nil
}

// added tells what there is, after so many came in.
func (s *session) added(accepted int, rejected []data.Rejected) Added {
	return Added{Kind: s.set.Of, Accepted: accepted, Total: s.set.Len(), Names: s.set.Names,
		Of: s.set.Labels, Labels: s.set.Classes(), At: s.set.Windows, Rejected: rejected, Fills: s.fills(), Tables: s.offers()}
}

// fills are what is said of the values of series, wherever samples are told.
func (s *session) fills() Fills { return Fills{s.set.FillValues(), s.set.Marked()} }

// mark takes readings of series for missing. What was learned of them otherwise is no run of theirs any more.
func (s *session) mark(c Mark) (Event, [][]byte, error) {
	if err := s.engaged(); err != nil {
		return nil, nil, err
	}
	if s.set.Of != data.Series || s.set.Recordings == nil {
		return nil, nil, errNoSeries
	}
	for _, m := range c.Missing {
		if m.Channel != "" && !slices.Contains(s.set.Recordings.Channels, m.Channel) {
			return nil, nil, &ConfigError{"missing", fmt.Sprintf("there is no channel %q", m.Channel)}
		}
	}
	s.config.Missing, s.loaded, s.id = c.Missing, nil, "" // a run that comes begins anew
	if s.set.Mark(c.Missing) {
		s.features, s.outlook, s.following, s.run = nil, nil, nil, nil
	}
	return s.added(0, []data.Rejected{}), nil, nil
}

// omit leaves samples out. Windows of series are cut from what there is: of those none can be.
func (s *session) omit(c Omit) (Event, [][]byte, error) {
	if err := s.engaged(); err != nil {
		return nil, nil, err
	}
	if s.set.Of == data.Series {
		return nil, nil, &MisfitError{"windows of series cannot be left out one by one"}
	}
	out, names := map[string]bool{}, Given{}
	for _, name := range c.Names {
		name = norm.NFC.String(name)
		out[name], names[name] = true, ""
	}
	if missing := names.Missing(s.set); len(missing) > 0 {
		s.Send(0, Noticed{[]data.Rejected{note("leaving out", "no sample here is named %s", firsts(missing, mostListed))}})
	}
	if kept := s.set.Subset(func(i int) bool { return !out[s.set.Names[i]] }); kept.Len() < s.set.Len() {
		s.set = kept
		s.features, s.outlook, s.following, s.run = nil, nil, nil, nil
	}
	return s.added(0, []data.Rejected{}), nil, nil
}

func (s *session) read(ctx context.Context, files []data.File, size int, as As) (*data.Set, []data.Rejected, error) {
	switch as.Kind {
	case data.Images:
		return data.ReadImages(ctx, files, Keep(size), s.Decode, s.busy("decoding"))
	case data.Video:
		return data.ReadClips(ctx, files, data.Clips{Side: Keep(size), Rate: as.Rate, Length: as.Frames}, s.Decode, s.DecodeClip, s.busy("decoding"))
	case data.Text:
		return data.ReadTexts(ctx, files, s.busy("decoding"))
	case data.Series:
		return data.ReadSeries(ctx, files, s.busy("decoding"))
	}
	return nil, nil, &ConfigError{"kind", fmt.Sprintf("no kind of data named %q; there are image, video, text and series", as.Kind)}
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
		s.hear()
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
	if s.set.Of == data.Text || s.set.Of == data.Series {
		return nil, nil, &MisfitError{"only pictures and clips are pictures"}
	}
	p := Pixels{Shape: []int{len(at), c.Side, c.Side, 4}, Names: []string{}}
	var rgba []byte
	for _, i := range at {
		if i < 0 || i >= s.set.Len() {
			return nil, nil, fmt.Errorf("there is no sample %d: there are %d", i, s.set.Len())
		}
		p.Names = append(p.Names, s.set.Names[i])
		rgba = appendRGBA(rgba, view.Square(data.Frames(s.set.X[i], 1)[0], c.Side))
	}
	return p, [][]byte{rgba}, nil
}

// preview shows what the task asks about the first samples of a shuffle, and what the
// encoder answers: that of the run, or an untrained one.
func (s *session) preview(ctx context.Context, c Preview) (Event, [][]byte, error) {
	n := min(max(c.N, 1), s.set.Len())
	cfg, err := s.config, error(nil)
	if c.Config != nil {
		if cfg, err = c.Config.Resolve(); err != nil {
			return nil, nil, err
		}
		cfg.Missing = s.config.Missing
	}
	run := s.run
	if run == nil || run.set != s.set || !s.training && !run.Config.asks(cfg) {
		cfg.Batch = 2
		from, err := s.beginning(ctx, cfg)
		if err != nil {
			return nil, nil, err
		}
		if err := s.learn(ctx, cfg, from); err != nil {
			return nil, nil, err
		}
		if run, err = (Birth{Config: cfg, Set: s.set, Backend: s.Backend, From: from, Taught: s.given}).Run(); err != nil {
			return nil, nil, err
		}
	}
	exhibits, err := run.Show(ctx, n)
	if err != nil {
		return nil, nil, err
	}
	answer := Previewed{Exhibits: make([]Exhibit, len(exhibits))}
	var rgba []byte
	sizes := func(pictures []*tensor.Tensor) []Size {
		all := make([]Size, len(pictures))
		for i, x := range pictures {
			rgba, all[i] = appendRGBA(rgba, x), Size{Width: x.Shape[1], Height: x.Shape[0]}
		}
		return all
	}
	for i, e := range exhibits {
		answer.Exhibits[i] = Exhibit{Name: e.Name, Question: sizes(e.Question), Answer: sizes(e.Answer), Text: e.Text, Curves: e.Curves, Words: e.Words, Right: string(e.Right)}
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
