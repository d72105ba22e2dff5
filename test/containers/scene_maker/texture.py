"""Textures rich enough that a feature detector finds its way on every part of them."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.float32]

_OCTAVES = 6


def make_texture(rng: np.random.Generator, height: int, width: int) -> Pixels:
    """Return a (height, width, 3) texture in [0, 1]: noise of many sizes under patches with sharp corners."""
    base = rng.uniform(0.3, 0.7, 3)
    grey = _noise(rng, height, width)[:, :, None]
    tint = np.stack([_noise(rng, height, width) for _ in range(3)], axis=2)
    texture = (base + 0.35 * grey + 0.08 * tint).astype(np.float32)
    for _ in range(max(12, height * width // 900)):
        _add_patch(rng, texture)
    clipped: Pixels = np.clip(texture, 0.02, 0.98).astype(np.float32)
    return clipped


def _noise(rng: np.random.Generator, height: int, width: int) -> Pixels:
    """Sum grids of random values, each twice as fine as the one before and weaker; about [-1, 1]."""
    total = np.zeros((height, width), np.float32)
    for octave in range(_OCTAVES):
        cells = 2 ** (octave + 2)
        rows, columns = (
            max(2, cells * height // max(height, width)),
            max(2, cells * width // max(height, width)),
        )
        grid = Image.fromarray(rng.uniform(-1, 1, (rows, columns)).astype(np.float32))
        total += 0.75**octave * np.asarray(grid.resize((width, height), Image.Resampling.BICUBIC))
    return (total / 2).astype(np.float32)


def _add_patch(rng: np.random.Generator, texture: Pixels) -> None:
    """Lay a rectangle of another brightness on the texture; its corners are what descriptors hold on to."""
    height, width = texture.shape[:2]
    tall, wide = (int(rng.integers(3, 24)) for _ in range(2))
    top, left = int(rng.integers(0, height)), int(rng.integers(0, width))
    change = rng.uniform(-0.3, 0.3) + rng.uniform(-0.06, 0.06, 3)
    texture[top : top + tall, left : left + wide] += change.astype(np.float32)
