package probe

import (
	"math"
	"slices"
	"testing"
	"time"

	"autodidact/core/rng"
)

// heaps are samples around some far points, of sizes 40, 30, 20...
func heaps(r *rng.Rand, k, width int) (f Features, of []int) {
	f.Width = width
	for h := range k {
		centre := make([]float64, width)
		for j := range centre {
			centre[j] = 6 * r.NormFloat64()
		}
		for range 50 - 10*h {
			for j := range width {
				f.Data = append(f.Data, float32(centre[j]+r.NormFloat64()))
			}
			of = append(of, h)
			f.N++
		}
	}
	return f, of
}

func TestHeapsAreFoundNumberedBySizeAndCounted(t *testing.T) {
	f, of := heaps(rng.New(1), 4, 6)
	c, silhouettes := ChooseK(f, 2, 8, rng.New(2))
	if c.K != 4 || !slices.Equal(c.Of, of) || len(silhouettes) != 7 || silhouettes[2] < 0.5 {
		t.Fatalf("%d clusters, silhouettes %v, %v", c.K, silhouettes, c.Of)
	}
	inertia := 0.0
	for i, k := range c.Of {
		inertia += squaredDistance(f.Row(i), c.Centres[k*f.Width:][:f.Width])
	}
	if math.Abs(inertia-c.Inertia) > 1e-3*inertia {
		t.Errorf("inertia %v, by its formula %v", c.Inertia, inertia)
	}
	for k, i := range c.Exemplars {
		if of[i] != k {
			t.Errorf("the exemplar of %d is of %d", k, of[i])
		}
	}
	if again := KMeans(f, 4, rng.New(2)); !slices.Equal(again.Of, c.Of) || !slices.Equal(again.Centres, c.Centres) {
		t.Error("the same chance finds others")
	}
}

func TestASilhouetteIsItsDefinition(t *testing.T) {
	f, of := heaps(rng.New(3), 3, 2)
	of[0], of[50] = 1, 2 // two that are wrong
	sum := 0.0
	for i := range f.N {
		to, n := make([]float64, 3), make([]float64, 3)
		for j := range f.N {
			if j != i {
				to[of[j]] += math.Sqrt(squaredDistance(f.Row(i), f.Row(j)))
				n[of[j]]++
			}
		}
		a, b := to[of[i]]/n[of[i]], math.Inf(1)
		for k := range 3 {
			if k != of[i] {
				b = min(b, to[k]/n[k])
			}
		}
		sum += (b - a) / max(a, b) / float64(f.N)
	}
	if got := Silhouette(f, of); math.Abs(got-sum) > 1e-4 {
		t.Errorf("%v, by its definition %v", got, sum)
	}
}

func TestFewAndEqualSamplesAreClusteredToo(t *testing.T) {
	same := Features{N: 5, Width: 2, Data: make([]float32, 10)}
	if c := KMeans(same, 3, rng.New(1)); c.K != 3 || c.Inertia != 0 || Silhouette(same, c.Of) != 0 {
		t.Errorf("%+v", c)
	}
	if c := KMeans(Features{N: 1, Width: 1, Data: []float32{3}}, 4, rng.New(1)); c.K != 1 || c.Of[0] != 0 {
		t.Errorf("%+v", c)
	}
	start := time.Now()
	big, _ := heaps(rng.New(1), 5, 64)
	ChooseK(big, 2, 10, rng.New(1))
	t.Log(time.Since(start))
}

// Nearest is slow search.
func TestTheNearestByDistanceIsThatOfSlowSearch(t *testing.T) {
	f, of := heaps(rng.New(4), 3, 3)
	labels := make([]string, f.N)
	for i := range labels {
		labels[i] = string(rune('a' + of[i]))
	}
	all := Labelled{f, labels}
	var train, test []int
	for i := range f.N {
		if i%2 == 0 {
			train = append(train, i)
		} else {
			test = append(test, i)
		}
	}
	says := NewNearest(all.Pick(train)).Predict(f.Pick(test))
	for k, i := range test {
		best, least := 0, math.Inf(1)
		for _, j := range train {
			if d := squaredDistance(f.Row(i), f.Row(j)); d < least {
				best, least = j, d
			}
		}
		if says.Label(k) != labels[best] {
			t.Errorf("sample %d is predicted as %s, its nearest is %s", i, says.Label(k), labels[best])
		}
	}
}
