"""The folder of photographs that COLMAP reads: upright, in RGB with 8 bits, under names it can be given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from PIL import ExifTags, Image, ImageOps

from sfm.measure_photo import PLAIN_ENDINGS, to_rgb
from sfm.photo_facts import PhotoFacts
from sfm.working_names import working_name

QUALITY = 97
REWRITTEN = PLAIN_ENDINGS["JPEG"] | PLAIN_ENDINGS["PNG"]
"""Endings that a photograph keeps when it is rewritten."""


@dataclass(frozen=True)
class Prepared:
    """A photograph on its way: its facts, its name in the results, and the name that COLMAP works with."""

    facts: PhotoFacts
    name: str

    @property
    def working(self) -> str:
        """The name in the prepared folder, the database and the models until the end."""
        return working_name(self.name)


def prepared_photos(photos: Sequence[PhotoFacts]) -> tuple[Prepared, ...]:
    """The names under which photographs go on: their own if that can stay, else with ".jpg" behind it."""
    taken = {photo.name for photo in photos}
    prepared = []
    for photo in photos:
        name = photo.name
        if not photo.plain and PurePosixPath(name).suffix.lower() not in REWRITTEN:
            name = f"{name}.jpg"
            while name in taken:
                name = f"{name}.jpg"
            taken.add(name)
        prepared.append(Prepared(photo, name))
    return tuple(prepared)


def prepare_photo(photo: Prepared, source: Path, folder: Path) -> None:
    """Put a photograph into `folder` under its working name: linked when it is plain, else rewritten."""
    target = folder / photo.working
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    if photo.facts.plain:
        target.symlink_to(source.resolve())
        return
    with Image.open(source) as image:
        upright = ImageOps.exif_transpose(image)
        exif = upright.getexif()
        exif.pop(ExifTags.Base.Orientation, None)
        form = "PNG" if target.suffix.lower() in PLAIN_ENDINGS["PNG"] else "JPEG"
        to_rgb(upright).save(target, form, quality=QUALITY, subsampling=0, exif=exif.tobytes())
