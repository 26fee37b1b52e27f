"""Goes on pretraining a run of Autodidact in PyTorch, on any number of GPUs and machines.

    python continue.py --data FOLDER --out OUT --steps 10000                                     one process
    torchrun --nproc-per-node 8 continue.py --data FOLDER --out OUT --steps 10000                eight GPUs
    torchrun --nnodes 4 --nproc-per-node 8 --rdzv-backend c10d --rdzv-endpoint HOST:29500 continue.py ...

Beside it lie config.json (the run's configuration), run.safetensors (its weights, its task's heads and its
optimizer's moments) and, of texts, tokenizer.json. It writes OUT/checkpoint.safetensors, which --resume goes on
from, and OUT/model.safetensors, which `autodidact import -from OUT/model.safetensors -out RUN` takes back.

It needs PyTorch, 1.13 or later, and for pictures other than .ppm Pillow (pip install pillow).

Encoders, losses, schedule and optimizer are Autodidact's: on the same views they give the same numbers. Views are
drawn from the same distributions, but by PyTorch's random numbers; pictures are decoded by Pillow.

Shapes: n samples, h x w pixels, p positions, c channels, t rows of a series. Parameters have the names that they
have in the file, so that `load_state_dict` takes them.
"""
import argparse
import array
import csv
import functools
import hashlib
import json
import math
import os
import re
import sys
import time
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import nn

# ---------------------------------------------------------------------------------------------------------------
# Files: safetensors is a length, a header in JSON, and the numbers of all tensors.

DTYPES = {'F32': torch.float32, 'I32': torch.int32}


def read_tensors(path):
    """The tensors of a safetensors file by name, and its metadata, strings by name."""
    with open(path, 'rb') as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), 'little')))
        data = bytearray(file.read())
    about, tensors = header.pop('__metadata__', {}), {}
    for name, entry in header.items():
        begin, end = entry['data_offsets']
        flat = torch.frombuffer(data, dtype=DTYPES[entry['dtype']], count=(end - begin) // 4, offset=begin)
        tensors[name] = flat.reshape(entry['shape'])
    about.pop('autodidact.checksum', None)  # of that file
    return tensors, about


def write_tensors(path, tensors, about):
    """Writes float32 tensors and metadata. Whoever is killed meanwhile leaves the file that was there before."""
    header, end, path = {'__metadata__': about}, 0, str(path)
    for name, x in tensors.items():
        header[name] = {'dtype': 'F32', 'shape': list(x.shape), 'data_offsets': [end, end + 4 * x.numel()]}
        end += 4 * x.numel()
    raw = json.dumps(header).encode()
    raw += b' ' * (-len(raw) % 8)
    with open(path + '.part', 'wb') as file:
        file.write(len(raw).to_bytes(8, 'little') + raw)
        for x in tensors.values():
            numbers = bytearray(4 * x.numel())
            torch.frombuffer(numbers, dtype=torch.float32).copy_(x.detach().flatten())
            file.write(numbers)
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + '.part', path)


def stop(why):
    """Ends the program with a sentence."""
    sys.exit('continue.py: ' + why)


# ---------------------------------------------------------------------------------------------------------------
# Processes: torchrun starts several and tells each by the environment which it is.


class Processes:
    """Which of how many processes this is. One alone has no process group."""

    rank, world = int(os.environ.get('RANK', 0)), int(os.environ.get('WORLD_SIZE', 1))
    local = int(os.environ.get('LOCAL_RANK', os.environ.get('RANK', 0)))

    def start(self):
        """Joins the others and returns this process's device. torchrun sets MASTER_ADDR and MASTER_PORT."""
        device = torch.device('cpu')
        if torch.cuda.is_available():
            device = torch.device('cuda', self.local % torch.cuda.device_count())
            torch.cuda.set_device(device)
        if self.world > 1:
            dist.init_process_group('nccl' if device.type == 'cuda' else 'gloo')
        return device

    def say(self, *words):
        if self.rank == 0:
            print(*words, flush=True)


HERE = Processes()


class AllReduce(torch.autograd.Function):
    """The sum of x over all processes. Since each of them goes on with it, its gradient is the sum of theirs."""

    @staticmethod
    def forward(ctx, x):
        x = x.contiguous().clone()
        dist.all_reduce(x)
        return x

    @staticmethod
    def backward(ctx, gradient):
        return AllReduce.forward(ctx, gradient)


def gathered(x):
    """The rows [n, d] of all processes, in order of their ranks: [world * n, d]. Gradients find their way back."""
    if HERE.world == 1:
        return x
    return AllReduce.apply(F.pad(x, (0, 0, HERE.rank * len(x), (HERE.world - 1 - HERE.rank) * len(x))))


def shared_mean(total, count):
    """This process's part of the mean over all processes' samples, of which it has a total and how many count.

    DistributedDataParallel averages gradients over processes, so each divides by the average count.
    """
    count = torch.as_tensor(count, dtype=torch.float32, device=total.device).detach().clone()
    if HERE.world > 1:
        dist.all_reduce(count)
        count /= HERE.world
    return total / count.clamp(min=1e-12)


# ---------------------------------------------------------------------------------------------------------------
# Encoders: pictures, tokens or rows to features [n, p, width].


def tree(**parts):
    """A module that only holds others, so that parameters get their names."""
    module = nn.Module()
    for name, part in parts.items():
        module.add_module(name, part)
    return module


def gelu(x, exact=False):
    return F.gelu(x, approximate='none' if exact else 'tanh')


class BatchNorm(nn.Module):
    """Standardizes each channel of x [n, c, ...] over all else (arXiv:1502.03167), over its own process's samples
    or, if synced, over those of all. As nn.BatchNorm2d, but that it does not count batches."""

    synced = False

    def __init__(self, channels):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))
        self.register_buffer('running_mean', torch.zeros(channels))
        self.register_buffer('running_var', torch.ones(channels))

    def forward(self, x):
        if not (self.training and self.synced and HERE.world > 1):
            return F.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, self.training, 0.1, 1e-5)
        x, axes, along = x.float(), [0, *range(2, x.dim())], [1, -1] + [1] * (x.dim() - 2)
        n = HERE.world * x.numel() // x.shape[1]
        mean = AllReduce.apply(x.sum(axes)) / n
        x = x - mean.view(along)
        variance = AllReduce.apply((x * x).sum(axes)) / n
        with torch.no_grad():
            self.running_mean.lerp_(mean, 0.1)
            self.running_var.lerp_(variance * n / (n - 1), 0.1)
        return x * (self.weight * (variance + 1e-5).rsqrt()).view(along) + self.bias.view(along)


def group_norm(channels):
    return nn.GroupNorm(8, channels)


def conv(cin, cout, size, stride=1):
    """A convolution without bias, drawn for a ReLU after it (arXiv:1502.01852)."""
    layer = nn.Conv2d(cin, cout, size, stride, size // 2, bias=False)
    nn.init.kaiming_normal_(layer.weight, mode='fan_out', nonlinearity='relu')
    return layer


def downsample(cin, cout, stride, norm):
    if cin == cout and stride == 1:
        return nn.Sequential()
    return nn.Sequential(conv(cin, cout, 1, stride), norm(cout))


class Block(nn.Module):
    """Two 3x3 convolutions and what came in."""

    def __init__(self, cin, width, stride, norm):
        super().__init__()
        self.conv1, self.bn1 = conv(cin, width, 3, stride), norm(width)
        self.conv2, self.bn2 = conv(width, width, 3), norm(width)
        self.downsample, self.out = downsample(cin, width, stride, norm), width

    def forward(self, x):
        h = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(h + self.downsample(x))


class Bottleneck(nn.Module):
    """A 3x3 convolution between two 1x1, the second of which makes four times as many channels."""

    def __init__(self, cin, width, stride, norm):
        super().__init__()
        self.out = 4 * width
        self.conv1, self.bn1 = conv(cin, width, 1), norm(width)
        self.conv2, self.bn2 = conv(width, width, 3, stride), norm(width)
        self.conv3, self.bn3 = conv(width, self.out, 1), norm(self.out)
        self.downsample = downsample(cin, self.out, stride, norm)

    def forward(self, x):
        h = F.relu(self.bn1(self.conv1(x)))
        h = self.bn3(self.conv3(F.relu(self.bn2(self.conv2(h)))))
        return F.relu(h + self.downsample(x))


class ResNet(nn.Module):
    """Stages of residual blocks (arXiv:1512.03385) behind a 3x3 stem, as SimCLR has it for small pictures; its
    stride is 1 up to 64 pixels. With imagenet the stem is torchvision's, and pixels are normalised as there. resnet6
    has a neck: 1x1, at half the size."""

    def __init__(self, widths, blocks, block=Block, norm=BatchNorm, neck=0, imagenet=False):
        super().__init__()
        self.conv1, self.bn1, self.imagenet = conv(3, widths[0], 7 if imagenet else 3), norm(widths[0]), imagenet
        self.width, self.stages = widths[0], [f'layer{i + 1}' for i in range(len(widths))]
        for i, (name, width, deep) in enumerate(zip(self.stages, widths, blocks)):
            stage = []
            for k in range(deep):
                stage.append(block(self.width, width, 2 if i and not k else 1, norm))
                self.width = stage[-1].out
            setattr(self, name, nn.Sequential(*stage))
        self.neck = tree(conv=conv(self.width, neck, 1), bn=norm(neck)) if neck else None
        self.width = neck or self.width

    def forward(self, x):
        """[n, 3, h, w] from -1 to 1 -> [n, p, width], row by row."""
        stride = 1
        while max(x.shape[2:]) > 64 * stride:
            stride *= 2
        if self.imagenet:
            mean, std = (torch.tensor(v, device=x.device).view(3, 1, 1) for v in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
            x, stride = (x * 0.5 + 0.5 - mean) / std, 2
        h = F.relu(self.bn1(F.conv2d(x, self.conv1.weight, stride=stride, padding=self.conv1.padding)))
        if self.imagenet:
            h = F.max_pool2d(h, 3, 2, 1)
        for name in self.stages:
            h = getattr(self, name)(h)
        if self.neck is not None:
            if h.shape[2] % 2 + h.shape[3] % 2 == 0:
                h = F.avg_pool2d(h, 2)
            h = F.relu(self.neck.bn(self.neck.conv(h)))
        return h.flatten(2).transpose(1, 2)


def attend(maps, x, heads, look=None, drop=0.0):
    """Multi-head self-attention (arXiv:1706.03762) of x [n, p, width] by maps.query, .key and .value, up to the
    joined heads. look [n or 1, 1, p, p] is True where a position may look; None is everywhere."""
    q, k, v = (m(x).view(*x.shape[:2], heads, -1).transpose(1, 2) for m in (maps.query, maps.key, maps.value))
    if hasattr(F, 'scaled_dot_product_attention'):  # from PyTorch 2.0 on
        y = F.scaled_dot_product_attention(q, k, v, look, drop)
    else:
        logits = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
        if look is not None:
            logits = logits.masked_fill(~look, -1e9)
        y = F.dropout(logits.softmax(-1), drop) @ v
    return y.transpose(1, 2).reshape(x.shape)


def qkv(width):
    return {name: nn.Linear(width, width) for name in ('query', 'key', 'value')}


class Layer(nn.Module):
    """A transformer's layer with norms before the sums (arXiv:2010.11929): [n, p, width] to the same."""

    def __init__(self, width, heads, hidden=None, eps=1e-5, exact=False):
        super().__init__()
        hidden = hidden or 4 * width
        self.attention = tree(attention=tree(**qkv(width)), output=tree(dense=nn.Linear(width, width)))
        self.intermediate, self.output = tree(dense=nn.Linear(width, hidden)), tree(dense=nn.Linear(hidden, width))
        self.layernorm_before, self.layernorm_after = nn.LayerNorm(width, eps), nn.LayerNorm(width, eps)
        self.heads, self.exact = heads, exact
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)

    def forward(self, x, look=None):
        x = x + self.attention.output.dense(attend(self.attention.attention, self.layernorm_before(x), self.heads, look))
        return x + self.output.dense(gelu(self.intermediate.dense(self.layernorm_after(x)), self.exact))


def sin_cos(rows, columns, width):
    """Positions in a grid by waves along its rows and its columns (arXiv:2111.06377): [rows * columns, width]."""
    slow = 10000 ** -(torch.arange(width // 4, dtype=torch.float64) / (width // 4))
    y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing='ij')
    waves = [wave(at.reshape(-1, 1) * slow) for at in (x, y) for wave in (torch.sin, torch.cos)]
    return torch.cat(waves, 1).float()


class ViT(nn.Module):
    """Patches of a picture that look at each other (arXiv:2010.11929). Ours has positions by waves and no class token; one
    made elsewhere has both, learned, its positions on a grid of so many patches on a side."""

    def __init__(self, patch, depth=6, width=128, heads=4, hidden=None, grid=0, eps=1e-5, exact=False):
        super().__init__()
        self.patch, self.width, self.grid = patch, width, grid
        self.embeddings = tree(patch_embeddings=tree(projection=nn.Conv2d(3, width, patch, patch)))
        if grid:
            self.embeddings.cls_token = nn.Parameter(0.02 * torch.randn(1, 1, width))
            self.embeddings.position_embeddings = nn.Parameter(0.02 * torch.randn(1, 1 + grid * grid, width))
        self.encoder = tree(layer=nn.ModuleList(Layer(width, heads, hidden, eps, exact) for _ in range(depth)))
        self.layernorm = nn.LayerNorm(width, eps)

    def places(self, rows, columns):
        """Positions of a grid of patches, interpolated from those that were learned: [rows * columns, width]."""
        if not self.grid:
            return sin_cos(rows, columns, self.width)
        own = self.embeddings.position_embeddings[:, 1:].transpose(1, 2).view(1, self.width, self.grid, self.grid)
        if (rows, columns) != (self.grid, self.grid):
            own = F.interpolate(own, (rows, columns), mode='bicubic', antialias=True, align_corners=False)
        return own[0].flatten(1).T

    def forward(self, x, seen=None):
        """[n, 3, h, w] -> [n, p, width]; with seen [n, k], patches by number, only of those: [n, k, width]."""
        h = self.embeddings.patch_embeddings.projection(x)
        h = h.flatten(2).transpose(1, 2) + self.places(h.shape[2], h.shape[3]).to(x.device)
        if seen is not None:
            h = h.gather(1, seen[:, :, None].expand(-1, -1, self.width))
        if self.grid:
            token = self.embeddings.cls_token + self.embeddings.position_embeddings[:, :1]
            h = torch.cat([token.expand(len(h), -1, -1).to(h.dtype), h], 1)
        for layer in self.encoder.layer:
            h = layer(h)
        return self.layernorm(h[:, 1:] if self.grid else h)


def residual(cin, cout, eps):
    return tree(dense=nn.Linear(cin, cout), LayerNorm=nn.LayerNorm(cout, eps))


class BERTLayer(nn.Module):
    """A transformer's layer with norms after the sums."""

    def __init__(self, width, heads, hidden, eps, exact):
        super().__init__()
        self.attention = tree(**{'self': tree(**qkv(width)), 'output': residual(width, width, eps)})
        self.intermediate, self.output = tree(dense=nn.Linear(width, hidden)), residual(hidden, width, eps)
        self.heads, self.exact = heads, exact

    def forward(self, x, look, drop):
        h = attend(getattr(self.attention, 'self'), x, self.heads, look, drop)
        x = self.attention.output.LayerNorm(x + F.dropout(self.attention.output.dense(h), drop))
        h = gelu(self.intermediate.dense(x), self.exact)
        return self.output.LayerNorm(x + F.dropout(self.output.dense(h), drop))


class BERT(nn.Module):
    """Reads tokens in both directions (arXiv:1810.04805). Names are those of Hugging Face's BertModel."""

    def __init__(self, tokens, dropout, layers, width, heads, hidden, positions, eps=1e-5, exact=False):
        super().__init__()
        self.width, self.dropout, self.eps, self.exact = width, dropout, eps, exact
        self.embeddings = tree(word_embeddings=nn.Embedding(tokens, width), position_embeddings=nn.Embedding(positions, width),
                               token_type_embeddings=nn.Embedding(2, width), LayerNorm=nn.LayerNorm(width, eps))
        self.encoder = tree(layer=nn.ModuleList(BERTLayer(width, heads, hidden, eps, exact) for _ in range(layers)))

    def forward(self, tokens, of):
        """tokens [n, p] and which text of its sequence each is in, from 1 on, 0 for padding -> [n, p, width].
        A text reads the same alone and in company: it sees itself only, and its positions begin at 0."""
        drop = self.dropout if self.training else 0.0
        at = torch.arange(of.shape[1], device=of.device).expand_as(of)
        begins = (of != F.pad(of, (1, 0), value=-1)[:, :-1]) | (of == 0)
        places = at - (at * begins).cummax(1).values
        look = of[:, None, :, None] == of[:, None, None, :]
        e = self.embeddings
        x = e.word_embeddings(tokens) + e.position_embeddings(places) + e.token_type_embeddings.weight[0]
        x = F.dropout(e.LayerNorm(x), drop)
        for layer in self.encoder.layer:
            x = layer(x, look, drop)
        return x


def causal(conv, x):
    """Conv1d of x [n, c, t] that looks back only."""
    return conv(F.pad(x, ((conv.kernel_size[0] - 1) * conv.dilation[0], 0)))


class TCN(nn.Module):
    """Residual blocks of causal convolutions, each looking twice as far back as the one before (arXiv:1803.01271)."""

    patch = 1

    def __init__(self, channels, width, blocks):
        super().__init__()
        self.channels, self.width = channels, width
        self.add_module('in', nn.Conv1d(2 * channels, width, 1))
        self.blocks = nn.ModuleList(tree(conv1=nn.Conv1d(width, width, 3, dilation=2 ** i), conv2=nn.Conv1d(width, width, 3))
                                    for i in range(blocks))

    def forward(self, x):
        """[n, t, 2c], values and then marks of what was read -> [n, t, width]."""
        h = getattr(self, 'in')(x.transpose(1, 2))
        for block in self.blocks:
            h = h + causal(block.conv2, F.relu(causal(block.conv1, h)))
        return h.transpose(1, 2)


class Dilated(nn.Module):
    """The dilated CNN of TS2Vec (arXiv:2106.10466); in forecasting it looks back only."""

    patch = 1

    def __init__(self, channels, hidden, blocks, width, causal):
        super().__init__()
        self.channels, self.width, self.causal, self.dropout = channels, width, causal, 0.1
        self.add_module('in', nn.Linear(2 * channels, hidden, bias=False))
        self.blocks = nn.ModuleList()
        for i in range(blocks + 1):
            out = width if i == blocks else hidden
            convs = {'conv1': nn.Conv1d(hidden, out, 3, dilation=2 ** i), 'conv2': nn.Conv1d(out, out, 3, dilation=2 ** i)}
            if out != hidden:
                convs['project'] = nn.Conv1d(hidden, out, 1)
            self.blocks.append(tree(**convs))

    def look(self, conv, x):
        d = conv.dilation[0]
        return causal(conv, x) if self.causal else conv(F.pad(x, (d, d)))

    def forward(self, x):
        """[n, t, 2c] -> [n, t, width]."""
        h = getattr(self, 'in')(x).transpose(1, 2)
        for block in self.blocks:
            y = self.look(block.conv2, gelu(self.look(block.conv1, gelu(h))))
            h = (block.project(h) if hasattr(block, 'project') else h) + y
        return F.dropout(h.transpose(1, 2), self.dropout, self.training)


class PatchTST(nn.Module):
    """Patches of eight rows that look at each other (arXiv:2211.14730); in forecasting at those before only."""

    patch = 8

    def __init__(self, channels, long, causal, width=64, depth=3, heads=4):
        super().__init__()
        self.channels, self.width, self.causal = channels, width, causal
        self.embedding = nn.Linear(self.patch * 2 * channels, width)
        self.position = nn.Parameter(0.02 * torch.randn(long // self.patch, width))
        self.layer = nn.ModuleList(Layer(width, heads) for _ in range(depth))
        self.norm = nn.LayerNorm(width)

    def forward(self, x):
        """[n, t, 2c] -> [n, t / 8, width]."""
        h = self.embedding(x.reshape(x.shape[0], x.shape[1] // self.patch, -1)) + self.position
        p = h.shape[1]
        look = torch.ones(1, 1, p, p, dtype=torch.bool, device=x.device).tril() if self.causal else None
        for layer in self.layer:
            h = layer(h, look)
        return self.norm(h)


RESNETS = {
    'resnet6': dict(widths=[16, 64], blocks=[1, 1], neck=256),
    'resnet8': dict(widths=[32, 64, 128], blocks=[1, 1, 1], norm=group_norm),
    'resnet10': dict(widths=[16, 32, 64, 128], blocks=[1, 1, 1, 1]),
    'resnet18': dict(widths=[64, 128, 256, 512], blocks=[2, 2, 2, 2]),
    'resnet50': dict(widths=[64, 128, 256, 512], blocks=[3, 4, 6, 3], block=Bottleneck),
}
RESNETS.update({name + '-imagenet': dict(RESNETS[name], imagenet=True) for name in ('resnet18', 'resnet50')})
BERTS = {'bert-tiny': (2, 128, 2, 512), 'bert-mini': (4, 256, 4, 1024), 'bert-small': (4, 512, 8, 2048)}


def build_encoder(config):
    """The encoder that a configuration names, with random weights."""
    name, size, looks_back = config['encoder'], config['size'], config['causal']
    channels = len(config['channels']['channels']) if config.get('channels') else 0
    if name in RESNETS:
        return ResNet(**RESNETS[name])
    if name == 'vit-tiny':
        patch = max(4, (size + 13) // 14)  # at most 14 on a side
        while size % patch:
            patch += 1
        return ViT(patch)
    dropout = config['options'].get('dropout', 0.0)
    if name in BERTS:
        return BERT(config['tokens'], dropout, *BERTS[name], size)
    sized = re.match(r'(bert|vit)-([\dx]+)(-erf|-tanh)?(?:-eps(.+))?$', name)  # one made elsewhere
    if sized:
        numbers, is_bert = [int(n) for n in sized[2].split('x')], sized[1] == 'bert'
        variant = dict(exact=sized[3] == '-erf' if is_bert else sized[3] != '-tanh', eps=float(sized[4] or (1e-5 if is_bert else 1e-6)))
        if is_bert:
            return BERT(config['tokens'], dropout, *numbers, **variant)
        *shape, patch, side = numbers
        return ViT(patch, *shape, grid=side // patch, **variant)
    series = {
        'tcn-small': lambda: TCN(1, 32, 6), 'tcn': lambda: TCN(1, 64, 6), 'tcn-mixing': lambda: TCN(channels, 64, 6),
        'dilated': lambda: Dilated(channels, 64, 10, 320, looks_back), 'dilated-tiny': lambda: Dilated(channels, 32, 7, 128, looks_back),
        'patchtst': lambda: PatchTST(1, size, looks_back), 'patchtst-mixing': lambda: PatchTST(channels, size, looks_back),
    }
    if name not in series:
        stop(f'it has no encoder {name}')
    return series[name]()


def load_encoder(folder):
    """The encoder of a folder, with its weights, to embed with: features are means over positions."""
    config = read_config(folder)
    encoder = build_encoder(config)
    tensors, _ = read_tensors(Path(folder) / 'run.safetensors')
    encoder.load_state_dict({name[len('encoder.'):]: x for name, x in tensors.items() if name.startswith('encoder.')})
    return encoder.eval(), config


def read_config(folder):
    config = json.loads((Path(folder) / 'config.json').read_text(encoding='utf-8'))
    if config['kind'] == 'text':
        config['tokens'] = Tokenizer(Path(folder) / 'tokenizer.json').size
    return config


# ---------------------------------------------------------------------------------------------------------------
# Views of pictures, drawn as SimCLR draws them (arXiv:2002.05709, appendix A). Chance comes from a generator on the
# CPU, so that every device sees the same.

LUMA = torch.tensor([0.299, 0.587, 0.114])
YIQ = torch.tensor([[0.299, 0.587, 0.114], [0.595716, -0.274453, -0.321263], [0.211456, -0.522591, 0.311135]])


def crops(sizes, smallest, chance):
    """Boxes [n, 4] (left, top, width, height) of random area and shape in pictures of sizes [n, 2] (h, w): the first
    of ten that fits, else the middle."""
    n, (h, w) = len(sizes), sizes.double().T
    u = torch.rand(4, n, 10, generator=chance, dtype=torch.float64)
    area = (h * w)[:, None] * (smallest + (1 - smallest) * u[0])
    ratio = torch.exp(math.log(3 / 4) + math.log(16 / 9) * u[1])
    wide, high = (area * ratio).sqrt().add(0.5).floor(), (area / ratio).sqrt().add(0.5).floor()
    fits = (wide > 0) & (high > 0) & (wide <= w[:, None]) & (high <= h[:, None])
    first = fits.int().argmax(1, keepdim=True)
    left, top = (u[2] * (w[:, None] - wide + 1)).floor(), (u[3] * (h[:, None] - high + 1)).floor()
    boxes = torch.stack([b.gather(1, first)[:, 0] for b in (left, top, wide, high)], 1)
    mw, mh = torch.minimum(w, (h * 4 / 3).floor()), torch.minimum(h, (w * 4 / 3).floor())
    middle = torch.stack([((w - mw) / 2).floor(), ((h - mh) / 2).floor(), mw, mh], 1)
    return torch.where(fits.any(1, keepdim=True), boxes, middle)


def taps(start, length, source, size):
    """How much of each of source pixels is in each of size, [n, size, source], of stretches that begin at start [n]
    and have a length [n]: bilinear, by a triangle that widens where it shrinks."""
    scale = (length / size)[:, None, None]
    reach = scale.clamp(min=1)
    center = (torch.arange(size, dtype=torch.float64)[:, None] + 0.5) * scale - 0.5
    at = torch.arange(source, dtype=torch.float64) - start[:, None, None]
    weight = (1 - (at - center).abs() / reach).clamp(min=0) * ((at >= 0) & (at < length[:, None, None]))
    return (weight / weight.sum(2, keepdim=True)).float()


def resized(pictures, boxes, mirrored, size):
    """Boxes of pictures [n, 3, h, w] bytes as [n, 3, size, size] from -1 to 1: two matrix products."""
    down = taps(boxes[:, 1], boxes[:, 3], pictures.shape[2], size).to(pictures.device)
    across = taps(boxes[:, 0], boxes[:, 2], pictures.shape[3], size)
    across = torch.where(mirrored[:, None, None], across.flip(1), across).to(pictures.device)
    x = pictures.float() @ across.transpose(1, 2)[:, None]
    return down[:, None] @ x / 127.5 - 1


def scaled_towards(factor, towards):
    """factor * x + (1 - factor) * towards [n] as a matrix [n, 3, 3] and what is added [n, 3]."""
    return factor[:, None, None] * torch.eye(3), ((1 - factor) * towards)[:, None].expand(-1, 3)


def saturation(factor):
    """Towards each pixel's own gray."""
    return (1 - factor)[:, None, None] * LUMA.expand(3, 3) + factor[:, None, None] * torch.eye(3), torch.zeros(len(factor), 3)


def hue(turn):
    """Colours turned by a share of a full turn about the gray axis of YIQ."""
    sin, cos = torch.sin(2 * math.pi * turn), torch.cos(2 * math.pi * turn)
    one, none = torch.ones_like(sin), torch.zeros_like(sin)
    rotation = torch.stack([one, none, none, none, cos, -sin, none, sin, cos], 1).view(-1, 3, 3)
    return torch.linalg.inv(YIQ.double()).float() @ rotation @ YIQ, torch.zeros(len(turn), 3)


def recoloured(x, jitter, gray, chance):
    """x [n, 3, s, s] with brightness, contrast, saturation and hue changed, in random order, in four views of five, and
    some in gray. Each change is affine, so all together are one; colours are cut off once, at the end."""
    n, mean = len(x), x.mean((2, 3)).cpu()
    u = torch.rand(10, n, generator=chance)
    jittered, grayed, order = u[0] < (0.8 if jitter > 0 else 0), u[1] < gray, u[2:6].argsort(0)
    factors = (1 + 0.8 * jitter * (2 * u[6:9] - 1)).clamp(min=0)
    matrix, add = torch.eye(3).repeat(n, 1, 1), torch.zeros(n, 3)

    def then(m, a, where):
        matrix[where], add[where] = (m @ matrix)[where], ((m @ add[..., None])[..., 0] + a)[where]

    for step in order:
        colour = (matrix @ mean[..., None])[..., 0] + add
        changes = [scaled_towards(factors[0], -torch.ones(n)), scaled_towards(factors[1], colour @ LUMA),
                   saturation(factors[2]), hue(0.2 * jitter * (2 * u[9] - 1))]
        for k, (m, a) in enumerate(changes):
            then(m, a, jittered & (step == k))
    then(*saturation(torch.zeros(n)), grayed)
    x = torch.einsum('nij,njhw->nihw', matrix.to(x.device), x) + add.to(x.device)[:, :, None, None]
    return x.clamp(-1, 1)


def blurred(x, share, chance):
    """Some of x [n, 3, s, s] smoothed by a Gaussian of 0.1 to 2 pixels on a view of 224; edges are mirrored."""
    size = x.shape[2]
    u, reach = torch.rand(2, len(x), generator=chance), max(size // 20, 1)
    sigma = (0.1 + 1.9 * u[0]) * size / 224
    at = torch.arange(-reach, reach + 1)
    kernel = torch.exp(-at ** 2 / (2 * sigma[:, None] ** 2))
    still = (u[1] >= share) | (sigma < 0.2) | (size <= reach)
    kernel = torch.where(still[:, None], (at == 0).float().expand_as(kernel), kernel)
    kernel = (kernel / kernel.sum(1, keepdim=True)).to(x.device)
    for axis in (3, 2):
        pad = (reach, reach, 0, 0) if axis == 3 else (0, 0, reach, reach)
        padded = F.pad(x, pad, mode='reflect') if size > reach else F.pad(x, pad)
        x = sum(kernel[:, j].view(-1, 1, 1, 1) * padded.narrow(axis, j, size) for j in range(2 * reach + 1))
    return x


def augmented(pictures, size, options, chance, device):
    """A random view [n, 3, size, size] of each of n pictures, bytes [3, h, w]."""
    sizes = torch.tensor([p.shape[1:] for p in pictures])
    together = torch.zeros(len(pictures), 3, *sizes.max(0).values.tolist(), dtype=torch.uint8)
    for row, p in zip(together, pictures):
        row[:, :p.shape[1], :p.shape[2]] = p
    boxes = crops(sizes, options['crop'], chance)
    mirrored = (torch.rand(len(pictures), generator=chance) < 0.5) & options['flip']
    x = resized(together.to(device, non_blocking=True), boxes, mirrored, size)
    if options.get('jitter', 0) > 0 or options.get('gray', 0) > 0:
        x = recoloured(x, options['jitter'], options['gray'], chance)
    return blurred(x, options['blur'], chance) if options.get('blur', 0) > 0 else x


# ---------------------------------------------------------------------------------------------------------------
# Tasks: views makes a batch on the device, forward its loss. Parameters outside of encoder are the task's heads.


class MLP(nn.Module):
    """Linear, BatchNorm, ReLU, Linear: [n, cin] -> [n, cout]."""

    def __init__(self, cin, hidden, cout):
        super().__init__()
        self.add_module('in', nn.Linear(cin, hidden))
        self.norm, self.out = BatchNorm(hidden), nn.Linear(hidden, cout)

    def forward(self, x):
        return self.out(F.relu(self.norm(getattr(self, 'in')(x))))


class SimCLR(nn.Module):
    """Matches two views of a picture against all other pictures, those of other processes too (arXiv:2002.05709)."""

    kept = None  # the head that model.safetensors keeps, and its name there

    def __init__(self, config, encoder):
        super().__init__()
        self.encoder, self.size, self.options = encoder, config['size'], config['options']
        self.head = MLP(encoder.width, self.options['hidden'], self.options['width'])

    def views(self, pictures, chance, device):
        """n first views and then n second ones, [2n, 3, s, s]."""
        return [augmented(pictures + pictures, self.size, self.options, chance, device)]

    def forward(self, x):
        z = self.head(self.encoder(x).mean(1)).float()
        z = z / (z.square().sum(1, keepdim=True) + 1e-12).sqrt()
        near = z @ gathered(z).T / self.options['temperature']
        mine, at, first = len(z), torch.arange(len(z), device=z.device), HERE.rank * len(z)
        near[at, first + at] = -1e9  # no view may pick itself
        return F.cross_entropy(near, first + (at + mine // 2) % mine)


class MAE(nn.Module):
    """Reconstructs the patches that are hidden from those that are not (arXiv:2111.06377)."""

    kept = None

    def __init__(self, config, encoder):
        super().__init__()
        self.encoder, self.size, self.options = encoder, config['size'], config['options']
        self.across = self.size // encoder.patch
        self.patches, width = self.across ** 2, self.options['width'] // 16 * 16
        self.hidden = min(max(math.floor(self.options['mask'] * self.patches + 0.5), 1), self.patches - 1)
        layers = nn.ModuleList(Layer(width, width // 16) for _ in range(self.options['depth']))
        self.decoder = tree(embed=nn.Linear(encoder.width, width), layer=layers, norm=nn.LayerNorm(width),
                            pixels=nn.Linear(width, encoder.patch ** 2 * 3))
        self.decoder.mask_token = nn.Parameter(0.02 * torch.randn(1, width))

    def views(self, pictures, chance, device):
        """Pictures [n, 3, s, s], and their patches in random order [n, patches], of which the last are hidden."""
        x = augmented(pictures, self.size, self.options, chance, device)
        return [x, torch.rand(len(x), self.patches, generator=chance).argsort(1).to(device)]

    def forward(self, x, order):
        d, n, width = self.decoder, len(x), self.decoder.norm.weight.shape[0]
        seen, hidden = order.split([self.patches - self.hidden, self.hidden], 1)
        h = d.embed(self.encoder(x, seen))
        whole = d.mask_token.to(h.dtype).expand(n, self.patches, width)
        h = whole.scatter(1, seen[:, :, None].expand(-1, -1, width), h) + sin_cos(self.across, self.across, width).to(x.device)
        for layer in d.layer:
            h = layer(h)
        drawn = d.pixels(d.norm(h).gather(1, hidden[:, :, None].expand(-1, -1, width))).float()
        patches = F.pixel_unshuffle(x, self.encoder.patch).view(n, 3, -1, self.patches)
        patches = patches.permute(0, 3, 2, 1).flatten(2)  # [n, patches, pixels * 3]
        target = patches.gather(1, hidden[:, :, None].expand(-1, -1, patches.shape[2]))
        if self.options['normalise']:
            target = (target - target.mean(2, keepdim=True)) / (target.var(2, unbiased=False, keepdim=True) + 1e-4).sqrt()
        return F.mse_loss(drawn, target)


def even(k):
    """k rounded down to a multiple of the largest power of two that is at most an eighth of it."""
    step = 1
    while step * 16 <= k:
        step *= 2
    return k // step * step


class MaskedLM(nn.Module):
    """Predicts hidden tokens from those around them (arXiv:1810.04805)."""

    kept = ('head.', 'cls.predictions.')

    def __init__(self, config, encoder):
        super().__init__()
        self.encoder, self.options, width = encoder, config['options'], encoder.width
        self.head = tree(transform=residual(width, width, encoder.eps))
        self.head.bias = nn.Parameter(torch.zeros(config['tokens']))
        nn.init.normal_(self.head.transform.dense.weight, std=0.02)
        nn.init.zeros_(self.head.transform.dense.bias)

    def views(self, sequences, chance, device):
        """Tokens, some of them hidden, and which text each is in, [n, p]; which were hidden, counted through the batch, and
        what they were, [k]. Of those asked for 80 % become the mask, 10 % another token, and 10 % stay."""
        tok, (tokens, of) = self.tokenizer, torch.stack(sequences).long().unbind(1)
        tokens, texts, before = tokens.flatten().clone(), of.flatten(), F.pad(of, (1, 0))[:, :-1].flatten()
        asked = (texts > 0) & ~tok.is_special[tokens]
        goes_on = asked & F.pad(asked, (1, 0))[:-1] & (texts == before) & tok.is_inside[tokens] & self.options['wholeWord']
        word = (asked & ~goes_on).cumsum(0)
        u = torch.rand(2, len(tokens) + 1, generator=chance)
        order = torch.where(asked, u[0][word], torch.tensor(2.0)).argsort(stable=True)
        count = int(asked.sum())
        at = order[:even(min(max(math.floor(self.options['mask'] * count + 0.5), 1), count))]
        right, change = tokens[at], u[1][:len(at)]
        words = torch.where(~tok.is_special)[0]
        other = words[torch.randint(len(words), at.shape, generator=chance)]
        tokens[at] = torch.where(change < 0.8, torch.tensor(tok.mask), torch.where(change < 0.9, other, right))
        return [x.to(device) for x in (tokens.view(of.shape), of, at, right)]

    def forward(self, tokens, of, at, right):
        h, head = self.encoder(tokens, of).flatten(0, 1)[at], self.head.transform
        z = head.LayerNorm(gelu(head.dense(h), self.encoder.exact))
        logits = z @ self.encoder.embeddings.word_embeddings.weight.T + self.head.bias
        return shared_mean(F.cross_entropy(logits.float(), right, reduction='sum'), len(right))


def windows(pieces, rows, chance):
    """A window of so many rows out of each piece [any, c], that begins anywhere; NaN before the first: [n, rows, c]."""
    out = torch.full((len(pieces), rows, pieces[0].shape[1]), math.nan)
    u = torch.rand(len(pieces), generator=chance, dtype=torch.float64)
    for row, x, v in zip(out, pieces, u):
        start = int(v * (len(x) - rows + 1)) if len(x) > rows else 0
        row[max(rows - len(x), 0):] = x[start:start + rows]
    return out


def normalised(w, upto):
    """w [n, t, c] less the mean of each channel's first rows, by their standard deviation, which is returned too [n, c]
    (RevIN, Kim et al., ICLR 2022). Missing readings stay NaN."""
    first = w[:, :upto].double()
    known, n = ~first.isnan(), (~first.isnan()).sum(1, keepdim=True).clamp(min=1)
    mean = first.nansum(1, keepdim=True) / n
    spread = (((first - mean).nan_to_num() ** 2 * known).sum(1, keepdim=True) / n + 0.01).sqrt()
    return (w - mean.float()) / spread.float(), spread[:, 0].float()


def lanes(w, channels):
    """w [n, t, c] as rows of so many channels that are read together: [n * c / channels, t, channels]."""
    n, t, c = w.shape
    return w.view(n, t, c // channels, channels).transpose(1, 2).reshape(-1, t, channels)


def marked(w):
    """w [n, t, c] as values, 0 where missing, and then 1 for each that is there: [n, t, 2c]."""
    return torch.cat([w.nan_to_num(), (~w.isnan()).float()], 2)


def squared_error(predicted, truth, known):
    """The mean over all processes of (predicted - truth)² where known is 1; else its square is the weight."""
    return shared_mean(((predicted.float() - truth) * known).square().sum(), known.square().sum())


class Forecast(nn.Module):
    """Predicts after each position the next reading, and after the last one a horizon (arXiv:1609.03499)."""

    kept = ('head.', 'forecaster.')

    def __init__(self, config, encoder):
        super().__init__()
        self.encoder, self.long, self.ahead = encoder, config['size'], config['options']['horizon']
        self.next_head = nn.Linear(encoder.width, encoder.channels)
        self.head = nn.Linear(encoder.width, self.ahead * encoder.channels)

    def views(self, pieces, chance, device):
        """Windows [n, t, 2c]; what follows each position [n * p, c] and the horizon [n, ahead * c], each with how much it
        counts: nothing where missing, else the channel's spread, so that errors are in its unit."""
        w, spread = normalised(windows(pieces, self.long + self.ahead, chance), self.long)
        w, c, patch = lanes(w, self.encoder.channels), self.encoder.channels, self.encoder.patch
        counts = (~w.isnan()).float() * lanes(spread[:, None], c)
        after = torch.arange(patch, self.long + 1, patch)
        whole = [marked(w[:, :self.long])]
        for rows, shape in ((after, (-1, c)), (slice(self.long, None), (len(w), -1))):
            whole += [w[:, rows].nan_to_num().reshape(shape), counts[:, rows].reshape(shape)]
        return [x.to(device) for x in whole]

    def forward(self, x, following, following_known, horizon, horizon_known):
        h = self.encoder(x)
        return squared_error(self.next_head(h).flatten(0, 1), following, following_known) + \
            squared_error(self.head(h[:, -1]), horizon, horizon_known)


class MaskedSeries(nn.Module):
    """Reconstructs hidden patches of a window from the others (arXiv:2211.14730, section 3.2)."""

    kept = None

    def __init__(self, config, encoder):
        super().__init__()
        self.encoder, self.long, self.mask = encoder, config['size'], config['options']['mask']
        self.head = nn.Linear(encoder.width, encoder.patch * encoder.channels)

    def views(self, pieces, chance, device):
        """Windows with patches hidden [n, t, 2c]; what all patches show [n * p, patch * c], and what of that is hidden and
        known. Only patches with a reading are hidden, and one of them stays."""
        w, patch = normalised(windows(pieces, self.long, chance), self.long)[0], self.encoder.patch
        w = lanes(w, self.encoder.channels)
        x, truth = marked(w), w.reshape(len(w), self.long // patch, -1)
        read = ~truth.isnan().all(2)
        there = read.sum(1, keepdim=True)
        count = torch.minimum((self.mask * there + 0.5).floor().clamp(min=1), there - 1)
        order = torch.where(read, torch.rand(read.shape, generator=chance), torch.tensor(2.0)).argsort(1).argsort(1)
        hidden = order < count
        x = x.view(len(x), -1, patch, x.shape[2]).masked_fill(hidden[:, :, None, None], 0).view(x.shape)
        known = (~truth.isnan() & hidden[:, :, None]).float()
        return [v.to(device) for v in (x, truth.nan_to_num().flatten(0, 1), known.flatten(0, 1))]

    def forward(self, x, truth, known):
        return squared_error(self.head(self.encoder(x)).flatten(0, 1), truth, known)


TASKS = {'simclr': SimCLR, 'mae': MAE, 'maskedlm': MaskedLM, 'forecast': Forecast, 'maskedseries': MaskedSeries}


def build_task(config):
    if config['task'] not in TASKS:
        stop(f'it trains {", ".join(TASKS)}, and not {config["task"]}; load_encoder gives the encoder of this folder to use')
    return TASKS[config['task']](config, build_encoder(config))


# ---------------------------------------------------------------------------------------------------------------
# Tokens: WordPiece as in BERT and byte-level BPE as in GPT-2, with the numbers that Autodidact gives them.


@functools.lru_cache(maxsize=None)
def letter_kind(c):
    """What BERT's basic tokenizer does with a character: 'letter', 'nothing', 'space' or 'single'."""
    category = unicodedata.category(c)
    if c in ' \t\n\r':
        return 'space'
    if c == '\ufffd' or category in ('Cc', 'Cf', 'Co'):
        return 'nothing'
    if category in ('Zs', 'Zl', 'Zp'):
        return 'space'
    ascii_mark = c < '\x80' and not c.isalnum()
    return 'single' if ascii_mark or category[0] == 'P' and c >= '\x80' or is_ideograph(c) else 'letter'


def is_ideograph(c):
    return any(a <= ord(c) <= b for a, b in ((0x4e00, 0x9fff), (0x3400, 0x4dbf), (0x20000, 0x2a6df), (0x2a700, 0x2b73f), (0x2b740, 0x2b81f),
                                             (0x2b820, 0x2ceaf), (0xf900, 0xfaff), (0x2f800, 0x2fa1f)))


def basic_words(text, cased):
    """text cut at white space, around marks and around each CJK ideograph; unless cased without capitals and accents."""
    words, word = [], []

    def end():
        if word:
            words.append(''.join(word))
            word.clear()

    for c in text:
        kind, plain = letter_kind(c), [c]
        if not cased and c >= '\x80' and kind != 'nothing':
            plain = [d for d in unicodedata.normalize('NFD', c) if unicodedata.category(d) != 'Mn']
        if kind == 'space' or is_ideograph(c):
            end()
        if kind in ('space', 'nothing'):
            continue
        for d in plain:
            alone = kind == 'single' and d == c or letter_kind(d) == 'single' and not is_ideograph(d)
            if alone:
                end()
            word.append(d if cased else d.lower())
            if alone:
                end()
        if is_ideograph(c):
            end()
    end()
    return words


def byte_letters():
    """How byte-level BPE writes each byte: itself where that can be seen, else a letter from U+0100 on."""
    seen = [*range(0x21, 0x7f), *range(0xa1, 0xad), *range(0xae, 0x100)]
    others = [b for b in range(256) if b not in seen]
    return {**{b: chr(b) for b in seen}, **{b: chr(0x100 + i) for i, b in enumerate(others)}}


BYTES = byte_letters()


@functools.lru_cache(maxsize=None)
def letter_class(c):
    """1 for letters, 2 for digits, 3 for white space, 0 for all else."""
    category = unicodedata.category(c)
    if category[0] in 'LN':
        return 1 if category[0] == 'L' else 2
    return 3 if c in '\t\n\v\f\r\x85' or category in ('Zs', 'Zl', 'Zp') else 0


def gpt2_words(text):
    """text by GPT-2's rule: 's and its like; letters, digits or anything else, each with a space before it if there is
    one; white space, but for a last character that belongs to what follows."""
    at, words = 0, []
    while at < len(text):
        begin, short = at, next((s for s in ("'s", "'t", "'re", "'ve", "'m", "'ll", "'d") if text.startswith(s, at)), '')
        if short:
            at += len(short)
        else:
            at += text[at] == ' ' and at + 1 < len(text)
            kind = letter_class(text[at])
            at = begin if kind == 3 else at
            while at < len(text) and letter_class(text[at]) == kind:
                at += 1
            if kind == 3 and at < len(text) and at - begin > 1:
                at -= 1
        words.append(text[begin:at])
    return words


class Tokenizer:
    """A tokenizer.json, of WordPiece or of byte-level BPE."""

    def __init__(self, path):
        about = json.loads(Path(path).read_text(encoding='utf-8'))
        model, added = about['model'], {a['content']: a for a in about['added_tokens']}
        self.ids = {**model['vocab'], **{name: a['id'] for name, a in added.items()}}
        self.size, self.bpe, self.cache = len(self.ids), model['type'] == 'BPE', {}
        self.pad, self.unk, self.cls, self.sep, self.mask = (
            next(self.ids[n] for n in names if n in self.ids)
            for names in (('[PAD]', '<pad>'), ('[UNK]', '<unk>'), ('[CLS]', '<s>'), ('[SEP]', '</s>'), ('[MASK]', '<mask>')))
        special = {self.pad, self.unk, self.cls, self.sep, self.mask}
        pieces = sorted(self.ids, key=self.ids.get)
        names = [('\\s*' if added.get(pieces[i], {}).get('lstrip') else '') + re.escape(pieces[i]) for i in special]
        self.written = re.compile('(' + '|'.join(names) + ')')  # special tokens that are written out in texts
        self.is_special = torch.tensor([i in special for i in range(self.size)])
        self.is_inside = torch.tensor([not s and self.goes_on(p) for p, s in zip(pieces, self.is_special.tolist())])
        if self.bpe:
            merges = [m.split(' ') if isinstance(m, str) else m for m in model['merges']]
            self.rank = {tuple(m): i for i, m in reversed([*enumerate(merges)])}
        else:
            self.cased = not about['normalizer']['lowercase']
            plain = [p for p in pieces if self.ids[p] not in special]
            self.inside = {p[2:]: self.ids[p] for p in plain if p.startswith('##') and len(p) > 2}
            self.begin = {p: self.ids[p] for p in plain if not (p.startswith('##') and len(p) > 2)}
            self.longest = max(map(len, pieces))

    def goes_on(self, piece):
        """Whether a piece goes on with a word."""
        if not self.bpe:
            return piece.startswith('##') and len(piece) > 2
        back = {letter: b for b, letter in BYTES.items()}
        text = bytes(back[c] for c in piece if c in back).decode('utf-8', 'replace')
        return text != '' and (text[0] == '\ufffd' or unicodedata.category(text[0])[0] in 'LM' or unicodedata.category(text[0]) == 'Nd')

    def encode(self, text):
        """The numbers of a text's tokens, without a beginning and an end."""
        ids = []
        for k, part in enumerate(self.written.split(text)):
            if k % 2:
                ids.append(self.ids[part.strip()])
                continue
            for word in gpt2_words(part) if self.bpe else re.split('[ \t\n\r]+', part):
                if word not in self.cache:
                    self.cache[word] = self.joined(word) if self.bpe else [i for w in basic_words(word, self.cased) for i in self.cut(w)]
                ids += self.cache[word]
        return ids

    def cut(self, word):
        """A word's longest pieces, or that it is unknown."""
        ids, at, table = [], 0, self.begin
        while at < len(word) <= 100:
            to = next((to for to in range(min(len(word), at + self.longest), at, -1) if word[at:to] in table), 0)
            if not to:
                return [self.unk]
            ids.append(table[word[at:to]])
            at, table = to, self.inside
        return ids if len(word) <= 100 else [self.unk]

    def joined(self, word):
        """A word's bytes joined to pieces, the pair that was learned first before the others."""
        parts = [BYTES[b] for b in word.encode()]
        while len(parts) > 1:
            first = min(zip(parts, parts[1:]), key=lambda pair: self.rank.get(pair, math.inf))
            if first not in self.rank:
                break
            kept, i = [], 0
            while i < len(parts):
                both = tuple(parts[i:i + 2]) == first
                kept.append(''.join(parts[i:i + 2]) if both else parts[i])
                i += 2 if both else 1
            parts = kept
        return [self.ids[p] for p in parts]


# ---------------------------------------------------------------------------------------------------------------
# Data: files to samples. Of a hundred or more one in twenty is held out, the same that Autodidact validates by.


def files_of(folder, *suffixes):
    """All files below a folder, or the file itself, of some types, in order of their paths."""
    folder = Path(folder)
    if not folder.exists():
        stop(f'there is no {folder}')
    paths = [folder] if folder.is_file() else [p for p in folder.rglob('*') if p.is_file()]
    paths.sort(key=lambda p: p.relative_to(folder).as_posix())
    found = [p for p in paths if p.suffix.lower() in suffixes and not p.name.startswith('.')]
    if not found:
        stop(f'{folder} has no file whose name ends in {", ".join(suffixes)}')
    return found


def trained(samples):
    return [s for i, s in enumerate(samples) if len(samples) < 100 or i % 20 != 19]


def read_picture(path):
    """The bytes [3, h, w] of a picture, upright, on white."""
    if path.suffix.lower() == '.ppm':
        raw = path.read_bytes()
        head = re.match(rb'P6\s+(?:#.*\n)*(\d+)\s+(\d+)\s+255\s', raw)
        w, h = int(head[1]), int(head[2])
        return torch.frombuffer(bytearray(raw[head.end():]), dtype=torch.uint8, count=3 * w * h).view(h, w, 3).permute(2, 0, 1)
    try:
        from PIL import Image, ImageOps
    except ImportError:
        stop('pictures other than .ppm need Pillow: pip install pillow')
    picture = ImageOps.exif_transpose(Image.open(path)).convert('RGBA')
    picture = Image.alpha_composite(Image.new('RGBA', picture.size, 'white'), picture).convert('RGB')
    return torch.frombuffer(bytearray(picture.tobytes()), dtype=torch.uint8).view(picture.height, picture.width, 3).permute(2, 0, 1)


def shrunk(x, side):
    """The middle of a picture if it is longer than two to one, its short side at most so many pixels."""
    h, w = x.shape[1:]
    kh, kw = min(h, 2 * w), min(w, 2 * h)
    x = x[:, (h - kh) // 2:, (w - kw) // 2:][:, :kh, :kw]
    short = min(kh, kw)
    if short > side:
        to = [(k * side + short // 2) // short for k in (kh, kw)]
        x = F.interpolate(x[None].float(), to, mode='bicubic', antialias=True, align_corners=False)[0].round().clamp(0, 255).byte()
    return x.contiguous()


def read_pictures(config, folder):
    """Pictures, bytes [3, h, w], of twice the encoder's side so that a crop still has detail; all stay in memory."""
    def read(path):
        try:
            return shrunk(read_picture(path), max(2 * config['size'], 64))
        except (OSError, ValueError, TypeError, SyntaxError) as error:
            return f'{path}: {error}'

    with ThreadPoolExecutor() as pool:
        read_all = list(pool.map(read, files_of(folder, '.png', '.jpg', '.jpeg', '.gif', '.webp', '.bmp', '.ppm')))
    bad = [x for x in read_all if isinstance(x, str)]
    if bad:
        HERE.say(f'{len(bad)} pictures cannot be read and are left out, the first of them {bad[0]}')
    return trained([x for x in read_all if not isinstance(x, str)])


def documents(path):
    """The texts of a file: paragraphs of .txt and .md, the column text of .csv and .tsv, the field text of .jsonl."""
    raw = path.read_text(encoding='utf-8-sig', errors='replace')
    if path.suffix.lower() in ('.csv', '.tsv'):
        csv.field_size_limit(1 << 30)
        texts = [row.get('text') for row in csv.DictReader(raw.splitlines(True), delimiter='\t' if path.suffix.lower() == '.tsv' else ',')]
    elif path.suffix.lower() in ('.jsonl', '.ndjson'):
        texts = [json.loads(line).get('text') for line in raw.splitlines() if line.strip()]
    else:
        texts = re.split(r'\n[^\S\n]*(?:\n[^\S\n]*)+', raw.replace('\r\n', '\n'))
    return [t.strip() for t in texts if t and re.search(r'[^\W_]', t)]


def packed(texts, long):
    """Texts, lists of tokens between a beginning and an end, laid side by side in sequences of one length, and a longer one
    cut: [2, long], tokens and which text of the sequence each is in, from 1 on, 0 for padding."""
    sequences, waiting = [], []
    for ids in texts:
        for part in [ids[i:i + long - 2] for i in range(0, max(len(ids), 1), long - 2)]:
            fits = next((s for s in waiting if s[0] >= len(part) + 2), None)
            if fits is None:
                fits = [long, []]
                sequences.append(fits[1])
                waiting.append(fits)
            fits[0] -= len(part) + 2
            fits[1].append(part)
            waiting = [s for s in waiting if s[0] >= 4]
            if len(waiting) > 32:
                waiting.remove(min(waiting, key=lambda s: s[0]))
    return sequences


def read_texts(config, folder, tokenizer):
    """Sequences of tokens, int32 [2, p]."""
    texts = [t for path in files_of(folder, '.txt', '.md', '.markdown', '.csv', '.tsv', '.jsonl', '.ndjson') for t in documents(path)]
    long, pad = config['size'], tokenizer.pad
    out = []
    for parts in packed([array.array('H' if tokenizer.size <= 1 << 16 else 'I', tokenizer.encode(t)) for t in trained(texts)], long):
        tokens = [i for p in parts for i in (tokenizer.cls, *p, tokenizer.sep)]
        of = [k + 1 for k, p in enumerate(parts) for _ in range(len(p) + 2)]
        rest = long - len(tokens)
        out.append(torch.tensor([tokens + [pad] * rest, of + [0] * rest], dtype=torch.int32))
    return out


def read_table(path, config):
    """The readings [t, c] of a table whose header names the channels, in the order of its rows, scaled; NaN where missing."""
    about = config['channels']
    with open(path, newline='', encoding='utf-8-sig', errors='replace') as file:
        first = file.readline()
        file.seek(0)
        delimiter = max(',;\t', key=first.count)
        rows = list(csv.reader(file, delimiter=delimiter))
    header = [name.strip() for name in rows[0]]
    lacks = [name for name in about['channels'] if name not in header]
    if lacks:
        stop(f'{path} has no column {lacks[0]}; its columns are {", ".join(header)}')
    at = [header.index(name) for name in about['channels']]

    def number(row, k):
        try:
            return float(row[k].strip().replace(',', '.') if delimiter == ';' else row[k])
        except (ValueError, IndexError):
            return math.nan

    x = torch.tensor([[number(row, k) for k in at] for row in rows[1:] if row])
    for m in about.get('missing') or []:
        for c, name in enumerate(about['channels']):
            if m.get('channel', name) == name:
                x[:, c] = x[:, c].masked_fill(x[:, c] == m['value'], math.nan)
    return (x - torch.tensor(about['scale']['mean'])) / torch.tensor(about['scale']['std'])


def read_series(config, folder):
    """Pieces [t, c] of the first seven tenths of each table, twice as long as a window, so that views begin anywhere; of
    ten or more tables that are short, seven of ten whole."""
    tables = [read_table(path, config) for path in files_of(folder, '.csv', '.tsv')]
    long, pieces = config['size'], []
    need = long + config['options'].get('horizon', 0)
    for i, x in enumerate(tables):
        end = len(x) * 7 // 10 if len(x) >= 8 * long or len(tables) < 10 else len(x) if i % 10 < 7 else 0
        for start in range(0, end, long):
            rows = min(need + long, end - start)
            if start > 0 and rows < need:
                break
            pieces.append(x[start:start + rows])
    return pieces


def read_samples(config, folder, task):
    if config['kind'] == 'text':
        return read_texts(config, folder, task.tokenizer)
    return read_series(config, folder) if config['kind'] == 'series' else read_pictures(config, folder)


def batch_at(samples, step, batch, seed):
    """This process's part of a step's batch: each epoch all processes shuffle alike, and take turns."""
    whole = batch * HERE.world
    per_epoch = len(samples) // whole
    order = shuffled(len(samples), seed, step // per_epoch)
    mine = order[step % per_epoch * whole:][:whole][HERE.rank::HERE.world]
    return [samples[i] for i in mine.tolist()]


@functools.lru_cache(maxsize=1)
def shuffled(n, seed, epoch):
    return torch.randperm(n, generator=generator(seed, 'epoch', epoch))


def generator(*name):
    """A stream of chance of its own for each name: a step has the same whether its run was resumed or not."""
    seed = int.from_bytes(hashlib.sha256(repr(name).encode()).digest()[:7], 'little')
    return torch.Generator().manual_seed(seed)


# ---------------------------------------------------------------------------------------------------------------
# Training


class LARS(torch.optim.Optimizer):
    """SGD whose every layer steps in proportion to the size of its weights (arXiv:1708.03888)."""

    def __init__(self, groups, momentum=0.9, eta=0.001):
        super().__init__(groups, dict(lr=0.0, weight_decay=0.0, momentum=momentum, eta=eta))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group['params']:
                velocity = self.state[p].setdefault('momentum_buffer', torch.zeros_like(p))
                step, decay = p.grad, group['weight_decay']
                if p.dim() > 1:
                    size, slope = p.norm(), p.grad.norm()
                    trust = group['eta'] * size / (slope + decay * size + 1e-30)
                    trust = torch.where((size > 0) & (slope > 0), trust, torch.ones_like(size))
                    step = trust * (step + decay * p)
                velocity.mul_(group['momentum']).add_(step, alpha=group['lr'])
                p.sub_(velocity)


MOMENTS = {'adamw': {'m': 'exp_avg', 'v': 'exp_avg_sq'}, 'sgd': {'v': 'momentum_buffer'}, 'lars': {'v': 'momentum_buffer'}}


def build_optimizer(config, task):
    """Weight decay is for matrices and kernels only, never for biases and the scales of norms."""
    parameters = [p for p in task.parameters() if p.requires_grad]
    groups = [{'params': [p for p in parameters if p.dim() > 1], 'weight_decay': config['decay']},
              {'params': [p for p in parameters if p.dim() <= 1], 'weight_decay': 0.0}]
    if config['optimizer'] == 'adamw':
        return torch.optim.AdamW(groups, lr=0.0, betas=(0.9, 0.999), eps=1e-8)
    if config['optimizer'] == 'sgd':
        return torch.optim.SGD(groups, lr=0.0, momentum=0.9)
    return LARS(groups)


def rate_at(peak, step, total):
    """A straight warm-up over a twentieth of the steps, 10 to 500, and half a cosine to zero (arXiv:1608.03983)."""
    warmup = min(max(total // 20, 10), 500)
    if step < warmup:
        return peak * (step + 1) / warmup
    return peak * 0.5 * (1 + math.cos(math.pi * min((step - warmup) / max(total - warmup, 1), 1)))


def load(path, task, optimizer, config):
    """Gives a task and its optimizer what a file has. Returns the file's metadata."""
    tensors, about = read_tensors(path)
    steps = float(about.pop('optimizer steps', about['step']))  # fewer than the run's if it began without moments
    have = {name: x for name, x in tensors.items() if not name.startswith('optim.')}
    missing, unexpected = task.load_state_dict(have, strict=False)
    heads = [name for name in missing if not name.startswith('encoder.')]
    if len(heads) < len(missing) or unexpected:
        stop(f'{path} is not of this encoder and task: it lacks {missing[:3]} and has {unexpected[:3]} more')
    if heads:
        HERE.say(f'{path} has no {heads[0].split(".")[0]} of the task {config["task"]}: it begins with random weights')
    for name, p in task.named_parameters():
        for ours, theirs in MOMENTS[config['optimizer']].items():
            moment = tensors.get(f'optim.{name}.{ours}')
            if moment is not None:
                optimizer.state[p][theirs] = moment.clone().to(p.device)
                if config['optimizer'] == 'adamw':
                    optimizer.state[p]['step'] = torch.tensor(steps)
    return about


def save(path, task, optimizer, config, about):
    """A checkpoint: all that goes on."""
    tensors = dict(task.state_dict())
    for name, p in task.named_parameters():
        for ours, theirs in MOMENTS[config['optimizer']].items():
            if theirs in optimizer.state[p]:
                tensors[f'optim.{name}.{ours}'] = optimizer.state[p][theirs]
    steps = [str(int(state['step'])) for state in optimizer.state.values() if 'step' in state]
    if steps:
        about = {**about, 'optimizer steps': steps[0]}
    write_tensors(path, tensors, {**about, 'format': 'autodidact-pytorch-1'})


def save_model(path, task, about):
    """The encoder, and the head of its task that is of use without training, as Autodidact imports them."""
    tensors = {}
    for name, x in task.state_dict().items():
        if name.startswith('encoder.'):
            tensors[name[len('encoder.'):]] = x
        elif task.kept and name.startswith(task.kept[0]):
            tensors[task.kept[1] + name[len(task.kept[0]):]] = x
    write_tensors(path, tensors, {**about, 'format': 'autodidact-model-1'})


def plan_of(args, config, about):
    """From which to which step of a schedule it goes, at which rate. A checkpoint holds its own."""
    if args.resume and 'plan' in about:
        plan = json.loads(about['plan'])
        for flag, asked in (('steps', args.steps), ('batch', args.batch), ('lr', args.lr)):
            if asked is not None and asked != plan[flag]:
                stop(f'--{flag} is {asked}, and the run in {args.out} has {plan[flag]}: resume it as it was, or choose another --out')
        if plan['world'] != HERE.world:
            HERE.say(f'it goes on with {HERE.world} processes where there were {plan["world"]}: '
                     f'batches are of {plan["batch"] * HERE.world} samples now')
        return plan
    done = int(about['step'])
    plan = {'steps': args.steps, 'batch': args.batch or config['batch'], 'lr': args.lr or config['rate']}
    plan['world'], plan['first'] = HERE.world, done
    plan['at'], plan['until'] = (0, args.steps) if args.steps else (done, config['steps'])
    if plan['at'] >= plan['until']:
        stop(f'the run has done all of its {done} steps: --steps says how many more')
    return plan


def half_precision(asked, device):
    """A context for mixed precision, and what scales losses up so that small gradients survive float16."""
    kind = torch.bfloat16 if device.type == 'cpu' or torch.cuda.is_bf16_supported() else torch.float16
    scaled = asked and kind == torch.float16
    scaler = torch.amp.GradScaler('cuda', enabled=scaled) if hasattr(torch.amp, 'GradScaler') else torch.cuda.amp.GradScaler(enabled=scaled)
    return (lambda: torch.autocast(device.type, kind)) if asked else nullcontext, scaler


def train(args):
    """Reads, trains, and writes what --out is to hold."""
    folder, device = Path(__file__).resolve().parent, HERE.start()
    config = read_config(folder)
    task = build_task(config).to(device)
    if config['kind'] == 'text':
        task.tokenizer = Tokenizer(folder / 'tokenizer.json')
    optimizer = build_optimizer(config, task)
    checkpoint, model = Path(args.out) / 'checkpoint.safetensors', Path(args.out) / 'model.safetensors'
    if checkpoint.exists() and not args.resume:
        stop(f'{args.out} holds a run: --resume goes on with it, or choose another --out')
    if args.resume and not checkpoint.exists():
        HERE.say(f'there is no checkpoint in {args.out} yet: it begins with run.safetensors')
    begin = checkpoint if checkpoint.exists() else folder / 'run.safetensors'
    about = load(begin, task, optimizer, config)
    plan = plan_of(args, config, about)
    samples = read_samples(config, args.data, task)
    if len(samples) < plan['batch'] * HERE.world:
        stop(f'a batch of {plan["batch"]} in each of {HERE.world} processes takes {plan["batch"] * HERE.world} samples, '
             f'and there are {len(samples)} to learn from')
    BatchNorm.synced = args.sync_bn
    if args.compile and not hasattr(torch, 'compile'):
        HERE.say('--compile needs PyTorch 2.0 or later: it trains without')
    elif args.compile:
        task.encoder.forward = torch.compile(task.encoder.forward)
    whole = nn.parallel.DistributedDataParallel(task, [device.index] if device.type == 'cuda' else None) if HERE.world > 1 else task
    os.makedirs(args.out, exist_ok=True)
    HERE.say(f'{config["task"]} with {config["encoder"]} from step {about["step"]}: {len(samples)} samples, '
             f'{HERE.world} processes with batches of {plan["batch"]}, on {device.type}')
    run_steps(args, config, task, whole, optimizer, samples, plan, about, checkpoint, device)
    if HERE.rank == 0:
        save_model(model, task, {**about, 'plan': json.dumps(plan)})
        print(f'wrote {model} after step {about["step"]}')
    if HERE.world > 1:
        dist.barrier()
        dist.destroy_process_group()


def run_steps(args, config, task, whole, optimizer, samples, plan, about, checkpoint, device):
    """Takes the steps that are left of a plan; about['step'] counts all that the run has done."""
    half, scaler = half_precision(args.amp, device)
    parameters, since, seen = [p for p in task.parameters() if p.requires_grad], time.time(), 0
    whole.train()
    for at in range(plan['at'] + int(about['step']) - plan['first'], plan['until']):
        step, rate = int(about['step']), rate_at(plan['lr'], at, plan['until'])
        chance = generator(config['seed'], 'views', step, HERE.rank)
        torch.manual_seed(chance.initial_seed())  # dropout
        views = task.views(batch_at(samples, step, plan['batch'], config['seed']), chance, device)
        with half():
            loss = whole(*views)
        optimizer.zero_grad()
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        if config['clip']:
            nn.utils.clip_grad_norm_(parameters, config['clip'])
        for group in optimizer.param_groups:
            group['lr'] = rate
        scaler.step(optimizer)
        scaler.update()
        about['step'], seen, last = str(step + 1), seen + plan['batch'] * HERE.world, at + 1 == plan['until']
        saves = last or (at + 1) % args.save_every == 0
        if saves or (at + 1) % 10 == 0:
            loss = float(AllReduce.apply(loss.detach()) / HERE.world if HERE.world > 1 else loss)
            if not math.isfinite(loss):
                stop(f'the loss is no longer a finite number at step {step + 1}: a lower --lr may help, '
                     'and --resume goes on from the last checkpoint')
            HERE.say(f'step {step + 1}  loss {loss:.4f}  rate {rate:.2e}  {seen / (time.time() - since):.0f} samples/s')
        if saves and HERE.rank == 0:
            save(checkpoint, task, optimizer, config, {**about, 'plan': json.dumps(plan)})


def arguments(argv=None):
    p = argparse.ArgumentParser(description='Goes on pretraining a run of Autodidact.')
    p.add_argument('--data', required=True, help='folder or file of samples')
    p.add_argument('--out', required=True, help='folder for checkpoint.safetensors and model.safetensors')
    p.add_argument('--steps', type=int, help='steps to take, on a schedule of their own; without it those that are left of the run')
    p.add_argument('--batch', type=int, help="samples of each process in a step; the run's by default")
    p.add_argument('--lr', type=float, help="peak learning rate; the run's by default")
    p.add_argument('--resume', action='store_true', help='go on from the checkpoint in --out')
    p.add_argument('--save-every', type=int, default=100, help='steps from one checkpoint to the next (100)')
    p.add_argument('--sync-bn', action='store_true', help='BatchNorm over the samples of all processes')
    p.add_argument('--amp', action='store_true', help='mixed precision: bfloat16, or float16 on GPUs without it')
    p.add_argument('--compile', action='store_true', help='compile the encoder (PyTorch 2.0 or later)')
    return p.parse_args(argv)


if __name__ == '__main__':
    train(arguments())
