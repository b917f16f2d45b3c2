"""A GPT-2 of OpenAI's smallest size in PyTorch, beside tests/bench/gpt2.cpp.

python3 gpt2.py FILE --make            writes FILE (500 MB) with random weights
python3 gpt2.py FILE                   prints one line of JSON, as gpt2.cpp does
python3 gpt2.py FILE --beside PROGRAM  runs both in turn on one core, prints ratios and whether the
                                       scores agree"""

import argparse
import json
import mmap
import os
import resource
import statistics
import struct
import subprocess
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

flags = argparse.ArgumentParser()
flags.add_argument("file")
flags.add_argument("--make", action="store_true")
flags.add_argument("--beside", metavar="PROGRAM")
flags.add_argument("--rounds", type=int, default=5)
flags.add_argument("--core", type=int, default=0)
flags.add_argument("--steps", type=int, default=3)
flags.add_argument("--logits", default="")
flags = flags.parse_args()
LAYERS, HEADS, DIM, WINDOW, VOCAB, TRAIN = 12, 12, 768, 1024, 50257, 256
torch.set_num_threads(1)


def shapes():
    yield from [("wte.weight", (VOCAB, DIM)), ("wpe.weight", (WINDOW, DIM))]
    for h in (f"h.{layer}." for layer in range(LAYERS)):
        yield from [(h + name, shape) for name, shape in [
            ("ln_1.weight", (DIM,)), ("ln_1.bias", (DIM,)),
            ("attn.bias", (1, 1, WINDOW, WINDOW)),  # a mask, as older files have it
            ("attn.c_attn.weight", (DIM, 3 * DIM)), ("attn.c_attn.bias", (3 * DIM,)),
            ("attn.c_proj.weight", (DIM, DIM)), ("attn.c_proj.bias", (DIM,)),
            ("ln_2.weight", (DIM,)), ("ln_2.bias", (DIM,)),
            ("mlp.c_fc.weight", (DIM, 4 * DIM)), ("mlp.c_fc.bias", (4 * DIM,)),
            ("mlp.c_proj.weight", (4 * DIM, DIM)), ("mlp.c_proj.bias", (DIM,))]]
    yield from [("ln_f.weight", (DIM,)), ("ln_f.bias", (DIM,))]


def make(path):
    draw, header, end = np.random.default_rng(1), {"__metadata__": {"format": "pt"}}, 0
    for name, shape in shapes():
        size = 4 * int(np.prod(shape))
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [end, end + size]}
        end += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name, shape in shapes():
            # Large enough that attention and GELU have something to do.
            numbers = draw.standard_normal(shape, dtype=np.float32) * np.float32(0.05)
            file.write((numbers + np.float32(".ln_" in "." + name and name.endswith("weight"))).tobytes())


def load(path):
    with open(path, "rb") as file:
        bytes_ = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    (length,) = struct.unpack("<Q", bytes_[:8])
    weights = {}
    for name, entry in json.loads(bytes_[8:8 + length]).items():
        if name == "__metadata__" or name.endswith(".attn.bias"):
            continue
        begin, end = entry["data_offsets"]
        numbers = np.frombuffer(bytes_, np.float32, (end - begin) // 4, 8 + length + begin)
        weights[name] = torch.from_numpy(numbers.reshape(entry["shape"]).copy()).requires_grad_()
    return weights


future = torch.ones(WINDOW, WINDOW, dtype=torch.bool).triu(1)


def hidden(w, ids):
    length = ids.shape[1]
    norm = lambda x, name: F.layer_norm(x, (DIM,), w[name + ".weight"], w[name + ".bias"])
    conv1d = lambda x, name: torch.addmm(w[name + ".bias"], x.view(-1, x.shape[-1]),
                                         w[name + ".weight"]).view(1, length, -1)
    x = w["wte.weight"][ids] + w["wpe.weight"][:length]
    for h in (f"h.{layer}." for layer in range(LAYERS)):
        q, k, v = (part.view(1, length, HEADS, -1).transpose(1, 2)
                   for part in conv1d(norm(x, h + "ln_1"), h + "attn.c_attn").split(DIM, 2))
        if hasattr(F, "scaled_dot_product_attention"):  # from PyTorch 2 on
            mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            scores = (q * (DIM // HEADS) ** -0.5) @ k.transpose(-2, -1)
            scores = scores.masked_fill_(future[:length, :length], float("-inf"))
            mixed = F.softmax(scores, -1) @ v
        x = x + conv1d(mixed.transpose(1, 2).reshape(1, length, DIM), h + "attn.c_proj")
        wide = conv1d(norm(x, h + "ln_2"), h + "mlp.c_fc")
        x = x + conv1d(F.gelu(wide, approximate="tanh"), h + "mlp.c_proj")
    return norm(x, "ln_f")


def window(length, first):
    return (torch.arange(first, first + length) * 7919 % VOCAB)[None]


def run():
    report = {"impl": "PyTorch", "version": torch.__version__}
    peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    def timed(name, count, work):
        wall, processor = [], []
        for i in range(count):
            t, p = time.perf_counter(), time.process_time()
            result = work(i)
            if i > 0 or count == 1:
                wall.append(time.perf_counter() - t)
                processor.append(time.process_time() - p)
        report[name] = statistics.median_high(wall)
        report[name + "_cpu"] = statistics.median_high(processor)
        return result

    w = timed("load", 1, lambda _: load(flags.file))
    head = lambda x: F.linear(x, w["wte.weight"])
    with torch.no_grad():
        logits = timed("forward", flags.steps, lambda _: head(hidden(w, window(WINDOW, 0))))
        timed("last", flags.steps, lambda _: head(hidden(w, window(WINDOW, 0))[:, -1:]))
        if flags.logits:
            logits[:, -8:].numpy().tofile(flags.logits)
    report["forward_mb"] = peak()
    optimizer = torch.optim.AdamW(w.values(), lr=1e-4, weight_decay=0)

    def train(step):
        optimizer.zero_grad(set_to_none=True)
        logits = head(hidden(w, window(TRAIN, step)))
        loss = F.cross_entropy(logits.view(-1, VOCAB), window(TRAIN, step + 1).view(-1))
        loss.backward()
        optimizer.step()
        if step == 0:
            report["loss"] = loss.item()

    timed("train", flags.steps, train)
    report["train_mb"] = peak()
    print(json.dumps(report))


def beside(program):
    rows = []
    for _ in range(flags.rounds):
        pair = []
        for who, command in [("locus", [program]), ("peer", [sys.executable, __file__])]:
            logits = f"{flags.file}.{who}.logits"
            out = subprocess.run(["taskset", "-c", str(flags.core), *command, flags.file, "--steps",
                                  str(flags.steps), "--logits", logits],
                                 check=True, capture_output=True, text=True, env=os.environ).stdout
            pair.append(json.loads(out) | {"logits": np.fromfile(logits, np.float32)})
        rows.append(pair)
        ours, theirs = pair
        print(" ".join(f"{name}: {ours[name]:.3f} s, {theirs[name] / ours[name]:.2f}x"
                       for name in ["load", "forward", "last", "train"]), flush=True)
    for name, tokens in [("load", 0), ("forward", WINDOW), ("last", 0), ("train", TRAIN)]:
        middle = lambda key, who: statistics.median(pair[who][name + key] for pair in rows)
        ratio = lambda key: statistics.median(peer[name + key] / us[name + key] for us, peer in rows)
        rate = f", {tokens / middle('_cpu', 0):.0f} tokens per second of processor" if tokens else ""
        print(f"{name}: {middle('', 0):.3f} s, of processor {middle('_cpu', 0):.3f} s{rate}; PyTorch takes "
              f"{ratio(''):.2f} times as long, {ratio('_cpu'):.2f} times of processor")
    ours, theirs = rows[0]
    error = np.abs(ours["logits"] - theirs["logits"]).max() / np.abs(theirs["logits"]).max()
    print(f"scores differ by {error:.1e} of the largest; losses {ours['loss']:.5f} and "
          f"{theirs['loss']:.5f}; peak of memory {ours['forward_mb']:.0f} MB forward, "
          f"{ours['train_mb']:.0f} MB training; PyTorch {theirs['forward_mb']:.0f} and "
          f"{theirs['train_mb']:.0f} MB")


if flags.make:
    make(flags.file)
elif flags.beside:
    beside(flags.beside)
else:
    run()
