package exchange

import (
	"maps"
	"slices"
	"strings"

	"autodidact/core/kernel/cpu"
	"autodidact/core/onnx"
	"autodidact/worker/kind"
	"autodidact/worker/report"
	"autodidact/worker/run"
)

var onnxFormat = Format{Name: "onnx", Line: "the encoder as a graph, with its weights, that ONNX Runtime and others run in many languages", Ext: ".onnx",
	Options: []Option{{"preprocess", "true (of pictures and clips, the graph takes bytes of any size; of series, readings as they are in the table)"}},
	Files: func(s Source) ([]File, error) {
		f, err := onnxFile(s)
		if err != nil {
			return nil, err
		}
		return []File{{Write: f.Write}}, nil
	}}

// onnxFile lays a model out as a graph of what embed computes.
func onnxFile(s Source) (*onnx.File, error) {
	preprocess, err := s.flag("preprocess")
	if err != nil {
		return nil, err
	}
	e, c, err := run.OpenEmbedder(s.Model, cpu.New())
	if err != nil {
		return nil, err
	}
	k, ok := kind.Of(c.Kind).(kind.Portable)
	if !ok {
		return nil, report.Mismatch("encoders of %s cannot be written as ONNX", c.Kind)
	}
	g, says, err := k.Graph(e, preprocess)
	if err != nil {
		return nil, err
	}
	meta := maps.Clone(s.Model.Meta)
	meta["input"], meta["output"] = says.Input, says.Output
	return g.File(meta)
}

// flag is an option that is true or false; false if it is not given.
func (s Source) flag(name string) (bool, error) {
	given, ok := s.Options[name]
	if !slices.Contains([]string{"true", "false"}, given) && ok {
		return false, report.BadField(name, "option %s is %q; it can be true or false", name, given)
	}
	return given == "true", nil
}

// unknown refuses an option that a format does not have.
func (f Format) unknown(s Source) error {
	var has []string
	for _, o := range f.Options {
		has = append(has, o.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Options)) {
		if slices.Contains(has, name) {
			continue
		}
		if len(has) == 0 {
			return report.BadField("options", "format %s has no options, so none named %q", f.Name, name)
		}
		return report.BadField("options", "format %s has no option named %q; it has %s", f.Name, name, strings.Join(has, ", "))
	}
	return nil
}
