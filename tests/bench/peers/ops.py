"""Single operations of PyTorch on one thread, under the names of tests/bench/ops.cpp.

python3 ops.py [seconds per op]      prints one line of JSON each
Where PyTorch offers several ways to the same result, the fastest counts. Run with OMP_NUM_THREADS=1;
ATEN_CPU_CAPABILITY=avx512 makes PyTorch use its widest kernels."""

import json
import statistics
import sys
import time

import torch
import torch.nn.functional as F

seconds_per_op = float(sys.argv[1]) if len(sys.argv) > 1 else 0.2
torch.set_num_threads(1)
torch.manual_seed(0)


def measure(name, *ways):
    results = []
    for way in ways:
        way(), way()
        start = time.perf_counter()
        way()
        once = time.perf_counter() - start
        samples = 9
        calls = max(1, int(seconds_per_op / len(ways) / samples / max(once, 1e-7)))
        times = []
        for _ in range(samples):
            start = time.perf_counter()
            for _ in range(calls):
                way()
            times.append((time.perf_counter() - start) / calls)
        results.append(statistics.median(times))
    print(json.dumps({"op": name, "us": round(min(results) * 1e6, 4)}), flush=True)


def measure_with_backward(name, f, *leaves):
    gradient = torch.randn_like(f(*leaves))

    def run():
        for leaf in leaves:
            leaf.grad = None
        f(*leaves).backward(gradient)

    measure(name + ", forward and backward", run)


def leaf(*shape):
    return torch.randn(shape, requires_grad=True)


with torch.inference_mode():
    x, y, out = torch.randn(1 << 20), torch.randn(1 << 20), torch.empty(1 << 20)
    measure("add 1M", lambda: x + y, lambda: torch.add(x, y, out=out))
    measure("multiply 1M", lambda: x * y, lambda: torch.mul(x, y, out=out))
    measure("exp 1M", lambda: torch.exp(x), lambda: torch.exp(x, out=out))
    measure("tanh 1M", lambda: torch.tanh(x), lambda: torch.tanh(x, out=out))
    measure("gelu_tanh 1M", lambda: F.gelu(x, approximate="tanh"))
    measure("gelu 1M", lambda: F.gelu(x))
    measure("sum 1M", lambda: x.sum())
    a, b, near = torch.randn(1 << 14), torch.randn(1 << 14), torch.empty(1 << 14)
    measure("add 16K", lambda: a + b, lambda: torch.add(a, b, out=near))
    measure("exp 16K", lambda: torch.exp(a), lambda: torch.exp(a, out=near))
    measure("gelu_tanh 16K", lambda: F.gelu(a, approximate="tanh"))

    square, scores, tokens = torch.randn(768, 768), torch.randn(48, 64, 64), torch.randn(768, 128)
    measure("softmax 768x768", lambda: F.softmax(square, -1))
    measure("softmax 48x64x64", lambda: F.softmax(scores, -1))
    ones, zeros = torch.ones(128), torch.zeros(128)
    measure("layer_norm 768x128", lambda: F.layer_norm(tokens, (128,), ones, zeros))

    for n in (256, 512, 1024, 2048):
        p, q, r = torch.randn(n, n), torch.randn(n, n), torch.empty(n, n)
        measure(f"matmul {n}", lambda: p @ q, lambda: torch.mm(p, q, out=r))
    for name, k, n in (("qkv", 128, 384), ("fc", 128, 512), ("proj", 512, 128)):
        p, w = torch.randn(768, k), torch.randn(n, k)
        measure(f"matmul S {name} forward", lambda: F.linear(p, w))
    q, k, p = torch.randn(48, 64, 32), torch.randn(48, 64, 32), torch.randn(48, 64, 64)
    measure("matmul S scores", lambda: torch.bmm(q, k.transpose(1, 2)))
    measure("matmul S mix", lambda: torch.bmm(p, k))

layer_norm = lambda x, w, b: F.layer_norm(x, (128,), w, b)
measure_with_backward("layer_norm 768x128", layer_norm, leaf(768, 128), leaf(128), leaf(128))
ids = torch.randint(0, 65, (768,))
measure_with_backward("embedding 65x128, 768 ids", lambda t: F.embedding(ids, t), leaf(65, 128))
measure_with_backward("cross_entropy 768x65", lambda x: F.cross_entropy(x, ids), leaf(768, 65))
measure_with_backward("gelu_tanh 768x512", lambda x: F.gelu(x, approximate="tanh"), leaf(768, 512))
measure_with_backward("softmax 48x64x64", lambda x: F.softmax(x, -1), leaf(48, 64, 64))
measure_with_backward("linear 768x128 -> 512", F.linear, leaf(768, 128), leaf(512, 128), leaf(512))


def adamw(shapes, **options):
    parameters = [leaf(*shape) for shape in shapes]
    for parameter in parameters:
        parameter.grad = torch.randn_like(parameter)
    return torch.optim.AdamW(parameters, lr=1e-3, weight_decay=0.0, **options).step


dim = 128
layer = [(dim,), (dim,), (3 * dim, dim), (3 * dim,), (dim, dim), (dim,), (dim,), (dim,)]
layer += [(4 * dim, dim), (4 * dim,), (dim, 4 * dim), (dim,)]
shapes = [(65, dim), (64, dim), (dim,), (dim,)] + 4 * layer
count = sum(torch.Size(shape).numel() for shape in shapes)
for name, of in (("52 tensors", shapes), ("1 tensor", [(count,)])):
    measure(f"AdamW 0.8M in {name}", adamw(of, foreach=False), adamw(of, foreach=True))
