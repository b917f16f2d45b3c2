#!/usr/bin/env python3
"""Writes golden.txt: what PyTorch computes, in double precision, for the inputs of golden.cpp.

    python3 make_golden.py > golden.txt          (made with PyTorch 1.13)

Inputs are not stored: both sides compute them from a counter hash (splitmix64).
An entry is a line with its name, its count of numbers, and the numbers in row-major order.
"""
import math

import torch
import torch.nn.functional as F

from hashed import hashed, put, splitmix64

torch.manual_seed(0)


def put_gradients(name, y, stream, **inputs):
    """The gradients of <w, y> with w = hashed(stream)."""
    gradients = torch.autograd.grad((y * hashed(stream, *y.shape).detach()).sum(), inputs.values())
    for which, gradient in zip(inputs, gradients):
        put(f"{name}.d{which}", gradient)


# --- ops ------------------------------------------------------------------------------------------

x = hashed(1, 3, 7, scale=4)
y = F.gelu(x, approximate="tanh")
put("gelu_tanh", y)
put_gradients("gelu_tanh", y, 2, x=x)

x = hashed(3, 4, 9, scale=8)
y = F.softmax(x, -1)
put("softmax", y)
put_gradients("softmax", y, 4, x=x)

x, weight, bias = hashed(5, 2, 3, 10, scale=2), hashed(6, 10), hashed(7, 10)
y = F.layer_norm(x, [10], weight, bias, eps=1e-5)
put("layer_norm", y)
put_gradients("layer_norm", y, 8, x=x, weight=weight, bias=bias)

logits = hashed(9, 6, 8, scale=4)
loss = F.cross_entropy(logits, torch.tensor([3, -1, 0, 7, -1, 3]), ignore_index=-1)
put("cross_entropy", loss)
put("cross_entropy.dlogits", torch.autograd.grad(loss, logits)[0])

table, ids = hashed(10, 6, 4), torch.tensor([[4, 0, 4], [2, 4, 0]])
y = F.embedding(ids, table)
put_gradients("embedding", y, 11, table=table)


def attend(qkv, num_heads, causal, keys=None):
    """softmax(Q K' / sqrt(head_dim)) V written out; the heads stand side by side."""
    batch, length, width = qkv.shape
    dim = width // 3
    q, k, v = (part.reshape(batch, length, num_heads, dim // num_heads).transpose(1, 2)
               for part in qkv.split(dim, -1))
    scores = q @ k.transpose(-1, -2) / math.sqrt(dim // num_heads)
    if causal:
        scores = scores.masked_fill(~torch.ones(length, length).tril().bool(), -math.inf)
    if keys is not None:
        scores = scores.masked_fill(~keys.bool()[:, None, None, :], -math.inf)
    weights = F.softmax(scores, -1)
    return (weights @ v).transpose(1, 2).reshape(batch, length, dim), weights


keys = torch.tensor([[1, 1, 0, 1, 1], [1, 0, 0, 1, 0]])
for name, causal, mask in [("attention", False, None), ("attention_causal", True, None),
                           ("attention_keys", False, keys), ("attention_causal_keys", True, keys)]:
    qkv = hashed(12, 2, 5, 18, scale=2)
    y, weights = attend(qkv, 3, causal, mask)
    put(name, y)
    put(f"{name}.weights", weights)
    put_gradients(name, y, 13, qkv=qkv)

# --- optimizers: x after each of 5 steps with given gradients -------------------------------------


def trajectory(name, make, rates=None):
    x = hashed(20, 7)
    optimizer = make([x])
    steps = []
    for step in range(5):
        if rates:
            optimizer.param_groups[0]["lr"] = rates[step]
        x.grad = hashed(21 + step, 7).detach()
        optimizer.step()
        steps.append(x.detach().clone())
    put(name, torch.stack(steps))


optim = torch.optim
nesterov = dict(lr=0.1, momentum=0.75, nesterov=True, weight_decay=0.25)
adam = dict(lr=0.1, betas=(0.75, 0.9), eps=1e-4, weight_decay=0.25)
trajectory("sgd", lambda p: optim.SGD(p, lr=0.1))
trajectory("sgd_decay", lambda p: optim.SGD(p, lr=0.1, weight_decay=0.25))
trajectory("sgd_momentum", lambda p: optim.SGD(p, lr=0.1, momentum=0.75))
trajectory("sgd_nesterov", lambda p: optim.SGD(p, **nesterov))
trajectory("adam", lambda p: optim.Adam(p, lr=0.1))
trajectory("adam_decay", lambda p: optim.Adam(p, **adam))
trajectory("adamw", lambda p: optim.AdamW(p, **adam))
trajectory("adamw_scheduled", lambda p: optim.AdamW(p, lr=0, weight_decay=0.25),
           rates=[0.05, 0.1, 0.08, 0.02, 0])

# --- 12 steps of a small GPT: 4 layers, 4 heads, dim 128, 12 sequences of 64 of 65 tokens --------

LAYERS, HEADS, DIM, LENGTH, BATCH, VOCAB = 4, 4, 128, 64, 12, 65


def gpt_weights():
    """By path. The counter runs through one kind after the other; constants take their share."""
    kinds = [("attention_norm.weight", (DIM,), 1), ("attention_norm.bias", (DIM,), 0),
             ("attention.qkv.weight", (3 * DIM, DIM), "normal"),
             ("attention.qkv.bias", (3 * DIM,), 0),
             ("attention.projection.weight", (DIM, DIM), "residual"),
             ("attention.projection.bias", (DIM,), 0),
             ("feed_forward_norm.weight", (DIM,), 1), ("feed_forward_norm.bias", (DIM,), 0),
             ("feed_forward.widen.weight", (4 * DIM, DIM), "normal"),
             ("feed_forward.widen.bias", (4 * DIM,), 0),
             ("feed_forward.narrow.weight", (DIM, 4 * DIM), "residual"),
             ("feed_forward.narrow.bias", (DIM,), 0)]
    order = [("tokens.weight", (VOCAB, DIM), "normal"),
             ("positions.weight", (LENGTH, DIM), "normal")]
    order += [(f"blocks.{layer}.{name}", shape, start)
              for name, shape, start in kinds for layer in range(LAYERS)]
    order += [("norm.weight", (DIM,), 1), ("norm.bias", (DIM,), 0)]
    spreads = {"normal": 0.02 * math.sqrt(3),
               "residual": 0.02 / math.sqrt(2 * LAYERS) * math.sqrt(3)}
    weights, counter = {}, 0
    for name, shape, start in order:
        count = math.prod(shape)
        if start in spreads:  # rounded to float, so that float and double programs start alike
            numbers = [(splitmix64(counter + i) >> 40) / 2**23 - 1 for i in range(count)]
            uniform = torch.tensor(numbers)
            values = (uniform.float() * torch.tensor(spreads[start]).float()).double()
        else:
            values = torch.full((count,), float(start))
        weights[name] = values.reshape(shape).requires_grad_()
        counter += count
    return weights


def gpt_batch(step):
    rows = []
    for row in range(BATCH):
        start = splitmix64(step * BATCH + row) % 100000
        rows.append([(i * 7 + i // 5 * 3 + i // 11 * (i // 17)) % VOCAB
                     for i in range(start, start + LENGTH + 1)])
    rows = torch.tensor(rows)
    return rows[:, :-1], rows[:, 1:]


def gpt(w, ids):
    norm = lambda x, name: F.layer_norm(x, [DIM], w[name + ".weight"], w[name + ".bias"])
    linear = lambda x, name: F.linear(x, w[name + ".weight"], w[name + ".bias"])
    x = w["tokens.weight"][ids] + w["positions.weight"]
    for layer in range(LAYERS):
        block = f"blocks.{layer}."
        qkv = linear(norm(x, block + "attention_norm"), block + "attention.qkv")
        x = x + linear(attend(qkv, HEADS, causal=True)[0], block + "attention.projection")
        wide = linear(norm(x, block + "feed_forward_norm"), block + "feed_forward.widen")
        x = x + linear(F.gelu(wide, approximate="tanh"), block + "feed_forward.narrow")
    return norm(x, "norm") @ w["tokens.weight"].T


weights = gpt_weights()
optimizer = optim.AdamW(weights.values(), lr=1e-3, weight_decay=0)
losses = []
for step in range(12):
    ids, following = gpt_batch(step)
    loss = F.cross_entropy(gpt(weights, ids).reshape(-1, VOCAB), following.reshape(-1))
    optimizer.zero_grad()
    loss.backward()
    if step == 0:
        for name, weight in weights.items():
            put("gpt.norm." + name, weight.grad.norm())
    optimizer.step()
    losses.append(loss)
put("gpt.losses", torch.stack(losses))
