package protocol

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"autodidact/worker/report"
	"autodidact/worker/run"
)

func (Add) command()         {}
func (AddSample) command()   {}
func (Clear) command()       {}
func (Omit) command()        {}
func (Mark) command()        {}
func (Label) command()       {}
func (Examine) command()     {}
func (Remedy) command()      {}
func (Compare) command()     {}
func (Inspect) command()     {}
func (Pictures) command()    {}
func (Preview) command()     {}
func (Texts) command()       {}
func (Search) command()      {}
func (Fill) command()        {}
func (Configure) command()   {}
func (Start) command()       {}
func (Pause) command()       {}
func (Resume) command()      {}
func (Stop) command()        {}
func (Cancel) command()      {}
func (Embed) command()       {}
func (Probe) command()       {}
func (Neighbors) command()   {}
func (Map) command()         {}
func (Cluster) command()     {}
func (Plot) command()        {}
func (Forecast) command()    {}
func (Anomalies) command()   {}
func (Feed) command()        {}
func (Checkpoints) command() {}
func (Load) command()        {}
func (Rename) command()      {}
func (Copy) command()        {}
func (Remove) command()      {}
func (Open) command()        {}
func (Apply) command()       {}
func (Export) command()      {}
func (Import) command()      {}
func (HandOver) command()    {}
func (TakeOver) command()    {}

func (OK) event()         {}
func (Added) event()      {}
func (Inspected) event()  {}
func (Configured) event() {}
func (Done) event()       {}
func (Pixels) event()     {}
func (Previewed) event()  {}
func (Excerpts) event()   {}
func (Filled) event()     {}
func (Vocabulary) event() {}
func (Embedding) event()  {}
func (Probed) event()     {}
func (Probing) event()    {}
func (Predicted) event()  {}
func (Examined) event()   {}
func (Compared) event()   {}
func (Comparing) event()  {}
func (Neighbored) event() {}
func (Mapped) event()     {}
func (Clustered) event()  {}
func (Plotted) event()    {}
func (Forecasted) event() {}
func (Detected) event()   {}
func (Fed) event()        {}
func (Windows) event()    {}
func (Listed) event()     {}
func (Part) event()       {}
func (Opened) event()     {}
func (Applied) event()    {}
func (Exported) event()   {}
func (Imported) event()   {}
func (HandedOver) event() {}
func (Copied) event()     {}
func (Ready) event()      {}
func (State) event()      {}
func (SetAside) event()   {}
func (Noticed) event()    {}
func (Progress) event()   {}
func (Busy) event()       {}
func (Saved) event()      {}
func (Failed) event()     {}

// commands names each Command on the wire; ui/src/trainer/protocol.ts has the same names,
// and testdata/protocol.json holds one of each for both sides' tests.
var commands = map[string]func(json.RawMessage) (Command, error){
	"add":         as[Add],
	"addSample":   as[AddSample],
	"clear":       as[Clear],
	"omit":        as[Omit],
	"mark":        as[Mark],
	"label":       as[Label],
	"examine":     as[Examine],
	"remedy":      as[Remedy],
	"compare":     as[Compare],
	"inspect":     as[Inspect],
	"pictures":    as[Pictures],
	"preview":     as[Preview],
	"texts":       as[Texts],
	"search":      as[Search],
	"fill":        as[Fill],
	"configure":   as[Configure],
	"start":       as[Start],
	"pause":       as[Pause],
	"resume":      as[Resume],
	"stop":        as[Stop],
	"cancel":      as[Cancel],
	"embed":       as[Embed],
	"probe":       as[Probe],
	"neighbors":   as[Neighbors],
	"map":         as[Map],
	"cluster":     as[Cluster],
	"plot":        as[Plot],
	"forecast":    as[Forecast],
	"anomalies":   as[Anomalies],
	"feed":        as[Feed],
	"checkpoints": as[Checkpoints],
	"load":        as[Load],
	"rename":      as[Rename],
	"copy":        as[Copy],
	"remove":      as[Remove],
	"open":        as[Open],
	"apply":       as[Apply],
	"export":      as[Export],
	"import":      as[Import],
	"handOver":    as[HandOver],
	"takeOver":    as[TakeOver],
}

// as reads a command's fields, and refuses those it does not have: a misspelt one would be ignored.
func as[C Command](raw json.RawMessage) (Command, error) {
	var c C
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &fields); err != nil {
		return c, err
	}
	delete(fields, "type")
	delete(fields, "id")
	if err := unknown("", fields, reflect.TypeFor[C]()); err != nil {
		return c, err
	}
	err := json.Unmarshal(raw, &c)
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return c, &report.ConfigError{Field: strings.TrimPrefix(e.Field, "config."), Reason: fmt.Sprintf("%s is a %s; it must be %s", strings.TrimPrefix(e.Field, "config."), e.Value, wanted(e.Type))}
	}
	return c, err
}

// unknown names the first field, in order, that t does not have; those of a Config within are looked at too.
func unknown(of string, fields map[string]json.RawMessage, t reflect.Type) error {
	known := map[string]reflect.Type{}
	for _, f := range reflect.VisibleFields(t) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
			known[name] = f.Type
		}
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		is, ok := known[name]
		if !ok {
			return &report.ConfigError{Field: name, Reason: fmt.Sprintf("there is no %q%s; there are %s", name, of, strings.Join(slices.Sorted(maps.Keys(known)), ", "))}
		}
		if is.Kind() == reflect.Pointer {
			is = is.Elem()
		}
		inner := map[string]json.RawMessage{}
		if is == reflect.TypeFor[run.Config]() && json.Unmarshal(fields[name], &inner) == nil {
			if err := unknown(" in a configuration", inner, is); err != nil {
				return err
			}
		}
	}
	return nil
}

// wanted is what a field takes, in words.
func wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Int, reflect.Int64, reflect.Uint64:
		return "a whole number"
	case reflect.Float64, reflect.Float32:
		return "a number"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list"
	case reflect.String:
		return "words"
	}
	return "an object"
}

// A Request is a command as it arrives: its id, and what travels beside the JSON.
type Request struct {
	ID int
	Command
	Attached []any // File objects for Add, bytes for Import; whoever carries messages knows their type
}

// Decode reads one command: {"type": "add", "id": 7, ...}.
func Decode(msg []byte) (Request, error) {
	var head struct {
		Type string `json:"type"`
		ID   int    `json:"id"`
	}
	if err := json.Unmarshal(msg, &head); err != nil {
		return Request{}, fmt.Errorf("protocol: a message is not JSON: %w", err)
	}
	read, ok := commands[head.Type]
	if !ok {
		return Request{ID: head.ID}, fmt.Errorf("protocol: unknown command %q", head.Type)
	}
	c, err := read(msg)
	if err != nil {
		if _, ok := errors.AsType[*report.ConfigError](err); ok {
			return Request{ID: head.ID}, err
		}
		return Request{ID: head.ID}, fmt.Errorf("protocol: command %s: %w", head.Type, err)
	}
	return Request{ID: head.ID, Command: c}, nil
}

// Encode writes one event: {"type": "added", "id": 7, ...}. id is that of the
// command it answers, or 0.
func Encode(e Event, id int) ([]byte, error) {
	body, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("protocol: event %s: %w", name(e), err)
	}
	head := fmt.Appendf(nil, `{"type":%q,"id":%d`, name(e), id)
	if len(body) > 2 {
		head = append(head, ',')
	}
	return append(head, body[1:]...), nil
}

// events names each Event on the wire.
var events = map[reflect.Type]string{
	reflect.TypeFor[OK]():         "ok",
	reflect.TypeFor[Added]():      "added",
	reflect.TypeFor[Inspected]():  "inspected",
	reflect.TypeFor[Configured](): "configured",
	reflect.TypeFor[Done]():       "done",
	reflect.TypeFor[Pixels]():     "pixels",
	reflect.TypeFor[Previewed]():  "previewed",
	reflect.TypeFor[Excerpts]():   "excerpts",
	reflect.TypeFor[Filled]():     "filled",
	reflect.TypeFor[Vocabulary](): "vocabulary",
	reflect.TypeFor[Embedding]():  "embedding",
	reflect.TypeFor[Probed]():     "probed",
	reflect.TypeFor[Probing]():    "probing",
	reflect.TypeFor[Predicted]():  "predicted",
	reflect.TypeFor[Examined]():   "examined",
	reflect.TypeFor[Compared]():   "compared",
	reflect.TypeFor[Comparing]():  "comparing",
	reflect.TypeFor[Neighbored](): "neighbored",
	reflect.TypeFor[Mapped]():     "mapped",
	reflect.TypeFor[Clustered]():  "clustered",
	reflect.TypeFor[Plotted]():    "plotted",
	reflect.TypeFor[Forecasted](): "forecasted",
	reflect.TypeFor[Detected]():   "detected",
	reflect.TypeFor[Fed]():        "fed",
	reflect.TypeFor[Windows]():    "windows",
	reflect.TypeFor[Listed]():     "listed",
	reflect.TypeFor[Part]():       "part",
	reflect.TypeFor[Opened]():     "opened",
	reflect.TypeFor[Applied]():    "applied",
	reflect.TypeFor[Exported]():   "exported",
	reflect.TypeFor[Copied]():     "copied",
	reflect.TypeFor[Imported]():   "imported",
	reflect.TypeFor[HandedOver](): "handedOver",
	reflect.TypeFor[Ready]():      "ready",
	reflect.TypeFor[State]():      "state",
	reflect.TypeFor[Progress]():   "progress",
	reflect.TypeFor[Busy]():       "busy",
	reflect.TypeFor[Saved]():      "saved",
	reflect.TypeFor[SetAside]():   "setAside",
	reflect.TypeFor[Noticed]():    "noticed",
	reflect.TypeFor[Failed]():     "failed",
}

// name is the event's name on the wire.
func name(e Event) string {
	if n, ok := events[reflect.TypeOf(e)]; ok {
		return n
	}
	panic(fmt.Sprintf("protocol: event %T has no name", e))
}
