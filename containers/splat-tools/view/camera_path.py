"""The order in which the camera visits the photographs, and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

WALK = 1.5
"""The order of the names is a walk when it is at most this much longer than going to the nearest next one."""

MOST_PLACES = 100
"""Places of a tour; of more photographs an even choice is visited, which also smooths a shaky video."""

STEP_SECONDS = 1.2
"""Seconds of a step of median length; the others in proportion, between a third and three times that."""

LONGEST_PASS = 90.0
"""Seconds from one end of the path to the other."""

Rule = Literal["file names", "nearest next"]


@dataclass(frozen=True)
class Tour:
    """A round trip.

    Attributes:
        stops: indices of the places in the order they are visited; the first one follows the last.
        seconds: when each stop is reached, from 0; same length as `stops`.
        duration: seconds until the first stop is reached again.
        rule: what ordered the places.
        closed: the path itself is a ring; else the camera turns at both ends.
    """

    stops: tuple[int, ...]
    seconds: tuple[float, ...]
    duration: float
    rule: Rule
    closed: bool


def plan_tour(places: NDArray[np.float64], start: int) -> Tour:
    """A round trip from `start` through all places and back.

    Args:
        places: (n, d) float64, n ≥ 1, in the order of the photographs' names; near ones look alike.
        start: index of the first stop.
    """
    names = np.arange(len(places))
    nearest = _nearest_next(places)
    by_name = _length(places[names]) <= WALK * _length(places[nearest])
    order = _thinned(names if by_name else nearest, start)
    steps = _steps(places[order])
    gap = float(np.linalg.norm(places[order[0]] - places[order[-1]]))
    closed = len(order) > 3 and gap <= 2 * float(np.median(steps))
    stops = _round_trip(order, start, closed)
    seconds = _step_seconds(places[[*stops, stops[0]]], float(np.median(steps)) if len(steps) else 0.0)
    longest = LONGEST_PASS * (1 if closed else 2)
    seconds *= min(1.0, longest / max(float(seconds.sum()), 1e-9))
    reached = np.concatenate([[0.0], np.cumsum(seconds)])
    rule: Rule = "file names" if by_name else "nearest next"
    return Tour(tuple(stops), tuple(float(t) for t in reached[:-1]), float(reached[-1]), rule, closed)


def _nearest_next(places: NDArray[np.float64]) -> NDArray[np.int64]:
    """From the place farthest out always to the nearest one that was not visited."""
    left = np.ones(len(places), dtype=bool)
    at = int(np.argmax(np.linalg.norm(places - places.mean(axis=0), axis=1)))
    order = []
    while True:
        order.append(at)
        left[at] = False
        if not left.any():
            return np.array(order, dtype=np.int64)
        distances = np.linalg.norm(places - places[at], axis=1)
        at = int(np.argmin(np.where(left, distances, np.inf)))


def _thinned(order: NDArray[np.int64], start: int) -> list[int]:
    """At most `MOST_PLACES` of them, evenly, `start` among them."""
    if len(order) <= MOST_PLACES:
        return [int(place) for place in order]
    chosen = set(np.linspace(0, len(order) - 1, MOST_PLACES - 1).round().astype(int).tolist())
    return [int(place) for at, place in enumerate(order) if at in chosen or place == start]


def _round_trip(order: list[int], start: int, closed: bool) -> list[int]:
    at = order.index(start)
    if closed:
        return order[at:] + order[:at]
    return order[at:] + order[-2::-1] + order[1:at]


def _step_seconds(stations: NDArray[np.float64], median: float) -> NDArray[np.float64]:
    steps = _steps(stations)
    ratio = steps / median if median > 0 else np.ones_like(steps)
    seconds: NDArray[np.float64] = STEP_SECONDS * np.clip(ratio, 1 / 3, 3)
    return seconds


def _steps(stations: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths: NDArray[np.float64] = np.linalg.norm(np.diff(stations, axis=0), axis=1)
    return lengths


def _length(stations: NDArray[np.float64]) -> float:
    return float(_steps(stations).sum())
