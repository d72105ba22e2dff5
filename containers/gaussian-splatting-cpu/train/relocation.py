"""Densification by relocation: "3DGS as Markov Chain Monte Carlo", Kheradmand et al. 2024 (2404.09591)."""

from __future__ import annotations

from functools import cache
from math import comb

import numpy as np
from numpy.typing import NDArray

from train.gaussians import Gaussians

MOST_COPIES = 51


@cache
def _binomials() -> NDArray[np.float64]:
    """(51, 51): row m, column k: C(m, k) (-1)^k / sqrt(k + 1)."""
    rows = [[comb(m, k) * (-1) ** k / (k + 1) ** 0.5 for k in range(MOST_COPIES)] for m in range(MOST_COPIES)]
    return np.array(rows)


def shared(
    opacity: NDArray[np.float64], copies: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Opacity of each of N Gaussians that together look like one, and the factor on their scales.

    Args:
        opacity: (n,) of the one.
        copies: (n,) N, at least 1.
    """
    n = np.minimum(copies, MOST_COPIES)
    each = 1 - (1 - opacity) ** (1 / n)
    powers = each[:, None] ** np.arange(1, MOST_COPIES + 1)
    terms = powers @ _binomials().T  # (n, m): the inner sum for i - 1 = m
    total = np.where(np.arange(MOST_COPIES) < n[:, None], terms, 0).sum(axis=1)
    return each, opacity / total


def sigmoid(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """1 / (1 + exp(-x)) in double precision."""
    return 1 / (1 + np.exp(-values.astype(np.float64)))


def relocate(
    gaussians: Gaussians,
    moments: tuple[Gaussians, Gaussians],
    dead: NDArray[np.bool_],
    random: np.random.Generator,
) -> int:
    """Moves every dead Gaussian to a living one drawn by opacity, sharing its opacity and shape; in place.

    Returns:
        How many moved.
    """
    to, living = np.flatnonzero(dead), np.flatnonzero(~dead)
    if len(to) == 0 or len(living) == 0:
        return 0
    source = _draw(gaussians, living, len(to), random)
    _split(gaussians, moments, source, to)
    return len(to)


def grow(
    gaussians: Gaussians, moments: tuple[Gaussians, Gaussians], count: int, random: np.random.Generator
) -> tuple[Gaussians, tuple[Gaussians, Gaussians]]:
    """`count` more Gaussians, each at one that is there, drawn by opacity."""
    source = _draw(gaussians, np.arange(gaussians.count), count, random)
    grown = gaussians.join(gaussians.take(source))
    first, second = (m.join(m.take(source).zeros()) for m in moments)
    _split(grown, (first, second), source, np.arange(gaussians.count, grown.count))
    return grown, (first, second)


def _draw(
    gaussians: Gaussians, among: NDArray[np.int64], count: int, random: np.random.Generator
) -> NDArray[np.int64]:
    weights = sigmoid(gaussians.opacity_logits[among])
    return random.choice(among, size=count, p=weights / weights.sum())


def _split(
    gaussians: Gaussians,
    moments: tuple[Gaussians, Gaussians],
    source: NDArray[np.int64],
    to: NDArray[np.int64],
) -> None:
    unique, counts = np.unique(source, return_counts=True)
    opacity, factor = shared(sigmoid(gaussians.opacity_logits[unique]), counts + 1)
    opacity = np.clip(opacity, 0.005, 1 - 1e-6)
    gaussians.opacity_logits[unique] = np.log(opacity / (1 - opacity))
    gaussians.log_scales[unique] += np.log(factor)[:, None].astype(np.float32)
    for _, values in gaussians.groups():
        values[to] = values[source]
    for moment in moments:
        for _, values in moment.groups():
            values[unique] = 0
            values[to] = 0
