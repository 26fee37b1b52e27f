package worker

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"time"

	"golang.org/x/text/unicode/norm"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/nn"
	"autodidact/core/probe"
	"autodidact/core/rng"
	"autodidact/core/tensor"
	"autodidact/core/token"
	"autodidact/pretext/view"
)

// A Looker is an encoder looking at samples of one size, without learning.
type Looker struct {
	Backend  kernel.Backend
	Encoder  nn.Encoder
	Size     int
	Tokens   token.Tokenizer // of texts
	Readings *Readings       // of series
}

// side is the cells on a side of a picture that its features tell apart: quadrants.
const side = 2

// glances is how many frames of a clip are looked at: their features are averaged.
const glances = 4

// lookBatch is how many pictures go through an encoder together: more are no faster, and take as much more memory.
const lookBatch = 16

// Embed gives the features of set's samples at, [len(at), side*side*width]; nil means all.
func (l Looker) Embed(ctx context.Context, set *data.Set, at []int, each func(done, total int)) (probe.Features, error) {
	kernel.Trim(l.Backend)
	defer kernel.Trim(l.Backend)
	if set.Of == data.Text {
		return l.embedTexts(ctx, set, at, each)
	}
	if set.Of == data.Series {
		return l.embedSeries(ctx, set, at, each)
	}
	n, index := set.Len(), func(i int) int { return i }
	if at != nil {
		n, index = len(at), func(i int) int { return at[i] }
	}
	e := probe.Embedding{Backend: l.Backend, Encoder: l.Encoder, N: n, Batch: lookBatch, Side: side, Each: each,
		Input: func(i int) (*tensor.Tensor, error) { return view.Center(set.X[index(i)], l.Size), nil }}
	if set.Of == data.Video {
		e.Batch, e.Frames = lookBatch/glances, glances
		e.Input = func(i int) (*tensor.Tensor, error) {
			var looks []*tensor.Tensor
			for _, x := range data.Frames(set.X[index(i)], glances) {
				looks = append(looks, view.Center(x, l.Size))
			}
			return tensor.Stack(looks...), nil
		}
	}
	return e.Run(ctx)
}

// Random is the encoder of c as it was before any training: what the pixels and the
// architecture are worth by themselves. Its BatchNorms know the statistics of set, which takes
// no learning, and without which it would be worth less than it need be.
func Random(ctx context.Context, c Config, set *data.Set, b kernel.Backend) (Looker, error) {
	l := Looker{Backend: b, Size: c.Size}
	switch set.Of {
	case data.Text:
		l.Tokens = set.Language.Tokens
	case data.Series:
		l.Readings = readings(set, c.Size)
	}
	l.Encoder = newEncoder(c, l.Tokens, l.Readings)
	nn.Place(b, l.Encoder)
	if set.Of == data.Text || set.Of == data.Series {
		return l, nil // there are no running statistics in their encoders
	}
	return l, l.acquaint(ctx, set)
}

// acquaint makes the running statistics of the encoder, which is new, those of a few batches of
// set. A moving average still holds much of where it began; that is taken out, as Adam does (arXiv:1412.6980).
func (l Looker) acquaint(ctx context.Context, set *data.Set) error {
	const batches = 4
	if set.Len() == 0 {
		return nil
	}
	began := map[*autograd.Param]*tensor.Tensor{}
	t := autograd.NewTape(l.Backend, rng.New(0))
	defer t.Free()
	for _, p := range nn.Params(l.Encoder) {
		if p.Frozen {
			began[p] = t.Scale(p.Value, 1, 0)
		}
	}
	seen := 0
	for batch, err := range data.Epochs(set, min(64, set.Len()), 0, rng.New(0)) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if seen++; seen > batches {
			break
		}
		views := make([]*tensor.Tensor, len(batch.Samples))
		for i, s := range batch.Samples {
			views[i] = view.Center(data.Frames(s.X, 1)[0], l.Size)
		}
		t := autograd.NewTape(l.Backend, rng.New(0))
		t.NoGrad(func() autograd.Var { return l.Encoder.Encode(t.Input(tensor.Stack(views...))) })
		t.Free()
	}
	left := float32(math.Pow(nn.BatchNormMomentum, batches)) // of where it began
	for p, was := range began {
		t.Update(kernel.Sub, p.Value, t.Scale(was, left, 0))
		t.Affine(p.Value.Buf, p.Value.Buf, 1/(1-left), 0)
	}
	return nil
}

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
	f, err := s.looker().Embed(ctx, s.set, nil, s.busy("embedding"))
	if err != nil {
		return nil, err
	}
	s.note(s.looker().Unread(s.set))
	s.features = &features{Features: f, step: s.run.Done, taken: time.Now(), cost: time.Since(start)}
	return s.features, nil
}

func (s *session) looker() Looker { return s.run.Looker() }

// Looker is the run's encoder as it is by now.
func (r *Run) Looker() Looker {
	l := Looker{Backend: r.backend, Encoder: r.Task.Backbone(), Size: r.Config.Size, Readings: r.readings}
	if r.words != nil {
		l.Tokens = r.words.Tokens
	}
	return l
}

func (s *session) embed(ctx context.Context) (Event, [][]byte, error) {
	f, err := s.embedding(ctx, false)
	if err != nil {
		return nil, nil, err
	}
	return Embedding{Shape: []int{f.N, f.Width}, Names: s.set.Names, Labels: s.set.Labels}, [][]byte{wireFloats(f.Data)}, nil
}

func (s *session) mapped(ctx context.Context) (Event, [][]byte, error) {
	f, err := s.embedding(ctx, true)
	if err != nil {
		return nil, nil, err
	}
	flat, shares := probe.PCA(f.Pooled(), 2)
	return Mapped{Shape: []int{flat.N, 2}, Explained: shares, Compared: []int{f.N, f.Width}},
		[][]byte{wireFloats(flat.Data), wireFloats(f.compared().Data)}, nil
}

func (s *session) neighbors(ctx context.Context, c Neighbors) (Event, [][]byte, error) {
	i := slices.Index(s.set.Names, norm.NFC.String(c.Name))
	if i < 0 {
		return nil, nil, fmt.Errorf("there is no sample named %q", c.Name)
	}
	f, err := s.embedding(ctx, true)
	if err != nil {
		return nil, nil, err
	}
	e := Neighbored{Names: []string{}, Near: []float32{}}
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

// Untrained is the contender "random": the same encoder before training.
type Untrained struct {
	Config  Config
	Set     *data.Set // by which it knows how readings are spread, and which words there are
	Backend kernel.Backend
	Each    func(done, total int)
}

// Embed gives its features of set.
func (u Untrained) Embed(ctx context.Context, contender string, set *data.Set) (probe.Features, error) {
	if contender != "random" {
		return probe.Features{}, &ConfigError{"against", fmt.Sprintf("%q has no features: there is random", contender)}
	}
	for _, s := range []*data.Set{u.Set, set} {
		if s.Of == data.Text && s.Language == nil {
			if err := Learn(ctx, u.Config, nil, s, nil); err != nil {
				return probe.Features{}, err
			}
		}
	}
	l, err := Random(ctx, u.Config, u.Set, u.Backend)
	if err != nil {
		return probe.Features{}, err
	}
	return l.Embed(ctx, set, nil, u.Each)
}

// monitored remembers when the run was last looked at, and what that cost: it may
// take a twentieth of the time.
type monitored struct {
	last time.Time
	cost time.Duration
}

func (m monitored) due() bool { return time.Since(m.last) > 20*m.cost }

// monitor measures what the encoder is worth by now.
func (s *session) monitor(ctx context.Context) {
	start := time.Now()
	if err := s.work(ctx, analysing, func(ctx context.Context) error { return s.run.Monitor(ctx, s.hear) }); err != nil {
		return // the run itself will meet the same trouble, and tell
	}
	s.monitored = monitored{time.Now(), time.Since(start)}
}
