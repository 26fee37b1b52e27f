package pretext

import (
	"math"
	"slices"
	"testing"

	"autodidact/core/autograd"
	"autodidact/core/data"
	"autodidact/core/kernel"
	"autodidact/core/kernel/cpu"
	"autodidact/core/nn"
	"autodidact/core/rng"
)

// joined is a task's trial, its task with two labels of each class beside it.
func joined(t *testing.T, b *cpu.Backend, name string, seed uint64, weight float32) (*Joint, trial) {
	t.Helper()
	c := trials[name]
	s := c.setup(rng.New(seed))
	task, err := find(t, name).Build(s, []byte(c.options))
	if err != nil {
		t.Fatal(err)
	}
	set := c.samples(rng.New(4), 64)
	labels := few(set, 2)
	set.Labels = slices.Repeat([]string{"not to be looked at"}, set.Len())
	j := NewJoint(task, s, set, labels, weight)
	nn.Place(b, j)
	c.among = 64
	return j, c
}

// seen is every task about pictures or clips.
func seen() (names []string) {
	for _, s := range Catalog {
		if slices.Contains(s.Kinds, data.Images) || slices.Contains(s.Kinds, data.Video) {
			names = append(names, s.Name)
		}
	}
	return names
}

func TestLabelsOfNoWeightLeaveATaskAsItIsBitForBit(t *testing.T) {
	for _, name := range seen() {
		weights := func(task Task, c trial, b *cpu.Backend, with func(Task) Task) map[string][]float32 {
			c.train(t, b, with(task), 4)
			values := map[string][]float32{}
			for path, p := range nn.Params(task) {
				x := make(kernel.Host, p.Value.Shape.Size())
				if err := b.Read(t.Context(), x, p.Value.Buf); err != nil {
					t.Fatal(err)
				}
				values[path] = x
			}
			return values
		}
		b := cpu.New()
		j, c := joined(t, b, name, 1, 0)
		with := weights(j.Task, c, b, func(Task) Task { return j })
		b = cpu.New()
		alone := weights(c.build(t, find(t, name), b, 1), c, b, func(task Task) Task { return task })
		b = cpu.New()
		heavy, _ := joined(t, b, name, 1, 1)
		other := weights(heavy.Task, c, b, func(Task) Task { return heavy })
		moved := 0
		for path, x := range alone {
			if !slices.Equal(x, with[path]) {
				t.Errorf("%s: %s is another beside labels of weight 0", name, path)
			}
			if !slices.Equal(x, other[path]) {
				moved++
			}
		}
		if len(with) != len(alone) || moved < 5 {
			t.Errorf("%s: %d params, %d alone; labels of weight 1 change only %d", name, len(with), len(alone), moved)
		}
	}
}

func TestATasksViewsAndParamsAreItsOwnBesideLabels(t *testing.T) {
	for _, name := range seen() {
		b := cpu.New()
		j, c := joined(t, b, name, 1, 1)
		of := batchOf(c.samples(rng.New(10), 7))
		mine, whole := j.Task.Views(rng.New(5), of), j.Views(rng.New(5), of)
		if len(whole) != len(mine)+2 {
			t.Fatalf("%s: %d views, %d alone", name, len(whole), len(mine))
		}
		for i, x := range mine {
			if !slices.Equal(x.Shape, whole[i].Shape) || !slices.Equal(x.Buf.(kernel.Host), whole[i].Buf.(kernel.Host)) {
				t.Errorf("%s: its view %d is another beside labels", name, i)
			}
		}
		if m := whole[len(mine)+1].Shape[0]; m != 3 || whole[len(mine)].Shape[0] != 3 {
			t.Errorf("%s: %d labels beside 7 samples", name, m)
		}
		var paths, alone []string
		for path := range nn.Params(j) {
			if slices.Contains(paths, path) {
				t.Errorf("%s: two params are called %s", name, path)
			}
			paths = append(paths, path)
		}
		for path := range nn.Params(j.Task) {
			alone = append(alone, path)
		}
		if want := append(alone, "labels.head.weight", "labels.head.bias"); !slices.Equal(paths, want) {
			t.Errorf("%s: params are\n%v\nwant\n%v", name, paths, want)
		}
	}
}

func TestAJointLossIsTheTasksAndThatOfTheLabels(t *testing.T) {
	b := cpu.New()
	j, c := joined(t, b, "rotation", 1, 0.7)
	v := j.Views(rng.New(5), batchOf(c.samples(rng.New(10), 16)))
	tape := autograd.NewTape(b, rng.New(1))
	tape.Training = false
	defer tape.Free()
	want := c.slow(j.Task, tape, v[:2]) + 0.7*slowCrossEntropy(tape, j.Labels.logits(tape.Input(v[2])), v[3])
	if got := c.loss(t, b, j, v); math.Abs(got-want) > 1e-4 {
		t.Errorf("loss is %.6f, by its formula %.6f", got, want)
	}
}

func TestATaskAndLabelsAreLearnedTogether(t *testing.T) {
	for _, name := range []string{"simclr", "patchposition", "rotation"} {
		b := cpu.New()
		j, c := joined(t, b, name, 1, 1)
		unseen := c.samples(rng.New(9), 96)
		before, err := j.Labels.Accuracy(t.Context(), b, unseen)
		if err != nil {
			t.Fatal(err)
		}
		task := c.heldOut(t, b, j.Task)
		c.train(t, b, j, 150)
		after, err := j.Labels.Accuracy(t.Context(), b, unseen)
		t.Logf("%s: accuracy %.2f, %.2f before; the task itself %+.2f to %+.2f of chance", name, after, before, task, c.heldOut(t, b, j.Task))
		if err != nil || after < 0.4 {
			t.Errorf("%s: accuracy with four labels is %.2f, %.2f before (%v)", name, after, before, err)
		}
	}
}

func TestClipsAreLabelledByTheirMiddleFrames(t *testing.T) {
	stills, films := textures(rng.New(1), 12), &data.Set{Of: data.Video}
	for i, x := range stills.X {
		films.Names = append(films.Names, stills.Names[i])
		films.X = append(films.X, filmed(stills.X[0], x, stills.X[1]))
	}
	labels := few(stills, 1)
	s := tinySetup(rng.New(1))
	task, err := frameOrder.Build(s, nil)
	if err != nil {
		t.Fatal(err)
	}
	j := NewJoint(task, s, films, labels, 1)
	x, class := j.labelled.draw(rng.New(2), 8)
	for i, picture := range x {
		if at := int(class[i]); !slices.Equal(picture.Buf.(kernel.Bytes), stills.X[at].Buf.(kernel.Bytes)) {
			t.Errorf("what stands for clip %s is not its middle frame", films.Names[at])
		}
	}
}

func TestTheSameSeedGivesAJointTheSameCurve(t *testing.T) {
	curve := func(seed uint64) []float32 {
		b := cpu.New()
		j, c := joined(t, b, "moco", seed, 1)
		return c.train(t, b, j, 8)
	}
	if one, again := curve(1), curve(1); !slices.Equal(one, again) {
		t.Errorf("curves differ:\n%v\n%v", one, again)
	}
	if slices.Equal(curve(1), curve(2)) {
		t.Error("another seed gives the same curve")
	}
}

func TestAJointPreviewsAsksAndRejectsAsItsTaskDoes(t *testing.T) {
	b := cpu.New()
	j, c := joined(t, b, "rotation", 1, 1)
	of := batchOf(c.samples(rng.New(10), 8))
	v := j.Views(rng.New(5), of)
	tape := autograd.NewTape(b, rng.New(1))
	tape.Training = false
	defer tape.Free()
	if shown, err := j.Preview(t.Context(), tape, of, v); err != nil || len(shown) != 8 {
		t.Errorf("%d exhibits, %v", len(shown), err)
	}
	if q := j.Questions(v); len(q.Images) != 8 || !slices.Equal(q.Right, ints(v[1])) {
		t.Errorf("%d questions, right %v", len(q.Images), q.Right)
	}
	if why := j.Reject(of.Samples[0]); why != "" {
		t.Errorf("refuses a picture: %s", why)
	}
	films, _ := joined(t, cpu.New(), "frameorder", 1, 1)
	if films.Reject(data.Sample{X: film(9, 9, 9, 9, 9)}) == "" {
		t.Error("takes a film that stands still")
	}
}
