"""Photographs of a small room that exists only here: five walls with a texture, seen through a pinhole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

WIDTH, HEIGHT, FOCAL = 320, 240, 290.0
WALLS = ((0, -2.0), (0, 2.0), (1, -1.5), (1, 1.5), (2, 9.0))
"""Axis and place of each wall."""

Pixels = NDArray[np.uint8]


def room_textures(seed: int, size: int = 512) -> list[NDArray[np.float64]]:
    """A texture (size, size, 3) for each wall: noise of many sizes."""
    rng = np.random.default_rng(seed)
    textures = []
    for _ in WALLS:
        layers = np.zeros((size, size, 3))
        for cells in (16, 32, 64, 128, 256):
            noise = Image.fromarray(rng.integers(0, 256, (cells, cells, 3), np.uint8))
            layers += np.asarray(noise.resize((size, size), Image.Resampling.BICUBIC), np.float64)
        textures.append(layers / 5)
    return textures


def photograph(
    textures: list[NDArray[np.float64]], place: tuple[float, float, float], turn: float = 0.0
) -> Pixels:
    """What a camera at `place` sees, (h, w, 3); it looks along z, turned by `turn` radians about y."""
    x = (np.arange(WIDTH) + 0.5 - WIDTH / 2) / FOCAL
    y = (np.arange(HEIGHT) + 0.5 - HEIGHT / 2) / FOCAL
    rays = np.stack([*np.meshgrid(x, y), np.ones((HEIGHT, WIDTH))], axis=-1)
    cos, sin = np.cos(turn), np.sin(turn)
    rays = rays @ np.array([[cos, 0, -sin], [0, 1, 0], [sin, 0, cos]])
    picture = np.zeros((HEIGHT, WIDTH, 3))
    nearest = np.full((HEIGHT, WIDTH), np.inf)
    for (axis, wall), texture in zip(WALLS, textures, strict=True):
        with np.errstate(divide="ignore", invalid="ignore"):
            distance = (wall - place[axis]) / rays[..., axis]
        hit = (distance > 0) & (distance < nearest)
        points = np.array(place) + rays * np.where(hit, distance, 0)[..., None]
        across = [points[..., other] for other in range(3) if other != axis]
        rows, columns = ((value * 60).astype(int) % texture.shape[0] for value in across)
        picture[hit] = texture[rows, columns][hit]
        nearest[hit] = distance[hit]
    return picture.clip(0, 255).astype(np.uint8)


def walk(count: int, seed: int = 1) -> list[Pixels]:
    """Photographs of a walk straight ahead, along the view."""
    textures = room_textures(seed)
    return [photograph(textures, (0.05 * (i % 2), 0.0, 0.35 * i)) for i in range(count)]


def sideways(count: int, seed: int = 1) -> list[Pixels]:
    """Photographs of steps to the side, looking ahead and a little inward."""
    textures = room_textures(seed)
    places = np.linspace(-1.2, 1.2, count)
    return [photograph(textures, (x, 0.1 * np.sin(3 * x), 3.0), -0.12 * x) for x in places]


def save(pictures: list[Pixels], folder: Path, pattern: str = "{:02}.jpg") -> list[Path]:
    """Write pictures; the files."""
    files = []
    for number, picture in enumerate(pictures, 1):
        file = folder / pattern.format(number)
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(file, quality=95)
        files.append(file)
    return files
