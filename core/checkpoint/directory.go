package checkpoint

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

const (
	stateExt   = Ext
	titleExt   = ".title.json" // a title given by Rename
	unfinished = ".saving-"    // a state not yet whole: .ID.saving-123
)

// Directory is a Store of one ID.safetensors for each state.
type Directory string

// titled is the content of a title file. It names one state only: once another is
// saved over that, it says nothing.
type titled struct {
	Checksum string `json:"checksum"`
	Title    string `json:"title"`
}

// path refuses ids that would be another directory's files, or hidden ones.
func (d Directory) path(id, ext string) (string, error) {
	if id == "" || id[0] == '.' || strings.ContainsAny(id, "/\\\x00") || !filepath.IsLocal(id) {
		return "", fmt.Errorf("checkpoint: %q cannot be the name of a file", id)
	}
	return filepath.Join(string(d), id+ext), nil
}

func (d Directory) Save(ctx context.Context, id string, s *State) (Info, error) {
	path, err := d.path(id, stateExt)
	if err != nil {
		return Info{}, err
	}
	if err := ctx.Err(); err != nil {
		return Info{}, err
	}
	write := func(f *os.File) error { return Encode(f, s) }
	if err := d.replace(path, write); err != nil {
		return Info{}, fmt.Errorf("checkpoint: saving %s: %w", path, err)
	}
	os.Remove(strings.TrimSuffix(path, stateExt) + titleExt) // names what was there before
	file, err := os.Stat(path)
	if err != nil {
		return Info{}, err
	}
	return Describe(id, s.Meta, file.Size(), file.ModTime()), nil
}

// replace is Replace of a file in d, which it makes if it is not there.
func (d Directory) replace(path string, write func(*os.File) error) error {
	if err := os.MkdirAll(string(d), 0o755); err != nil {
		return noRoom(err)
	}
	return Replace(path, write)
}

// Replace makes a file of what write writes, beside the place where it is to be, and moves it there when it is whole. A
// failure or a crash at any moment leaves the old file or the new one, and a crash at most an unfinished one beside it, for
// the next Replace of the same file to remove. A full disk is ErrFull.
func Replace(path string, write func(*os.File) error) (err error) {
	in := filepath.Dir(path)
	hidden := "." + filepath.Base(path) + unfinished
	files, err := os.ReadDir(in)
	if err != nil {
		return err
	}
	for _, file := range files {
		if strings.HasPrefix(file.Name(), hidden) {
			os.Remove(filepath.Join(in, file.Name()))
		}
	}
	f, err := os.CreateTemp(in, hidden)
	if err != nil {
		return noRoom(err)
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	f.Chmod(0o644) // temporary files are private, these need not be
	if err := finish(f, write); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return noRoom(err)
	}
	// The name must reach the disk too. Where a directory cannot be synced, nothing better is known.
	if dir, err := os.Open(in); err == nil {
		dir.Sync()
		dir.Close()
	}
	return nil
}

// WriteFile makes a file of what write writes, whole or not at all: what was at path stays there until then. What is no ordinary
// file, such as a pipe or /dev/stdout, is written to as it is. A link stays a link.
func WriteFile(path string, write func(io.Writer) error) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return toDevice(path, write)
	}
	if at, err := filepath.EvalSymlinks(path); err == nil {
		path = at
	}
	if err := Replace(path, func(f *os.File) error {
		out := bufio.NewWriter(f)
		return errors.Join(write(out), out.Flush())
	}); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

func toDevice(path string, write func(io.Writer) error) error {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(write(file), file.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

// Keep gives the state saved under id a second name, under which it stays when another is saved over it. It takes no room
// until then. Where files cannot have two names, there is no second one.
func (d Directory) Keep(id, as string) {
	from, err := d.path(id, stateExt)
	if err != nil {
		return
	}
	to, err := d.path(as, stateExt)
	if _, gone := os.Stat(from); err != nil || gone != nil {
		return
	}
	os.Remove(to)
	os.Link(from, to)
}

// finish writes f, waits until the disk has it, and closes it.
func finish(f *os.File, write func(*os.File) error) error {
	return noRoom(errors.Join(write(f), f.Sync(), f.Close()))
}

// noRoom makes ErrFull of a full disk.
func noRoom(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return err
}

// open reads a state's header, and returns its title, which Rename may have changed.
func (d Directory) open(id string) (f *os.File, h *header, title string, err error) {
	path, err := d.path(id, stateExt)
	if err != nil {
		return nil, nil, "", err
	}
	f, err = os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, "", ErrNotFound
	}
	if err != nil {
		return nil, nil, "", err
	}
	if h, err = readHeader(f, false); err != nil {
		f.Close()
		return nil, nil, "", fmt.Errorf("checkpoint: %s: %w", path, err)
	}
	title = h.meta[MetaTitle]
	var t titled
	b, err := os.ReadFile(strings.TrimSuffix(path, stateExt) + titleExt)
	if err == nil && json.Unmarshal(b, &t) == nil && t.Checksum == h.checksum {
		title = t.Title
	}
	return f, h, title, nil
}

func (d Directory) Load(ctx context.Context, id string) (*State, error) {
	f, h, title, err := d.open(id)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if _, err := f.Seek(0, 0); err != nil {
		return nil, err
	}
	s, err := Decode(bufio.NewReaderSize(f, chunkBytes))
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %s: %w", f.Name(), err)
	}
	if title != h.meta[MetaTitle] {
		s.Meta[MetaTitle] = title
	}
	return s, nil
}

func (d Directory) Rename(ctx context.Context, id, title string) error {
	f, h, _, err := d.open(id)
	if err != nil {
		return err
	}
	f.Close()
	path, err := d.path(id, titleExt)
	if err != nil {
		return err
	}
	return d.replace(path, func(f *os.File) error {
		return json.NewEncoder(f).Encode(titled{h.checksum, title})
	})
}

func (d Directory) Delete(ctx context.Context, id string) error {
	path, err := d.path(id, stateExt)
	if err != nil {
		return err
	}
	err = os.Remove(path)
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNotFound
	}
	os.Remove(strings.TrimSuffix(path, stateExt) + titleExt)
	return err
}

// All reads headers only. A file that is damaged comes with its ID and its error,
// after the sound ones, and does not hide those.
func (d Directory) All(ctx context.Context) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		files, err := os.ReadDir(string(d))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			yield(Info{}, err)
			return
		}
		type damage struct {
			id  string
			err error
		}
		var sound []Info
		var damaged []damage
		for _, file := range files {
			id, isState := strings.CutSuffix(file.Name(), stateExt)
			if _, err := d.path(id, stateExt); err != nil || !isState || file.IsDir() {
				continue
			}
			info, err := d.describe(id)
			switch {
			case err == nil:
				sound = append(sound, info)
			case !errors.Is(err, ErrNotFound): // deleted meanwhile
				damaged = append(damaged, damage{id, err})
			}
		}
		slices.SortFunc(sound, NewestFirst)
		for _, info := range sound {
			if !yield(info, ctx.Err()) || ctx.Err() != nil {
				return
			}
		}
		for _, one := range damaged {
			if !yield(Info{ID: one.id}, one.err) {
				return
			}
		}
	}
}

func (d Directory) describe(id string) (Info, error) {
	f, h, title, err := d.open(id)
	if err != nil {
		return Info{}, err
	}
	defer f.Close()
	file, err := f.Stat()
	if err != nil {
		return Info{}, err
	}
	info := Describe(id, h.meta, file.Size(), file.ModTime())
	info.Title = title
	return info, nil
}
