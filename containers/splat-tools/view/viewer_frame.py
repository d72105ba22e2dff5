"""From COLMAP's world to the world of the viewer, where up is +y.

splat-transform reads a .ply as turned by 180° about z (its `Transform.PLY`): COLMAP's (x, y, z) is
(-x, -y, z) there, and its `--rotate` turns what came out of that. A camera of the viewer is a position and a
target and cannot roll (https://github.com/playcanvas/supersplat-viewer#settings-schema), while the world of a
camera model has no up of its own: the scene is turned until its photographs stand upright.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from darkroom_scene.sparse_model import PosedImage, SparseModel

PLY_TO_VIEWER = np.diag([-1.0, -1.0, 1.0])
UP = np.array([0.0, 1.0, 0.0])

LARGEST_ROLL = 20.0
"""Degrees; a first photograph that is tilted more was held sideways, and the others say where up is."""


@dataclass(frozen=True)
class ViewerFrame:
    """How the scene is turned for the viewer.

    Attributes:
        euler: degrees about the fixed axes x, then y, then z; what `splat-transform --rotate` takes.
        matrix: (3, 3) float64, from COLMAP's world to the viewer's.
    """

    euler: tuple[float, float, float]
    matrix: NDArray[np.float64]

    def place(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points (n, 3) of COLMAP's world in the viewer's."""
        return points @ self.matrix.T


def viewer_frame(model: SparseModel, first: PosedImage) -> ViewerFrame:
    """The turn after which the photographs stand upright on average and `first` has a level horizon."""
    up = _mean_up(model, first)
    right = first.rotation[0]
    if abs(right @ up) < np.sin(np.radians(LARGEST_ROLL)):
        up = up - (right @ up) * right
    turn = _turn_between(PLY_TO_VIEWER @ (up / np.linalg.norm(up)), UP)
    euler = tuple(round(float(angle), 6) for angle in _euler_degrees(turn))
    return ViewerFrame((euler[0], euler[1], euler[2]), euler_matrix(*euler) @ PLY_TO_VIEWER)


def euler_matrix(x: float, y: float, z: float) -> NDArray[np.float64]:
    """The rotation (3, 3) of angles in degrees about the fixed axes x, then y, then z."""
    (cx, cy, cz), (sx, sy, sz) = np.cos(np.radians([x, y, z])), np.sin(np.radians([x, y, z]))
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    turn: NDArray[np.float64] = about_z @ about_y @ about_x
    return turn


def _mean_up(model: SparseModel, first: PosedImage) -> NDArray[np.float64]:
    mean = np.mean([-image.rotation[1] for image in model.images], axis=0)
    length = float(np.linalg.norm(mean))
    # Photographs that look straight down from every side cancel out.
    up: NDArray[np.float64] = mean / length if length > 0.1 else -first.rotation[1]
    return up


def _turn_between(source: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """The smallest rotation (3, 3) from one unit vector to another."""
    cosine = float(source @ target)
    if cosine < -1 + 1e-9:
        return euler_matrix(180.0, 0.0, 0.0)
    x, y, z = np.cross(source, target)
    skew = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    turn: NDArray[np.float64] = np.eye(3) + skew + skew @ skew / (1 + cosine)
    return turn


def _euler_degrees(turn: NDArray[np.float64]) -> tuple[float, float, float]:
    """The angles of `euler_matrix` for a rotation."""
    y = np.arcsin(np.clip(-turn[2, 0], -1.0, 1.0))
    if abs(turn[2, 0]) < 1 - 1e-9:
        x, z = np.arctan2(turn[2, 1], turn[2, 2]), np.arctan2(turn[1, 0], turn[0, 0])
    else:
        x, z = np.arctan2(-turn[1, 2], turn[1, 1]), 0.0
    return float(np.degrees(x)), float(np.degrees(y)), float(np.degrees(z))
