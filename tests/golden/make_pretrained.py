#!/usr/bin/env python3
"""Writes small checkpoints in the layouts of Hugging Face's models, and pretrained.txt: what PyTorch
computes with the GPT-2 among them, in double precision.

    python3 make_pretrained.py          (made with PyTorch 1.13)

    gpt2.safetensors            a whole GPT-2: 2 layers, 2 heads, 8 dimensions, 6 positions, 7 tokens
    bert.safetensors ...        the tensors around a table of positions, in four layouts
"""
import json
import math
import struct

import torch
import torch.nn.functional as F

from hashed import splitmix64

LAYERS, HEADS, DIM, POSITIONS, VOCAB = 2, 2, 8, 6, 7


counter = 0


def hashed(*shape, around=0.0):
    """Within 1/2 of `around`, exact in float."""
    global counter
    count = math.prod(shape)
    numbers = [(splitmix64(counter + i) >> 40) / 2**24 - 0.5 for i in range(count)]
    counter += count
    return (torch.tensor(numbers).float() + around).double().reshape(shape)


def save(path, tensors):
    """safetensors by hand: the header's length, the header, the numbers."""
    header, blob = {"__metadata__": {"format": "pt"}}, b""
    for name, x in tensors.items():
        numbers = x.detach().reshape(-1).tolist()
        data = struct.pack(f"<{len(numbers)}f", *numbers)
        header[name] = {"dtype": "F32", "shape": list(x.shape),
                        "data_offsets": [len(blob), len(blob) + len(data)]}
        blob += data
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + blob)


# --- GPT-2 ----------------------------------------------------------------------------------------


def gpt2_weights():
    weights = {"wte.weight": hashed(VOCAB, DIM), "wpe.weight": hashed(POSITIONS, DIM)}
    for layer in range(LAYERS):
        weights |= {f"h.{layer}.{name}": x for name, x in {
            "ln_1.weight": hashed(DIM, around=1), "ln_1.bias": hashed(DIM),
            "attn.c_attn.weight": hashed(DIM, 3 * DIM), "attn.c_attn.bias": hashed(3 * DIM),
            "attn.c_proj.weight": hashed(DIM, DIM), "attn.c_proj.bias": hashed(DIM),
            "ln_2.weight": hashed(DIM, around=1), "ln_2.bias": hashed(DIM),
            "mlp.c_fc.weight": hashed(DIM, 4 * DIM), "mlp.c_fc.bias": hashed(4 * DIM),
            "mlp.c_proj.weight": hashed(4 * DIM, DIM), "mlp.c_proj.bias": hashed(DIM)}.items()}
    return weights | {"ln_f.weight": hashed(DIM, around=1), "ln_f.bias": hashed(DIM)}


def gpt2(w, ids):
    length = ids.shape[1]
    norm = lambda x, name: F.layer_norm(x, [DIM], w[name + ".weight"], w[name + ".bias"], eps=1e-5)
    conv1d = lambda x, name: x @ w[name + ".weight"] + w[name + ".bias"]
    x = w["wte.weight"][ids] + w["wpe.weight"][:length]
    for h in (f"h.{layer}." for layer in range(LAYERS)):
        q, k, v = (part.unflatten(-1, (HEADS, DIM // HEADS)).transpose(1, 2)
                   for part in conv1d(norm(x, h + "ln_1"), h + "attn.c_attn").split(DIM, -1))
        scores = q @ k.transpose(-1, -2) / math.sqrt(DIM // HEADS)
        scores = scores.masked_fill(torch.ones(length, length).triu(1).bool(), -math.inf)
        mixed = (scores.softmax(-1) @ v).transpose(1, 2).flatten(2)
        x = x + conv1d(mixed, h + "attn.c_proj")
        wide = conv1d(norm(x, h + "ln_2"), h + "mlp.c_fc")
        bent = 0.5 * wide * (1 + torch.tanh(math.sqrt(2 / math.pi) * (wide + 0.044715 * wide**3)))
        x = x + conv1d(bent, h + "mlp.c_proj")
    return norm(x, "ln_f") @ w["wte.weight"].T


weights = gpt2_weights()
save("gpt2.safetensors", weights)
for weight in weights.values():
    weight.requires_grad_()
ids = torch.tensor([[0, 5, 2, 6, 3], [4, 1, 1, 0, 6]])
following = torch.tensor([[5, 2, 6, 3, 1], [1, 1, 0, 6, 2]])

with open("pretrained.txt", "w") as file:
    def put(name, x):
        numbers = [f"{number:.16g}" for number in x.detach().reshape(-1).tolist()]
        print(name, len(numbers), *numbers, file=file)

    # A bias of keys has no gradient but rounding's; without this eps Adam would make steps of it.
    optimizer = torch.optim.AdamW(weights.values(), lr=1e-2, eps=1e-4, weight_decay=0.1)
    for step in range(3):
        logits = gpt2(weights, ids)
        loss = F.cross_entropy(logits.reshape(-1, VOCAB), following.reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        put(f"loss.{step}", loss)
        if step == 0:
            put("logits", logits)
            for name, weight in weights.items():
                put("gradient." + name, weight.grad)
        optimizer.step()
    for name, weight in weights.items():
        put("after." + name, weight)

# --- tables of positions, of 4 dimensions -----------------------------------------------------------


def counting(rows):
    """Row r of the tensor is r, r + 1/4, r + 1/2, r + 3/4."""
    return torch.arange(rows)[:, None] + torch.arange(4) / 4


words = "word_embeddings.weight"
save("bert.safetensors", {
    "bert.embeddings." + words: hashed(9, 4),
    "bert.embeddings.position_embeddings.weight": counting(12),
    "bert.embeddings.token_type_embeddings.weight": hashed(2, 4)})
save("roberta.safetensors", {
    "embeddings." + words: hashed(9, 4), "embeddings.position_embeddings.weight": counting(18)})
save("vit.safetensors", {
    "vit.embeddings.cls_token": hashed(1, 1, 4),
    "vit.embeddings.position_embeddings": counting(10)[None],
    "vit.embeddings.patch_embeddings.projection.weight": hashed(4, 3, 2, 2)})
save("deit.safetensors", {
    "cls_token": hashed(1, 1, 4), "dist_token": hashed(1, 1, 4),
    "pos_embed": counting(18)[None], "patch_embed.proj.bias": hashed(4)})
