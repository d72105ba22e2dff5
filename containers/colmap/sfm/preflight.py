"""Which photographs are used, and what should be known about them before hours are spent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from darkroom_scene.errors import BAD_INPUT, StageError
from sfm.photo_facts import PhotoFacts, natural_order

LEAST_PHOTOS = 4
"""Three views hold a point in its place, and one is kept out of training to measure the result with."""
LEAST_PX = 160
UNUSABLE_SHARPNESS = 0.005
"""Of the median: beyond a blur of four pixels at 640; no feature of SIFT is left."""
DOUBTFUL_SHARPNESS = 0.1
EMPTY_CONTRAST = 3.0


@dataclass(frozen=True)
class Excluded:
    """A photograph that is left out, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Preflight:
    """What the photographs' facts say: those to use in natural order, those left out, and doubts."""

    kept: tuple[PhotoFacts, ...]
    excluded: tuple[Excluded, ...]
    warnings: tuple[str, ...]


def preflight(photos: Sequence[PhotoFacts]) -> Preflight:
    """Decide about every photograph; only what is clearly of no use is left out."""
    ordered = sorted(photos, key=lambda photo: natural_order(photo.name))
    readable = [photo for photo in ordered if not photo.fault]
    usual = median([photo.sharpness for photo in readable]) if readable else 0.0
    first_with: dict[str, str] = {}
    kept: list[PhotoFacts] = []
    excluded: list[Excluded] = []
    for photo in ordered:
        reason = _reason_against(photo, usual, first_with)
        if reason:
            excluded.append(Excluded(photo.name, reason))
        else:
            first_with[photo.sha256] = photo.name
            kept.append(photo)
    return Preflight(tuple(kept), tuple(excluded), tuple(_warnings(kept, usual)))


def check_count(found: Preflight) -> None:
    """Do nothing when there are enough photographs.

    Raises:
        StageError: `sfm/too-few-photos`, exit code 2.
    """
    if len(found.kept) >= LEAST_PHOTOS:
        return
    count = len(found.kept)
    usable = {0: "is no usable photograph", 1: "is only one usable photograph"}
    left_out = "".join(f'; "{one.name}" is left out: {one.reason}' for one in found.excluded[:20])
    raise StageError(
        "sfm/too-few-photos",
        f"there {usable.get(count, f'are only {count} usable photographs')}; "
        f"at least {LEAST_PHOTOS} are needed{left_out}",
        "take 20 or more photographs of the place, each showing most of what the one before it shows",
        exit_code=BAD_INPUT,
    )


def _reason_against(photo: PhotoFacts, usual: float, first_with: dict[str, str]) -> str:
    if photo.fault:
        return photo.fault
    if photo.sha256 in first_with:
        return f'it is the same file as "{first_with[photo.sha256]}"'
    if max(photo.width, photo.height) < LEAST_PX:
        return f"it is too small ({photo.width}×{photo.height} pixels)"
    if photo.contrast < EMPTY_CONTRAST:
        return "it shows next to nothing (one colour all over)"
    if photo.sharpness < usual * UNUSABLE_SHARPNESS:
        return f"it is too blurred ({_percent(photo.sharpness / usual)} of the usual sharpness)"
    return ""


def _warnings(kept: Sequence[PhotoFacts], usual: float) -> list[str]:
    found = [
        f'"{photo.name}" is blurred ({_percent(photo.sharpness / usual)} of the usual sharpness)'
        for photo in kept
        if photo.sharpness < usual * DOUBTFUL_SHARPNESS
    ]
    sizes = sorted({(photo.width, photo.height) for photo in kept}, reverse=True)
    if len(sizes) > 1:
        listed = ", ".join(f"{width}×{height}" for width, height in sizes[:4])
        found.append(f"the photographs have {len(sizes)} sizes ({listed}{', …' * (len(sizes) > 4)})")
    if LEAST_PHOTOS <= len(kept) < 12:
        found.append(f"there are only {len(kept)} photographs; 20 or more give a far better scene")
    small = [photo.name for photo in kept if max(photo.width, photo.height) < 640]
    if len(small) == 1:
        found.append(f'1 photograph is smaller than 640 pixels: "{small[0]}"')
    if len(small) > 1:
        found.append(f'{len(small)} photographs are smaller than 640 pixels, the first is "{small[0]}"')
    return found


def _percent(share: float) -> str:
    return f"{share * 100:.2g} %"
