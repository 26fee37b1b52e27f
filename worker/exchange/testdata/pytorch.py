"""Holds exported folders to what Go wrote beside them, for pytorch_test.go.

    pytorch.py losses FOLDER...     the loss and the gradients of views.safetensors are those of want.safetensors
    pytorch.py processes FOLDER...  in two processes: gradients are those of one process with the double batch
    pytorch.py tokens FOLDER...     the tokens of texts.json are those of tokens.json
    pytorch.py samples FOLDER...    what it reads of the folder's data is samples.safetensors
    pytorch.py views FOLDER         crops of pictures, resized and mirrored, are those of want.safetensors
    pytorch.py optimizers FOLDER    steps by gradients lead to the weights of after.safetensors
    pytorch.py features FOLDER...   writes features.safetensors, what the encoder of out/model.safetensors makes of views.safetensors
"""
import importlib.util
import json
import sys
from pathlib import Path

import torch

torch.set_num_threads(1)
TOLERANCE = 1e-4


def script(folder):
    spec = importlib.util.spec_from_file_location('continued', Path(folder) / 'continue.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def opened(folder):
    """continue.py, and the task of a folder with its weights, without dropout."""
    c = script(folder)
    config = c.read_config(folder)
    if 'dropout' in config['options']:
        config['options']['dropout'] = 0.0
    task = c.build_task(config)
    task.encoder.dropout = 0.0
    c.load(Path(folder) / 'run.safetensors', task, c.build_optimizer(config, task), config)
    if config['kind'] == 'text':
        task.tokenizer = c.Tokenizer(Path(folder) / 'tokenizer.json')
    return c, config, task.train()


def views_of(config, task, raw):
    """Views as Autodidact's tasks make them, in the form that continue.py's take them."""
    v = [raw[k] for k in sorted(raw)]
    if config['task'] == 'simclr':
        return [v[0].permute(0, 3, 1, 2)]
    if config['task'] == 'mae':
        n = len(v[0])
        order = torch.cat([v[1].view(n, -1), v[3].view(n, -1)], 1).long() - torch.arange(n)[:, None] * task.patches
        return [v[0].permute(0, 3, 1, 2), order]
    if config['task'] == 'maskedlm':
        return [x.long() for x in v]
    return v


def compare(folder, got, want, tolerance=lambda worst: TOLERANCE):
    if set(got) != set(want):
        sys.exit(f'{folder}: has {sorted(set(got) - set(want))[:3]} and lacks {sorted(set(want) - set(got))[:3]}')
    least = max(float(x.norm()) for x in want.values()) / 1000  # that of a bias before a BatchNorm is nothing but rounding

    def differs(name):
        return float((got[name] - want[name]).norm() / want[name].norm().clamp(min=least))

    worst = max(want, key=differs)
    off = differs(worst)
    print(f'{Path(folder).name}: {len(want)} tensors, {worst} is off by {off:.1e}')
    if not off < TOLERANCE and not off < tolerance(differs):
        sys.exit(f'{folder}: {worst} is off by {off:.1e} of its length')


def gradients(task, loss):
    task.zero_grad()
    loss.backward()
    return {'grad.' + name: p.grad.clone() for name, p in task.named_parameters()}


def losses(folder):
    c, config, task = opened(folder)
    raw, _ = c.read_tensors(Path(folder) / 'views.safetensors')
    want, _ = c.read_tensors(Path(folder) / 'want.safetensors')
    v = views_of(config, task, raw)
    loss = task(*v)
    got = {'loss': loss.detach().view(1), **gradients(task, loss)}
    got.update({'after.' + name: x.clone() for name, x in task.named_buffers()})
    forward = {name for name in want if not name.startswith('grad.')}
    compare(folder, {k: x for k, x in got.items() if k in forward}, {k: x for k, x in want.items() if k in forward})
    got, want = ({k: x for k, x in some.items() if k not in forward} for some in (got, want))
    compare(folder, got, want, lambda differs: rounding(task, v, got))


def rounding(task, v, got):
    """By how much gradients change when pictures do by a hundred-thousandth, and three times that: in deep networks the input
    of some ReLU lies so close to 0 that rounding decides about a gradient."""
    least, off = max(float(x.norm()) for x in got.values()) / 1000, 0.0
    for seed in range(3):
        torch.manual_seed(seed)
        near = gradients(task, task(*[x + 1e-5 * torch.randn_like(x) if x.is_floating_point() else x for x in v]))
        off = max(off, *(float((got[k] - x).norm() / got[k].norm().clamp(min=least)) for k, x in near.items()))
    print(f'rounding explains {3 * off:.1e}')
    return 3 * off


def part(config, v, rank):
    """The views of one of two processes. A picture's two views stay together."""
    if config['task'] == 'simclr':
        return [v[0].view(2, 2, -1, *v[0].shape[1:])[:, rank].flatten(0, 1)]
    if config['task'] == 'maskedlm':
        tokens, of, at, right = v
        rows, long = len(tokens) // 2, tokens.shape[1]
        mine = at // (rows * long) == rank
        return [tokens[rank * rows:][:rows], of[rank * rows:][:rows], at[mine] - rank * rows * long, right[mine]]
    return [x[rank * len(x) // 2:][:len(x) // 2] for x in v]


def processes(*folders):
    for i, folder in enumerate(folders):
        c, config, task = opened(folder)
        if i == 0:
            c.HERE.start()
        raw, _ = c.read_tensors(Path(folder) / 'views.safetensors')
        v = views_of(config, task, raw)
        rank, c.HERE.rank, c.HERE.world = c.HERE.rank, 0, 1  # alone, with the double batch
        was = {name: x.clone() for name, x in task.state_dict().items()}
        want = gradients(task, task(*v))
        want.update({'after.' + name: x.clone() for name, x in task.named_buffers()})
        task.load_state_dict(was)
        c.HERE.rank, c.HERE.world, c.BatchNorm.synced = rank, 2, True
        together = torch.nn.parallel.DistributedDataParallel(task)
        got = gradients(task, together(*part(config, v, c.HERE.rank)))
        got.update({'after.' + name: x for name, x in task.named_buffers()})
        compare(folder, got, want)


def tokens(folder):
    tokenizer = script(folder).Tokenizer(Path(folder) / 'tokenizer.json')
    texts, want = (json.loads((Path(folder) / name).read_text(encoding='utf-8')) for name in ('texts.json', 'tokens.json'))
    for text, ids in zip(texts, want):
        if tokenizer.encode(text) != ids:
            sys.exit(f'{folder}: {text!r} is {tokenizer.encode(text)}, not {ids}')
    inside = json.loads((Path(folder) / 'inside.json').read_text())
    if tokenizer.is_inside.tolist() != inside:
        sys.exit(f'{folder}: other pieces go on with a word')
    print(f'{len(texts)} texts')


def samples(folder):
    c, config, task = opened(folder)
    want, _ = c.read_tensors(Path(folder) / 'samples.safetensors')
    got = c.read_samples(config, Path(folder) / 'data', task)
    if len(got) != len(want):
        sys.exit(f'{folder}: {len(got)} samples, not {len(want)}')
    for i, x in enumerate(got):
        x, y = x.permute(1, 2, 0).float() if x.dtype == torch.uint8 else x.float(), want[f'{i:05}'].float()
        if x.shape != y.shape or not torch.allclose(x, y, atol=1e-5, rtol=1e-5, equal_nan=True):
            sys.exit(f'{folder}: sample {i} is {x}, not {y}')
    print(f'{len(got)} samples')


def views(folder):
    c = script(folder)
    raw, _ = c.read_tensors(Path(folder) / 'pictures.safetensors')
    want, _ = c.read_tensors(Path(folder) / 'want.safetensors')
    for name, x in raw.items():
        size, *box, mirrored = map(int, name.split(','))
        got = c.resized(x.permute(2, 0, 1)[None].byte(), torch.tensor([box], dtype=torch.float64), torch.tensor([mirrored == 1]), size)
        off = float((got[0].permute(1, 2, 0) - want[name]).abs().max())
        if off > 1e-4:
            sys.exit(f'{name} is off by {off}')
    print(f'{len(raw)} crops')


def optimizers(folder):
    c = script(folder)
    raw, about = c.read_tensors(Path(folder) / 'gradients.safetensors')
    want, _ = c.read_tensors(Path(folder) / 'after.safetensors')
    for name in ('adamw', 'sgd', 'lars'):
        module = torch.nn.Module()
        module.w, module.b = (torch.nn.Parameter(raw[k].clone()) for k in 'wb')
        optimizer = c.build_optimizer({'optimizer': name, 'decay': 0.1}, module)
        for step in range(3):
            for group in optimizer.param_groups:
                group['lr'] = c.rate_at(0.05, step, 12)
            module.w.grad, module.b.grad = raw[f'w{step}'].clone(), raw[f'b{step}'].clone()
            optimizer.step()
        for k in 'wb':
            off = float((getattr(module, k) - want[f'{name}.{k}']).abs().max())
            if off > 1e-6:
                sys.exit(f'{name}: {k} is off by {off}')
    print('3 optimizers')


def features(folder):
    c = script(folder)
    encoder, config = c.load_encoder(folder)
    weights, _ = c.read_tensors(Path(folder) / 'out' / 'model.safetensors')
    encoder.load_state_dict({k: x for k, x in weights.items() if not k.startswith(('cls.', 'forecaster.'))})
    raw, _ = c.read_tensors(Path(folder) / 'views.safetensors')
    v = [raw[k] for k in sorted(raw)]
    x = [v[0].permute(0, 3, 1, 2)] if v[0].dim() == 4 else [x.long() for x in v[:2]] if config['kind'] == 'text' else v[:1]
    with torch.no_grad():
        c.write_tensors(Path(folder) / 'features.safetensors', {'features': encoder(*x)}, {})


if __name__ == '__main__':
    if sys.argv[1] == 'processes':
        processes(*sys.argv[2:])
    for one in sys.argv[2:] if sys.argv[1] != 'processes' else []:
        {f.__name__: f for f in (losses, tokens, samples, views, optimizers, features)}[sys.argv[1]](one)
