package checkpoint_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"autodidact/core/checkpoint"
	"autodidact/core/checkpoint/storetest"
	"autodidact/core/kernel"
	"autodidact/core/tensor"
)

// file puts a header and data together as anyone might.
func file(header, data string) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), data...)
}

// golden is written by hand after the format's description: header length, header
// padded to eight bytes, then b's 2 words and w's 3 of [3,1]. Its checksum is
// put in by the test.
var golden = file(`{"__metadata__":{"autodidact.checksum":"CRC-64/XZ of this file with these digits zero: 0123456789abcdef","format":"pt","title":"<é>"},`+
	`"b":{"dtype":"I32","shape":[2],"data_offsets":[0,8]},`+
	`"w":{"dtype":"F32","shape":[3,1],"data_offsets":[8,20]}}    `,
	"\x01\x00\x00\x00\xff\xff\xff\xff"+ // 1, -1
		"\x00\x00\x80\x3f\x00\x00\x20\xc0\x00\x00\x00\x00") // 1, -2.5, 0

func goldenState() *checkpoint.State {
	return &checkpoint.State{
		Meta: map[string]string{"format": "pt", "title": "<é>"},
		Tensors: map[string]*tensor.Tensor{
			"w": tensor.Float32s([]float32{1, -2.5, 0}, 3, 1),
			"b": tensor.Int32s([]int32{1, -1}, 2),
		},
	}
}

func encode(t testing.TB, s *checkpoint.State) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := checkpoint.Encode(&b, s); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// crc64xz follows the definition, a bit at a time.
func crc64xz(b []byte) uint64 {
	crc := ^uint64(0)
	for _, c := range b {
		crc ^= uint64(c)
		for range 8 {
			crc = crc>>1 ^ -(crc&1)&0xC96C5795D7870F42
		}
	}
	return ^crc
}

func TestEncodeWritesTheReferenceLayout(t *testing.T) {
	want := bytes.Replace(golden, []byte("0123456789abcdef"), []byte("0000000000000000"), 1)
	sum := fmt.Sprintf("%016x", crc64xz(want))
	want = bytes.Replace(want, []byte("0000000000000000"), []byte(sum), 1)
	got := encode(t, goldenState())
	if !bytes.Equal(got, want) {
		t.Errorf("Encode wrote\n%q\nwant\n%q", got, want)
	}
	if n := binary.LittleEndian.Uint64(got); (8+n)%8 != 0 {
		t.Errorf("the data begins at byte %d, not at a multiple of 8", 8+n)
	}
}

func TestCRC64IsThatOfXZ(t *testing.T) {
	if got := crc64xz([]byte("123456789")); got != 0x995dc9bbdf1939fa { // the catalogue's check value
		t.Errorf("%x", got)
	}
}

func TestEncodeIsDeterministic(t *testing.T) {
	first := encode(t, storetest.State(1))
	for range 20 {
		if !bytes.Equal(first, encode(t, storetest.State(1))) {
			t.Fatal("the same state gave other bytes")
		}
	}
}

func TestDecodeGivesBackWhatEncodeWrote(t *testing.T) {
	for _, want := range []*checkpoint.State{storetest.State(1), storetest.Big(3<<20, 1), goldenState(), {}} {
		b := encode(t, want)
		for name, r := range map[string]io.Reader{"whole": bytes.NewReader(b), "half reads": iotest.HalfReader(bytes.NewReader(b)), "data with EOF": iotest.DataErrReader(bytes.NewReader(b))} {
			got, err := checkpoint.Decode(r)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			storetest.Same(t, got, want)
		}
	}
	got, err := checkpoint.Decode(bytes.NewReader(encode(t, goldenState())))
	if err != nil {
		t.Fatal(err)
	}
	if w := got.Tensors["w"]; w.DType != tensor.Float32 || !slices.Equal(w.Shape, tensor.Shape{3, 1}) || w.Buf.(kernel.Host)[1] != -2.5 {
		t.Errorf("w is %+v", w)
	}
	if len(got.Meta) != 2 || got.Meta["title"] != "<é>" {
		t.Errorf("metadata is %q", got.Meta)
	}
}

func TestAStateThatIsNoSafetensorsIsNotEncoded(t *testing.T) {
	one := tensor.Float32s([]float32{1}, 1)
	for want, s := range map[string]*checkpoint.State{
		"not of 32-bit words":    {Tensors: map[string]*tensor.Tensor{"x": tensor.Bytes([]byte{1}, 1)}},
		"2 words for shape [3]":  {Tensors: map[string]*tensor.Tensor{"x": {Shape: tensor.Shape{3}, Buf: make(kernel.Host, 2)}}},
		"cannot be called":       {Tensors: map[string]*tensor.Tensor{"__metadata__": one}},
		"name \"\\xff\"":         {Tensors: map[string]*tensor.Tensor{"\xff": one}},
		"dimensions":             {Tensors: map[string]*tensor.Tensor{"x": one.Reshape(1, 1, 1, 1, 1, 1, 1, 1, 1)}},
		"metadata \"\\xff\"":     {Meta: map[string]string{"\xff": ""}},
		"\"\\xfe\" is not UTF-8": {Meta: map[string]string{"title": "\xfe"}},
		"written by Encode":      {Meta: map[string]string{"autodidact.checksum": ""}},
		"names and metadata":     {Meta: map[string]string{"notes": strings.Repeat("x", 16<<20)}},
	} {
		var b bytes.Buffer
		err := checkpoint.Encode(&b, s)
		if err == nil || !strings.Contains(err.Error(), want) || b.Len() > 0 {
			t.Errorf("got error %v after %d bytes, want %q", err, b.Len(), want)
		}
	}
}

// foreign decodes one tensor of a file that has no checksum.
func foreign(t *testing.T, dtype string, n int, data string) (*tensor.Tensor, error) {
	t.Helper()
	h := fmt.Sprintf(`{"x":{"data_offsets":[0,%d],"shape":[%d],"dtype":%q}}`, len(data), n, dtype)
	s, err := checkpoint.Decode(bytes.NewReader(file(h, data)))
	if err != nil {
		return nil, err
	}
	return s.Tensors["x"], nil
}

func TestHalfPrecisionIsWidenedExactly(t *testing.T) {
	data := "\x00\x3c" + "\x00\xc0" + "\xff\x7b" + "\x01\x00" + "\xff\x83" + "\x00\x04" + "\x00\x80" + "\x00\x7c" + "\x01\x7e"
	want := []float32{1, -2, 65504, 0x1p-24, -1023 * 0x1p-24, 0x1p-14, float32(math.Copysign(0, -1)), float32(math.Inf(1)), float32(math.NaN())}
	sameFloats(t, "F16", len(want), data, want)

	data = "\x80\x3f" + "\x00\xc0" + "\x00\x80" + "\x80\xff" + "\xc0\x7f"
	want = []float32{1, -2, float32(math.Copysign(0, -1)), float32(math.Inf(-1)), float32(math.NaN())}
	sameFloats(t, "BF16", len(want), data, want)
}

func TestDoublesBecomeFloats(t *testing.T) {
	var data []byte
	for _, v := range []float64{0.1, -3, math.Inf(1), math.NaN(), math.MaxFloat32} {
		data = binary.LittleEndian.AppendUint64(data, math.Float64bits(v))
	}
	sameFloats(t, "F64", 5, string(data), []float32{0.1, -3, float32(math.Inf(1)), float32(math.NaN()), math.MaxFloat32})
}

func sameFloats(t *testing.T, dtype string, n int, data string, want []float32) {
	t.Helper()
	x, err := foreign(t, dtype, n, data)
	if err != nil {
		t.Fatal(err)
	}
	for i, got := range x.Buf.(kernel.Host) {
		if math.Float32bits(got) != math.Float32bits(want[i]) && got == got || x.DType != tensor.Float32 {
			t.Errorf("%s %d: got %v, want %v", dtype, i, got, want[i])
		}
	}
}

func TestWholeNumbersBecomeInt32(t *testing.T) {
	for dtype, data := range map[string]string{
		"I64": "\x03\x00\x00\x00\x00\x00\x00\x00" + "\xfe\xff\xff\xff\xff\xff\xff\xff",
		"I32": "\x03\x00\x00\x00" + "\xfe\xff\xff\xff",
		"I16": "\x03\x00\xfe\xff",
		"I8":  "\x03\xfe",
		"U8":  "\x03\xfe",
		"U16": "\x03\x00\xfe\x00",
	} {
		want := []int32{3, -2}
		if dtype[0] == 'U' {
			want[1] = 254
		}
		x, err := foreign(t, dtype, 2, data)
		if err != nil {
			t.Fatal(err)
		}
		if got := x.Buf.(kernel.Host).Int32s(); !slices.Equal(got, want) || x.DType != tensor.Int32 {
			t.Errorf("%s: got %v, want %v", dtype, got, want)
		}
	}
}

// What cannot be held is left out of a file made elsewhere, and said; of a checkpoint it is an error.
func TestAForeignFileMayHaveTensorsThatAreNotRead(t *testing.T) {
	raw := file(`{"a":{"dtype":"F8_E4M3","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"BOOL","shape":[2],"data_offsets":[3,5]},`+
		`"c":{"dtype":"I64","shape":[2],"data_offsets":[5,21]},"d":{"dtype":"F4","shape":[4],"data_offsets":[21,23]},"e":{"dtype":"F32","shape":[1],"data_offsets":[23,27]}}`,
		"abc"+"\x01\x00"+"\x00\x00\x00\x00\x01\x00\x00\x00"+"\x01\x00\x00\x00\x00\x00\x00\x00"+"xy"+"\x00\x00\x80\x3f")
	s, unread, err := checkpoint.DecodeForeign(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Tensors) != 2 || s.Tensors["e"].Buf.(kernel.Host)[0] != 1 || s.Tensors["b"].Buf.(kernel.Host).Int32s()[0] != 1 {
		t.Errorf("read %v", s.Tensors)
	}
	for name, want := range map[string]string{"a": `dtype "F8_E4M3"`, "c": "does not fit 32 bits", "d": `dtype "F4"`} {
		if !strings.Contains(unread[name], want) {
			t.Errorf("%s: %q", name, unread[name])
		}
	}
	if _, err := checkpoint.Decode(bytes.NewReader(raw)); err == nil {
		t.Error("a checkpoint of such tensors was read")
	}
	for n := range raw {
		if _, _, err := checkpoint.DecodeForeign(bytes.NewReader(raw[:n])); err == nil {
			t.Errorf("cut after %d bytes: no error", n)
		}
	}
}

func TestAForeignFileMayPackItsTensorsInAnyOrder(t *testing.T) {
	s, err := checkpoint.Decode(bytes.NewReader(file(` {}`[1:], "")))
	if err != nil || len(s.Tensors) != 0 {
		t.Errorf("an empty file gave %v, %v", s, err)
	}
	s, err = checkpoint.Decode(bytes.NewReader(file(
		`{"a":{"dtype":"U8","shape":[],"data_offsets":[2,3]},"e":{"dtype":"F32","shape":[2,0],"data_offsets":[2,2]}, "b":{"dtype":"U8","shape":[2,1],"data_offsets":[0,2]},"__metadata__":{"autodidact":"no"}}  `,
		"\x07\x08\x09")))
	if err != nil {
		t.Fatal(err)
	}
	if s.Tensors["a"].Buf.(kernel.Host).Int32s()[0] != 9 || s.Tensors["b"].Buf.(kernel.Host).Int32s()[1] != 8 || s.Tensors["e"].Buf.Len() != 0 || s.Meta["autodidact"] != "no" {
		t.Errorf("got %+v", s)
	}
}

func TestEveryChangedByteIsNoticed(t *testing.T) {
	sound := encode(t, goldenState())
	for i := range sound {
		for change := 1; change < 256; change++ {
			if runtime.GOOS == "js" && change&(change-1) != 0 {
				continue // where it is slow, the eight single bits
			}
			b := slices.Clone(sound)
			b[i] ^= byte(change)
			_, err := checkpoint.Decode(bytes.NewReader(b))
			if _, ok := errors.AsType[*checkpoint.FormatError](err); !ok {
				t.Fatalf("byte %d changed from %q to %q: got error %v", i, sound[i], b[i], err)
			}
		}
	}
}

func TestEveryCutIsNoticed(t *testing.T) {
	sound := encode(t, goldenState())
	for n := range sound {
		_, err := checkpoint.Decode(bytes.NewReader(sound[:n]))
		if bad, ok := errors.AsType[*checkpoint.FormatError](err); !ok || bad.Offset > int64(n) {
			t.Fatalf("cut after %d bytes: got error %v", n, err)
		}
	}
}

func TestAFailingReaderIsNoFormatError(t *testing.T) {
	sound := encode(t, goldenState())
	for _, n := range []int{0, 4, 100, len(sound) - 10, len(sound)} {
		torn := io.MultiReader(bytes.NewReader(sound[:n]), iotest.ErrReader(io.ErrClosedPipe))
		if _, err := checkpoint.Decode(torn); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("after %d bytes: got %v", n, err)
		}
	}
}

func TestASmallFileThatClaimsMuchTakesLittleMemory(t *testing.T) {
	for name, b := range map[string][]byte{
		"header": append(binary.LittleEndian.AppendUint64(nil, 16<<20), `{"x":`...),
		"data":   file(`{"x":{"dtype":"F32","shape":[500000000],"data_offsets":[0,2000000000]}}`, "1234"),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := checkpoint.Decode(bytes.NewReader(b))
		runtime.ReadMemStats(&after)
		if _, ok := errors.AsType[*checkpoint.FormatError](err); !ok {
			t.Errorf("%s: got error %v", name, err)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 4<<20 {
			t.Errorf("%s: %d bytes of input made Decode take %d", name, len(b), took)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(encode(f, goldenState()))
	f.Add(encode(f, storetest.State(1)))
	for _, bad := range malformed {
		if len(bad.file) < 1<<20 { // a fuzzer works best from small files
			f.Add(bad.file)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := checkpoint.Decode(bytes.NewReader(b))
		if lenient, unread, other := checkpoint.DecodeForeign(bytes.NewReader(b)); err == nil && (other != nil || len(unread) > 0 || len(lenient.Tensors) != len(s.Tensors)) {
			t.Fatalf("what Decode reads, DecodeForeign does not: %v, %v", unread, other)
		}
		if err != nil {
			if bad, ok := errors.AsType[*checkpoint.FormatError](err); !ok || bad.Offset < 0 || bad.Offset > int64(len(b)) {
				t.Fatalf("got error %v", err)
			}
			return
		}
		// What is read can be written, and read again as the same.
		again, err := checkpoint.Decode(bytes.NewReader(encode(t, s)))
		if err != nil {
			t.Fatal(err)
		}
		storetest.Same(t, again, s)
	})
}
