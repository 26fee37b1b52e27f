package checkpoint_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"autodidact/core/checkpoint"
	"autodidact/core/checkpoint/storetest"
)

func TestMemoryIsAStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Subject {
		m := checkpoint.NewMemory()
		return storetest.Subject{Store: m, Damage: m.Damage}
	})
}

// needsFiles skips where there is no file system: in a browser.
func needsFiles(t *testing.T) {
	if _, err := os.Stat("."); err != nil {
		t.Skip("no file system here:", err)
	}
}

func TestDirectoryIsAStore(t *testing.T) {
	needsFiles(t)
	storetest.Run(t, func(t *testing.T) storetest.Subject {
		dir := filepath.Join(t.TempDir(), "not", "yet [there]")
		return storetest.Subject{Store: checkpoint.Directory(dir), Damage: func(id string, change func([]byte) []byte) {
			name := filepath.Join(dir, id+".safetensors")
			b, err := os.ReadFile(name)
			if err == nil {
				err = os.WriteFile(name, change(b), 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
		}}
	})
}

func names(t *testing.T, dir string) (all []string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		all = append(all, f.Name())
	}
	return all
}

func TestADirectoryHoldsOneFileAState(t *testing.T) {
	needsFiles(t)
	dir := t.TempDir()
	d := checkpoint.Directory(dir)
	// What a killed save leaves behind goes with the next one.
	if err := os.WriteFile(filepath.Join(dir, ".run.safetensors.saving-42"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Save(t.Context(), "run", storetest.State(1)); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); !slices.Equal(got, []string{"run.safetensors"}) {
		t.Errorf("the directory holds %q", got)
	}
	bad := storetest.State(2)
	bad.Tensors["optim.step"].Shape = []int{3}
	if _, err := d.Save(t.Context(), "run", bad); err == nil || !strings.Contains(err.Error(), "optim.step") {
		t.Errorf("a misshapen tensor gave %v", err)
	}
	if got := names(t, dir); !slices.Equal(got, []string{"run.safetensors"}) {
		t.Errorf("after a failed save the directory holds %q", got)
	}
}

func TestAnUnfinishedSaveIsNotAState(t *testing.T) {
	needsFiles(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, ".run.safetensors.saving-42"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	for info, err := range checkpoint.Directory(dir).All(t.Context()) {
		t.Errorf("All gives %+v, %v", info, err)
	}
}

func TestADamagedFileDoesNotHideTheOthers(t *testing.T) {
	needsFiles(t)
	dir := t.TempDir()
	d := checkpoint.Directory(dir)
	if _, err := d.Save(t.Context(), "sound", storetest.State(1)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "bad.safetensors"), []byte("not safetensors"), 0o644); err != nil {
		t.Fatal(err)
	}
	var sound []string
	for info, err := range d.All(t.Context()) {
		if _, damaged := errors.AsType[*checkpoint.FormatError](err); damaged != (info.ID == "bad") {
			t.Errorf("%s came with %v", info.ID, err)
		}
		if err == nil {
			sound = append(sound, info.ID)
		}
	}
	if !slices.Equal(sound, []string{"sound"}) {
		t.Errorf("All gives %q", sound)
	}
}

func TestAnIDCannotLeaveTheDirectory(t *testing.T) {
	needsFiles(t)
	dir := t.TempDir()
	d := checkpoint.Directory(filepath.Join(dir, "in"))
	for _, id := range []string{"", ".", "..", "../out", "a/b", `a\b`, "/etc/x", ".hidden", "nul\x00"} {
		if _, err := d.Save(t.Context(), id, storetest.State(1)); err == nil {
			t.Errorf("saved as %q", id)
		}
		if _, err := d.Load(t.Context(), id); err == nil || errors.Is(err, checkpoint.ErrNotFound) {
			t.Errorf("loading %q gave %v", id, err)
		}
	}
	if got := names(t, dir); len(got) != 0 {
		t.Errorf("files were made: %q", got)
	}
}

func TestAFullDiskIsErrFull(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("/dev/full is Linux's")
	}
	f, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	err = checkpoint.Finish(f, func(f *os.File) error { return checkpoint.Encode(f, storetest.State(1)) })
	if !errors.Is(err, checkpoint.ErrFull) {
		t.Errorf("got %v, want ErrFull", err)
	}
}
