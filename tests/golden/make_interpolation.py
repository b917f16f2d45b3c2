#!/usr/bin/env python3
"""Writes interpolation.txt: position tables interpolated by PyTorch, in double precision.

    python3 make_interpolation.py > interpolation.txt          (made with PyTorch 1.13)

Inputs are those of hashed.py. Grids are PyTorch's bicubic interpolation. The
curve of one dimension has another slope (a = -1/2) and goes on straight beyond its ends; it is
written here as the piecewise cubic of Hermite, from values and slopes.
"""
import torch
import torch.nn.functional as F

from hashed import hashed, put


def hermite(table, length):
    rows = len(table)
    slopes = torch.empty_like(table)
    for r in range(rows):  # half the difference of both neighbours; at an end, of the one there is
        low, high = max(r - 1, 0), min(r + 1, rows - 1)
        slopes[r] = (table[high] - table[low]) / max(high - low, 1)
    made = []
    for p in range(length):
        place = p * (rows - 1) / (length - 1)
        r = min(int(place), rows - 2)
        t = place - r
        made.append((2 * t**3 - 3 * t**2 + 1) * table[r] + (t**3 - 2 * t**2 + t) * slopes[r]
                    + (3 * t**2 - 2 * t**3) * table[r + 1] + (t**3 - t**2) * slopes[r + 1])
    return torch.stack(made)


for rows, length in [(7, 12), (7, 4), (2, 5), (3, 9)]:
    put(f"curve.{rows}.{length}", hermite(hashed(40 + rows, rows, 3), length))

for (rows, columns), (high, wide), kept in [((4, 4), (7, 7), 1), ((3, 5), (6, 4), 0),
                                            ((4, 4), (2, 3), 2), ((1, 2), (3, 3), 0)]:
    table = hashed(50 + rows, kept + rows * columns, 3)
    grid = table[kept:].reshape(1, rows, columns, 3).permute(0, 3, 1, 2)
    grid = F.interpolate(grid, size=(high, wide), mode="bicubic", align_corners=False)
    put(f"grid.{rows}.{columns}.{high}.{wide}.{kept}",
        torch.cat([table[:kept], grid.permute(0, 2, 3, 1).reshape(-1, 3)]))
