"""What the viewer page is told: where it opens, and the track of its camera.

Format: https://github.com/playcanvas/supersplat-viewer#settings-schema, version 2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from darkroom_scene.errors import StageError
from darkroom_scene.json_value import JsonValue
from darkroom_scene.sparse_model import PinholeCamera, PosedImage, SparseModel
from view.camera_path import Tour, plan_tour
from view.viewer_frame import ViewerFrame

FRAME_RATE = 30
FOV_RANGE = (10.0, 120.0)
"""Degrees; the viewer takes no others."""


@dataclass(frozen=True)
class Viewpoint:
    """A camera of the viewer: position and target in its world, field of view in degrees."""

    position: NDArray[np.float64]
    target: NDArray[np.float64]
    fov: float


def initial_image(model: SparseModel) -> PosedImage:
    """The photograph that sees most points; of several the first by name.

    Raises:
        StageError: `view/no-photographs` for a model without any.
    """
    if not model.images:
        raise StageError(
            "view/no-photographs",
            "the camera model holds no registered photograph, so there is no place to look from",
            "see the report of stage sfm for why none registered",
        )
    return max(model.images, key=lambda image: len(image.points))


def viewer_settings(
    model: SparseModel, first: PosedImage, frame: ViewerFrame
) -> tuple[dict[str, JsonValue], Tour]:
    """The settings of a viewer that opens at `first` and moves along the photographs, and that tour."""
    depth = float(np.median([_depth(model, image) for image in model.images]))
    views = [_viewpoint(model, image, frame, depth) for image in model.images]
    start = model.images.index(first)
    # Two views are near when both what they stand on and what they look at are.
    tour = plan_tour(np.array([np.concatenate([view.position, view.target]) for view in views]), start)
    initial = _viewpoint(model, first, frame, _depth(model, first))
    settings: dict[str, JsonValue] = {
        "version": 2,
        "tonemapping": "none",
        "highPrecisionRendering": False,
        "background": {"color": [0, 0, 0]},
        "postEffectSettings": _no_effects(),
        "animTracks": [_track(tour, views)] if len(views) > 1 else [],
        "cameras": [{"initial": _camera(initial)}],
        "annotations": [],
        "startMode": "animTrack" if len(views) > 1 else "default",
    }
    return settings, tour


def longer_side_fov(camera: PinholeCamera) -> float:
    """Degrees across the photograph's longer side: the viewer takes them across its window's longer side."""
    side, focal = max((camera.width, camera.fx), (camera.height, camera.fy))
    return float(np.clip(2 * np.degrees(np.arctan(side / (2 * focal))), *FOV_RANGE))


def _viewpoint(model: SparseModel, image: PosedImage, frame: ViewerFrame, depth: float) -> Viewpoint:
    centre = -image.rotation.T @ image.translation
    ends = frame.place(np.array([centre, centre + image.rotation[2] * depth]))
    return Viewpoint(ends[0], ends[1], longer_side_fov(model.cameras[image.camera_id]))


def _depth(model: SparseModel, image: PosedImage) -> float:
    """Median distance along the view of the points it sees; 1 when it sees none."""
    seen = model.xyz[np.isin(model.point_ids, image.points)]
    depths = seen @ image.rotation[2] + image.translation[2]
    return float(np.median(depths[depths > 0])) if (depths > 0).any() else 1.0


def _track(tour: Tour, views: list[Viewpoint]) -> dict[str, JsonValue]:
    stops = [views[stop] for stop in tour.stops]
    return {
        "name": "along the photographs",
        "duration": _number(tour.duration),
        "frameRate": FRAME_RATE,
        "loopMode": "repeat",
        "interpolation": "spline",
        "smoothness": 1,
        "keyframes": {
            "times": [_number(seconds * FRAME_RATE) for seconds in tour.seconds],
            "values": {
                "position": _numbers(np.concatenate([view.position for view in stops])),
                "target": _numbers(np.concatenate([view.target for view in stops])),
                "fov": [_number(view.fov) for view in stops],
            },
        },
    }


def _camera(view: Viewpoint) -> dict[str, JsonValue]:
    return {"position": _numbers(view.position), "target": _numbers(view.target), "fov": _number(view.fov)}


def _no_effects() -> dict[str, JsonValue]:
    return {
        "sharpness": {"enabled": False, "amount": 0},
        "bloom": {"enabled": False, "intensity": 0.1, "blurLevel": 2},
        "grading": {"enabled": False, "brightness": 1, "contrast": 1, "saturation": 1, "tint": [1, 1, 1]},
        "vignette": {"enabled": False, "intensity": 0.5, "inner": 0.3, "outer": 0.75, "curvature": 1},
        "fringing": {"enabled": False, "intensity": 0.5},
    }


def _numbers(values: NDArray[np.float64]) -> list[JsonValue]:
    return [_number(float(value)) for value in values]


def _number(value: float) -> float:
    """Seven digits, which no eye can tell from more, so that the last bits of a platform do not show."""
    return float(f"{value:.7g}")
