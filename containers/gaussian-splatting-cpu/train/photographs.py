"""The photographs and their cameras at the size of training, split into training and held-out ones."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from darkroom_scene.errors import StageError
from darkroom_scene.sparse_model import SparseModel
from train.rasteriser import View

LEAST_SIDE = 11
"""Pixels; SSIM compares windows of this size."""


@dataclass(frozen=True)
class Photograph:
    """One registered photograph.

    Attributes:
        name: Path below images/.
        view: Its camera at the size of `pixels`.
        pixels: (height, width, 3) uint8, sRGB.
        points: (n,) rows of the model's points that it sees.
        held_out: Not trained on: every 8th photograph by name, from the 4th.
        full_size: Width and height of the file.
    """

    name: str
    view: View
    pixels: NDArray[np.uint8]
    points: NDArray[np.int64]
    held_out: bool
    full_size: tuple[int, int]

    def colours(self) -> NDArray[np.float32]:
        """(height, width, 3) in [0, 1]."""
        return self.pixels.astype(np.float32) / np.float32(255)


def is_held_out(index: int) -> bool:
    """Whether the photograph at `index` (from 0, sorted by name) is kept from training."""
    return index % 8 == 3


def fitted(width: int, height: int, longest: int) -> tuple[int, int]:
    """The size of the same shape whose longer side is `longest`; never larger than given, nor too narrow."""
    scale = min(1.0, longest / max(width, height))
    return max(LEAST_SIDE, round(width * scale)), max(LEAST_SIDE, round(height * scale))


def load_photographs(folder: Path, model: SparseModel, longest: int) -> list[Photograph]:
    """Every registered photograph below `folder`, its longer side reduced to `longest`, sorted by name.

    Raises:
        StageError: `train/missing-photo` names every photograph that is not there or cannot be read.
    """
    missing: list[str] = []
    photographs: list[Photograph] = []
    row_of = {int(identifier): row for row, identifier in enumerate(model.point_ids)}
    for index, posed in enumerate(model.images):
        camera = model.cameras[posed.camera_id]
        try:
            pixels = read_pixels(folder / posed.name, fitted(camera.width, camera.height, longest))
        except (OSError, UnidentifiedImageError) as error:
            missing.append(f'"{posed.name}" ({error})')
            continue
        view = View(
            posed.rotation,
            posed.translation,
            camera.fx,
            camera.fy,
            camera.cx,
            camera.cy,
            camera.width,
            camera.height,
        )
        rows = np.array(
            [row_of[int(point)] for point in posed.points if int(point) in row_of], dtype=np.int64
        )
        view = view.resized(pixels.shape[1], pixels.shape[0])
        full_size = (camera.width, camera.height)
        photographs.append(Photograph(posed.name, view, pixels, rows, is_held_out(index), full_size))
    if missing:
        raise StageError(
            "train/missing-photo",
            f"{len(missing)} of {len(model.images)} photographs cannot be read: {', '.join(missing)}",
            "run the stage sfm again: its images and its model belong together",
        )
    return photographs


def read_pixels(path: Path, size: tuple[int, int]) -> NDArray[np.uint8]:
    """(height, width, 3) uint8 of a picture file, resampled to `size` (width, height)."""
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB").resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0))


def reduced(photograph: Photograph, factor: int) -> Photograph:
    """The photograph at 1 / `factor` of its width and height, as far as SSIM's window still fits in."""
    height, width, _ = photograph.pixels.shape
    size = (max(LEAST_SIDE, width // factor), max(LEAST_SIDE, height // factor))
    pixels = np.asarray(Image.fromarray(photograph.pixels).resize(size, Image.Resampling.BOX))
    return replace(photograph, view=photograph.view.resized(*size), pixels=pixels)
