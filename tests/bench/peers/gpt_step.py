"""The training step of tests/bench/gpt_step.cpp in PyTorch: the same weights, tokens and losses.

python3 gpt_step.py S|M [--steps 60] [--threads 1] [--foreach]      prints one line of JSON
ATEN_CPU_CAPABILITY=avx512 makes PyTorch use its widest kernels; Debian's takes AVX2 by itself."""

import argparse
import json
import resource
import statistics
import time

import torch
import torch.nn.functional as F

flags = argparse.ArgumentParser()
flags.add_argument("config", choices=["S", "M"])
flags.add_argument("--steps", type=int, default=60)
flags.add_argument("--threads", type=int, default=1)
flags.add_argument("--foreach", action="store_true", help="AdamW by lists of tensors")
flags = flags.parse_args()
torch.set_num_threads(flags.threads)
sizes = {"S": (4, 4, 128, 64, 12, 65), "M": (6, 6, 384, 256, 4, 65)}
layers, heads, dim, length, batch_size, vocab = sizes[flags.config]


def splitmix64(counters):
    """On int64: products wrap as those of uint64 do, a mask makes the shift that of uint64."""
    signed = lambda x: x - (1 << 64)
    shifted = lambda z, by: (z >> by) & ((1 << (64 - by)) - 1)
    z = (counters + 1) * signed(0x9E3779B97F4A7C15)
    z = (z ^ shifted(z, 30)) * signed(0xBF58476D1CE4E5B9)
    z = (z ^ shifted(z, 27)) * signed(0x94D049BB133111EB)
    return z ^ shifted(z, 31)


counter = 0


def weights(count, *shape, scale=0.0, constant=0.0):
    """One tensor per layer; the counter runs through them all."""
    global counter
    made = []
    for _ in range(count):
        size = torch.Size(shape).numel()
        uniform = (splitmix64(torch.arange(counter, counter + size)) >> 40) & 0xFFFFFF
        uniform = (uniform.double() / 2**23 - 1).float()
        made.append((uniform * scale if scale else torch.full((size,), constant)).view(shape))
        made[-1].requires_grad_()
        counter += size
    return made


wide = 0.02 * 3**0.5
residual = wide / (2 * layers) ** 0.5
(tokens,) = weights(1, vocab, dim, scale=wide)
(positions,) = weights(1, length, dim, scale=wide)
parameters = [
    weights(layers, dim, constant=1.0), weights(layers, dim),
    weights(layers, 3 * dim, dim, scale=wide), weights(layers, 3 * dim),
    weights(layers, dim, dim, scale=residual), weights(layers, dim),
    weights(layers, dim, constant=1.0), weights(layers, dim),
    weights(layers, 4 * dim, dim, scale=wide), weights(layers, 4 * dim),
    weights(layers, dim, 4 * dim, scale=residual), weights(layers, dim),
]
norm = weights(1, dim, constant=1.0) + weights(1, dim)
everything = [tokens, positions, *(w for kind in parameters for w in kind), *norm]
future = torch.ones(length, length, dtype=torch.bool).triu(1)


def attention(qkv):
    q, k, v = (x.view(batch_size, length, heads, -1).transpose(1, 2) for x in qkv.split(dim, 2))
    if hasattr(F, "scaled_dot_product_attention"):  # from PyTorch 2 on
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
    else:
        scores = (q * (dim // heads) ** -0.5) @ k.transpose(-2, -1)
        mixed = F.softmax(scores.masked_fill_(future, float("-inf")), -1) @ v
    return mixed.transpose(1, 2).reshape(batch_size, length, dim)


def loss_of(ids, targets):
    x = F.embedding(ids, tokens) + positions
    for n1w, n1b, qkvw, qkvb, projw, projb, n2w, n2b, upw, upb, downw, downb in zip(*parameters):
        h = F.linear(F.layer_norm(x, (dim,), n1w, n1b), qkvw, qkvb)
        x = x + F.linear(attention(h), projw, projb)
        h = F.linear(F.layer_norm(x, (dim,), n2w, n2b), upw, upb)
        x = x + F.linear(F.gelu(h, approximate="tanh"), downw, downb)
    logits = F.linear(F.layer_norm(x, (dim,), *norm), tokens)
    return F.cross_entropy(logits.view(-1, vocab), targets.reshape(-1))


def batch_of(step):
    hashes = splitmix64(torch.arange(step * batch_size, (step + 1) * batch_size))
    # hash % 100000, of the hash as uint64: twice its upper 63 bits, and the last.
    start = ((hashes >> 1) & ((1 << 63) - 1)) % 100000 * 2 + (hashes & 1)
    i = (start % 100000)[:, None] + torch.arange(length + 1)
    sequence = (i * 7 + i // 5 * 3 + (i // 11) * (i // 17)) % vocab
    return sequence[:, :-1].contiguous(), sequence[:, 1:].contiguous()


optimizer = torch.optim.AdamW(everything, lr=1e-3, weight_decay=0.0, foreach=flags.foreach)
warmup, losses, times = 10, [], []
for step in range(warmup + flags.steps):
    ids, targets = batch_of(step)
    t0 = time.perf_counter()
    optimizer.zero_grad(set_to_none=True)
    loss = loss_of(ids, targets)
    t1 = time.perf_counter()
    loss.backward()
    t2 = time.perf_counter()
    optimizer.step()
    t3 = time.perf_counter()
    losses.append(round(loss.item(), 5))
    if step >= warmup:
        times.append((t3 - t0, t1 - t0, t2 - t1, t3 - t2))
whole, forward, backward, update = (round(1e3 * statistics.median(t), 3) for t in zip(*times))
print(json.dumps({
    "impl": "PyTorch" + (" foreach" if flags.foreach else ""), "version": torch.__version__,
    "config": flags.config, "threads": flags.threads, "steps": flags.steps,
    "ms_per_step": whole, "ms_forward": forward, "ms_backward": backward, "ms_adamw": update,
    "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    "first_loss": losses[0], "loss_10": losses[10], "final_loss": losses[-1],
}))
