"""Which photographs were taken by one camera with one lens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sfm.photo_facts import PhotoFacts


@dataclass(frozen=True)
class CameraGroups:
    """Photographs by camera: the names of each group, and why they are grouped so."""

    groups: tuple[tuple[str, ...], ...]
    reason: str


def group_cameras(photos: Sequence[PhotoFacts], wanted: str) -> CameraGroups:
    """The groups of `photos`; those of one group have one size.

    A camera that many photographs share is known far better than one for each: without EXIF it is the
    difference between a third of them and all of them in the model.

    Args:
        photos: those that are used, in order.
        wanted: option `cameras`; "auto" goes by EXIF, without EXIF by folder, and always by size.
    """
    keys = [(photo.width, photo.height, *_key(photo, wanted)) for photo in photos]
    groups: dict[tuple[object, ...], list[str]] = {}
    for photo, key in zip(photos, keys, strict=True):
        groups.setdefault(key, []).append(photo.name)
    return CameraGroups(tuple(map(tuple, groups.values())), _reason(len(groups), len(photos), wanted))


def _key(photo: PhotoFacts, wanted: str) -> tuple[object, ...]:
    match wanted:
        case "single":
            return ()
        case "folder":
            return (photo.folder,)
        case "image":
            return (photo.name,)
        case _:
            return (photo.camera, photo.focal_35mm) if photo.camera else (photo.folder, photo.focal_35mm)


def _reason(groups: int, photos: int, wanted: str) -> str:
    if wanted != "auto":
        return f"{groups} cameras, asked for with cameras={wanted}"
    if groups == 1:
        return "one camera: size, maker, model and focal length agree" if photos > 1 else "one camera"
    return f"{groups} cameras: the photographs differ in size, folder, model or focal length"
