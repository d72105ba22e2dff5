"""What is known about a photograph before anything is computed from it."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class PhotoFacts:
    """The measured facts of one photograph.

    Attributes:
        name: path below the frames, with "/".
        width: pixels, upright.
        height: pixels, upright.
        sha256: of the file.
        fault: why it cannot be read; empty when it can, and the facts below are of use only then.
        plain: an upright JPEG or PNG of 8 bits in RGB, under an ending that says so.
        sharpness: variance of the Laplacian at 640 pixels; means something only beside other photographs.
        contrast: standard deviation of the grey values, 0 to 128.
        camera: maker and model by EXIF, or empty.
        focal_35mm: focal length by EXIF as on a 35 mm film, or in millimetres when only that is there.
        place: latitude and longitude in degrees by EXIF.
        video: the video that it is a frame of, or empty.
    """

    name: str
    width: int = 0
    height: int = 0
    sha256: str = ""
    fault: str = ""
    plain: bool = True
    sharpness: float = 0.0
    contrast: float = 0.0
    camera: str = ""
    focal_35mm: float | None = None
    place: tuple[float, float] | None = None
    video: str = ""

    @property
    def folder(self) -> str:
        """The folder below the frames; empty at the top."""
        return self.name.rpartition("/")[0]


def natural_order(name: str) -> tuple[tuple[int, int | str], ...]:
    """A sort key in which `frame_2` comes before `frame_10`."""
    parts = re.split(r"(\d+)", name)
    return tuple((0, int(part)) if part.isdecimal() and part.isascii() else (1, part) for part in parts)
