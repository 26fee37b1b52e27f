package exchange

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"autodidact/core/checkpoint"
	"autodidact/core/data"
	"autodidact/core/tensor"
	"autodidact/worker/report"
)

// zipped packs files as one.
func zipped(w io.Writer, files []File) error {
	z := zip.NewWriter(w)
	for _, f := range files {
		to, err := z.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)})
		if err == nil {
			err = f.Write(to)
		}
		if err != nil {
			return err
		}
	}
	return z.Close()
}

// about are the files that say what a model is, and how many bytes each may have: what the largest of its kind need.
var about = map[string]int64{
	"config.json":           1 << 20,
	"tokenizer_config.json": 16 << 20,
	"tokenizer.json":        64 << 20,
	"vocab.txt":             32 << 20,
}

const (
	weightsFile = "model.safetensors"
	mostWeights = 2<<30 + 16<<20 // bytes of a file, what package checkpoint reads
	mostNumbers = 1 << 29        // in all shards together
	mostIndex   = 16 << 20
	mostShards  = 1000
)

// usualWeights are the files that have the weights of a folder, those to be preferred first.
var usualWeights = []string{weightsFile, weightsFile + indexed, "pytorch_model.bin", "pytorch_model.bin" + indexed, "checkpoint.safetensors"}

// indexed is what the name of an index of shards ends in.
const indexed = ".index.json"

// limited reads a file of at most so many bytes.
func limited(r io.Reader, name string, limit int64) ([]byte, error) {
	content, err := io.ReadAll(&limiting{r, name, limit, limit})
	if err != nil {
		return nil, err
	}
	return content, nil
}

// limiting ends with an error where more than so many bytes come.
type limiting struct {
	r           io.Reader
	name        string
	left, limit int64
}

func (l *limiting) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, unusable("%s is too large: it has more than %s, which no such file of a model needs", l.name, megabytes(l.limit))
	}
	return n, err
}

func megabytes(n int64) string { return fmt.Sprintf("%.4g MB", float64(n)/(1<<20)) }

// Folder lists the files of a model's folder for OpenFiles. What lies in folders within it is no part of the model.
func Folder(fsys fs.FS) ([]data.File, error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, err
	}
	var files []data.File
	for _, e := range entries {
		f := data.FromFile(fsys, e.Name())[0]
		if e.IsDir() {
			f.Path += "/"
		}
		files = append(files, f)
	}
	return files, nil
}

// openFolder reads the weights among some files, and the files beside them that say what they are.
func (w *weights) openFolder(files []data.File) error {
	in, weightFile, err := chosen(files)
	if err != nil {
		return err
	}
	beside, read := map[string]data.File{}, map[string]bool{weightFile: true}
	for _, f := range files {
		if name, ok := strings.CutPrefix(f.Path, in); ok && !strings.Contains(name, "/") {
			beside[name] = f
		}
	}
	for name, most := range about {
		f, there := beside[name]
		if !there {
			continue
		}
		if w.about[name], err = small(f, name, most); err != nil {
			return err
		}
		read[name] = true
	}
	if strings.HasSuffix(weightFile, indexed) {
		err = w.readShards(beside, weightFile, read)
	} else {
		w.state, err = w.read(beside[weightFile], weightFile)
	}
	if err != nil {
		return err
	}
	var unread []string
	for _, f := range files {
		if name, _ := strings.CutPrefix(f.Path, in); !read[name] || beside[name].Path != f.Path {
			unread = append(unread, f.Path)
		}
	}
	w.notes = append(unreadNote(unread), w.notes...)
	return nil
}

// small is what a file holds that may have at most so many bytes.
func small(f data.File, name string, most int64) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, named(name, err)
	}
	defer r.Close()
	raw, err := limited(r, name, most)
	if err == nil {
		if what := toldBy(raw, ""); strings.Contains(what, "Git keeps") {
			err = unusable("%s", what)
		}
		return raw, named(name, err)
	}
	return nil, err
}

// chosen is the folder that weights lie in, with its slash, and the file of the weights: the most usual of those that lie highest.
func chosen(files []data.File) (in, name string, err error) {
	best, others := -1, []string(nil)
	depth := func(p string) int { return strings.Count(p, "/") }
	for i, f := range files {
		dir, base := path.Split(f.Path)
		at := slices.Index(usualWeights, base)
		if at < 0 && dir == "" || at < 0 && best < 0 {
			if slices.Contains([]string{".safetensors", ".pth", ".pt", ".bin", ".ckpt"}, strings.ToLower(path.Ext(base))) {
				others = append(others, f.Path)
			}
		}
		if at < 0 || best >= 0 && (depth(f.Path) > depth(files[best].Path) || depth(f.Path) == depth(files[best].Path) && at >= slices.Index(usualWeights, path.Base(files[best].Path))) {
			continue
		}
		best = i
	}
	if best >= 0 {
		in, name = path.Split(files[best].Path)
		return in, name, nil
	}
	switch says := unopenable(files); {
	case len(others) == 1:
		in, name = path.Split(others[0])
		return in, name, nil
	case len(others) > 1:
		return "", "", unusable("there are several files of weights here, and none of the usual name %s: give one of %s alone", weightsFile, report.List(others, report.MostListed))
	case len(says) > 0:
		return "", "", unusable("there are no weights here that can be read: %s. %s", report.List(says, report.MostExamples), takes)
	case len(files) == 0:
		return "", "", unusable("there is no file in it")
	default:
		var names []string
		for _, f := range files {
			names = append(names, f.Path)
		}
		return "", "", unusable("there is no %s or pytorch_model.bin here, only %s. %s", weightsFile, report.List(names, report.MostListed), takes)
	}
}

// readShards reads weights that are spread over several files, by the index that says which tensor is in which.
func (w *weights) readShards(beside map[string]data.File, indexFile string, read map[string]bool) error {
	index := struct {
		Shards map[string]string `json:"weight_map"`
	}{}
	raw, err := small(beside[indexFile], indexFile, mostIndex)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, &index); err != nil {
		return unusable("%s cannot be read: %v", indexFile, err)
	}
	shards := slices.Compact(slices.Sorted(maps.Values(index.Shards)))
	if err := allThere(beside, indexFile, shards); err != nil {
		return err
	}
	w.state = &checkpoint.State{Meta: map[string]string{}, Tensors: map[string]*tensor.Tensor{}}
	for _, shard := range shards {
		read[shard] = true
		s, err := w.read(beside[shard], shard)
		if err != nil {
			return err
		}
		w.merge(shard, s, index.Shards)
		numbers := 0
		for _, x := range w.state.Tensors {
			numbers += x.Shape.Size()
		}
		if numbers > mostNumbers {
			return unusable("its shards are too large: they have more than %d million numbers together", mostNumbers>>20)
		}
	}
	var lacking []string
	for name, shard := range index.Shards {
		if w.state.Tensors[name] == nil && w.unread[name] == "" {
			lacking = append(lacking, fmt.Sprintf("%.200s (%s)", name, shard))
		}
	}
	if slices.Sort(lacking); len(lacking) > 0 {
		return unusable("%s promises %s that no shard has: %s", indexFile, report.Count(len(lacking), "tensor"), report.List(lacking, report.MostListed))
	}
	return nil
}

// allThere refuses names of shards that are no plain names of files, and names those that are not there.
func allThere(beside map[string]data.File, indexFile string, shards []string) error {
	if len(shards) == 0 || len(shards) > mostShards {
		return unusable("%s names %d shards; there may be 1 to %d", indexFile, len(shards), mostShards)
	}
	var gone []string
	for _, s := range shards {
		if s == "" || s == "." || s == ".." || strings.ContainsAny(s, "/\\\x00") {
			return unusable("%s names a shard %.100q, which is not the name of a file beside it", indexFile, s)
		}
		if _, there := beside[s]; !there {
			gone = append(gone, fmt.Sprintf("%.100s", s))
		}
	}
	if len(gone) > 0 {
		return unusable("of %s that %s names, %s not there: %s", report.Count(len(shards), "shard"), indexFile,
			map[bool]string{true: "1 is", false: fmt.Sprintf("%d are", len(gone))}[len(gone) == 1], report.List(gone, report.MostListed))
	}
	return nil
}

// merge takes the tensors of a shard, and notes those that the index has elsewhere or not at all.
func (w *weights) merge(shard string, s *checkpoint.State, promised map[string]string) {
	var strays []string
	for name, x := range s.Tensors {
		in, listed := promised[name]
		if !listed {
			strays = append(strays, name)
		}
		if in == shard || !listed {
			w.state.Tensors[name] = x
		} else {
			strays = append(strays, name+", which the index has in "+in)
		}
	}
	for k, v := range s.Meta {
		w.state.Meta[k] = v
	}
	if slices.Sort(strays); len(strays) > 0 {
		w.notes = append(w.notes, report.Notice(shard, "%s not in the index: %s", report.Count(len(strays), "tensor"), report.List(strays, report.MostListed)))
	}
}

// unreadNote is the notice of files of a model's folder that are not read, none if there are none. A card, a list of tokens that are
// named elsewhere too, and what systems put there are no loss.
func unreadNote(files []string) []data.Rejected {
	files = slices.DeleteFunc(files, func(f string) bool {
		return slices.Contains([]string{"README.md", "special_tokens_map.json"}, path.Base(f)) || strings.HasPrefix(path.Base(f), ".") || strings.HasPrefix(f, "__MACOSX/") || strings.HasPrefix(f, ".")
	})
	if len(files) == 0 {
		return nil
	}
	slices.Sort(files)
	return []data.Rejected{report.Notice("the folder", "%s: %s", report.WereNot(len(files), "file", "read"), report.List(files, report.MostListed))}
}
