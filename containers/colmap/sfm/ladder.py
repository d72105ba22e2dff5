"""The attempts at a model: what is tried next, and which attempt is the best."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

Way = Literal["incremental", "other start", "weak points", "more pairs", "global"]

ALL_PAIRS_LIMIT = 400
"""Photographs of which every two are compared when nothing else helped: 79,800 pairs."""
LENIENT_FROM = 100
LENIENT_SHARE = 0.98
"""Of so many photographs a few may stay out before everything is mapped again."""


@dataclass(frozen=True)
class Rung:
    """One attempt to make: the way, and the seed of everything random in it."""

    way: Way
    seed: int


@dataclass(frozen=True)
class Attempt:
    """One attempt that was made.

    Attributes:
        rung: what was tried.
        registered: photographs that have a place.
        doubtful: those of them whose own matches contradict it.
        points: of the model.
        reprojection_px: mean.
        seconds: it took.
    """

    rung: Rung
    registered: int
    doubtful: int
    points: int
    reprojection_px: float
    seconds: float

    @property
    def sound(self) -> int:
        """Photographs that have a place which their matches agree with."""
        return self.registered - self.doubtful


Passes = Callable[[Attempt], bool]
"""Whether the gate lets an attempt through."""


@dataclass(frozen=True)
class Ladder:
    """What may be tried.

    Attributes:
        seed: first seed.
        seeds: how many seeds are tried before other ways are.
        reachable: photographs that hang together with most others by their matches: no attempt places more.
        photos: that are used.
        all_compared: whether every two photographs were compared already.
    """

    seed: int
    seeds: int
    reachable: int
    photos: int
    all_compared: bool

    @property
    def goal(self) -> int:
        """Photographs with a sound place after which nothing more is tried."""
        return self.reachable if self.reachable <= LENIENT_FROM else int(self.reachable * LENIENT_SHARE)


def next_rung(ladder: Ladder, attempts: Sequence[Attempt], passes: Passes) -> Rung | None:
    """What to try next: nothing when one attempt has all and passes, else a new seed, else another way."""
    if any(attempt.sound >= ladder.goal and passes(attempt) for attempt in attempts):
        return None
    ways: list[Way] = [*_seeds(ladder.seeds), "other start", "weak points", "global"]
    if not ladder.all_compared and ladder.photos <= ALL_PAIRS_LIMIT:
        ways.append("more pairs")
    number = len(attempts)
    return Rung(ways[number], ladder.seed + number) if number < len(ways) else None


def _seeds(count: int) -> list[Way]:
    return ["incremental"] * count


def best_attempt(attempts: Sequence[Attempt], passes: Passes) -> int:
    """The index of the attempt to keep.

    One that passes the gate if there is any; then most photographs in a sound place, then in any, then most
    points.
    """

    def rank(index: int) -> tuple[bool, int, int, int, int]:
        one = attempts[index]
        return passes(one), one.sound, one.registered, one.points, -index

    return max(range(len(attempts)), key=rank)
