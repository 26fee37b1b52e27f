package checkpoint_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"autodidact/core/checkpoint"
)

// malformed has one file for each way to fail.
var malformed = map[string]struct {
	file   []byte
	reason string
}{
	"an empty file":                       {nil, "ends 8 bytes early"},
	"a file shorter than its length":      {[]byte("\x02\x00\x00"), "ends 5 bytes early"},
	"a header longer than the file":       {file(`{"x":{}}`, "")[:12], "ends 4 bytes early"},
	"a header longer than any":            {binary.LittleEndian.AppendUint64(nil, 16<<20+1), "at most 16777216"},
	"a header length beyond 63 bits":      {[]byte(strings.Repeat("\xff", 8)), "at most 16777216"},
	"a PNG":                               {[]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), "no safetensors file"},
	"a header of nothing":                 {file("", ""), "does not begin with {"},
	"a header that begins with a space":   {file(" {}", ""), "does not begin with {"},
	"a header that is an array":           {file("[]", ""), "does not begin with {"},
	"a header that is not UTF-8":          {file("{\"\xc3\x28\":1}", ""), "byte 10: the header is not UTF-8"},
	"a header that is not JSON":           {file(`{"x":!}`, ""), "not JSON"},
	"a header that ends in the middle":    {file(`{"x":`, ""), "ends in the middle"},
	"a header that ends within a tensor":  {file(`{"x":{"dtype":"F32"`, ""), "the header "}, // "is not JSON" or "ends in the middle", as encoding/json has it
	"a header padded with tabs":           {file("{}\t", ""), "goes on after its last }"},
	"a header followed by another":        {file("{}{}", ""), "goes on after its last }"},
	"one name twice":                      {file(`{"x":`+bytesAt(0, 1)+`,"x":`+bytesAt(1, 2)+`}`, "ab"), `"x" twice`},
	"one name twice, once escaped":        {file(`{"x":`+bytesAt(0, 1)+`,"\u0078":`+bytesAt(1, 2)+`}`, "ab"), `"x" twice`},
	"metadata twice":                      {file(`{"__metadata__":{},"__metadata__":{}}`, ""), "twice"},
	"a metadata key twice":                {file(`{"__metadata__":{"a":"1","a":"2"}}`, ""), `"a" twice`},
	"metadata that is no string":          {file(`{"__metadata__":{"a":1}}`, ""), `a string as metadata "a"`},
	"metadata that is no object":          {file(`{"__metadata__":"a"}`, ""), "expected {"},
	"a tensor that is no object":          {file(`{"x":[]}`, ""), "expected {, found ["},
	"a tensor that is null":               {file(`{"x":null}`, ""), "expected {"},
	"a field twice":                       {file(`{"x":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, "a"), `"dtype" twice`},
	"an unknown field":                    {file(`{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"strides":[1]}}`, "a"), `unknown field "strides"`},
	"a field missing":                     {file(`{"x":{"dtype":"U8","data_offsets":[0,1]}}`, "a"), "must have dtype, shape"},
	"an unknown dtype":                    {file(`{"x":{"dtype":"F4","shape":[1],"data_offsets":[0,1]}}`, "a"), `dtype "F4"`},
	"a dtype that is no string":           {file(`{"x":{"dtype":7,"shape":[1],"data_offsets":[0,1]}}`, "a"), "a string as dtype"},
	"one offset":                          {file(`{"x":{"dtype":"U8","shape":[1],"data_offsets":[0]}}`, "a"), "two data_offsets"},
	"three offsets":                       {file(`{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}}`, "a"), "more than 2 numbers"},
	"offsets that fall":                   {file(`{"x":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}`, "a"), "must rise"},
	"offsets below zero":                  {file(`{"x":{"dtype":"U8","shape":[1],"data_offsets":[-1,0]}}`, "a"), "-1 is not a size"},
	"offsets beyond the limit":            {file(`{"x":{"dtype":"U8","shape":[4000000000],"data_offsets":[0,4000000000]}}`, "a"), "stay below"},
	"offsets beyond 63 bits":              {file(`{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,9223372036854775808]}}`, "a"), "is not a size"},
	"a fractional size":                   {file(`{"x":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}}`, "a"), "1.0 is not a size"},
	"a size that is no number":            {file(`{"x":{"dtype":"U8","shape":["1"],"data_offsets":[0,1]}}`, "a"), "expected a number"},
	"nine dimensions":                     {file(`{"x":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]}}`, "a"), "more than 8 numbers"},
	"a shape whose product overflows":     {file(`{"x":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}}`, ""), "too large"},
	"a shape larger than its bytes":       {file(`{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`, "abcd"), "takes 8 bytes"},
	"a shape smaller than its bytes":      {file(`{"x":{"dtype":"U8","shape":[],"data_offsets":[0,4]}}`, "abcd"), "takes 1 bytes"},
	"tensors that overlap":                {file(`{"x":`+bytesAt(0, 2)+`,"y":`+bytesAt(1, 3)+`}`, "abc"), "inside the tensor before it"},
	"two tensors in one place":            {file(`{"x":`+bytesAt(0, 2)+`,"y":`+bytesAt(0, 2)+`}`, "ab"), "inside the tensor before it"},
	"a gap between tensors":               {file(`{"x":`+bytesAt(0, 1)+`,"y":`+bytesAt(2, 3)+`}`, "abc"), "but the one before it ends at 1"},
	"a gap before the first":              {file(`{"x":`+bytesAt(1, 2)+`}`, "ab"), "but the one before it ends at 0"},
	"too many tensors":                    {file(many(1<<16+1), ""), "more than 65536 tensors"},
	"data that ends early":                {file(`{"x":`+bytesAt(0, 1)+`,"y":`+bytesAt(1, 4)+`}`, "ab"), `ends within tensor "y"`},
	"no data at all":                      {file(`{"x":`+bytesAt(0, 1)+`}`, ""), `ends within tensor "x"`},
	"bytes after the last tensor":         {file(`{"x":`+bytesAt(0, 1)+`}`, "ab"), "goes on after its last tensor"},
	"an I64 beyond 32 bits":               {file(`{"x":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}`, "\x00\x00\x00\x80\x00\x00\x00\x00"), "does not fit 32 bits"},
	"an F64 beyond 32 bits":               {file(`{"x":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}`, "\xff\xff\xff\xff\xff\xff\xef\x7f"), "does not fit 32 bits"},
	"a checksum under another key":        {file(`{"__metadata__":{"autodidact_checksum":"CRC-64/XZ of this file with these digits zero: 0000000000000000"}}`, ""), "itself damaged"},
	"a checksum of another kind":          {file(`{"__metadata__":{"autodidact.checksum":"CRC-64/XY of this file with these digits zero: 0000000000000000"}}`, ""), "itself damaged"},
	"a checksum with too few digits":      {file(`{"__metadata__":{"autodidact.checksum":"CRC-64/XZ of this file with these digits zero: 000000000000000"}}`, ""), "itself damaged"},
	"a checksum with an escaped digit":    {file(`{"__metadata__":{"autodidact.checksum":"CRC-64/XZ of this file with these digits zero: 000000000000000\u0030"}}`, ""), "itself damaged"},
	"a checksum that is another file's":   {file(`{"__metadata__":{"autodidact.checksum":"CRC-64/XZ of this file with these digits zero: 0000000000000000"}}`, ""), "the file was damaged"},
	"a header nested to exhaust a parser": {file(`{"x":`+strings.Repeat("[", 100000), ""), "expected {"},
}

// bytesAt describes a tensor of bytes.
func bytesAt(begin, end int) string {
	return fmt.Sprintf(`{"dtype":"U8","shape":[%d],"data_offsets":[%d,%d]}`, end-begin, begin, end)
}

func many(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `%c"%d":%s`, "{,"[min(i, 1)], i, bytesAt(0, 0))
	}
	return b.String() + "}"
}

func TestAMalformedFileIsAFormatError(t *testing.T) {
	for name, m := range malformed {
		_, err := checkpoint.Decode(bytes.NewReader(m.file))
		bad, ok := errors.AsType[*checkpoint.FormatError](err)
		switch {
		case !ok:
			t.Errorf("%s: got error %v", name, err)
		case !strings.Contains(bad.Error(), m.reason):
			t.Errorf("%s: got %q, want %q", name, bad, m.reason)
		case bad.Offset < 0 || bad.Offset > int64(len(m.file)):
			t.Errorf("%s: byte %d of %d", name, bad.Offset, len(m.file))
		}
	}
}
