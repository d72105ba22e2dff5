"""Geometry of a made-up place: a yard with three walls, open where the cameras stand, and boxes in it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scene_maker.texture import Pixels, make_texture

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Quad:
    """A textured rectangle: a corner and two edges at right angles, in metres; y points down, z away."""

    corner: Vector
    right: Vector
    down: Vector
    texture: Pixels


def make_place(seed: int, texel: float) -> tuple[Quad, ...]:
    """Return the rectangles of a yard 9 m wide and 7 m deep; a pixel of a texture is `texel` metres long."""
    rng = np.random.default_rng(seed)

    def quad(corner: Vector, right: Vector, down: Vector) -> Quad:
        wide, tall = (max(8, round(float(np.linalg.norm(edge)) / texel)) for edge in (right, down))
        return Quad(corner, right, down, make_texture(rng, tall, wide))

    x, y, z = np.eye(3)
    walls = [
        quad(np.array([-4.5, -4.5, 7.0]), 9 * x, 4.5 * y),
        quad(np.array([-4.5, -4.5, 0.0]), 7 * z, 4.5 * y),
        quad(np.array([4.5, -4.5, 7.0]), -7 * z, 4.5 * y),
        quad(np.array([-4.5, 0.0, 7.0]), 9 * x, -7 * z),
    ]
    boxes: list[Quad] = []
    for place in (-2.7, -0.9, 0.9, 2.7):
        size = rng.uniform([0.7, 0.6, 0.7], [1.3, 2.2, 1.3])
        middle = np.array([place + rng.uniform(-0.3, 0.3), 0.0, rng.uniform(3.2, 5.6)])
        turn = rng.uniform(-0.6, 0.6)
        across, away = np.cos(turn) * x + np.sin(turn) * z, -np.sin(turn) * x + np.cos(turn) * z
        near = middle - across * size[0] / 2 - away * size[2] / 2 - y * size[1]
        far = near + away * size[2]
        tall = y * size[1]
        boxes += [
            quad(near, across * size[0], tall),
            quad(far, -away * size[2], tall),
            quad(near + across * size[0], away * size[2], tall),
            quad(far, across * size[0], -away * size[2]),
        ]
    return (*walls, *boxes)
