"""What the scripts that write golden numbers share: inputs from a counter hash (splitmix64), which the
tests compute too, and lines of output. Everything is in double precision."""
import math

import torch

torch.set_default_dtype(torch.float64)
ALL_BITS = (1 << 64) - 1


def splitmix64(i):
    z = (i + 1) * 0x9E3779B97F4A7C15 & ALL_BITS
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & ALL_BITS
    z = (z ^ z >> 27) * 0x94D049BB133111EB & ALL_BITS
    return z ^ z >> 31


def hashed(stream, *shape, scale=1.0):
    """Numbers in [-scale, scale), multiples of scale / 2^23, so that float holds them exactly."""
    count = math.prod(shape)
    numbers = [(splitmix64(1000000 * stream + i) >> 40) / 2**23 - 1 for i in range(count)]
    return (torch.tensor(numbers) * scale).reshape(shape).requires_grad_()


def put(name, x):
    """A line: the name, the count of numbers, the numbers in row-major order."""
    numbers = [f"{number:.17g}" for number in x.detach().reshape(-1).tolist()]
    print(name, len(numbers), *numbers)
