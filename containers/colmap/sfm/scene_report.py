"""The figures of a model by photograph, for the report."""

from __future__ import annotations

import platform
import subprocess
from collections import defaultdict
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pycolmap

from darkroom_scene.json_value import JsonValue
from sfm.agreement import agreement_by_photo
from sfm.ladder import Attempt
from sfm.photo_facts import PhotoFacts
from sfm.scene_database import read_features, read_matches


def photo_rows(
    database: Path, model: Path, facts: Mapping[str, PhotoFacts], reasons: Mapping[str, str]
) -> list[JsonValue]:
    """One object for each photograph: what was found in it, and how the model fits it.

    Args:
        database: with features and matches.
        model: folder of the model as it was solved.
        facts: of each photograph, by its name in the model.
        reasons: why those without a place have none, by name.
    """
    solved = pycolmap.Reconstruction(model)
    features = read_features(database)
    partners: dict[str, int] = defaultdict(int)
    matches: dict[str, int] = defaultdict(int)
    for pair in read_matches(database):
        for name in (pair.one, pair.other):
            partners[name] += 1
            matches[name] += pair.matches
    agreement = agreement_by_photo(database, solved)
    placed = {image.name: image for image in solved.images.values() if image.has_pose}
    rows: list[JsonValue] = []
    for name, photo in facts.items():
        row: dict[str, JsonValue] = {
            "width": photo.width,
            "height": photo.height,
            "sharpness": round(photo.sharpness, 2),
            "camera": photo.camera or None,
            "focal_35mm": photo.focal_35mm,
            "video": photo.video or None,
            "features": features.get(name, 0),
            "partners": partners[name],
            "matches": matches[name],
            "registered": name in placed,
        }
        if name in placed:
            errors = _reprojection_errors(solved, placed[name])
            row["observations"] = len(errors)
            row["reprojection_px"] = round(float(errors.mean()), 4) if len(errors) else None
            row["agreement"] = round(agreement[name], 4)
        else:
            row["reason"] = reasons.get(name, "")
        rows.append({"name": name, **row})
    return rows


def attempt_rows(attempts: Sequence[Attempt]) -> list[JsonValue]:
    """The attempts as in the summary."""
    return [
        {
            "strategy": attempt.rung.way,
            "seed": attempt.rung.seed,
            "registered": attempt.registered,
            "doubtful": attempt.doubtful,
            "points": attempt.points,
            "reprojection_px": round(attempt.reprojection_px, 4),
            "seconds": round(attempt.seconds, 1),
        }
        for attempt in attempts
    ]


def versions(with_video: bool) -> dict[str, str]:
    """What made the model."""
    found = {
        "python": platform.python_version(),
        "pycolmap": pycolmap.__version__,
        "colmap": f"{pycolmap.COLMAP_version} ({pycolmap.COLMAP_build})",
        "numpy": version("numpy"),
        "pillow": version("pillow"),
        "pillow-heif": version("pillow-heif"),
    }
    if with_video:
        told = subprocess.run(["ffmpeg", "-version"], capture_output=True, text=True, check=False).stdout
        found["ffmpeg"] = told.split("\n", 1)[0].removeprefix("ffmpeg version ").split(" ", 1)[0]
    return found


def _reprojection_errors(
    model: pycolmap.Reconstruction, image: pycolmap.Image
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Distances in pixels between the points that `image` sees and where it sees them."""
    seen = [point for point in image.points2D if point.has_point3D()]
    if not seen:
        return np.zeros(0)
    points = np.array([model.points3D[point.point3D_id].xyz for point in seen])
    found = np.array([point.xy for point in seen])
    projected = model.cameras[image.camera_id].img_from_cam(image.cam_from_world() * points)
    return np.asarray(np.linalg.norm(projected - found, axis=1))
