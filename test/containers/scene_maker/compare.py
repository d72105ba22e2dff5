"""`python -m scene_maker.compare TRUTH COLMAP [OUTPUTS]`: a reconstruction against the truth, as JSON."""

import json
import sys
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from darkroom_scene.sparse_model import PinholeCamera, SparseModel, read_sparse_model
from scene_maker.camera import Lens, Pose
from scene_maker.photos import Made, read_truth
from scene_maker.render import render


@dataclass(frozen=True)
class Similarity:
    """`x_truth = scale * rotation @ x_recovered + translation`."""

    scale: float
    rotation: NDArray[np.float64]
    translation: NDArray[np.float64]


@dataclass(frozen=True)
class PoseErrors:
    """Angles in degrees; distances as shares of the length of the true path, in percent.

    `pair` is the error of the turn from one photograph to another, which no alignment enters.
    """

    photos: int
    registered: int
    median_degrees: float
    worst_degrees: float
    median_pair_degrees: float
    worst_pair_degrees: float
    median_percent: float
    worst_percent: float
    focal_percent: float


def align(recovered: NDArray[np.float64], truth: NDArray[np.float64]) -> Similarity:
    """Return the similarity of least squares between (n, 3) points, n >= 3.

    Umeyama 1991, "Least-squares estimation of transformation parameters between two point patterns",
    https://doi.org/10.1109/34.88573
    """
    middle, true_middle = recovered.mean(axis=0), truth.mean(axis=0)
    from_middle, from_true = recovered - middle, truth - true_middle
    u, strengths, v = np.linalg.svd(from_true.T @ from_middle / len(truth))
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(u) * np.linalg.det(v))])
    rotation = u @ np.diag(signs) @ v
    scale = float((strengths * signs).sum() / (from_middle**2).sum(axis=1).mean())
    return Similarity(scale, rotation, true_middle - scale * rotation @ middle)


def pose_errors(made: Made, names: tuple[str, ...], model: SparseModel) -> PoseErrors:
    """Compare the recovered cameras with the true ones, after the best similarity between their positions."""
    true = dict(zip(names, made.poses, strict=True))
    images = [image for image in model.images if image.name in true]
    centres = np.array([Pose(image.rotation, image.translation).centre for image in images])
    true_centres = np.array([true[image.name].centre for image in images])
    similarity = align(centres, true_centres)
    moved = similarity.scale * centres @ similarity.rotation.T + similarity.translation
    degrees = [
        _angle(image.rotation @ similarity.rotation.T @ true[image.name].rotation.T) for image in images
    ]
    turns = [image.rotation.T @ true[image.name].rotation for image in images]
    pairs = [_angle(one.T @ other) for one, other in combinations(turns, 2)]
    path = np.linalg.norm(np.diff([pose.centre for pose in made.poses], axis=0), axis=1).sum()
    percent = 100 * np.linalg.norm(moved - true_centres, axis=1) / path
    focal = np.mean([camera.fx for camera in model.cameras.values()])
    return PoseErrors(
        photos=len(names),
        registered=len(images),
        median_degrees=float(np.median(degrees)),
        worst_degrees=float(np.max(degrees)),
        median_pair_degrees=float(np.median(pairs)),
        worst_pair_degrees=float(np.max(pairs)),
        median_percent=float(np.median(percent)),
        worst_percent=float(np.max(percent)),
        focal_percent=float(100 * (focal / made.lens.focal - 1)),
    )


def view_psnr(made: Made, names: tuple[str, ...], model: SparseModel, outputs: Path) -> dict[str, float]:
    """Return the PSNR in dB of every held-out still against the place itself, seen from the true pose."""
    true = dict(zip(names, made.poses, strict=True))
    cameras = {image.name: model.cameras[image.camera_id] for image in model.images}
    views = json.loads((outputs / "train-report.json").read_text())["views"]
    result = {}
    for view in views:
        with Image.open(outputs / view["render"]) as still:
            seen = np.asarray(still.convert("RGB"), np.float64) / 255
        lens = _pinhole_at(cameras[view["name"]], width=seen.shape[1], height=seen.shape[0])
        there = render(made.place, lens, true[view["name"]]) / 255
        result[view["name"]] = float(-10 * np.log10(np.mean((seen - there) ** 2)))
    return result


def _pinhole_at(camera: PinholeCamera, width: int, height: int) -> Lens:
    """Return the camera of an undistorted photo as that of a smaller picture of it."""
    across, down = width / camera.width, height / camera.height
    return Lens(width, height, camera.fx * across, axis=(camera.cx * across, camera.cy * down))


def _angle(rotation: NDArray[np.float64]) -> float:
    """Return the angle of a rotation in degrees, exact also near zero."""
    sine = np.linalg.norm(rotation - rotation.T) / np.sqrt(8)
    return float(np.degrees(np.arctan2(sine, (np.trace(rotation) - 1) / 2)))


def main() -> None:
    """Print the errors of poses, and of stills where there are some."""
    truth, colmap, *outputs = (Path(word) for word in sys.argv[1:])
    made, names = read_truth(truth)
    model = read_sparse_model(colmap / "sparse/0")
    found: dict[str, object] = asdict(pose_errors(made, names, model))
    if outputs:
        found["psnr_truth"] = view_psnr(made, names, model, outputs[0])
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
