"""Writes a small BERT with random weights as PyTorch and Hugging Face lay it out: /usr/bin/python3 write.py

pytorch_model.bin is of before PyTorch 1.6, as many on Hugging Face are; sharded/ has the same weights in two files and an index;
trained.pth as a training script saves them, beside its optimizer; weights.safetensors the same tensors again, to compare with.
"""
import json, os, struct
import torch

here = os.path.dirname(os.path.abspath(__file__))
os.chdir(here)
words = "the a rain sun wind snow is was falls shines blows today tomorrow cold warm over north south hills and".split()
pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + words + [c for c in "abcdefghijklmnopqrstuvwxyz.,"] + ["##" + c for c in "abcdefghijklmnopqrstuvwxyz"]
pieces = list(dict.fromkeys(pieces))
width, hidden, positions = 16, 32, 32
config = {"architectures": ["BertModel"], "model_type": "bert", "vocab_size": len(pieces), "hidden_size": width, "num_hidden_layers": 1, "num_attention_heads": 2,
          "intermediate_size": hidden, "hidden_act": "gelu_new", "max_position_embeddings": positions, "type_vocab_size": 2, "layer_norm_eps": 1e-5,
          "position_embedding_type": "absolute", "pad_token_id": 0}
torch.manual_seed(3)
w = lambda *shape: torch.randn(*shape) * 0.2
layer = "bert.encoder.layer.0."
state = {
    "bert.embeddings.position_ids": torch.arange(positions).expand(1, -1),
    "bert.embeddings.word_embeddings.weight": w(len(pieces), width),
    "bert.embeddings.position_embeddings.weight": w(positions, width),
    "bert.embeddings.token_type_embeddings.weight": w(2, width),
    "bert.embeddings.LayerNorm.gamma": 1 + w(width),
    "bert.embeddings.LayerNorm.beta": w(width),
    layer + "intermediate.dense.weight": w(hidden, width),
    layer + "intermediate.dense.bias": w(hidden),
    layer + "output.dense.weight": w(width, hidden),
    layer + "output.dense.bias": w(width),
    "bert.pooler.dense.weight": w(width, width),
    "bert.pooler.dense.bias": w(width),
}
for part in ["attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"]:
    state[layer + part + ".weight"] = w(width, width).t()  # as it lies in memory it is another
    state[layer + part + ".bias"] = w(width)
for part in ["attention.output.LayerNorm", "output.LayerNorm"]:
    state[layer + part + ".gamma"] = 1 + w(width)
    state[layer + part + ".beta"] = w(width)

for name, content in {"config.json": json.dumps(config, indent=1), "vocab.txt": "\n".join(pieces) + "\n"}.items():
    with open(name, "w") as f:
        f.write(content)
torch.save(state, "pytorch_model.bin", _use_new_zipfile_serialization=False)
torch.save({"model_state_dict": state, "step": 4, "optimizer": {"state": {0: {"exp_avg": w(3)}}}}, "trained.pth")
os.makedirs("sharded", exist_ok=True)
index = {}
for i in (0, 1):
    part, name = dict(list(state.items())[i::2]), f"pytorch_model-0000{i + 1}-of-00002.bin"
    torch.save({k: v.clone() for k, v in part.items()}, os.path.join("sharded", name))
    index.update({k: name for k in part})
with open("sharded/pytorch_model.bin.index.json", "w") as f:
    json.dump({"metadata": {"total_size": 0}, "weight_map": index}, f, indent=1)

head, data = {}, b""
for k, x in state.items():
    b = x.contiguous().numpy().tobytes()
    head[k] = {"dtype": "I64" if x.dtype == torch.int64 else "F32", "shape": list(x.shape), "data_offsets": [len(data), len(data) + len(b)]}
    data += b
h = json.dumps(head).encode()
with open("weights.safetensors", "wb") as f:
    f.write(struct.pack("<Q", len(h)) + h + data)
