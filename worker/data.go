package worker

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"autodidact/core/data"
	"autodidact/core/probe"
	"autodidact/pretext/view"
	"autodidact/worker/kind"
	"autodidact/worker/label"
	"autodidact/worker/protocol"
	"autodidact/worker/report"
)

func (s *session) add(ctx context.Context, c protocol.Add, attached []any) (protocol.Event, [][]byte, error) {
	files, err := s.files(c.Files, attached)
	if err != nil {
		return nil, nil, err
	}
	return s.take(ctx, files, c.Size, c.As)
}

// files are those that a command names, and brings.
func (s *session) files(named []protocol.FileInfo, attached []any) ([]data.File, error) {
	if len(attached) != len(named) {
		return nil, fmt.Errorf("worker: a command names %d files and brings %d", len(named), len(attached))
	}
	files := make([]data.File, len(named))
	for i, info := range named {
		files[i] = s.File(info, attached[i])
	}
	return files, nil
}

func (s *session) addSample(ctx context.Context, c protocol.AddSample, attached []any) (protocol.Event, [][]byte, error) {
	raw, err := s.Sample(ctx, c.Name)
	if err != nil {
		return nil, nil, err
	}
	files, err := data.Zip(raw)
	if err != nil {
		return nil, nil, fmt.Errorf("sample set %s: %w", c.Name, err)
	}
	return s.take(ctx, files, c.Size, protocol.As{})
}

// take decodes files and adds the good ones to the data.
func (s *session) take(ctx context.Context, files []data.File, size int, as protocol.As) (protocol.Event, [][]byte, error) {
	if err := s.engaged(); err != nil {
		return nil, nil, err
	}
	if s.opened != nil {
		as.Kind = s.opened.Kind()
	}
	given := data.Input{Files: files, Kind: as.Kind}
	if s.set.Len() > 0 {
		given.Here = s.set
	}
	chosen := data.Choose(given)
	as.Kind = chosen.Kind
	if s.set.Len() > 0 && as.Kind != s.set.Of {
		return nil, nil, report.Mismatch("these files are of kind %s, and what is here already is of kind %s: clear that first", as.Kind, s.set.Of)
	}
	k, err := kind.Find(as.Kind)
	if err != nil {
		return nil, nil, err
	}
	format := kind.Format{Size: cmp.Or(size, s.config.Size), Rate: as.Rate, Frames: as.Frames, Decode: s.Decode, DecodeClip: s.DecodeClip}
	set, rejected, err := k.Read(ctx, chosen.Files, format, s.busy("decoding"))
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
	s.set.Add(set)
	s.rejected = append(s.rejected, rejected...)
	s.features, s.fitted, s.stream = nil, nil, nil
	for _, t := range chosen.Tables {
		if len(t.Match(s.set).Labels) > 0 {
			s.tables = append(s.tables, t)
		} else {
			rejected = append(rejected, label.OfNone(t, s.set))
		}
	}
	k.Cut(s.set, s.viewSize(), s.config.Missing)
	if rejected == nil {
		rejected = []data.Rejected{}
	}
	return s.added(k.Items(set), rejected), nil, nil
}

// viewSize is how large or long samples are while nobody has started a run.
func (s *session) viewSize() int {
	if s.config.Kind == s.set.Of {
		return s.config.Sized(s.set).Size
	}
	return kind.SizeFor(s.set, 0)
}

// added is what there is, after so many came in.
func (s *session) added(accepted int, rejected []data.Rejected) protocol.Added {
	return protocol.Added{Kind: s.set.Of, Accepted: accepted, Total: s.set.Len(), Names: s.set.Names,
		Of: s.set.Labels, Labels: s.set.Classes(), At: s.set.Windows, Whole: s.set.AllWhole(), Rejected: rejected, Fills: s.fills(), Tables: s.offers()}
}

// fills are what is said of the values of series, wherever samples are listed.
func (s *session) fills() protocol.Fills {
	return protocol.Fills{Fill: s.set.FillValues(), Marked: s.set.Marked()}
}

// windows is the samples that series were cut into.
func (s *session) windows(size int) protocol.Windows {
	return protocol.Windows{Size: size, Names: s.set.Names, Of: s.set.Labels, At: s.set.Windows, Whole: s.set.AllWhole(), Labels: s.set.Classes(), Fills: s.fills()}
}

// What was learned of other readings is no run of these any more.
func (s *session) mark(ctx context.Context, c protocol.Mark, attached []any) (protocol.Event, [][]byte, error) {
	if err := s.engaged(); err != nil {
		return nil, nil, err
	}
	if s.set.Recordings == nil {
		return nil, nil, errNoSeries
	}
	for _, m := range c.Missing {
		if m.Channel != "" && !slices.Contains(s.set.Recordings.Channels, m.Channel) {
			return nil, nil, report.BadField("missing", "there is no channel %q", m.Channel)
		}
	}
	s.config.Missing, s.loaded, s.id = c.Missing, nil, "" // a run that comes begins anew
	if s.set.Mark(c.Missing) {
		s.features, s.fitted, s.stream, s.run = nil, nil, nil, nil
	}
	return s.added(0, []data.Rejected{}), nil, nil
}

// Windows of series are cut from what there is: of those none can be left out.
func (s *session) omit(ctx context.Context, c protocol.Omit, attached []any) (protocol.Event, [][]byte, error) {
	if err := s.engaged(); err != nil {
		return nil, nil, err
	}
	if !kind.TraitsOf(s.set.Of).Omit {
		return nil, nil, report.Mismatch("%s cannot be left out one by one", map[bool]string{true: "series", false: "windows of series"}[s.set.AllWhole()])
	}
	out, names := map[string]bool{}, label.Labels{}
	for _, name := range c.Names {
		name = norm.NFC.String(name)
		out[name], names[name] = true, ""
	}
	if missing := names.Missing(s.set); len(missing) > 0 {
		s.Send(0, protocol.Noticed{Notices: []data.Rejected{report.Notice("leaving out", "no sample here is named %s", report.List(missing, report.MostListed))}})
	}
	if kept := s.set.Subset(func(i int) bool { return !out[s.set.Names[i]] }); kept.Len() < s.set.Len() {
		s.set = kept
		s.features, s.fitted, s.stream, s.run = nil, nil, nil, nil
	}
	return s.added(0, []data.Rejected{}), nil, nil
}

// busy returns a function that reports to the page, now and then, how far what is; and
// lets its messages in.
func (s *session) busy(what string) func(done, total int) {
	start, last := time.Now(), time.Now()
	return func(done, total int) {
		if time.Since(last) < 150*time.Millisecond && done < total {
			return
		}
		last = time.Now()
		b := protocol.Busy{What: what, Done: done, Total: total}
		if took := time.Since(start).Seconds(); took > 0 && done > 0 {
			b.ItemsPerSecond = float64(done) / took
			b.EtaSeconds = float64(total-done) / b.ItemsPerSecond
		}
		s.Send(0, b)
		s.hear()
	}
}

func (s *session) pictures(ctx context.Context, c protocol.Pictures, attached []any) (protocol.Event, [][]byte, error) {
	if c.Side < 1 || c.Side > 512 {
		return nil, nil, report.BadField("side", "side is %d; it must lie between 1 and 512", c.Side)
	}
	at := c.At
	if len(at) == 0 {
		at = probe.All(s.set.Len())
	}
	if s.set.Texts != nil || s.set.Recordings != nil {
		return nil, nil, report.Mismatch("only pictures and clips are pictures")
	}
	p := protocol.Pixels{Shape: []int{len(at), c.Side, c.Side, 4}, Names: []string{}}
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

func (s *session) inspect(ctx context.Context, _ protocol.Inspect, attached []any) (protocol.Event, [][]byte, error) {
	return protocol.Inspected{Inspection: s.set.Inspection(s.rejected)}, nil, nil
}

func (s *session) clear(ctx context.Context, c protocol.Clear, attached []any) (protocol.Event, [][]byte, error) {
	if err := s.engaged(); err != nil {
		return nil, nil, err
	}
	if !c.Again {
		s.given, s.unsaved = label.Labels{}, time.Time{}
	}
	s.tables = nil
	s.set, s.rejected, s.features, s.fitted, s.stream, s.noted = &data.Set{Of: data.Images}, nil, nil, nil, nil, nil
	if !c.Again && s.loaded == nil && s.opened == nil {
		s.config.Missing = nil
	}
	return protocol.OK{}, nil, nil
}

// longExcerpt is the bytes of a text that a page is given to show.
const longExcerpt = 2000

func (s *session) texts(ctx context.Context, c protocol.Texts, attached []any) (protocol.Event, [][]byte, error) {
	e := protocol.Excerpts{Texts: []string{}}
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
