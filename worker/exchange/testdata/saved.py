#!/usr/bin/python3
"""saved.py IN.safetensors OUT.pth legacy|zip: saves float32 tensors as a training script does, by DistributedDataParallel and beside an
optimizer's state, with convolutions in channels_last and matrices transposed in memory."""
import json
import struct
import sys

import numpy as np
import torch

with open(sys.argv[1], 'rb') as f:
    head = json.loads(f.read(struct.unpack('<Q', f.read(8))[0]))
    raw = f.read()
head.pop('__metadata__', None)
state = {}
for name, e in head.items():
    x = torch.from_numpy(np.frombuffer(raw[slice(*e['data_offsets'])], {'F32': '<f4', 'I32': '<i4'}[e['dtype']]).copy()).reshape(e['shape'])
    if x.dim() == 4:
        x = x.contiguous(memory_format=torch.channels_last)
    if x.dim() == 2:
        x = x.t().contiguous().t()
    state['module.' + name] = x.long() if e['dtype'] == 'I32' else x
torch.save({'epoch': 3, 'arch': 'any', 'state_dict': state, 'optimizer': {'state': {0: {'exp_avg': torch.zeros(3)}}, 'param_groups': [{'lr': 0.1}]}},
           sys.argv[2], _use_new_zipfile_serialization=sys.argv[3] == 'zip')
