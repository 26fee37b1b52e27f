package main

import (
	"bytes"
	"os"
	"testing"
)

func TestTheModulesInTheRepositoryAreWhatThisCommandWrites(t *testing.T) {
	for _, v := range variants {
		got, err := os.ReadFile("../../ui/src/kernels/" + v.name + ".wasm")
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, v.module()) {
			t.Errorf("%s.wasm is another: go run ./cmd/kernels ui/src/kernels", v.name)
		}
	}
}

func TestNumbersAreWrittenAsLEB128(t *testing.T) {
	for n, want := range map[int][]byte{0: {0}, 63: {63}, 64: {0xc0, 0}, 128: {0x80, 1}, 300: {0xac, 2}} {
		if got := signed(n); !bytes.Equal(got, want) {
			t.Errorf("signed(%d) = %x, want %x", n, got, want)
		}
	}
	for n, want := range map[int][]byte{0: {0}, 127: {127}, 128: {0x80, 1}, 0x105: {0x85, 2}} {
		if got := unsigned(n); !bytes.Equal(got, want) {
			t.Errorf("unsigned(%d) = %x, want %x", n, got, want)
		}
	}
	if got := signed(-1); !bytes.Equal(got, []byte{0x7f}) {
		t.Errorf("signed(-1) = %x, want 7f", got)
	}
}
