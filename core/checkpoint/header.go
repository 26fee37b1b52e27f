package checkpoint

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"autodidact/core/tensor"
)

// header is a safetensors header, read and found sound.
type header struct {
	raw      []byte // with the eight bytes of length
	meta     map[string]string
	entries  []entry // in the order of their bytes
	data     int64   // bytes of all tensors
	digits   int64   // where in raw the checksum's digits are; 0 when there are none
	checksum string
	lenient  bool // tensors of unknown types may be there
}

// entry is one tensor as the header describes it.
type entry struct {
	name       string
	dtype      string
	shape      tensor.Shape
	begin, end int64 // within the data
	at         int64 // where the header describes it, for errors
}

// readHeader reads as far as the first tensor's first byte. Its memory grows only
// with the bytes that really come.
func readHeader(r io.Reader, lenient bool) (*header, error) {
	var b bytes.Buffer
	if err := readN(&b, r, 8, 0); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint64(b.Bytes())
	if n > maxHeader {
		return nil, &FormatError{0, fmt.Sprintf("a header of %d bytes, at most %d are read: this is no safetensors file", n, maxHeader)}
	}
	if err := readN(&b, r, int64(n), 8); err != nil {
		return nil, err
	}
	h := &header{raw: b.Bytes(), meta: map[string]string{}, lenient: lenient}
	p := headerParser{header: h, json: json.NewDecoder(bytes.NewReader(h.raw[8:]))}
	p.json.UseNumber()
	if err := p.parse(); err != nil {
		return nil, err
	}
	return h, h.layOut()
}

// readN appends exactly n bytes of r, which begin at byte at, to b.
func readN(b *bytes.Buffer, r io.Reader, n, at int64) error {
	got, err := io.CopyN(b, r, n)
	if err == io.EOF {
		return &FormatError{at + got, fmt.Sprintf("the file ends %d bytes early, within its header", n-got)}
	}
	return err
}

// layOut puts the entries in the order of their bytes, which must be without gap or overlap.
func (h *header) layOut() error {
	slices.SortStableFunc(h.entries, func(a, b entry) int {
		if a.begin != b.begin {
			return int(a.begin - b.begin) // within maxData, so it fits
		}
		return int(a.end - b.end)
	})
	for _, e := range h.entries {
		switch {
		case e.begin < h.data:
			return &FormatError{e.at, fmt.Sprintf("tensor %q begins at %d, inside the tensor before it, which ends at %d", e.name, e.begin, h.data)}
		case e.begin > h.data:
			return &FormatError{e.at, fmt.Sprintf("tensor %q begins at %d, but the one before it ends at %d", e.name, e.begin, h.data)}
		}
		h.data = e.end
	}
	return nil
}

// headerParser walks the JSON token by token: encoding/json alone would let a name come twice.
type headerParser struct {
	*header
	json *json.Decoder
}

// at is the byte of the file after the last token.
func (p *headerParser) at() int64 { return 8 + p.json.InputOffset() }

func (p *headerParser) bad(format string, args ...any) error {
	return &FormatError{p.at(), fmt.Sprintf(format, args...)}
}

func (p *headerParser) parse() error {
	text := p.raw[8:]
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && n == 1 {
			return &FormatError{8 + int64(i), "the header is not UTF-8"}
		}
		i += n
	}
	if len(text) == 0 || text[0] != '{' {
		return &FormatError{8, "the header does not begin with {: this is no safetensors file"}
	}
	err := p.object("the header", func(key string) error {
		if key == metadataKey {
			return p.object(metadataKey, p.metadata)
		}
		return p.entry(key)
	})
	if err != nil {
		return err
	}
	if rest := text[p.json.InputOffset():]; len(bytes.Trim(rest, " ")) > 0 {
		return p.bad("the header goes on after its last }")
	}
	return nil
}

// token is the next token, which must be of type T.
func token[T json.Token](p *headerParser, what string) (T, error) {
	tok, err := p.json.Token()
	if v, ok := tok.(T); ok && err == nil {
		return v, nil
	}
	var zero T
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return zero, &FormatError{8 + syntax.Offset, "the header is not JSON: " + syntax.Error()}
	}
	if err != nil {
		return zero, p.bad("the header ends in the middle")
	}
	return zero, p.bad("expected %s, found %v", what, tok)
}

func (p *headerParser) delim(want json.Delim) error {
	got, err := token[json.Delim](p, want.String())
	if err == nil && got != want {
		err = p.bad("expected %s, found %s", want, got)
	}
	return err
}

// object calls each with every key; each reads the value.
func (p *headerParser) object(what string, each func(key string) error) error {
	if err := p.delim('{'); err != nil {
		return err
	}
	seen := map[string]bool{}
	for p.json.More() {
		key, err := token[string](p, "a name")
		if err != nil {
			return err
		}
		if seen[key] {
			return p.bad("%s has %q twice", what, key)
		}
		seen[key] = true
		if err := each(key); err != nil {
			return err
		}
	}
	return p.delim('}')
}

func (p *headerParser) metadata(key string) error {
	value, err := token[string](p, fmt.Sprintf("a string as metadata %q", key))
	if err != nil {
		return err
	}
	digits, says := strings.CutPrefix(value, checksumSays)
	if !says && key != checksumKey {
		p.meta[key] = value
		return nil
	}
	end := p.at() - 1 // of the closing quote
	if !says || key != checksumKey || len(digits) != checksumLen || string(p.raw[end-checksumLen:end]) != digits {
		return p.bad("the checksum is itself damaged")
	}
	p.checksum, p.digits = digits, end-checksumLen
	return nil
}

func (p *headerParser) entry(name string) error {
	if len(p.entries) == maxTensors {
		return p.bad("more than %d tensors", maxTensors)
	}
	e := entry{name: name, at: p.at()}
	var offsets, shape []int64
	has := 0
	err := p.object(fmt.Sprintf("tensor %q", name), func(key string) (err error) {
		has++
		switch key {
		case "dtype":
			e.dtype, err = token[string](p, "a string as dtype")
		case "shape":
			shape, err = p.numbers(maxRank)
		case "data_offsets":
			offsets, err = p.numbers(2)
		default:
			err = p.bad("tensor %q has an unknown field %q", name, key)
		}
		return err
	})
	if err != nil {
		return err
	}
	if has != 3 || len(offsets) != 2 {
		return p.bad("tensor %q must have dtype, shape and two data_offsets", name)
	}
	e.begin, e.end = offsets[0], offsets[1]
	if e.begin > e.end || e.end > maxData {
		return p.bad("tensor %q has data_offsets [%d,%d], they must rise and stay below %d", name, e.begin, e.end, int64(maxData))
	}
	return p.fit(&e, shape)
}

// fit checks that e's shape and dtype take just its bytes, and keeps it.
func (p *headerParser) fit(e *entry, shape []int64) error {
	f, known := formats[e.dtype]
	if !known && !p.lenient {
		return p.bad("tensor %q has dtype %q, which is not read here", e.name, e.dtype)
	}
	bytes := max(1, f.size)
	for _, d := range shape {
		if d > 0 && bytes > maxData/d {
			return p.bad("tensor %q has shape %v: too large", e.name, shape)
		}
		bytes *= d
		e.shape = append(e.shape, int(d))
	}
	if known && bytes != e.end-e.begin {
		return p.bad("tensor %q of shape %v takes %d bytes, its data_offsets give it %d", e.name, shape, bytes, e.end-e.begin)
	}
	p.entries = append(p.entries, *e)
	return nil
}

// numbers reads an array of at most n whole numbers, none below zero.
func (p *headerParser) numbers(n int) ([]int64, error) {
	if err := p.delim('['); err != nil {
		return nil, err
	}
	var all []int64
	for p.json.More() {
		num, err := token[json.Number](p, "a number")
		if err != nil {
			return nil, err
		}
		v, err := strconv.ParseUint(num.String(), 10, 63)
		if err != nil {
			return nil, p.bad("%s is not a size", num)
		}
		if all = append(all, int64(v)); len(all) > n {
			return nil, p.bad("more than %d numbers", n)
		}
	}
	return all, p.delim(']')
}
