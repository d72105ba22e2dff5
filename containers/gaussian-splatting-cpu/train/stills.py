"""Pictures for people: held-out photographs beside what the scene shows there, and the view it opens with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image

from train.evaluation import Draw
from train.gaussians import Array
from train.photographs import Photograph, fitted, read_pixels

PAIR_SIZE = 512
INITIAL_SIZE = 960
QUALITY = 88


def still_names(names: Sequence[str]) -> dict[str, str]:
    """A name below `stills/` for each photograph: without ending, but where two would be the same."""
    bare = [str(PurePosixPath(name).with_suffix("")) for name in names]
    return {name: short if bare.count(short) == 1 else name for name, short in zip(names, bare, strict=True)}


def write_pair(
    photograph: Photograph, images: Path, draw: Draw, output: Path, name: str
) -> Mapping[str, str]:
    """The photograph and the scene at its place as JPEG files of PAIR_SIZE pixels: "photo" and "render".

    Args:
        photograph: Which.
        images: Folder of the photographs.
        draw: Draws the scene.
        output: The folder that holds `stills/`.
        name: From `still_names`.
    """
    size = fitted(*photograph.full_size, PAIR_SIZE)
    photo, render = f"stills/{name}-photo.jpg", f"stills/{name}-render.jpg"
    _write(output / photo, read_pixels(images / photograph.name, size))
    _write(output / render, to_pixels(draw(photograph.view.resized(*size))))
    return {"photo": photo, "render": render}


def write_initial(photograph: Photograph, draw: Draw, output: Path, name: str) -> str:
    """The scene as it opens, up to INITIAL_SIZE pixels; the path below `output`."""
    path = f"stills/{name}-initial.jpg"
    size = fitted(*photograph.full_size, INITIAL_SIZE)
    _write(output / path, to_pixels(draw(photograph.view.resized(*size))))
    return path


def to_pixels(picture: Array) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Values in [0, 1] as bytes."""
    return np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)


def _write(path: Path, pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, quality=QUALITY, subsampling=0)
