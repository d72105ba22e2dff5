"""Ray casting of textured rectangles."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scene_maker.camera import Lens, Pose
from scene_maker.place import Quad
from scene_maker.texture import Pixels

_SKY = np.array([0.62, 0.74, 0.86], np.float32)
_PER_SIDE = 2


def render(place: Sequence[Quad], lens: Lens, pose: Pose) -> NDArray[np.uint8]:
    """Return a (height, width, 3) picture of the place, every pixel the mean of four rays."""
    rays = lens.directions(_PER_SIDE) @ pose.rotation.astype(np.float32)
    colours = _cast(place, pose.centre.astype(np.float32), rays)
    parts = colours.reshape(lens.height, _PER_SIDE, lens.width, _PER_SIDE, 3)
    picture: NDArray[np.uint8] = np.round(parts.mean(axis=(1, 3)) * 255).astype(np.uint8)
    return picture


def _cast(place: Sequence[Quad], origin: NDArray[np.float32], rays: NDArray[np.float32]) -> Pixels:
    """Return the (n, 3) colours of what (n, 3) rays from `origin` meet first."""
    nearest = np.full(len(rays), np.inf, np.float32)
    colours = np.tile(_SKY, (len(rays), 1))
    for quad in place:
        right, down = (edge / (edge @ edge) for edge in (quad.right, quad.down))
        axes = np.stack([np.cross(quad.right, quad.down), right, down]).astype(np.float32)
        towards = rays @ axes.T
        start = axes @ (origin - quad.corner.astype(np.float32))
        with np.errstate(divide="ignore", invalid="ignore"):
            distance = -start[0] / towards[:, 0]
            across, along = start[1] + distance * towards[:, 1], start[2] + distance * towards[:, 2]
        inside = (across >= 0) & (across < 1) & (along >= 0) & (along < 1)
        hit = np.flatnonzero(inside & (distance > 1e-4) & (distance < nearest))
        nearest[hit] = distance[hit]
        colours[hit] = _sample(quad.texture, across[hit], along[hit])
    return colours


def _sample(texture: Pixels, across: NDArray[np.float32], along: NDArray[np.float32]) -> Pixels:
    """Return the (n, 3) colours of a texture at places in [0, 1), between its four nearest pixels."""
    height, width = texture.shape[:2]
    x, y = np.clip(across * width - 0.5, 0, width - 1.001), np.clip(along * height - 0.5, 0, height - 1.001)
    left, top = x.astype(np.intp), y.astype(np.intp)
    dx, dy = (x - left)[:, None], (y - top)[:, None]
    upper = texture[top, left] * (1 - dx) + texture[top, left + 1] * dx
    lower = texture[top + 1, left] * (1 - dx) + texture[top + 1, left + 1] * dx
    colours: Pixels = (upper * (1 - dy) + lower * dy).astype(np.float32)
    return colours
