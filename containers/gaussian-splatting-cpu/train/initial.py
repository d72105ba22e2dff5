"""The Gaussians that training starts from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from darkroom_scene.sparse_model import SparseModel
from train.gaussians import Gaussians
from train.photographs import Photograph
from train.rasteriser import View

FIRST_HARMONIC = 0.28209479177387814


def neighbour_distance(points: NDArray[np.float64], neighbours: int = 3) -> NDArray[np.float64]:
    """(n,) distance (root mean square) of each point to its nearest (Kerbl et al. 2023, section 5.1)."""
    out = np.empty(len(points))
    squares = (points**2).sum(axis=1)
    for start in range(0, len(points), 512):
        block = slice(start, start + 512)
        distances = squares[block, None] - 2 * points[block] @ points.T + squares
        nearest = np.partition(distances, min(neighbours, len(points) - 1), axis=1)[:, : neighbours + 1]
        out[block] = np.sqrt(np.maximum(nearest.sum(axis=1) / max(1, min(neighbours, len(points) - 1)), 0))
    return out


def gaussians_from(
    means: NDArray[np.float64],
    scales: NDArray[np.float64],
    colours: NDArray[np.float64],
    *,
    opacity: float,
    degree: int,
) -> Gaussians:
    """Round Gaussians.

    Args:
        means: (n, 3).
        scales: (n,) standard deviations.
        colours: (n, 3) in [0, 1].
        opacity: Of all of them.
        degree: Of the harmonics there is room for.
    """
    count = len(means)
    harmonics = np.zeros((count, (degree + 1) ** 2, 3))
    harmonics[:, 0] = (colours - 0.5) / FIRST_HARMONIC
    gaussians = Gaussians(
        means=np.asarray(means),
        log_scales=np.repeat(np.log(scales)[:, None], 3, axis=1),
        quaternions=np.tile([1.0, 0, 0, 0], (count, 1)),
        opacity_logits=np.full(count, np.log(opacity / (1 - opacity))),
        harmonics=harmonics,
    )
    return gaussians.astype(np.float32)


def sparse_gaussians(
    model: SparseModel, rows: NDArray[np.int64], *, opacity: float, degree: int
) -> Gaussians:
    """One Gaussian for each of the given points, as wide as the points are apart."""
    points = model.xyz[rows]
    distance = neighbour_distance(points)
    scales = np.clip(distance, 1e-6, np.quantile(distance, 0.95) if len(distance) else 1)
    return gaussians_from(points, scales, model.rgb[rows] / 255.0, opacity=opacity, degree=degree)


def pixel_gaussians(
    photograph: Photograph,
    points: NDArray[np.float64],
    random: np.random.Generator,
    count: int,
    *,
    opacity: float,
    degree: int,
) -> Gaussians:
    """Gaussians at random pixels of a photograph, at depths between those of points that lie nearby in it.

    Args:
        photograph: Which; its pixels are the colours.
        points: (m, 3) in the world, taken to be visible in it.
        random: Where the chance comes from.
        count: How many; none when no point is in the picture.
        opacity: Of all of them.
        degree: Of the harmonics there is room for.
    """
    view = photograph.view
    pixel, depth = _in_picture(view, points)
    at = random.uniform(size=(count if len(depth) else 0, 2)) * (view.width, view.height)
    blocks = [_depth_between(block, pixel, depth) for block in np.array_split(at, len(at) // 1024 + 1)]
    away = np.concatenate(blocks)
    rays = np.column_stack([(at - (view.cx, view.cy)) / (view.fx, view.fy), np.ones(len(at))])
    means = (rays * away[:, None] - view.translation) @ view.rotation
    colours = photograph.pixels[at[:, 1].astype(int), at[:, 0].astype(int)] / 255.0
    spacing = np.sqrt(view.width * view.height / max(count, 1))
    return gaussians_from(means, 0.5 * spacing * away / view.fx, colours, opacity=opacity, degree=degree)


def _in_picture(view: View, points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(m, 2) pixels and (m,) depths of the points that are in the picture."""
    seen = points @ view.rotation.T + view.translation
    seen = seen[seen[:, 2] > view.near]
    pixel = seen[:, :2] / seen[:, 2:] * (view.fx, view.fy) + (view.cx, view.cy)
    inside = ((pixel >= 0) & (pixel < (view.width, view.height))).all(axis=1)
    return pixel[inside], seen[inside, 2]


def _depth_between(
    at: NDArray[np.float64], pixel: NDArray[np.float64], depth: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(n,) depth at each pixel: the 4 nearest points' inverse depth, by inverse squared distance."""
    if len(at) == 0:
        return np.zeros(0)
    squares = ((at[:, None] - pixel) ** 2).sum(axis=2)
    nearest = np.argpartition(squares, min(3, len(depth) - 1), axis=1)[:, :4]
    weights = 1 / (np.take_along_axis(squares, nearest, axis=1) + 1)
    inverse: NDArray[np.float64] = (weights / depth[nearest]).sum(axis=1) / weights.sum(axis=1)
    return 1 / inverse


def sky_gaussians(
    photographs: Sequence[Photograph], centre: NDArray[np.float64], radius: float, count: int, *, degree: int
) -> Gaussians:
    """A shell far behind everything: what is never near in any photograph (the sky) can be seen there.

    Directions are a Fibonacci lattice; those inside of some photograph are kept, in the mean colour there.
    """
    k = np.arange(count) + 0.5
    z, angle = 1 - 2 * k / count, np.pi * (1 + 5**0.5) * k
    flat = np.sqrt(1 - z**2)
    means = centre + radius * np.column_stack([flat * np.cos(angle), flat * np.sin(angle), z])
    colours, weights = np.zeros((count, 3)), np.zeros(count)
    for photograph in photographs:
        view = photograph.view
        seen = means @ view.rotation.T + view.translation
        inside = seen[:, 2] > view.near
        pixel = np.zeros((count, 2))
        pixel[inside] = seen[inside, :2] / seen[inside, 2:] * (view.fx, view.fy) + (view.cx, view.cy)
        inside &= ((pixel >= 0) & (pixel < (view.width, view.height))).all(axis=1)
        x, y = pixel[inside].astype(int).T
        colours[inside] += photograph.pixels[y, x] / 255.0
        weights[inside] += 1
    kept = weights > 0
    scales = np.full(kept.sum(), radius * np.sqrt(4 * np.pi / count) * 0.6)
    return gaussians_from(
        means[kept], scales, colours[kept] / weights[kept, None], opacity=0.7, degree=degree
    )
