"""A small scene with known cameras: coloured blobs, photographed by the rasteriser itself from an arc."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from darkroom_scene.checkpoints import Checkpoints
from darkroom_scene.file_storage import FileStorage
from darkroom_scene.json_value import JsonValue
from darkroom_scene.progress import Progress
from darkroom_scene.stage import StageContext
from darkroom_scene.stop_signal import StopSignal
from darkroom_scene.train_options import TrainOptions
from train.gaussians import Gaussians
from train.rasteriser import Rasteriser, View

WIDTH, HEIGHT, FOCAL = 64, 48, 60.0
OPTIONS = TrainOptions(steps=60, size=64, max_gaussians=600, sh_degree=1)


def true_gaussians() -> Gaussians:
    """240 blobs on a bumpy wall, in front of nothing."""
    random = np.random.default_rng(8)
    x, y = random.uniform(-3, 3, 240), random.uniform(-2.2, 2.2, 240)
    means = np.column_stack([x, y, 0.5 * np.sin(2 * x) + random.normal(scale=0.05, size=240)])
    stripes = np.column_stack([np.sin(2 * x), np.cos(3 * y), np.sin(x + y)])
    return Gaussians(
        means=means,
        log_scales=np.log(random.uniform(0.1, 0.35, (240, 3))),
        quaternions=random.normal(size=(240, 4)),
        opacity_logits=np.full(240, 3.0),
        harmonics=stripes[:, None] * 1.2,
    ).astype(np.float32)


def view_at(k: int) -> View:
    """Camera k of an arc in front of the wall."""
    angle = 0.12 * (k - 4)
    rotation = np.array([[np.cos(angle), 0, -np.sin(angle)], [0, 1, 0], [np.sin(angle), 0, np.cos(angle)]])
    centre = rotation.T @ np.array([0, 0.15 * (k % 3 - 1), -4.0])
    return View(rotation, -rotation @ centre, FOCAL, FOCAL, WIDTH / 2, HEIGHT / 2, WIDTH, HEIGHT)


@dataclass(frozen=True)
class Made:
    """Attributes: folder: the stage's input; names: of the photographs."""

    folder: Path
    names: list[str]


def make_scene(folder: Path, photographs: int = 9) -> Made:
    """Writes images and a sparse model whose points are a third of the blobs."""
    truth = true_gaussians()
    names = [f"side {k % 2}/{k:02}.png" for k in range(photographs)]
    for k, name in enumerate(names):
        image, _ = Rasteriser().draw(truth, view_at(k), 0)
        path = folder / "images" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray((np.clip(image, 0, 1) * 255).astype(np.uint8)).save(path)
    points = truth.means[::3]
    write_model(folder / "sparse/0", names, points, np.arange(len(points)))
    return Made(folder, names)


def write_model(folder: Path, names: list[str], points: NDArray[np.float32], seen: NDArray[np.int64]) -> None:
    """COLMAP's three files (https://colmap.github.io/format.html); all see the points `seen`."""
    folder.mkdir(parents=True, exist_ok=True)
    camera = struct.pack("<QIIQQ4d", 1, 1, 1, WIDTH, HEIGHT, FOCAL, FOCAL, WIDTH / 2, HEIGHT / 2)
    (folder / "cameras.bin").write_bytes(camera)
    images = struct.pack("<Q", len(names))
    for k, name in enumerate(names):
        view = view_at(k)
        half = np.arctan2(view.rotation[2, 0], view.rotation[0, 0]) / 2
        pose = (np.cos(half), 0.0, -np.sin(half), 0.0, *view.translation)
        images += struct.pack("<I7dI", k + 1, *pose, 1) + name.encode() + b"\0" + struct.pack("<Q", len(seen))
        images += b"".join(struct.pack("<2dq", 1.0, 1.0, int(point) + 1) for point in seen)
    (folder / "images.bin").write_bytes(images)
    body = struct.pack("<Q", len(points))
    for k, point in enumerate(points):
        body += struct.pack("<Q3d3BdQ", k + 1, *map(float, point), 128, 128, 128, 0.5, 0)
    (folder / "points3D.bin").write_bytes(body)


@dataclass
class Bench:
    """A stage's surroundings in one folder; `events` is what it said."""

    context: StageContext[TrainOptions]
    events: list[JsonValue]


def bench(
    made: Made,
    folder: Path,
    *,
    options: TrainOptions = OPTIONS,
    seed: int = 1,
    stop: StopSignal | None = None,
) -> Bench:
    """Fresh output and work folders below `folder`, and the checkpoints that an earlier bench there left."""
    events: list[JsonValue] = []
    progress, stop = Progress("train", lambda event: events.append(dict(event))), stop or StopSignal()
    storage = FileStorage(folder / "storage")
    checkpoints = Checkpoints(storage, "outputs/s/checkpoints/", "train", "0" * 64, progress, stop)
    number = len(list(folder.glob("output-*")))
    output, work = folder / f"output-{number}", folder / f"work-{number}"
    output.mkdir()
    work.mkdir()
    return Bench(
        StageContext("s", options, seed, made.folder, output, work, checkpoints, progress, stop, None), events
    )
