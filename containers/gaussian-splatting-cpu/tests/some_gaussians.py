"""Gaussians by chance, and a camera that sees some of them."""

from __future__ import annotations

import numpy as np

from train.gaussians import Gaussians
from train.rasteriser import View


def some_gaussians(count: int, seed: int, degree: int = 3) -> Gaussians:
    """In front of a camera at the origin: some overlap, some nearly opaque, some far to the side."""
    random = np.random.default_rng(seed)
    depth = random.uniform(1, 6, count)
    means = np.stack(
        [random.uniform(-0.9, 0.9, count) * depth, random.uniform(-0.8, 0.8, count) * depth, depth], axis=1
    )
    return Gaussians(
        means=means,
        log_scales=random.uniform(-3, -0.5, (count, 3)),
        quaternions=random.normal(size=(count, 4)),
        opacity_logits=random.uniform(-2, 6, count),
        harmonics=random.normal(scale=0.3, size=(count, (degree + 1) ** 2, 3)),
    )


def tilted_view(*, compensate: bool) -> View:
    """A small picture from near the origin, along z."""
    a, b = 0.2, -0.15
    rotation = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    rotation = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]]) @ rotation
    return View(rotation, np.array([0.1, -0.2, 0.3]), 38, 41, 21, 16, 43, 35, compensate=compensate)
