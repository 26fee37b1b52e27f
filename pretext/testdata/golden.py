#!/usr/bin/python3
"""Writes series.json, what PyTorch makes of the losses of tasks for series, for seriesgolden_test.go and ts2vecgolden_test.go.

The losses are written as the papers have them, term by term, in float64. Weights and inputs are drawn from
streams, and marks kept of the results, as in core/encoder/testdata/golden.py, which has the encoders too.
"""
import os
import sys

import torch
from torch import nn
from torch.nn.functional import max_pool1d, relu

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, '../../core/encoder/testdata'))
from golden import TCN, PatchTST, draw, mark, stream, tree, write


def readings(arch, rows, long, channels):
    """Values [rows, long, channels], 0 where missing, and 1 for each that is there: about nine of ten."""
    known = (stream(f'{arch}/missing', rows, long, channels) < 0.8).double()
    return stream(f'{arch}/x', rows, long, channels) * known, known


def results(arch, model, loss):
    """The loss of a model and its gradients."""
    model.load_state_dict({k: draw(arch, k, v) for k, v in model.state_dict().items()})
    value = loss(model)
    value.backward()
    return {'loss': [float(value), 0], **{'grad ' + k: mark(k, p.grad) for k, p in model.named_parameters()}}


def masked_series():
    """arXiv:2211.14730, 3.2: patches that do not overlap; some are 0; the squared error of a linear map of
    their representations, averaged over the readings of masked patches. Two channels in a patch."""
    rows, patches, patch, channels = 3, 4, 8, 2
    x, known = (v.reshape(rows, patches, patch, channels) for v in readings('maskedseries', rows, patches * patch, channels))
    masked = torch.tensor([[0, 1, 1, 0], [1, 0, 0, 0], [0, 0, 1, 1]], dtype=torch.bool)

    def loss(m):
        seen = torch.cat([x, known], 3).clone()
        seen[masked] = 0
        h = m.encoder(seen.reshape(rows, patches * patch, 2 * channels))
        total = count = 0
        for row in range(rows):
            for p in range(patches):
                if masked[row, p]:
                    off = m.head(h[row, p]).reshape(patch, channels) - x[row, p]
                    total, count = total + (off[known[row, p] == 1] ** 2).sum(), count + known[row, p].sum()
        return total / count

    return results('maskedseries', tree(encoder=PatchTST(channels, 32, 32, 2, 4, False), head=nn.Linear(32, patch * channels)), loss)


def cpc():
    """arXiv:1807.03748, equations 3 and 4: f_k = exp(zᵀ W_k c), with a bias in the product; the mean of
    -log(f_k of the one that follows / Σ f_k of all that is asked for at step k), then over steps."""
    rows, patches, patch, steps = 4, 4, 8, 3
    x = torch.cat(readings('cpc', rows, patches * patch, 1), 2)

    def loss(m):
        z = m.stretches.out(relu(getattr(m.stretches, 'in')(x.reshape(rows, patches, 2 * patch))))
        c = m.encoder(x)[:, patch - 1::patch]
        total = 0
        for k in range(1, steps + 1):
            asked = [(i, t) for i in range(rows) for t in range(patches - k) if (i + 2 * t + k) % 4]
            for i, t in asked:
                f = lambda j, s: torch.exp(z[j, s] @ m.heads[k - 1](c[i, t]))
                total = total - torch.log(f(i, t + k) / sum(f(j, s + k) for j, s in asked)) / len(asked)
        return total / steps

    stretches = tree(**{'in': nn.Linear(2 * patch, 64), 'out': nn.Linear(64, 32)})
    return results('cpc', tree(encoder=TCN(2, 16, 4), stretches=stretches, heads=nn.ModuleList(nn.Linear(16, 32) for _ in range(steps))), loss)


def dual(a, b):
    """arXiv:2106.10466, equations 1 to 3, of a and b [rows, times, width]: half of the temporal and half of the
    instance-wise contrast, as the authors' program weighs them, each of a by b and of b by a."""
    rows, times, _ = a.shape
    total = 0
    for r, s in ((a, b), (b, a)):
        for i in range(rows):
            for t in range(times):
                e = lambda x, y: torch.exp(x @ y)
                right = e(r[i, t], s[i, t])
                temporal = sum(e(r[i, t], s[i, u]) + (e(r[i, t], r[i, u]) if u != t else 0) for u in range(times))
                instance = sum(e(r[i, t], s[j, t]) + (e(r[i, t], r[j, t]) if j != i else 0) for j in range(rows))
                total = total - torch.log(right / temporal) / 2 - torch.log(right / instance) / 2
    return total / (2 * rows * times)


def ts2vec(times):
    """Algorithm 1: the same at every scale of max-pooling over two times, averaged."""
    z = [stream(f'ts2vec/{times}/{name}', 3, times, 5).requires_grad_() for name in ('z1', 'z2')]
    a, b = z
    loss, scales = dual(a, b), 1
    while a.shape[1] > 1:
        a, b = (max_pool1d(x.transpose(1, 2), 2).transpose(1, 2) for x in (a, b))
        loss, scales = loss + dual(a, b), scales + 1
    loss = loss / scales
    loss.backward()
    return {'loss': [float(loss), 0], 'grad z1': mark('z1', z[0].grad), 'grad z2': mark('z2', z[1].grad)}


if __name__ == '__main__':
    write(here, 'series.json', {'maskedseries': masked_series(), 'cpc': cpc(),
                                'ts2vec': {str(times): ts2vec(times) for times in (7, 8)}})
