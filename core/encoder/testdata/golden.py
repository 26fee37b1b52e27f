#!/usr/bin/python3
"""Writes golden.json, what PyTorch makes of the ResNets and the ViT, bert.json, and series.json, for golden_test.go and others.

Weights and pictures are not stored: both sides draw them from streams named after
the tensors. Of each result only its norm and its product with such a stream are kept.
"""
import json
import math
import os
from collections import OrderedDict

import numpy as np
import torch
from torch import nn

torch.set_default_dtype(torch.float64)
EPS = 1e-5  # of LayerNorm


def stream(name, *shape):
    """Numbers from -1 to 1: mulberry32 seeded by the FNV-1a hash of the name."""
    seed = 0x811C9DC5
    for c in name.encode():
        seed = (seed ^ c) * 0x01000193 & 0xFFFFFFFF
    with np.errstate(over='ignore'):
        a = np.uint32(seed) + np.uint32(0x6D2B79F5) * np.arange(1, math.prod(shape) + 1, dtype=np.uint32)
        t = (a ^ a >> np.uint32(15)) * (np.uint32(1) | a)
        t = t + (t ^ t >> np.uint32(7)) * (np.uint32(61) | t) ^ t
        u = (t ^ t >> np.uint32(14)) / 2.0**32
    # Rounded to float32, which is what the other side begins with.
    return torch.from_numpy((2 * u - 1).astype(np.float32).astype(np.float64)).reshape(shape)


class Block(nn.Module):
    def __init__(self, cin, cout, stride, norm):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn1 = norm(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.bn2 = norm(cout)
        self.downsample = nn.Sequential()
        if cin != cout or stride != 1:
            self.downsample = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), norm(cout))

    def forward(self, x):
        h = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(self.bn2(self.conv2(h)) + self.downsample(x))


class ResNet(nn.Module):
    def __init__(self, widths, blocks, norm, neck=0):
        super().__init__()
        self.conv1 = nn.Conv2d(3, widths[0], 3, 1, 1, bias=False)
        self.bn1 = norm(widths[0])
        cin = widths[0]
        self.stages = len(widths)
        for i, w in enumerate(widths):
            stage = [Block(cin if k == 0 else w, w, 2 if i and k == 0 else 1, norm) for k in range(blocks)]
            setattr(self, f'layer{i + 1}', nn.Sequential(*stage))
            cin = w
        self.neck = nn.Sequential(OrderedDict(conv=nn.Conv2d(cin, neck, 1, bias=False), bn=norm(neck))) if neck else None

    def stem(self, x):
        return torch.relu(self.bn1(self.conv1(x)))

    def forward(self, x):
        h = self.stem(x)
        for i in range(self.stages):
            h = getattr(self, f'layer{i + 1}')(h)
        if self.neck:
            h = torch.relu(self.neck(nn.functional.avg_pool2d(h, 2)))
        return h.flatten(2).transpose(1, 2)  # [batch, positions, width]


class Bottleneck(nn.Module):
    def __init__(self, cin, mid, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(cin, mid, 1, bias=False), nn.BatchNorm2d(mid)
        self.conv2, self.bn2 = nn.Conv2d(mid, mid, 3, stride, 1, bias=False), nn.BatchNorm2d(mid)
        self.conv3, self.bn3 = nn.Conv2d(mid, 4 * mid, 1, bias=False), nn.BatchNorm2d(4 * mid)
        self.downsample = nn.Sequential()
        if cin != 4 * mid or stride != 1:
            self.downsample = nn.Sequential(nn.Conv2d(cin, 4 * mid, 1, stride, bias=False), nn.BatchNorm2d(4 * mid))

    def forward(self, x):
        h = torch.relu(self.bn1(self.conv1(x)))
        h = torch.relu(self.bn2(self.conv2(h)))
        return torch.relu(self.bn3(self.conv3(h)) + self.downsample(x))


class ResNet50(ResNet):
    def __init__(self):
        super().__init__([64], 0, nn.BatchNorm2d)
        self.stages, cin = 4, 64
        for i, blocks in enumerate([3, 4, 6, 3]):
            stage = []
            for k in range(blocks):
                stage.append(Bottleneck(cin, 64 << i, 2 if i and k == 0 else 1))
                cin = 256 << i
            setattr(self, f'layer{i + 1}', nn.Sequential(*stage))


def imagenet(model):
    """The same with torchvision's stem, for pixels from -1 to 1, which it normalises by ImageNet's mean and standard deviation."""
    model.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
    mean, std = (torch.tensor(v).view(3, 1, 1) for v in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
    stem = model.stem
    model.stem = lambda x: nn.functional.max_pool2d(stem(((x + 1) / 2 - mean) / std), 3, 2, 1)
    return model


def tree(**parts):
    """A module that only holds others, so that names come out as Hugging Face's."""
    m = nn.Module()
    for name, part in parts.items():
        setattr(m, name, part)
    return m


class ViTLayer(nn.Module):
    def __init__(self, width, heads, hidden=None, gelu='tanh', eps=EPS):
        super().__init__()
        hidden, self.gelu = hidden or 4 * width, gelu
        line = lambda a, b: tree(dense=nn.Linear(a, b))
        qkv = {n: nn.Linear(width, width) for n in ('query', 'key', 'value')}
        self.attention = tree(attention=tree(**qkv), output=line(width, width))
        self.intermediate, self.output = line(width, hidden), line(hidden, width)
        self.layernorm_before, self.layernorm_after = nn.LayerNorm(width, eps), nn.LayerNorm(width, eps)
        self.heads = heads

    def attend(self, x, mask=None):
        b, n, w = x.shape
        a = self.attention.attention
        q, k, v = (p(x).view(b, n, self.heads, -1).transpose(1, 2) for p in (a.query, a.key, a.value))
        logits = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
        y = (logits if mask is None else logits + mask).softmax(-1) @ v
        return self.attention.output.dense(y.transpose(1, 2).reshape(b, n, w))

    def forward(self, x, mask=None):
        x = x + self.attend(self.layernorm_before(x), mask)
        h = nn.functional.gelu(self.intermediate.dense(self.layernorm_after(x)), approximate=self.gelu)
        return x + self.output.dense(h)


class ViT(nn.Module):
    def __init__(self, patch, width, depth, heads):
        super().__init__()
        self.embeddings = tree(patch_embeddings=tree(projection=nn.Conv2d(3, width, patch, patch)))
        self.encoder = tree(layer=nn.ModuleList(ViTLayer(width, heads) for _ in range(depth)))
        self.layernorm = nn.LayerNorm(width, EPS)

    def forward(self, x):
        h = self.embeddings.patch_embeddings.projection(x)
        rows, cols, width = h.shape[2], h.shape[3], h.shape[1]
        slow = 10000 ** -(torch.arange(width // 4) / (width / 4))
        y, x = torch.meshgrid(torch.arange(rows), torch.arange(cols), indexing='ij')
        waves = [f(at.reshape(-1, 1) * slow) for at in (x, y) for f in (torch.sin, torch.cos)]
        h = h.flatten(2).transpose(1, 2) + torch.cat(waves, 1)
        for layer in self.encoder.layer:
            h = layer(h)
        return self.layernorm(h)


class SizedViT(nn.Module):
    """One made elsewhere: a class token, learned positions, exact GELU, eps 1e-6 (timm's VisionTransformer)."""

    def __init__(self, depth, width, heads, hidden, patch, side):
        super().__init__()
        self.embeddings = tree(patch_embeddings=tree(projection=nn.Conv2d(3, width, patch, patch)))
        self.embeddings.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.embeddings.position_embeddings = nn.Parameter(torch.zeros(1, 1 + (side // patch) ** 2, width))
        self.encoder = tree(layer=nn.ModuleList(ViTLayer(width, heads, hidden, 'none', 1e-6) for _ in range(depth)))
        self.layernorm = nn.LayerNorm(width, 1e-6)
        self.grid = side // patch

    def forward(self, x):
        e = self.embeddings
        h = e.patch_embeddings.projection(x)
        grid = h.shape[2:]
        own, places = e.position_embeddings[:, :1], e.position_embeddings[:, 1:]
        if tuple(grid) != (self.grid, self.grid):  # as timm's resample_abs_pos_embed
            places = places.reshape(1, self.grid, self.grid, -1).permute(0, 3, 1, 2)
            places = nn.functional.interpolate(places, grid, mode='bicubic', antialias=True).flatten(2).transpose(1, 2)
        h = h.flatten(2).transpose(1, 2) + places
        h = torch.cat([(e.cls_token + own).expand(len(h), -1, -1), h], 1)
        for layer in self.encoder.layer:
            h = layer(h)
        return self.layernorm(h)[:, 1:]


class BERTLayer(nn.Module):
    def __init__(self, width, heads, hidden, gelu, eps):
        super().__init__()
        self.gelu = gelu
        out = lambda a: tree(dense=nn.Linear(a, width), LayerNorm=nn.LayerNorm(width, eps))
        qkv = {n: nn.Linear(width, width) for n in ('query', 'key', 'value')}
        self.attention = nn.Module()
        setattr(self.attention, 'self', tree(**qkv))
        self.attention.output = out(width)
        self.intermediate, self.output = tree(dense=nn.Linear(width, hidden)), out(hidden)
        self.heads = heads

    def forward(self, x, mask):
        b, n, w = x.shape
        a = getattr(self.attention, 'self')
        q, k, v = (p(x).view(b, n, self.heads, -1).transpose(1, 2) for p in (a.query, a.key, a.value))
        s = (q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])).masked_fill(~mask, -math.inf)
        y = (s.softmax(-1) @ v).transpose(1, 2).reshape(b, n, w)
        x = self.attention.output.LayerNorm(x + self.attention.output.dense(y))
        h = nn.functional.gelu(self.intermediate.dense(x), approximate=self.gelu)
        return self.output.LayerNorm(x + self.output.dense(h))


class BERT(nn.Module):
    def __init__(self, tokens, positions, layers, width, heads, hidden, gelu='tanh', eps=EPS):
        super().__init__()
        self.embeddings = tree(
            word_embeddings=nn.Embedding(tokens, width), position_embeddings=nn.Embedding(positions, width),
            token_type_embeddings=nn.Embedding(2, width), LayerNorm=nn.LayerNorm(width, eps))
        self.encoder = tree(layer=nn.ModuleList(BERTLayer(width, heads, hidden, gelu, eps) for _ in range(layers)))

    def forward(self, tokens, places, segments, mask):
        e = self.embeddings
        x = e.LayerNorm(e.word_embeddings(tokens) + e.position_embeddings(places) + e.token_type_embeddings(segments))
        for layer in self.encoder.layer:
            x = layer(x, mask)
        return x


class BERTForMaskedLM(nn.Module):
    def __init__(self, *size, gelu='tanh', eps=EPS):
        super().__init__()
        self.encoder, self.gelu = BERT(*size, gelu, eps), gelu
        width = size[3]
        self.head = tree(transform=tree(dense=nn.Linear(width, width), LayerNorm=nn.LayerNorm(width, eps)))
        self.head.bias = nn.Parameter(torch.zeros(size[0]))

    def forward(self, reading, at):
        x = self.encoder(*reading)
        h = self.head.transform
        z = h.LayerNorm(nn.functional.gelu(h.dense(x.flatten(0, 1)[at]), approximate=self.gelu))
        return x, z @ self.encoder.embeddings.word_embeddings.weight.T + self.head.bias


def golden_bert(arch, causal, **variant):
    """Two sequences of 32: two texts in the first, one and padding in the second."""
    model = BERTForMaskedLM(50, 32, 2, 64, 4, 128, **variant)
    model.load_state_dict({k: draw(arch, k, v) for k, v in model.state_dict().items()})
    i = torch.arange(64)
    tokens = (i * 7 % 50).view(2, 32)
    of = torch.tensor([[1] * 20 + [2] * 12, [1] * 25 + [0] * 7])
    places = torch.tensor([[*range(20), *range(12)], [*range(25)] + [0] * 7])
    segments = torch.tensor([[0] * 10 + [1] * 10 + [0] * 12, [0] * 32])
    mask = of[:, None, :, None] == of[:, None, None, :]
    if causal:
        mask = mask & torch.ones(32, 32, dtype=torch.bool).tril()
    at, labels = torch.tensor([3, 9, 22, 30, 33, 50]), torch.tensor([5, 0, 49, 17, 17, 8])
    x, logits = model((tokens, places, segments, mask), at)
    x = x * (of > 0)[:, :, None]  # what is made of padding is nobody's business
    loss = nn.functional.cross_entropy(logits, labels)
    loss.backward()
    out = {'features': mark('features', x), 'logits': mark('logits', logits), 'loss': [float(loss), 0]}
    for k, p in model.named_parameters():
        out['grad ' + k] = mark(k, p.grad)
    return out


class TCN(nn.Module):
    """Residual blocks of causal convolutions, as core/encoder/tcn.go."""

    def __init__(self, channels, width, blocks):
        super().__init__()
        self.add_module('in', nn.Conv1d(channels, width, 1))
        self.blocks = nn.ModuleList(tree(conv1=nn.Conv1d(width, width, 3, dilation=2 ** i), conv2=nn.Conv1d(width, width, 3)) for i in range(blocks))

    def forward(self, x):  # [n, long, channels]
        causal = lambda conv, h: conv(nn.functional.pad(h, (2 * conv.dilation[0], 0)))
        h = getattr(self, 'in')(x.transpose(1, 2))
        for b in self.blocks:
            h = h + causal(b.conv2, torch.relu(causal(b.conv1, h)))
        return h.transpose(1, 2)


class Dilated(nn.Module):
    """The dilated CNN of TS2Vec, as core/encoder/dilated.go, without dropout."""

    def __init__(self, channels, hidden, blocks, out, causal):
        super().__init__()
        self.add_module('in', nn.Linear(channels, hidden, bias=False))
        self.blocks, self.causal = nn.ModuleList(), causal
        for i in range(blocks + 1):
            wide = out if i == blocks else hidden
            b = tree(conv1=nn.Conv1d(hidden, wide, 3, dilation=2 ** i), conv2=nn.Conv1d(wide, wide, 3, dilation=2 ** i))
            if wide != hidden:
                b.project = nn.Conv1d(hidden, wide, 1)
            self.blocks.append(b)

    def forward(self, x):  # [n, long, channels]
        gelu = lambda h: nn.functional.gelu(h, approximate='tanh')

        def look(conv, h):
            d = conv.dilation[0]
            return conv(nn.functional.pad(h, (2 * d, 0) if self.causal else (d, d)))

        h = getattr(self, 'in')(x).transpose(1, 2)
        for b in self.blocks:
            y = look(b.conv2, gelu(look(b.conv1, gelu(h))))
            h = (b.project(h) if hasattr(b, 'project') else h) + y
        return h.transpose(1, 2)


class PatchTST(nn.Module):
    """Patches of eight rows, as core/encoder/patchtst.go."""

    def __init__(self, channels, long, width, depth, heads, causal):
        super().__init__()
        self.embedding = nn.Linear(16 * channels, width)
        self.position = nn.Parameter(torch.zeros(long // 8, width))
        self.layer = nn.ModuleList(ViTLayer(width, heads) for _ in range(depth))
        self.norm = nn.LayerNorm(width)
        self.causal = causal

    def forward(self, x):
        h = self.embedding(x.reshape(x.shape[0], x.shape[1] // 8, -1)) + self.position
        mask = torch.full((h.shape[1], h.shape[1]), -1e9, dtype=h.dtype).triu(1) if self.causal else None
        for layer in self.layer:
            h = layer(h, mask)
        return self.norm(h)


def golden_series(arch, model, channels):
    model.load_state_dict({k: draw(arch, k, v) for k, v in model.state_dict().items()})
    y = model(stream(f'{arch}/x', 3, 32, 2 * channels))
    (y * stream('blame', *y.shape)).sum().backward()
    return {'features': mark('features', y), **{'grad ' + k: mark(k, p.grad) for k, p in model.named_parameters()}}


def draw(arch, name, like):
    u = stream(f'{arch}/{name}', *like.shape)
    if arch == 'foreign bert' and name.endswith('embeddings.weight'):
        return u * float(np.float32(0.04))  # small, as BERT's are, so that eps shows
    if like.dim() == 4:
        return u * float(np.float32(math.sqrt(6 / like[0].numel())))
    if like.dim() == 3:
        return u * float(np.float32(math.sqrt(3 / like[0].numel())))
    if like.dim() == 2:
        return u * float(np.float32(math.sqrt(3 / like.shape[1])))
    return u * 0.25 + (1 if name.endswith('weight') or name.endswith('running_var') else 0)


def mark(name, x):
    return [float(x.norm()), float((x * stream('mark/' + name, *x.shape)).sum())]


def golden(arch, model):
    state = {k: draw(arch, k, v) for k, v in model.state_dict().items() if not k.endswith('num_batches_tracked')}
    model.load_state_dict(state, strict=False)
    side = 64 if arch.endswith('imagenet') else 16
    x = stream(f'{arch}/x', 4, side, side, 3).permute(0, 3, 1, 2)
    out = {}
    model.eval()
    out['eval'] = mark('features', model(x))
    model.train()
    y = model(x)
    out['train'] = mark('features', y)
    (y * stream('blame', *y.shape)).sum().backward()
    for k, p in model.named_parameters():
        out['grad ' + k] = mark(k, p.grad)
    for k, b in model.named_buffers():
        if not k.endswith('num_batches_tracked'):
            out['after ' + k] = mark(k, b)
    return out


def write(folder, name, results):
    with open(os.path.join(folder, name), 'w') as f:
        json.dump(results, f, indent=1)
        f.write('\n')


if __name__ == '__main__':
    here = os.path.dirname(os.path.abspath(__file__))
    write(here, 'golden.json', {
        'resnet6': golden('resnet6', ResNet([16, 64], 1, nn.BatchNorm2d, neck=256)),
        'resnet8': golden('resnet8', ResNet([32, 64, 128], 1, lambda w: nn.GroupNorm(8, w))),
        'resnet50': golden('resnet50', ResNet50()),
        'vit-tiny': golden('vit-tiny', ViT(4, 128, 6, 4)),
        'resnet18': golden('resnet18', ResNet([64, 128, 256, 512], 2, nn.BatchNorm2d)),
        'resnet18-imagenet': golden('resnet18-imagenet', imagenet(ResNet([64, 128, 256, 512], 2, nn.BatchNorm2d))),
        'resnet50-imagenet': golden('resnet50-imagenet', imagenet(ResNet50())),
        **{f'vit-2x32x2x96x4x{side}': golden(f'vit-2x32x2x96x4x{side}', SizedViT(2, 32, 2, 96, 4, side)) for side in (16, 24, 8)},
    })
    write(here, 'bert.json', {'bert': golden_bert('bert', False), 'causal bert': golden_bert('causal bert', True),
                               'foreign bert': golden_bert('foreign bert', False, gelu='none', eps=1e-12)})
    write(here, 'series.json', {
        'tcn': golden_series('tcn', TCN(4, 16, 4), 2),
        'dilated': golden_series('dilated', Dilated(4, 16, 5, 24, False), 2),
        'causal dilated': golden_series('causal dilated', Dilated(4, 16, 2, 24, True), 2),
        'patchtst': golden_series('patchtst', PatchTST(2, 32, 32, 2, 4, False), 2),
        'causal patchtst': golden_series('causal patchtst', PatchTST(2, 32, 32, 2, 4, True), 2),
    })
