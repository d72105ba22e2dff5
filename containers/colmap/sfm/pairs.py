"""Which photographs are compared with which; names in, pairs of names out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

Pair = tuple[str, str]

OVERLAP = 10
"""Neighbours of a frame in a sequence that are all compared with it."""
FAR = tuple(1 << power for power in range(4, 10))
"""Distances beyond them that are compared as well, which holds a long sequence straight; a fixed number."""
EARTH_M = 6_371_000.0


def exhaustive_pairs(names: Sequence[str]) -> tuple[Pair, ...]:
    """Every two of `names`: n(n-1)/2 pairs."""
    return tuple(combinations(names, 2))


def sequential_pairs(sequence: Sequence[str]) -> tuple[Pair, ...]:
    """Every frame with those after it at fixed distances: never more than 16 pairs a frame."""
    steps = (*range(1, OVERLAP + 1), *FAR)
    return tuple(
        (name, sequence[index + step])
        for index, name in enumerate(sequence)
        for step in steps
        if index + step < len(sequence)
    )


def nearby_pairs(places: Mapping[str, tuple[float, float]], count: int) -> tuple[Pair, ...]:
    """Every photograph with the `count` that were taken nearest to it.

    Args:
        places: latitude and longitude in degrees.
        count: neighbours a photograph.
    """
    names = sorted(places)
    found: list[Pair] = []
    for name in names:
        others = sorted(
            (other for other in names if other != name),
            key=lambda other: (_metres(places[name], places[other]), other),
        )
        found.extend((name, other) for other in others[:count])
    return merged_pairs(found)


def merged_pairs(*groups: Iterable[Pair]) -> tuple[Pair, ...]:
    """All pairs once, whichever way round, sorted."""
    return tuple(sorted({(min(pair), max(pair)) for group in groups for pair in group if pair[0] != pair[1]}))


def _metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Near enough for a scene: the earth is flat there."""
    north = math.radians(other[0] - one[0])
    east = math.radians((other[1] - one[1] + 180) % 360 - 180) * math.cos(math.radians(one[0]))
    return EARTH_M * math.hypot(north, east)
