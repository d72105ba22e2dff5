"""Reading the facts of a photograph from its file."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image
from pillow_heif import register_heif_opener  # type: ignore[attr-defined,unused-ignore]

from sfm.photo_facts import PhotoFacts

MEASURED_PX = 640
TURNED = (5, 6, 7, 8)
PLAIN_ENDINGS = {"JPEG": {".jpg", ".jpeg", ".jpe"}, "MPO": {".jpg", ".jpeg", ".jpe"}, "PNG": {".png"}}

register_heif_opener()
# A panorama has more pixels than Pillow takes for a decompression bomb; this allows twice this, and no more.
Image.MAX_IMAGE_PIXELS = 200_000_000


def measure_photo(name: str, file: Path, video: str = "") -> PhotoFacts:
    """The facts of one file; a file that cannot be read is told by `fault` and raises nothing.

    Args:
        name: its path below the frames.
        file: where it lies.
        video: the video that it is a frame of.
    """
    try:
        data = file.read_bytes()
        with Image.open(file) as image:
            image.load()
            return _facts(name, hashlib.sha256(data).hexdigest(), image, video)
    except MemoryError:
        raise
    except Exception as error:
        # Pillow's decoders raise what they like for a damaged file: SyntaxError, ValueError, struct.error, …
        return PhotoFacts(name, fault=_fault(error), video=video)


def sharpness(grey: NDArray[np.float32]) -> float:
    """The variance of the Laplacian of a picture (h, w): how much detail there is."""
    inner = 4 * grey[1:-1, 1:-1] - grey[:-2, 1:-1] - grey[2:, 1:-1] - grey[1:-1, :-2] - grey[1:-1, 2:]
    return float(inner.var()) if inner.size else 0.0


def grey_values(image: Image.Image) -> NDArray[np.float32]:
    """The grey values (h, w) of a picture of any kind, 0 to 255, at most 640 pixels wide or high."""
    small = to_rgb(image).convert("L")
    small.thumbnail((MEASURED_PX, MEASURED_PX))
    return np.asarray(small, np.float32)


def to_rgb(image: Image.Image) -> Image.Image:
    """The picture in RGB with 8 bits: 16 bits are scaled, what is transparent lies on white."""
    if image.mode.startswith(("I", "F")):
        values = np.asarray(image, np.float64)
        scale = 65535.0 if image.mode.startswith("I") else max(1.0, float(values.max(initial=1.0)))
        return Image.fromarray((values / scale * 255).clip(0, 255).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        clear = image.convert("RGBA")
        white = Image.new("RGBA", clear.size, "white")
        return Image.alpha_composite(white, clear).convert("RGB")
    return image.convert("RGB")


def _facts(name: str, sha256: str, image: Image.Image, video: str) -> PhotoFacts:
    exif = image.getexif()
    orientation = exif.get(ExifTags.Base.Orientation, 1)
    width, height = image.size if orientation not in TURNED else image.size[::-1]
    grey = grey_values(image)
    ending = PurePosixPath(name).suffix.lower()
    plain = (
        orientation in (0, 1) and image.mode == "RGB" and ending in PLAIN_ENDINGS.get(image.format or "", ())
    )
    details = exif.get_ifd(ExifTags.IFD.Exif)
    return PhotoFacts(
        name,
        width,
        height,
        sha256,
        plain=plain and not image.has_transparency_data,
        sharpness=sharpness(grey),
        contrast=float(grey.std()),
        camera=" ".join(
            str(exif.get(tag, "")).strip("\0 ") for tag in (ExifTags.Base.Make, ExifTags.Base.Model)
        ).strip(),
        focal_35mm=_number(details.get(ExifTags.Base.FocalLengthIn35mmFilm))
        or _number(details.get(ExifTags.Base.FocalLength)),
        place=_place(exif.get_ifd(ExifTags.IFD.GPSInfo)),
        video=video,
    )


def _place(gps: Mapping[int, Any]) -> tuple[float, float] | None:
    latitude = _degrees(gps.get(ExifTags.GPS.GPSLatitude), gps.get(ExifTags.GPS.GPSLatitudeRef) == "S")
    longitude = _degrees(gps.get(ExifTags.GPS.GPSLongitude), gps.get(ExifTags.GPS.GPSLongitudeRef) == "W")
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None
    # Cameras without a fix write zeros.
    return None if latitude == 0 and longitude == 0 else (latitude, longitude)


def _degrees(parts: object, negative: bool) -> float | None:
    if not isinstance(parts, tuple) or len(parts) != 3:
        return None
    numbers = [_number(part) for part in parts]
    degrees: float = sum((number or 0.0) / 60.0**power for power, number in enumerate(numbers))
    return -degrees if negative else degrees


def _number(value: Any) -> float | None:  # noqa: ANN401
    """A number of EXIF; a fraction over zero, or a text, is none."""
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return number if math.isfinite(number) and number > 0 else None


def _fault(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno is not None:
        return f"it cannot be read: {error.strerror}"
    if isinstance(error, Image.DecompressionBombError):
        return "it has more than 400 megapixels"
    told = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
    return f"it is damaged or no photograph ({told})"
