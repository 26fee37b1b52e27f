package pretext

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"autodidact/core/rng"
)

func TestEveryTaskExplainsItselfAndItsDefaultsAreInRange(t *testing.T) {
	for _, s := range Catalog {
		if s.Name == "" || s.Title == "" || s.Line == "" || s.Paper == "" || len(s.Kinds) == 0 {
			t.Errorf("task %+v has an empty entry", s)
		}
		for _, f := range s.Fields() {
			if f.Name == "" || f.Doc == "" {
				t.Errorf("%s: option %+v has an empty tag", s.Name, f)
			}
			if f.Type == "boolean" {
				continue
			}
			if d := reflect.ValueOf(f.Default); !(f.Min < f.Max) || number(d) < f.Min || number(d) > f.Max {
				t.Errorf("%s: option %s defaults to %v, outside %g to %g", s.Name, f.Name, f.Default, f.Min, f.Max)
			}
		}
	}
}

func number(v reflect.Value) float64 {
	if v.CanInt() {
		return float64(v.Int())
	}
	return v.Float()
}

func TestOptionsThatCannotBeHadAreRefusedByNameAndRange(t *testing.T) {
	for options, want := range map[string]string{
		`{"temperature": 7}`:      "pretext: simclr: option temperature is 7; it must lie between 0.05 and 1",
		`{"temperature": 0.04}`:   "option temperature is 0.04; it must lie between 0.05 and 1",
		`{"temperature": 1e999}`:  "option temperature is 1e999; it must be a number",
		`{"temperature": "warm"}`: `option temperature is "warm"; it must be a number`,
		`{"temperature": null}`:   "option temperature is null; it must be a number",
		`{"width": 64.5}`:         "option width is 64.5; it must be a whole number",
		`{"flip": 1}`:             "option flip is 1; it must be true or false",
		`{"Width": 64}`:           `option "Width" does not exist; there are temperature, width, hidden, crop`,
		`{"temprature": 0.1}`:     `option "temprature" does not exist`,
		`[1]`:                     "options must be a JSON object",
		`{"temperature": 0.1`:     "options must be a JSON object",
	} {
		_, err := simCLR.Build(Setup{Encoder: newTinyEncoder(rng.New(1)), Size: 16, Rand: rng.New(1)}, []byte(options))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", options, err, want)
		}
		if check := simCLR.Check([]byte(options)); check == nil || check.Error() != err.Error() {
			t.Errorf("%s: Check says %v, Build %v", options, check, err)
		}
	}
	var o *OptionError
	if err := simCLR.Check([]byte(`{"crop": 2}`)); !errors.As(err, &o) || o.Task != "simclr" || o.Option != "crop" {
		t.Errorf("err = %v", err)
	}
}

func TestGivenOptionsAreTakenAndTheRestAreDefaults(t *testing.T) {
	got, err := simCLR.read([]byte(`{"temperature": 0.05, "width": 512, "flip": false}`))
	if err != nil {
		t.Fatal(err)
	}
	want := simCLR.Options.(SimCLROptions)
	want.Temperature, want.Width, want.Flip = 0.05, 512, false
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if again, _ := simCLR.read(nil); again != simCLR.Options {
		t.Errorf("the defaults changed to %+v", again)
	}
}

func TestATaskThatIsNotThereIsAnErrorThatListsThoseThatAre(t *testing.T) {
	if _, err := Find("simcrl"); err == nil || !strings.Contains(err.Error(), "there are patchposition, rotation") {
		t.Errorf("err = %v", err)
	}
}

func TestOptionsLeftOutAreTheirDefaults(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{{``, `{}`, true}, {`{"temperature": 0.2}`, ``, true}, {`{"temperature": 0.3}`, ``, false}, {`{"temperature": 7}`, `{"temperature": 7}`, false}} {
		if got := simCLR.Same([]byte(c.a), []byte(c.b)); got != c.want {
			t.Errorf("%q and %q are the same: %v", c.a, c.b, got)
		}
	}
}
