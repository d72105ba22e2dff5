"""Whether a model agrees with the matches it was made from: a bent one does not, however small its errors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pycolmap
from numpy.typing import NDArray

from sfm.view_graph import FIRM_MATCHES

TOLERANCE_PX = 4.0
"""The tolerance with which the matches were found to agree on one geometry."""
LEAST_AGREEMENT = 0.6


def epipolar_distances(
    one: NDArray[np.float64], other: NDArray[np.float64], essential: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Sampson's distance of matched points from one geometry, in the units of the points.

    Hartley and Zisserman, "Multiple View Geometry", second edition, equation 11.9.

    Args:
        one: (n, 2) points in the first photograph, on the image plane at distance 1.
        other: (n, 2) their matches.
        essential: (3, 3) of the two cameras.
    """
    first = np.column_stack([one, np.ones(len(one))])
    second = np.column_stack([other, np.ones(len(other))])
    lines, back = first @ essential.T, second @ essential
    slope = np.sqrt((lines[:, :2] ** 2).sum(1) + (back[:, :2] ** 2).sum(1))
    return np.asarray(np.abs((second * lines).sum(1)) / np.maximum(slope, 1e-12))


def agreement_by_photo(database: Path, model: pycolmap.Reconstruction) -> dict[str, float]:
    """The share of a photograph's matches that fit where the model puts it and its partners."""
    fitting: dict[str, int] = defaultdict(int)
    counted: dict[str, int] = defaultdict(int)
    placed = {image.image_id: image for image in model.images.values() if image.has_pose}
    rays: dict[int, NDArray[np.float64]] = {}
    with pycolmap.Database.open(database) as opened:
        for pair_id, matches in zip(*opened.read_two_view_geometry_num_inliers(), strict=True):
            one, other = pycolmap.pair_id_to_image_pair(pair_id)
            if matches < FIRM_MATCHES or one not in placed or other not in placed:
                continue
            for number in (one, other):
                if number not in rays:
                    camera = model.cameras[placed[number].camera_id]
                    points = opened.read_keypoints(number)[:, :2].astype(np.float64)
                    rays[number] = np.asarray(camera.cam_from_img(points))
            rows = opened.read_two_view_geometry(one, other).inlier_matches
            moved = placed[other].cam_from_world() * placed[one].cam_from_world().inverse()
            essential = pycolmap.essential_matrix_from_pose(moved)
            distances = epipolar_distances(rays[one][rows[:, 0]], rays[other][rows[:, 1]], essential)
            near = int((distances * _focal(model, placed, one, other) < TOLERANCE_PX).sum())
            for name in (placed[one].name, placed[other].name):
                fitting[name] += near
                counted[name] += len(rows)
    return {
        image.name: fitting[image.name] / counted[image.name] if counted[image.name] else 1.0
        for image in placed.values()
    }


def doubtful(agreement: dict[str, float]) -> tuple[str, ...]:
    """The photographs that most of their matches contradict."""
    return tuple(sorted(name for name, share in agreement.items() if share < LEAST_AGREEMENT))


def _focal(model: pycolmap.Reconstruction, placed: dict[int, pycolmap.Image], *numbers: int) -> float:
    lengths: Sequence[float] = [
        model.cameras[placed[number].camera_id].mean_focal_length() for number in numbers
    ]
    return sum(lengths) / len(lengths)
