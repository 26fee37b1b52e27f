package torchfile

import (
	"fmt"
	"slices"
	"strings"
)

// What a pickle makes, beside nil, bool, int64, float64 and string (which bytes are too).
type (
	tuple []any
	list  struct{ values []any }
	// A dict has its keys in the order in which they came.
	dict struct {
		keys, values []any
		index        map[string]int // of keys that are texts
	}
	// A big is a whole number beyond 64 bits: its bytes, the lowest first.
	big []byte
	// A global is a class or function by name. It is never looked up.
	global struct{ module, name string }
	// An object is one of a class that holds only data, of which nothing is read.
	object struct{ of global }
)

func (d *dict) set(key, value any) {
	if name, ok := key.(string); ok {
		if i, there := d.index[name]; there {
			d.values[i] = value
			return
		}
		if d.index == nil {
			d.index = map[string]int{}
		}
		d.index[name] = len(d.keys)
	}
	d.keys, d.values = append(d.keys, key), append(d.values, value)
}

func (g global) String() string { return g.module + "." + g.name }

// dtypes are those of the classes of storages, as safetensors calls them.
var dtypes = map[string]string{"FloatStorage": "F32", "DoubleStorage": "F64", "HalfStorage": "F16", "BFloat16Storage": "BF16", "LongStorage": "I64", "IntStorage": "I32",
	"ShortStorage": "I16", "CharStorage": "I8", "ByteStorage": "U8", "BoolStorage": "BOOL",
	"ComplexFloatStorage": "complex64", "ComplexDoubleStorage": "complex128", "QInt8Storage": "qint8", "QUInt8Storage": "quint8", "QInt32Storage": "qint32", "UntypedStorage": "untyped"}

// unreadSizes are the bytes of a number of the types that safetensors has none for, or that are not read.
var unreadSizes = map[string]int64{"complex64": 8, "complex128": 16, "qint8": 1, "quint8": 1, "qint32": 4, "untyped": 1}

// plain are classes and functions of Python, NumPy and PyTorch that stand for data which is not read, by module.
var plain = map[string][]string{
	"argparse":                               {"Namespace"},
	"pathlib":                                {"Path", "PosixPath", "WindowsPath", "PurePath", "PurePosixPath", "PureWindowsPath"},
	"pathlib._local":                         {"Path", "PosixPath", "WindowsPath", "PurePath", "PurePosixPath", "PureWindowsPath"},
	"collections":                            {"defaultdict", "Counter", "deque"},
	"datetime":                               {"datetime", "date", "time", "timedelta", "timezone"},
	"builtins":                               {"set", "frozenset", "slice", "range", "complex", "bytearray", "dict", "list", "int", "float", "bool", "str", "tuple", "object"},
	"__builtin__":                            {"set", "frozenset", "slice", "xrange", "complex", "bytearray", "dict", "list", "int", "long", "float", "bool", "str", "tuple", "object"},
	"_codecs":                                {"encode"},
	"copy_reg":                               {"_reconstructor"},
	"copyreg":                                {"_reconstructor"},
	"numpy":                                  {"dtype", "ndarray", "float64", "float32", "int64", "int32", "bool_"},
	"numpy.core.multiarray":                  {"scalar", "_reconstruct"},
	"numpy._core.multiarray":                 {"scalar", "_reconstruct"},
	"numpy.dtypes":                           {"Float64DType", "Float32DType", "Int64DType", "Int32DType", "BoolDType"},
	"torch":                                  {"device", "Generator", "float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool", "strided", "Tensor", "per_tensor_affine", "per_channel_affine"},
	"torch._tensor":                          {"Tensor"},
	"torch.nn.parameter":                     {"Parameter"},
	"torch.serialization":                    {"_get_layout"},
	"torch._utils":                           {"_rebuild_qtensor", "_rebuild_sparse_tensor", "_rebuild_tensor_v3"},
	"omegaconf.dictconfig":                   {"DictConfig"},
	"omegaconf.listconfig":                   {"ListConfig"},
	"omegaconf.base":                         {"ContainerMetadata", "Metadata"},
	"omegaconf.nodes":                        {"AnyNode", "IntegerNode", "FloatNode", "StringNode", "BooleanNode"},
	"typing":                                 {"Any"},
	"easydict":                               {"EasyDict"},
	"addict.addict":                          {"Dict"},
	"yacs.config":                            {"CfgNode"},
	"ml_collections.config_dict.config_dict": {"ConfigDict"},
	"pytorch_lightning.utilities.parsing":    {"AttributeDict"},
	"lightning_fabric.utilities.data":        {"AttributeDict"},
	"lightning.fabric.utilities.data":        {"AttributeDict"},
}

// code are modules that a file which does harm calls.
var code = []string{"os", "posix", "nt", "sys", "subprocess", "builtins", "__builtin__", "runpy", "shutil", "socket", "importlib", "ctypes", "pty", "platform", "commands", "webbrowser", "code",
	"codeop", "pickle", "operator", "functools", "types", "marshal", "pdb", "bdb", "timeit", "asyncio", "multiprocessing", "threading", "signal", "http", "urllib", "requests", "tempfile", "io", "pip", "site", "torch.hub"}

// refused says why a name is none that weights need, "" if it is one.
func (g global) refused() string {
	if _, known := calls[g]; known || g.storage() != "" || slices.Contains(plain[g.module], g.name) {
		return ""
	}
	if top, _, _ := strings.Cut(g.module, "."); slices.Contains(code, top) || slices.Contains(code, g.module) {
		return fmt.Sprintf("it wants to run %.80q when it is opened: this file has code in it, which weights never need. Nothing of it was run; do not open it elsewhere, and ask for the weights as safetensors", g.String())
	}
	if g.module == "__torch__" || strings.HasPrefix(g.module, "__torch__.") {
		return "this is a TorchScript program (torch.jit.save), not weights. " + save(`torch.jit.load("FILE", map_location="cpu")`)
	}
	return fmt.Sprintf("it holds an object of %.80q, which only that code can build: a whole model, or settings, and not weights alone. "+save(`torch.load("FILE", map_location="cpu", weights_only=False)`), g.String())
}

// save is how Python makes safetensors of a model that some expression gives.
func save(model string) string {
	return `Where Python can open it, this saves its weights: import torch, safetensors.torch; model = ` + model + `; safetensors.torch.save_file({k: v.contiguous().clone() for k, v in model.state_dict().items()}, "model.safetensors")`
}

// storage is the number type of a class of storages, "" if it is none.
func (g global) storage() string {
	if g.module == "torch" || g.module == "torch.cuda" || g.module == "torch.storage" {
		return dtypes[g.name]
	}
	return ""
}

// described is an entry of a dict in words.
func described(key, value any) string {
	name := fmt.Sprint(key)
	if s, ok := key.(string); ok {
		name = s
	}
	return fmt.Sprintf("%.80s (%s)", name, what(value))
}

// what is a value in a word or two.
func what(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool, int64, float64, big:
		return "a number"
	case string:
		return "text"
	case tuple:
		return fmt.Sprintf("tuple of %d", len(v))
	case *list:
		return fmt.Sprintf("list of %d", len(v.values))
	case *dict:
		return fmt.Sprintf("dict of %d", len(v.keys))
	case *tensorRef:
		return fmt.Sprintf("tensor %v", v.shape)
	case *object:
		return v.of.String()
	case global:
		return v.String()
	default:
		return "a storage"
	}
}
