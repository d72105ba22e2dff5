"""Cameras of a made-up place: intrinsics with one radial term, and poses along a path."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scene_maker.place import Vector


@dataclass(frozen=True)
class Lens:
    """COLMAP's SIMPLE_RADIAL: focal length in pixels, one radial term; the axis in the middle unless said."""

    width: int
    height: int
    focal: float
    radial: float = 0.0
    axis: tuple[float, float] | None = None

    def directions(self, per_side: int) -> NDArray[np.float32]:
        """Return (height * width * per_side², 3) directions, z = 1, of the parts of every pixel, row by row.

        The middle of the first pixel is at (0.5, 0.5), as in COLMAP.
        """
        offsets = (np.arange(per_side) + 0.5) / per_side
        axis = self.axis or (self.width / 2, self.height / 2)
        across = (np.arange(self.width)[:, None] + offsets).ravel() - axis[0]
        down = (np.arange(self.height)[:, None] + offsets).ravel() - axis[1]
        x, y = np.meshgrid(across / self.focal, down / self.focal)
        u, v = x, y
        for _ in range(12):  # a fixed point, for terms as small as those of real lenses
            scale = 1 + self.radial * (u * u + v * v)
            u, v = x / scale, y / scale
        return np.stack([u, v, np.ones_like(u)], axis=-1).reshape(-1, 3).astype(np.float32)


@dataclass(frozen=True)
class Pose:
    """Where a camera stands: `x_camera = rotation @ x_world + translation`, as in COLMAP."""

    rotation: NDArray[np.float64]
    translation: Vector

    @property
    def centre(self) -> Vector:
        """Position of the camera in the world, in metres."""
        return -self.rotation.T @ self.translation


def look_at(centre: Vector, target: Vector, roll: float = 0.0) -> Pose:
    """Return the pose of a camera at `centre` that looks at `target`, turned by `roll` radians."""
    forward = (target - centre) / np.linalg.norm(target - centre)
    right = np.cross([0.0, 1.0, 0.0], forward)
    right /= np.linalg.norm(right)
    down = np.cross(forward, right)
    across = np.cos(roll) * right + np.sin(roll) * down
    rotation = np.stack([across, np.cross(forward, across), forward])
    return Pose(rotation, -rotation @ centre)


def walk(count: int, seed: int) -> tuple[Pose, ...]:
    """Return `count` poses of somebody who walks past the open side of the yard and looks into it."""
    rng = np.random.default_rng([seed, 1])
    poses = []
    for share in np.linspace(0, 1, count):
        angle = (share - 0.5) * 1.3
        # Up and down as well: the positions alone must tell how the walk is turned.
        height = -1.6 + 0.4 * np.sin(5 * angle)
        centre = np.array([3.4 * np.sin(angle), height, 1.2 - 2.2 * np.cos(angle)]) + rng.normal(0, 0.06, 3)
        target = np.array([1.2 * np.sin(angle / 2), -1.3, 4.8]) + rng.normal(0, 0.12, 3)
        poses.append(look_at(centre, target, float(rng.normal(0, 0.01))))
    return tuple(poses)
