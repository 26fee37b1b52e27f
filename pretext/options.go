package pretext

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// A Field is one option of a task, enough to draw its form and its help.
type Field struct {
	Name    string  `json:"name"`
	Type    string  `json:"type"` // "number", "integer" or "boolean"
	Default any     `json:"default"`
	Min     float64 `json:"min"` // of numbers
	Max     float64 `json:"max"`
	Doc     string  `json:"doc"`
}

// Fields lists the task's options in the order of its options struct, whose tags
// they are read from: `json:"width" min:"16" max:"512" doc:"..."`.
func (s Spec) Fields() []Field {
	v := reflect.ValueOf(s.Options)
	var fields []Field
	for _, in := range knobs(s.Options) {
		tag, is := in.Tag, v.FieldByIndex(in.Index)
		f := Field{Name: tag.Get("json"), Default: is.Interface(), Doc: tag.Get("doc")}
		switch is.Kind() {
		case reflect.Bool:
			f.Type = "boolean"
		case reflect.Int:
			f.Type = "integer"
		case reflect.Float32:
			f.Type = "number"
		default:
			panic(fmt.Sprintf("pretext: %s: option %s is a %s; a form has no field for that", s.Name, f.Name, is.Kind()))
		}
		if f.Type != "boolean" {
			f.Min, f.Max = bound(tag.Get("min")), bound(tag.Get("max"))
		}
		fields = append(fields, f)
	}
	return fields
}

// knobs are the fields of an options struct, and of the structs embedded in it.
func knobs(options any) []reflect.StructField {
	return slices.DeleteFunc(reflect.VisibleFields(reflect.TypeOf(options)), func(f reflect.StructField) bool { return f.Anonymous })
}

// bound reads a min or max tag; one that is no number is a bug in the task's file.
func bound(tag string) float64 {
	x, err := strconv.ParseFloat(tag, 64)
	if err != nil {
		panic("pretext: a range in an option's tag: " + err.Error())
	}
	return x
}

// An OptionError is an option that is unknown or out of range.
type OptionError struct {
	Task, Option string
	Reason       string
}

func (e *OptionError) Error() string {
	return fmt.Sprintf("pretext: %s: option %s %s", e.Task, e.Option, e.Reason)
}

// read returns a copy of the defaults with options, a JSON object, laid over them.
func (s Spec) read(options json.RawMessage) (any, error) {
	set := map[string]json.RawMessage{}
	if len(options) > 0 {
		if err := json.Unmarshal(options, &set); err != nil {
			return nil, fmt.Errorf("pretext: %s: options must be a JSON object: %w", s.Name, err)
		}
	}
	into := reflect.New(reflect.TypeOf(s.Options)).Elem()
	into.Set(reflect.ValueOf(s.Options))
	at := knobs(s.Options)
	var names []string
	for i, f := range s.Fields() {
		names = append(names, f.Name)
		raw, ok := set[f.Name]
		if !ok {
			continue
		}
		delete(set, f.Name)
		if reason := f.check(raw, into.FieldByIndex(at[i].Index).Addr().Interface()); reason != "" {
			return nil, &OptionError{s.Name, f.Name, reason}
		}
	}
	for name := range set {
		return nil, &OptionError{s.Name, strconv.Quote(name), "does not exist; there are " + strings.Join(names, ", ")}
	}
	return into.Interface(), nil
}

// check puts raw into a field of the options struct, or says why it cannot be.
func (f Field) check(raw json.RawMessage, into any) (reason string) {
	if string(raw) == "null" || json.Unmarshal(raw, into) != nil {
		return fmt.Sprintf("is %s; it must be %s", raw, map[string]string{
			"number": "a number", "integer": "a whole number", "boolean": "true or false"}[f.Type])
	}
	if f.Type == "boolean" {
		return ""
	}
	var x float64 // as written: 0.05 as a float32 is a little more
	if err := json.Unmarshal(raw, &x); err != nil || x < f.Min || x > f.Max {
		return fmt.Sprintf("is %s; it must lie between %g and %g", raw, f.Min, f.Max)
	}
	return ""
}
