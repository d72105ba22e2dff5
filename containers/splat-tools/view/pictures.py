"""Pictures of the scene: the thumbnail, and the ones inside the report page."""

from __future__ import annotations

import base64
from io import BytesIO
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from darkroom_scene.errors import StageError

QUALITY = 85


def jpeg(source: Path, longest: int) -> bytes:
    """The picture in `source` as a JPEG whose longer side is at most `longest` pixels; never enlarged.

    Raises:
        StageError: `view/broken-picture` when it is missing or cannot be read.
    """
    try:
        with Image.open(source) as opened:
            picture = opened.convert("RGB")
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise StageError(
            "view/broken-picture",
            f'the still "{source.name}" of stage train cannot be read: {error}',
            "remove outputs/<scene>/train-manifest.json and run again: stage train draws it anew",
        ) from error
    picture.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return buffer.getvalue()


def data_uri(picture: bytes) -> str:
    """A JPEG as an address that needs no request."""
    return f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}"
