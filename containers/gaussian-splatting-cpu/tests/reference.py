"""The equations of splatting written down once more, slowly: one pixel after the other, with matrices."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from train.gaussians import Gaussians
from train.rasteriser import View

Array = NDArray[np.float64]


def rotation_of(quaternion: Array) -> Array:
    """The rotation q v q* of a quaternion (w, x, y, z), column by column."""
    q = quaternion / np.linalg.norm(quaternion)
    return np.column_stack([_turn(q, axis) for axis in np.eye(3)])


def _turn(q: Array, v: Array) -> Array:
    turned: Array = v + 2 * np.cross(q[1:], np.cross(q[1:], v) + q[0] * v)
    return turned


def draw_slowly(gaussians: Gaussians, view: View, colours: Array, background: Array) -> Array:
    """The picture (height, width, 3) by equations 3, 5 and 6 of Kerbl et al. 2023; one colour for each."""
    image = np.zeros((view.height, view.width, 3))
    splats = [_splat(gaussians, view, i) for i in range(gaussians.count)]
    order = sorted((splat[0], i) for i, splat in enumerate(splats) if splat is not None)
    for y in range(view.height):
        for x in range(view.width):
            light, colour = 1.0, np.zeros(3)
            for _, i in order:
                splat = splats[i]
                assert splat is not None
                _, centre, inverse, opacity = splat
                away = np.array([x + 0.5, y + 0.5]) - centre
                alpha = min(0.99, opacity * float(np.exp(-0.5 * away @ inverse @ away)))
                if alpha < 1 / 255 or light < 1e-4:
                    continue
                colour += light * alpha * colours[i]
                light *= 1 - alpha
            image[y, x] = colour + light * background
    return image


def _splat(gaussians: Gaussians, view: View, i: int) -> tuple[float, Array, Array, float] | None:
    t = view.rotation @ gaussians.means[i] + view.translation
    if t[2] <= view.near:
        return None
    axes = rotation_of(gaussians.quaternions[i].astype(np.float64)) @ np.diag(np.exp(gaussians.log_scales[i]))
    low = -np.array([view.cx / view.fx, view.cy / view.fy])
    high = np.array([(view.width - view.cx) / view.fx, (view.height - view.cy) / view.fy])
    margin = 0.15 * np.array([view.width / view.fx, view.height / view.fy])
    slope = np.clip(t[:2] / t[2], low - margin, high + margin)
    jacobian = np.array([[view.fx, 0, -view.fx * slope[0]], [0, view.fy, -view.fy * slope[1]]]) / t[2]
    bare = jacobian @ view.rotation @ axes @ axes.T @ view.rotation.T @ jacobian.T
    wide = bare + view.dilation * np.eye(2)
    share = max(np.linalg.det(bare) / np.linalg.det(wide), 1e-4) if view.compensate else 1.0
    opacity = np.sqrt(share) / (1 + np.exp(-gaussians.opacity_logits[i]))
    centre = np.array([view.fx * t[0] / t[2] + view.cx, view.fy * t[1] / t[2] + view.cy])
    return float(t[2]), centre, np.linalg.inv(wide), float(opacity)
