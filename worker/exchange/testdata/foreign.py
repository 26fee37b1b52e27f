#!/usr/bin/python3
"""Networks in the layouts of torchvision, timm and Hugging Face, written with torch.nn.

foreign.py                     writes foreign.json: names and shapes of tensors, as files from there have them, and what PyTorch makes of them.
                               Weights and inputs are drawn from streams named after the tensors (core/encoder/testdata/golden.py).
foreign.py load FILE X OUT ... loads files that were exported, strictly, and writes what each makes of X: raw float32, tokens int32.
"""
import json
import os
import struct
import sys

import numpy as np
import torch
from torch import nn

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, '../../../core/encoder/testdata'))
import golden as g  # noqa: E402

torch.set_default_dtype(torch.float64)
GELU = {'gelu': 'none', 'gelu_tanh': 'tanh'}


class TimmBlock(nn.Module):
    def __init__(self, width, heads, hidden, gelu, eps):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width, eps), nn.LayerNorm(width, eps)
        self.attn = g.tree(qkv=nn.Linear(width, 3 * width), proj=nn.Linear(width, width))
        self.mlp = g.tree(fc1=nn.Linear(width, hidden), fc2=nn.Linear(hidden, width))
        self.heads, self.gelu = heads, gelu

    def forward(self, x):
        b, n, w = x.shape
        q, k, v = self.attn.qkv(self.norm1(x)).reshape(b, n, 3, self.heads, w // self.heads).permute(2, 0, 3, 1, 4)
        y = (q @ k.transpose(-1, -2) * (w // self.heads) ** -0.5).softmax(-1) @ v
        x = x + self.attn.proj(y.transpose(1, 2).reshape(b, n, w))
        return x + self.mlp.fc2(nn.functional.gelu(self.mlp.fc1(self.norm2(x)), approximate=self.gelu))


class TimmViT(nn.Module):
    """timm's VisionTransformer, as much of it as there is of its arguments."""

    def __init__(self, img_size, patch_size, embed_dim, depth, num_heads, mlp_ratio, class_token, act_layer, norm_eps, num_classes=0, **_):
        super().__init__()
        grid = img_size // patch_size
        self.patch_embed = g.tree(proj=nn.Conv2d(3, embed_dim, patch_size, patch_size))
        self.cls_token = nn.Parameter(torch.zeros(1, 1, embed_dim)) if class_token else None
        self.pos_embed = nn.Parameter(torch.zeros(1, class_token + grid * grid, embed_dim))
        self.blocks = nn.Sequential(*[TimmBlock(embed_dim, num_heads, round(mlp_ratio * embed_dim), GELU[act_layer], norm_eps) for _ in range(depth)])
        self.norm = nn.LayerNorm(embed_dim, norm_eps)
        self.grid = grid
        if num_classes:
            self.head = nn.Linear(embed_dim, num_classes)

    def forward(self, x):
        h = self.patch_embed.proj(x)
        grid, pos = tuple(h.shape[2:]), self.pos_embed
        h = h.flatten(2).transpose(1, 2)
        if self.cls_token is None:
            return self.norm(self.blocks(h + pos))
        own, places = pos[:, :1], pos[:, 1:]
        if grid != (self.grid, self.grid):
            places = places.reshape(1, self.grid, self.grid, -1).permute(0, 3, 1, 2)
            places = nn.functional.interpolate(places, grid, mode='bicubic', antialias=True).flatten(2).transpose(1, 2)
        h = torch.cat([(self.cls_token + own).expand(len(h), -1, -1), h + places], 1)
        return self.norm(self.blocks(h))[:, 1:]


class HuggingFacePatchTST(nn.Module):
    """Hugging Face's PatchTSTModel with pre_norm and LayerNorms, of patches of 8 rows, for windows that are normalised already; then the norm that
    is not part of it, from the file."""

    def __init__(self, file):
        super().__init__()
        width, heads = file['encoder.positional_encoder.position_enc'].shape[1], 4
        layers = nn.ModuleList()
        for _ in range(len([k for k in file if k.endswith('self_attn.q_proj.weight')])):
            projections = {n + '_proj': nn.Linear(width, width) for n in ('q', 'k', 'v', 'out')}
            layers.append(g.tree(self_attn=g.tree(**projections), norm_sublayer1=nn.LayerNorm(width), norm_sublayer3=nn.LayerNorm(width),
                                 ff=nn.Sequential(nn.Linear(width, 4 * width), nn.GELU('tanh'), nn.Identity(), nn.Linear(4 * width, width))))
        self.encoder = g.tree(embedder=g.tree(input_embedding=nn.Linear(8, width)), positional_encoder=nn.Module(), layers=layers)
        self.encoder.positional_encoder.position_enc = nn.Parameter(torch.zeros_like(file['encoder.positional_encoder.position_enc']))
        self.heads = heads
        self.extra = {k: file.pop(k) for k in list(file) if k.startswith('autodidact.')}

    def forward(self, x):  # [n, long, 1]
        e = self.encoder
        h = e.embedder.input_embedding(x.reshape(len(x), -1, 8)) + e.positional_encoder.position_enc
        for layer in e.layers:
            a, n = layer.self_attn, layer.norm_sublayer1(h)
            q, k, v = (p(n).view(*n.shape[:2], self.heads, -1).transpose(1, 2) for p in (a.q_proj, a.k_proj, a.v_proj))
            y = (q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5).softmax(-1) @ v
            h = h + a.out_proj(y.transpose(1, 2).reshape(n.shape))
            h = h + layer.ff(layer.norm_sublayer3(h))
        return nn.functional.layer_norm(h, h.shape[-1:], self.extra['autodidact.norm.weight'], self.extra['autodidact.norm.bias'])


def drawn(arch, model, rename=lambda k: k, **more):
    """Tensors under the names that a file has, drawn; the model gets its own."""
    model.eval()
    named = {rename(k): v for k, v in model.state_dict().items()}
    file = {k: v if k.endswith('num_batches_tracked') else g.draw(arch, k, v) for k, v in {**named, **more}.items()}
    model.load_state_dict({k: file[rename(k)] for k in model.state_dict()})
    return model, {k: list(v.shape) for k, v in file.items()}


def pictures(arch, side):
    return g.stream(f'{arch}/x{side}', 2, side, side, 3).permute(0, 3, 1, 2)


def resnet(arch, model, wide):
    more = {'fc.weight': torch.zeros(10, wide), 'fc.bias': torch.zeros(10)}
    model, shapes = drawn(arch, model, **more)
    return {'tensors': shapes, 'features': {side: g.mark('features', model(pictures(arch, side))) for side in (32, 96)}}


def vit(arch, prefix, mean=None, std=None):
    model = TimmViT(224, 16, 192, 12, 3, 4, True, 'gelu', 1e-6, num_classes=10)
    model, shapes = drawn(arch, model, lambda k: prefix + k)
    out = {}
    for side in (224, 96):
        x = pictures(arch, side)
        if mean:
            x = ((x + 1) / 2 - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(std).view(3, 1, 1)
        out[side] = g.mark('features', model(x))
    return {'tensors': shapes, 'features': out}


def bert(arch, prefix):
    model = g.BERT(50, 32, 2, 64, 4, 128, 'none', 1e-12)
    old = lambda k: prefix + k.replace('LayerNorm.weight', 'LayerNorm.gamma').replace('LayerNorm.bias', 'LayerNorm.beta')
    more = {prefix + 'pooler.dense.weight': torch.zeros(64, 64), prefix + 'pooler.dense.bias': torch.zeros(64)}
    model, shapes = drawn(arch, model, old, **more)
    tokens = (torch.arange(64) * 7 % 50).view(2, 32)
    places = torch.arange(32).expand(2, -1)
    x = model(tokens, places, torch.zeros_like(tokens), torch.ones(2, 1, 32, 32, dtype=torch.bool))
    return {'tensors': shapes, 'features': {32: g.mark('features', x)}}


def read(path):
    """Safetensors, of float32 only."""
    with open(path, 'rb') as f:
        head = json.loads(f.read(struct.unpack('<Q', f.read(8))[0]))
        raw = f.read()
    meta = head.pop('__metadata__')
    at = lambda e: torch.from_numpy(np.frombuffer(raw[slice(*e['data_offsets'])], '<f4').astype(np.float64)).reshape(e['shape'])
    return meta, {k: at(e) for k, e in head.items()}


RESNETS = {
    'resnet6': lambda: g.ResNet([16, 64], 1, nn.BatchNorm2d, neck=256),
    'resnet8': lambda: g.ResNet([32, 64, 128], 1, lambda w: nn.GroupNorm(8, w)),
    'resnet10': lambda: g.ResNet([16, 32, 64, 128], 1, nn.BatchNorm2d),
    'resnet18': lambda: g.ResNet([64, 128, 256, 512], 2, nn.BatchNorm2d),
    'resnet50': lambda: g.ResNet50(),
}


def module(meta, file):
    """The network of a file, and what it makes of raw numbers."""
    name = meta['encoder']
    if name in RESNETS or name.endswith('-imagenet'):
        model = g.imagenet(RESNETS[name.split('-')[0]]()) if name.endswith('-imagenet') else RESNETS[name]()
        return model, lambda x: model(x.view(2, 32, 32, 3).permute(0, 3, 1, 2))
    if name.startswith('vit-'):
        model = TimmViT(**json.loads(meta['timm']))
        return model, lambda x: model(x.view(2, 32, 32, 3).permute(0, 3, 1, 2))
    if name.startswith('bert-'):
        layers = len([k for k in file if k.endswith('attention.self.query.weight')])
        (tokens, width), positions = file['embeddings.word_embeddings.weight'].shape, file['embeddings.position_embeddings.weight'].shape[0]
        for k in [k for k in file if k.startswith('cls.')]:
            del file[k]
        model = g.BERT(tokens, positions, layers, width, {128: 2, 256: 4, 512: 8}[width], file['encoder.layer.0.intermediate.dense.weight'].shape[0])

        def encode(x):
            tokens = x.view(2, -1).long()
            return model(tokens, torch.arange(tokens.shape[1]).expand(2, -1), torch.zeros_like(tokens), torch.ones(2, 1, tokens.shape[1], tokens.shape[1], dtype=torch.bool))
        return model, encode
    for k in [k for k in file if k.startswith('forecaster.')]:
        del file[k]
    if name == 'patchtst':
        model = HuggingFacePatchTST(file)
        return model, lambda x: model(x.view(2, 32, 2)[:, :, :1])
    if name == 'patchtst-mixing':
        model = g.PatchTST(file['embedding.weight'].shape[1] // 16, 32, 64, 3, 4, False)
    elif name.startswith('tcn'):
        width, inside = file['in.weight'].shape[:2]
        model = g.TCN(inside, width, 6)
    else:
        hidden, inside = file['in.weight'].shape
        blocks = len([k for k in file if k.endswith('conv1.weight')]) - 1
        model = g.Dilated(inside, hidden, blocks, file[f'blocks.{blocks}.conv2.weight'].shape[0], False)
    return model, lambda x: model(x.view(2, 32, -1))


def load(path, x, out):
    meta, file = read(path)
    model, encode = module(meta, file)
    model.load_state_dict(file)  # strictly: none lacks, none is left
    model.eval()
    kind = '<i4' if meta['encoder'].startswith('bert-') else '<f4'
    with torch.no_grad():
        y = encode(torch.from_numpy(np.fromfile(x, kind).astype(np.float64)))
    y.numpy().astype('<f4').tofile(out)


if __name__ == '__main__':
    if sys.argv[1:2] == ['load']:
        for at in range(2, len(sys.argv), 3):
            load(*sys.argv[at:at + 3])
    else:
        with torch.no_grad():
            results = {
                'resnet18-imagenet': resnet('foreign resnet18', g.imagenet(g.ResNet([64, 128, 256, 512], 2, nn.BatchNorm2d)), 512),
                'resnet50-imagenet': resnet('foreign resnet50', g.imagenet(g.ResNet50()), 2048),
                'vit-12x192x3x768x16x224': vit('foreign vit', ''),
                'vit-12x192x3x768x16x224 as DeiT': vit('foreign deit', 'module.', [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
                'bert-2x64x4x128x32-erf-eps1e-12': bert('foreign bert', 'module.bert.'),
            }
        with open(os.path.join(here, 'foreign.json'), 'w') as f:
            f.write('{\n' + ',\n'.join(f'{json.dumps(k)}: {json.dumps(v)}' for k, v in results.items()) + '\n}\n')
