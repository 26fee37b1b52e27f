"""Writes the files that the tests of package torchfile read, by PyTorch itself: /usr/bin/python3 write.py

Beside each NAME.pth that has weights lies NAME.safetensors with the same tensors, made contiguous by PyTorch.
"""
import argparse, collections, json, os, pickle, struct
import numpy, torch
from torch import nn

here = os.path.dirname(os.path.abspath(__file__))
names = {torch.float32: "F32", torch.float64: "F64", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64",
         torch.int32: "I32", torch.int16: "I16", torch.int8: "I8", torch.uint8: "U8", torch.bool: "BOOL"}


def raw(x):
    x = x.detach().contiguous()
    if x.dtype == torch.bfloat16:
        x = x.view(torch.int16)
    return x.numpy().tobytes()


def safetensors(name, tensors):
    head, data = {}, b""
    for k, x in tensors.items():
        b = raw(x)
        head[k] = {"dtype": names[x.dtype], "shape": list(x.shape), "data_offsets": [len(data), len(data) + len(b)]}
        data += b
    h = json.dumps(head).encode()
    with open(os.path.join(here, name + ".safetensors"), "wb") as f:
        f.write(struct.pack("<Q", len(h)) + h + data)


def save(name, what, weights=None, **how):
    torch.save(what, os.path.join(here, name + ".pth"), **how)
    if weights is not None:
        safetensors(name, {k: v for k, v in weights.items() if torch.is_tensor(v)})


torch.manual_seed(1)
base = torch.randn(4, 6)
all_types = collections.OrderedDict(
    plain=base.clone(),
    transposed=base.t(),
    part=base[1:3, ::2],
    row=base[2],
    permuted=torch.randn(2, 3, 4, 5).permute(3, 0, 2, 1),
    channels_last=torch.randn(2, 3, 2, 2).contiguous(memory_format=torch.channels_last),
    double=torch.randn(3, dtype=torch.float64),
    half=torch.tensor([1.0, -2.0, 6e-8, 65504.0, float("inf"), float("-inf"), -6.1e-5]).half(),
    bfloat=torch.tensor([1.0, -2.0, 1e-40, 3e38, float("inf")]).bfloat16(),
    subnormal=torch.tensor([1e-40, -1e-45, float("inf")]),
    long=torch.tensor([3, -2, 2**31 - 1]),
    int=torch.tensor([3, -2], dtype=torch.int32),
    short=torch.tensor([3, -2], dtype=torch.int16),
    char=torch.tensor([3, -2], dtype=torch.int8),
    byte=torch.tensor([3, 254], dtype=torch.uint8),
    bool=torch.tensor([True, False]),
    scalar=torch.tensor(7.5),
    empty=torch.zeros(0, 3),
    parameter=nn.Parameter(torch.randn(2, 2)),
)
all_types["tied"] = all_types["plain"]
save("types", all_types, all_types)
save("types-legacy", all_types, all_types, _use_new_zipfile_serialization=False)
save("types-protocol4", all_types, all_types, pickle_protocol=4)
save("types-protocol5-legacy", all_types, all_types, pickle_protocol=5, _use_new_zipfile_serialization=False)

net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4, 2))
optimizer = torch.optim.AdamW(net.parameters())
net(torch.randn(2, 3, 3, 3)).sum().backward()
optimizer.step()
save("lightning", {"epoch": 3, "global_step": 12, "state_dict": net.state_dict(), "optimizer_states": [optimizer.state_dict()],
                   "loops": None, "hyper_parameters": argparse.Namespace(lr=numpy.float64(0.1), betas=(0.9, 0.99)), "best": numpy.float32(1)}, net.state_dict())
teacher = {"backbone." + k: v + 1 for k, v in net.state_dict().items()}
student = {"module.backbone." + k: v for k, v in net.state_dict().items()}
save("dino", {"student": student, "teacher": teacher, "optimizer": optimizer.state_dict(), "epoch": 7, "args": argparse.Namespace(arch="vit_tiny")}, teacher)
save("nested", {"model": {"encoder": net.state_dict(), "head": {"weight": torch.zeros(1)}}, "notes": "text"}, net.state_dict())

strange = {"w": torch.ones(2), "complex": torch.ones(2, dtype=torch.complex64), "huge": torch.tensor([2**40]), "wide": torch.ones(1).expand(200000),
           "quantized": torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.quint8), "_extra_state": b"abc", "count": 5}
save("strange", strange, {"w": strange["w"]})
save("module", net)
save("tensor", torch.ones(3))
save("numbers", {"epoch": 3, "lr": 0.1})


class Harm:
    def __reduce__(self):
        return os.system, ("touch /tmp/autodidact-was-here",)


class Eval:
    def __reduce__(self):
        return eval, ("open('/tmp/autodidact-was-here', 'w')",)


save("harm", {"state_dict": net.state_dict(), "extra": Harm()})
save("harm-legacy", {"state_dict": net.state_dict(), "extra": Eval()}, _use_new_zipfile_serialization=False)
with open(os.path.join(here, "harm.pkl"), "wb") as f:
    pickle.dump(Harm(), f)
with open(os.path.join(here, "other.pkl"), "wb") as f:
    pickle.dump({"a": [1, 2.5, None, (True, "b")]}, f)
torch.jit.script(nn.Linear(2, 2)).save(os.path.join(here, "script.pth"))
