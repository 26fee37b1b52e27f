package data

import (
	"math"
	"slices"
	"strings"
	"testing"

	"autodidact/core/rng"
)

// channelOf is recordings of one channel whose readings f gives.
func channelOf(n int, f func(t int, r *rng.Rand) float64) *Recordings {
	r, dice := &Recordings{Channels: []string{"temp"}, Classes: []string{""}, Of: []Recording{{Name: "m.csv"}}}, rng.New(3)
	for t := range n {
		r.Of[0].X = append(r.Of[0].X, float32(f(t, dice)))
	}
	return r
}

// daily is a temperature that goes round in 144 rows, to two places.
func daily(t int, r *rng.Rand) float64 {
	return math.Round(100*(20+5*math.Sin(2*math.Pi*float64(t)/144)+0.3*r.NormFloat64())) / 100
}

func TestValuesThatMeanMissingAreFound(t *testing.T) {
	// Where a channel has it: one of five rows by chance, or a stretch.
	scattered := func(v float64, share float64, f func(int, *rng.Rand) float64) func(int, *rng.Rand) float64 {
		return func(t int, r *rng.Rand) float64 {
			if x := f(t, r); r.Float64() >= share {
				return x
			}
			return v
		}
	}
	stretch := func(v float64, f func(int, *rng.Rand) float64) func(int, *rng.Rand) float64 {
		return func(t int, r *rng.Rand) float64 {
			if x := f(t, r); t < 1000 || t >= 1800 {
				return x
			}
			return v
		}
	}
	counts := func(_ int, r *rng.Rand) float64 { return math.Floor(40 * r.ExpFloat64()) }
	wet := func(_ int, r *rng.Rand) float64 {
		if r.Float64() < 0.8 {
			return 0
		}
		return math.Round(10*r.ExpFloat64()) / 5
	}
	power := func(_ int, r *rng.Rand) float64 { return math.Round(750 + 250*r.NormFloat64()) }
	level := func(_ int, r *rng.Rand) float64 { return 12 + r.NormFloat64() }
	for name, c := range map[string]struct {
		value float64
		f     func(int, *rng.Rand) float64
		why   string
	}{
		"-999":                       {-999, scattered(-999, 0.19, daily), "far"},
		"-9999, three of them":       {-9999, scattered(-9999, 0.001, daily), "far"},
		"999.9":                      {999.9, scattered(999.9, 0.19, daily), "far"},
		"-99.9":                      {-99.9, scattered(-99.9, 0.05, daily), "far"},
		"1e20":                       {1e20, scattered(1e20, 0.19, daily), "far"},
		"netCDF's":                   {9.96921e36, scattered(9.96921e36, 0.19, daily), "far"},
		"65535 among counts":         {65535, scattered(65535, 0.02, counts), "far"},
		"32767 in a stretch":         {32767, stretch(32767, daily), "far"},
		"-1 where nothing is so low": {-50, scattered(-50, 0.1, daily), "far"},
		"-320 among lengths":         {-320, scattered(-320, 0.1, func(_ int, r *rng.Rand) float64 { return 300 + 100*r.Float64() }), "far"},
		"85, which is no code":       {85, scattered(85, 0.03, daily), "far"},
		"0 here and there":           {0, scattered(0, 0.05, func(_ int, r *rng.Rand) float64 { return 1013 + 5*r.NormFloat64() }), "far"},
		"-999 in rain":               {-999, scattered(-999, 0.1, wet), "far"},
		"999 inside the range":       {999, scattered(999, 0.19, power), "times as often"},
		"a constant inside":          {21.37, scattered(21.37, 0.19, daily), "times as often"},
		"the mean of noise":          {12, scattered(12, 0.19, level), "times as often"},
		"frozen at a value inside":   {21.37, stretch(21.37, daily), "one after the other"},
	} {
		t.Run(name, func(t *testing.T) {
			r := channelOf(4320, c.f)
			found := r.FillValues()
			if len(found) != 1 || found[0].Value != float32(c.value) || !strings.Contains(found[0].Why, c.why) || found[0].Of != 4320 {
				t.Fatalf("found %+v", found)
			}
			n := 0
			for _, v := range r.Of[0].X {
				if v == float32(c.value) {
					n++
				}
			}
			if found[0].Readings != n {
				t.Errorf("%d readings, there are %d", found[0].Readings, n)
			}
		})
	}
}

func TestHonestReadingsAreNotAccused(t *testing.T) {
	night := func(t int) bool { return t%144 < 60 }
	for name, f := range map[string]func(int, *rng.Rand) float64{
		"a temperature": daily,
		"whole degrees around -1": func(t int, r *rng.Rand) float64 {
			return math.Round(12 + 13*math.Sin(2*math.Pi*float64(t)/144) + r.NormFloat64())
		},
		"rain": func(_ int, r *rng.Rand) float64 {
			if r.Float64() < 0.8 {
				return 0
			}
			return math.Round(10*r.ExpFloat64()) / 5
		},
		"sun": func(t int, r *rng.Rand) float64 {
			return math.Max(0, 900*math.Sin(2*math.Pi*float64(t)/144)+5*r.NormFloat64())
		},
		"humidity that saturates": func(t int, r *rng.Rand) float64 {
			return math.Min(100, math.Max(0, 70+60*math.Sin(2*math.Pi*float64(t)/144)+5*r.NormFloat64()))
		},
		"a battery at 100 at once": func(t int, r *rng.Rand) float64 {
			if t%5 == 0 {
				return 100
			}
			return 20 + 10*r.Float64()
		},
		"counts":        func(_ int, r *rng.Rand) float64 { return math.Floor(400 * r.ExpFloat64()) },
		"few counts":    func(_ int, r *rng.Rand) float64 { return math.Floor(r.ExpFloat64()) },
		"a switch":      func(t int, _ *rng.Rand) float64 { return float64(t / 50 % 2) },
		"-1, 0 and 1":   func(_ int, r *rng.Rand) float64 { return float64(r.IntN(3) - 1) },
		"a dial of two": func(t int, _ *rng.Rand) float64 { return []float64{0, 65535}[t/30%2] },
		"quantised":     func(t int, r *rng.Rand) float64 { return math.Round(2*daily(t, r)) / 2 },
		"clipped":       func(t int, r *rng.Rand) float64 { return math.Min(23, daily(t, r)) },
		"clipped at the end of 16 bits": func(t int, r *rng.Rand) float64 {
			return math.Max(-32768, math.Min(32767, 20000*math.Sin(float64(t)/9)*math.Exp(r.NormFloat64())))
		},
		"steady at night": func(t int, r *rng.Rand) float64 {
			if night(t) {
				return 17.5
			}
			return daily(t, r)
		},
		"held at a value inside, and left slowly": func(t int, r *rng.Rand) float64 {
			x := 50 + 40*math.Sin(2*math.Pi*float64(t)/300)
			return math.Round(100*(50+math.Copysign(math.Max(0, math.Abs(x-50)-10), x-50))) / 100
		},
		"a fridge": func(t int, r *rng.Rand) float64 {
			if t/20%3 > 0 {
				return 0
			}
			return 95 + 2*r.NormFloat64()
		},
		"a machine on standby": func(t int, r *rng.Rand) float64 {
			if t/20%3 > 0 {
				return 2.3
			}
			return 95 + 2*r.NormFloat64()
		},
		"returns with days of none": func(_ int, r *rng.Rand) float64 {
			if r.Float64() < 0.3 {
				return 0
			}
			return r.NormFloat64()
		},
		"a counter":            func(t int, _ *rng.Rand) float64 { return float64(t) },
		"a counter of 16":      func(t int, _ *rng.Rand) float64 { return float64(t * 37 % 65536) },
		"a constant":           func(int, *rng.Rand) float64 { return 5 },
		"a constant -999":      func(int, *rng.Rand) float64 { return -999 },
		"nothing":              func(int, *rng.Rand) float64 { return math.NaN() },
		"degrees of a compass": func(_ int, r *rng.Rand) float64 { return float64(r.IntN(360)) },
		"prices that end in 9": func(_ int, r *rng.Rand) float64 {
			return []float64{19.99, 49.99, 99.99, 199.99, 249.99, 999.99}[r.IntN(6)]
		},
		"one spike":   func(t int, r *rng.Rand) float64 { return daily(t, r) + map[bool]float64{true: 300}[t == 2000] },
		"heavy tails": func(_ int, r *rng.Rand) float64 { return math.Exp(2 * r.NormFloat64()) },
	} {
		t.Run(name, func(t *testing.T) {
			if found := channelOf(4320, f).FillValues(); len(found) > 0 {
				t.Errorf("accused: %+v", found)
			}
		})
	}
}

func TestFillValuesAreNotedWhenTheyAreReadAndNothingIsChanged(t *testing.T) {
	var b strings.Builder
	b.WriteString("temp,hum\n")
	dice := rng.New(1)
	for i := range 400 {
		temp := daily(i, dice)
		if i%5 == 0 {
			temp = -999
		}
		b.WriteString(FormatValue(float32(temp)) + "," + FormatValue(float32(50+temp/100)) + "\n")
	}
	r, rejected := seriesOf(t, "m.csv", b.String())
	want := "channel temp: 80 of 400 readings (20 %) are -999, far from the rest: they may mean missing"
	if len(rejected) == 0 || rejected[0].Name != "m.csv" || rejected[0].Code != Notice || rejected[0].Reason != want {
		t.Errorf("%+v", rejected)
	}
	if r.Of[0].X[0] != -999 {
		t.Errorf("it was changed to %v", r.Of[0].X[0])
	}
}

func TestWhatIsMarkedIsMissingAndComesBack(t *testing.T) {
	r, _ := seriesOf(t, "a.csv", "x,y\n"+strings.Repeat("-999,1\n5,-999\n6,7\n", 20))
	set := &Set{Of: Series, Recordings: r}
	set.Cut(16)
	before := set.Fingerprint()
	some := []Missing{{"x", -999}, {"", 7}, {"x", 3}}
	if !set.Mark(some) || set.Mark(some) {
		t.Error("it changes nothing, or twice")
	}
	marked := set.Marked()
	if n := []int{marked[0].Readings, marked[1].Readings, marked[2].Readings}; !slices.Equal(n, []int{20, 20, 0}) {
		t.Errorf("marked %v", n)
	}
	x := set.Recordings.Of[0].X
	if x[0] == x[0] || x[3] != -999 || x[5] == x[5] || r.Of[0].X[0] != -999 {
		t.Errorf("%v, of %v", x[:6], r.Of[0].X[:6])
	}
	if set.Fingerprint() == before || set.Long() != 16 {
		t.Error("it counts as the same data")
	}
	more, _ := seriesOf(t, "b.csv", "x,y\n"+strings.Repeat("-999,1\n", 10))
	set.Add(&Set{Of: Series, Recordings: more})
	if y := set.Recordings.Of[1].X; y[0] == y[0] || more.Of[0].X[0] != -999 {
		t.Error("what is added later is not marked")
	}
	set.Mark(nil)
	if x := set.Recordings.Of[0].X; x[0] != -999 || x[5] != 7 {
		t.Errorf("it does not come back: %v", x[:6])
	}
}
