"""What the matches say before mapping: which photographs hang together, and where a model can start."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sfm.scene_database import MatchedPair

FIRM_MATCHES = 30
"""Matches of two photographs that are hardly ever chance; COLMAP asks for as many to place a photograph."""
START_MATCHES = 100
SIDEWAYS = 0.95
"""COLMAP's own limit for the share of a movement that may go along the view."""
START_ANGLES = (16.0, 8.0, 4.0)


@dataclass(frozen=True)
class PairGeometry:
    """How the camera moved between two photographs.

    Attributes:
        one: name.
        other: name.
        matches: that agree on it.
        angle: median angle at which the two see a point, degrees.
        forward: share of the movement that goes along the view, 0 to 1.
    """

    one: str
    other: str
    matches: int
    angle: float
    forward: float


@dataclass(frozen=True)
class Start:
    """What the first two photographs of a model must have, and why.

    Attributes:
        matches: least matches.
        angle: least angle, degrees.
        forward: greatest share of movement along the view.
        reason: for people.
    """

    matches: int
    angle: float
    forward: float
    reason: str


COLMAPS_START = Start(
    START_MATCHES, START_ANGLES[0], SIDEWAYS, "COLMAP's own rule for the first two photographs"
)
"""It gives up matches first and never its limit for walking forward: a street starts from 30 wrong ones."""
FORWARD_START = Start(START_MATCHES, 2.0, 1.0, "the first two photographs may lie one behind the other")


def choose_start(pairs: Sequence[PairGeometry]) -> Start:
    """Where the model should start: many matches come first, then a wide angle, then movement to the side.

    A camera that walks down a street moves along its view. COLMAP's rule refuses all such pairs, whatever
    their matches, and falls back to far-apart photographs with a few dozen, most of them wrong: the model
    ends after two photographs, or is bent. The pairs with hundreds of matches are the safe start, even though
    they see points at small angles.
    """
    strong = [pair for pair in pairs if pair.matches >= START_MATCHES]
    sideways = [pair for pair in strong if pair.forward < SIDEWAYS]
    for angle in START_ANGLES:
        fitting = [pair for pair in sideways if pair.angle >= angle]
        if len(fitting) > 1:
            reason = f"{len(fitting)} pairs with {START_MATCHES} matches or more differ by {angle:g}° or more"
            return Start(START_MATCHES, angle, SIDEWAYS, reason)
    if not strong:
        return COLMAPS_START
    share = sum(pair.forward >= SIDEWAYS for pair in strong) / len(strong)
    reason = (
        f"the camera moves along its view in {share:.0%} of the {len(strong)} pairs with {START_MATCHES} "
        f"matches or more: {FORWARD_START.reason}"
    )
    return Start(START_MATCHES, FORWARD_START.angle, FORWARD_START.forward, reason)


def connected_sets(names: Sequence[str], pairs: Sequence[MatchedPair]) -> tuple[tuple[str, ...], ...]:
    """The sets of photographs that hang together by firm pairs, largest first; every name is in one."""
    neighbours: dict[str, set[str]] = defaultdict(set)
    for pair in pairs:
        if pair.matches >= FIRM_MATCHES:
            neighbours[pair.one].add(pair.other)
            neighbours[pair.other].add(pair.one)
    seen: set[str] = set()
    sets: list[tuple[str, ...]] = []
    for name in names:
        if name in seen:
            continue
        found, waiting = {name}, [name]
        while waiting:
            new = neighbours[waiting.pop()] - found
            found |= new
            waiting.extend(new)
        seen |= found
        sets.append(tuple(sorted(found)))
    return tuple(sorted(sets, key=lambda one: (-len(one), one)))
