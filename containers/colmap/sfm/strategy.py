"""How the photographs are compared, decided from what they are, with the reason."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sfm.photo_facts import PhotoFacts, natural_order

Matching = Literal["exhaustive", "sequential", "retrieval"]

EXHAUSTIVE_LIMIT = 150
"""Photographs of which every two are compared: 11,175 pairs, some minutes on two cores."""


@dataclass(frozen=True)
class Strategy:
    """Which photographs are compared.

    Attributes:
        matching: every two; neighbours in the sequences and what looks alike; what looks alike.
        reason: for people.
        sequences: names in the order they were taken, one tuple for each video or folder.
    """

    matching: Matching
    reason: str
    sequences: tuple[tuple[str, ...], ...] = ()


def choose_strategy(photos: Sequence[PhotoFacts], wanted: str) -> Strategy:
    """The strategy for `photos`.

    Args:
        photos: those that are used.
        wanted: option `matching`; "auto" decides here.
    """
    if wanted != "auto":
        return _asked_for(photos, wanted)
    frames = [photo for photo in photos if photo.video]
    count = len(photos)
    if frames and len(frames) == count:
        return Strategy(
            "sequential", f"{count} frames of video: each is compared with its neighbours", _runs(photos)
        )
    if count <= EXHAUSTIVE_LIMIT and not frames:
        return Strategy("exhaustive", f"{count} photographs are few enough to compare every two")
    if frames:
        rest = count - len(frames)
        reason = f"{len(frames)} frames of video and {rest} photographs: neighbours, and what looks alike"
        return Strategy("retrieval", reason, _runs(frames))
    if is_numbered_run(photos):
        reason = f"{count} numbered pictures of one size without EXIF are taken for the frames of a video"
        return Strategy("sequential", reason, _runs(photos))
    reason = (
        f"{count} photographs are too many to compare every two: each is compared with those that look alike"
    )
    return Strategy("retrieval", reason, _runs(photos))


def is_numbered_run(photos: Sequence[PhotoFacts]) -> bool:
    """Whether the pictures look like frames that were taken from a video: one size, no camera, numbered."""
    if len({(photo.width, photo.height) for photo in photos}) != 1 or any(photo.camera for photo in photos):
        return False
    stems = {re.sub(r"\d+(?=\.\w+$)", "#", photo.name) for photo in photos}
    folders = {photo.folder for photo in photos}
    return len(stems) == len(folders) and all("#" in stem for stem in stems)


def _asked_for(photos: Sequence[PhotoFacts], wanted: str) -> Strategy:
    reason = f"asked for with matching={wanted}"
    match wanted:
        case "sequential":
            return Strategy("sequential", reason, _runs(photos))
        case "retrieval":
            return Strategy("retrieval", reason, _runs([photo for photo in photos if photo.video]))
        case _:
            return Strategy("exhaustive", reason)


def _runs(photos: Sequence[PhotoFacts]) -> tuple[tuple[str, ...], ...]:
    """The names of each video or folder in natural order."""
    runs: dict[str, list[str]] = defaultdict(list)
    for photo in photos:
        runs[photo.video or photo.folder].append(photo.name)
    return tuple(tuple(sorted(names, key=natural_order)) for _, names in sorted(runs.items()))
