package worker

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"time"

	"golang.org/x/text/unicode/norm"

	"autodidact/core/data"
	"autodidact/core/probe"
	"autodidact/worker/explore"
	"autodidact/worker/language"
	"autodidact/worker/protocol"
	"autodidact/worker/report"
)

// look makes sure there is a run to look through: the latest, the loaded one, or
// an untrained one.
func (s *session) look(ctx context.Context) error {
	if s.run != nil {
		return nil
	}
	if s.elsewhere != nil && s.loaded == nil {
		return s.throughElsewhere(context.Background())
	}
	was := s.config
	if s.loaded == nil { // who only looks needs no batch
		s.config.Batch = 0
	}
	err := s.open(ctx)
	s.config = was
	return err
}

// features is the embedding of the data by the run's weights after a step.
type features struct {
	probe.Features
	step  int
	taken time.Time
	cost  time.Duration
	white *probe.Features
	fit   *probe.Whitening // that of white, for those who come later
}

// compared is the features as cosines compare them: whitened.
func (f *features) compared() probe.Features {
	if f.white == nil {
		w := probe.Whiten(f.Features)
		f.white = &w
	}
	return *f.white
}

// embedding gives the features of all samples. While a run is under way a page may
// ask for them again and again, to watch; then they may be a little old, so that
// looking takes at most a tenth of the time that learning has.
func (s *session) embedding(ctx context.Context, mayBeOld bool) (*features, error) {
	if f := s.features; f != nil {
		young := s.training && mayBeOld && time.Since(f.taken) < 10*f.cost
		if f.step == s.run.Done || young {
			return f, nil
		}
	}
	if s.set.Len() == 0 {
		return nil, fmt.Errorf("%w: there are no samples to embed; add some", data.ErrTooFew)
	}
	if err := s.look(ctx); err != nil {
		return nil, err
	}
	start := time.Now()
	f, err := s.run.Embedder().Embed(ctx, s.set, nil, s.busy("embedding"))
	if err != nil {
		return nil, err
	}
	s.note(s.run.Embedder().Unread(s.set))
	s.features = &features{Features: f, step: s.run.Done, taken: time.Now(), cost: time.Since(start)}
	return s.features, nil
}

func (s *session) embed(ctx context.Context, _ protocol.Embed, attached []any) (protocol.Event, [][]byte, error) {
	f, err := s.embedding(ctx, false)
	if err != nil {
		return nil, nil, err
	}
	return protocol.Embedding{Shape: []int{f.N, f.Width}, Names: s.set.Names, Labels: s.set.Labels}, [][]byte{wireFloats(f.Data)}, nil
}

func (s *session) mapped(ctx context.Context, _ protocol.Map, attached []any) (protocol.Event, [][]byte, error) {
	f, err := s.embedding(ctx, true)
	if err != nil {
		return nil, nil, err
	}
	flat, shares := probe.PCA(f.Pooled(), 2)
	return protocol.Mapped{Shape: []int{flat.N, 2}, Explained: shares, Compared: []int{f.N, f.Width}},
		[][]byte{wireFloats(flat.Data), wireFloats(f.compared().Data)}, nil
}

func (s *session) neighbors(ctx context.Context, c protocol.Neighbors, attached []any) (protocol.Event, [][]byte, error) {
	i := slices.Index(s.set.Names, norm.NFC.String(c.Name))
	if i < 0 {
		return nil, nil, fmt.Errorf("there is no sample named %q", c.Name)
	}
	f, err := s.embedding(ctx, true)
	if err != nil {
		return nil, nil, err
	}
	e := protocol.Neighbored{Names: []string{}, Near: []float32{}}
	for _, n := range probe.Neighbors(f.compared(), i, min(max(c.K, 1), s.set.Len())) {
		e.Names, e.Near = append(e.Names, s.set.Names[n.Index]), append(e.Near, n.Cosine)
	}
	return e, nil, nil
}

func wireFloats(fs []float32) []byte {
	out := make([]byte, 4*len(fs))
	for i, v := range fs {
		binary.LittleEndian.PutUint32(out[4*i:], math.Float32bits(v))
	}
	return out
}

func (s *session) search(ctx context.Context, c protocol.Search, attached []any) (protocol.Event, [][]byte, error) {
	if s.set.Texts == nil {
		return nil, nil, report.Mismatch("only texts can be searched by words")
	}
	f, err := s.embedding(ctx, true)
	if err != nil {
		return nil, nil, err
	}
	if f.fit == nil {
		w := probe.FitWhitening(f.Features)
		f.fit = &w
	}
	near, err := language.Search(ctx, s.run.Embedder(), f.Features, *f.fit, c.Text, min(max(c.K, 1), s.set.Len()))
	if err != nil {
		return nil, nil, err
	}
	s.note(language.Unread(s.run.Embedder(), "what is looked for", c.Text))
	e := protocol.Neighbored{Names: []string{}, Near: []float32{}, At: []int{}}
	for _, n := range near {
		e.Names, e.Near, e.At = append(e.Names, s.set.Names[n.Index]), append(e.Near, n.Cosine), append(e.At, n.Index)
	}
	return e, nil, nil
}

func (s *session) cluster(ctx context.Context, c protocol.Cluster, attached []any) (protocol.Event, [][]byte, error) {
	f, err := s.embedding(ctx, true)
	if err != nil {
		return nil, nil, err
	}
	e, err := explore.Clusters(f.Features.WithContext(ctx, s.hear), s.set, c.K, c.Whole, s.run.Config.Seed)
	return protocol.Clustered{Clustering: e}, nil, cmp.Or(ctx.Err(), err)
}
