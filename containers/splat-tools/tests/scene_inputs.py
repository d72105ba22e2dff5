"""A small scene as stage `view` reads it: a textured wall, photographed along a walk."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

WIDTH, HEIGHT, FOCAL = 64, 48, 50.0
HARMONIC_SCALE = 0.28209479177387814


@dataclass(frozen=True)
class Shot:
    """A photograph: its name, where it stands, and how its camera is turned (world to camera)."""

    name: str
    centre: NDArray[np.float64]
    rotation: NDArray[np.float64]


def wall(count: int = 60) -> NDArray[np.float64]:
    """Points (n, 3) of a wall 4 before the walk; y is down, as in COLMAP's cameras."""
    generator = np.random.default_rng(0)
    return np.column_stack(
        [generator.uniform(-3, 3, count), generator.uniform(-1, 1, count), np.full(count, 4.0)]
    )


def turn(axis: str, degrees: float) -> NDArray[np.float64]:
    """A rotation (3, 3) about one axis."""
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    one, two = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    matrix = np.eye(3)
    matrix[one, one] = matrix[two, two] = cosine
    matrix[one, two], matrix[two, one] = -sine, sine
    return matrix


def walk(names: Sequence[str], tilt: NDArray[np.float64] | None = None) -> list[Shot]:
    """Photographs from left to right before the wall; `tilt` turns the whole world."""
    tilt = np.eye(3) if tilt is None else tilt
    places = np.linspace(-1, 1, len(names))
    return [Shot(name, tilt @ [place, 0.0, 0.0], tilt.T) for name, place in zip(names, places, strict=True)]


def write_model(folder: Path, shots: Sequence[Shot], points: NDArray[np.float64]) -> None:
    """Cameras, photographs and points as COLMAP writes them; a photograph sees what lies inside its frame."""
    folder.mkdir(parents=True)
    camera = struct.pack("<QIiQQ4d", 1, 1, 1, WIDTH, HEIGHT, FOCAL, FOCAL, WIDTH / 2, HEIGHT / 2)
    (folder / "cameras.bin").write_bytes(camera)
    images = [struct.pack("<Q", len(shots))]
    tracks: dict[int, list[int]] = {at: [] for at in range(len(points))}
    for number, shot in enumerate(shots, start=1):
        seen = _seen(shot, points)
        for _, point in seen:
            tracks[point].append(number)
        place = -shot.rotation @ shot.centre
        images.append(struct.pack("<I7dI", number, *_quaternion(shot.rotation), *place, 1))
        images.append(shot.name.encode() + b"\0" + struct.pack("<Q", len(seen)))
        images += [struct.pack("<2dq", *pixel, point + 1) for pixel, point in seen]
    (folder / "images.bin").write_bytes(b"".join(images))
    rows = [struct.pack("<Q", len(points))]
    for at, point in enumerate(points):
        rows.append(struct.pack("<Q3d3BdQ", at + 1, *point, 200, 120, 40, 0.5, len(tracks[at])))
        rows += [struct.pack("<II", image, 0) for image in tracks[at]]
    (folder / "points3D.bin").write_bytes(b"".join(rows))


def write_ply(file: Path, points: NDArray[np.float64]) -> None:
    """The points as small opaque Gaussians, with harmonics of degree 1."""
    fields = [
        *("x", "y", "z", "nx", "ny", "nz", "f_dc_0", "f_dc_1", "f_dc_2"),
        *(f"f_rest_{at}" for at in range(9)),
        *("opacity", "scale_0", "scale_1", "scale_2", "rot_0", "rot_1", "rot_2", "rot_3"),
    ]
    rows = np.zeros((len(points), len(fields)), "<f4")
    rows[:, :3] = points
    rows[:, 6:9] = (0.7 - 0.5) / HARMONIC_SCALE
    rows[:, 9:18] = np.random.default_rng(1).normal(0, 0.1, (len(points), 9))
    rows[:, 18], rows[:, 19:22], rows[:, 22] = 4.0, np.log(0.05), 1.0
    header = [
        f"element vertex {len(points)}",
        *(f"property float {field}" for field in fields),
        "end_header\n",
    ]
    file.write_bytes("\n".join(["ply", "format binary_little_endian 1.0", *header]).encode() + rows.tobytes())


def read_places(file: Path) -> NDArray[np.float64]:
    """The places (n, 3) of the Gaussians in a .ply whose fields are all floats."""
    header, rows = file.read_bytes().split(b"end_header\n", 1)
    fields = [line.split()[-1].decode() for line in header.splitlines() if line.startswith(b"property float")]
    table = np.frombuffer(rows, "<f4").reshape(-1, len(fields))
    return table[:, [fields.index(axis) for axis in "xyz"]].astype(np.float64)


def manifest(stage: str, summary: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest of a stage before."""
    return {
        "version": 1,
        "stage": stage,
        "scene": "wall",
        "key": "ab" * 32,
        "objects": [],
        "options": {f"{stage}_option": 1},
        "seed": 7,
        "versions": {"python": "3.11.2"},
        "image": {"key": "cd" * 32, "digest": None},
        "seconds": 12.5,
        "peak_mb": 300.0,
        "summary": summary,
    }


def sfm_summary(names: Sequence[str]) -> dict[str, Any]:
    """The summary of a stage sfm in which all registered."""
    return {
        "images": len(names),
        "registered": len(names),
        "points": 60,
        "reprojection_px": 0.5,
        "track_length": 3.1,
        "unregistered": [],
        "strategy": "exhaustive",
        "reason": "few photographs",
        "attempts": [],
        "preflight": {"excluded": [], "warnings": []},
        "width": WIDTH,
        "height": HEIGHT,
    }


def train_summary(held_out: str) -> dict[str, Any]:
    """The summary of a stage train with one held-out photograph."""
    view = {"name": held_out, "psnr": 20.0, "ssim": 0.6}
    return {
        "steps": 100,
        "gaussians": 60,
        "psnr": 20.0,
        "ssim": 0.6,
        "psnr_train": 25.0,
        "psnr_baseline": 15.0,
        "width": WIDTH,
        "height": HEIGHT,
        "views": [{**view, "photo": "stills/photo.png", "render": "stills/render.png"}],
        "still": "stills/first.png",
        "resumed_from": None,
    }


def write_inputs(folder: Path, names: Sequence[str]) -> Path:
    """The whole input folder of stage view; the held-out photograph is the last one."""
    points = wall()
    write_model(folder / "colmap/sparse/0", walk(names), points)
    stills = folder / "outputs/stills"
    stills.mkdir(parents=True)
    for name, colour in (("photo", "teal"), ("render", "navy"), ("first", "olive")):
        Image.new("RGB", (WIDTH, HEIGHT), colour).save(stills / f"{name}.png")
    write_ply(folder / "outputs/scene.ply", points)
    write_manifests(folder, sfm_summary(names), train_summary(names[-1]))
    return folder


def write_manifests(folder: Path, sfm: Mapping[str, Any], train: Mapping[str, Any]) -> None:
    """The manifests of the stages before, with these summaries."""
    for stage, summary in (("sfm", sfm), ("train", train)):
        (folder / f"{stage}-manifest.json").write_text(json.dumps(manifest(stage, summary)))


def _seen(shot: Shot, points: NDArray[np.float64]) -> list[tuple[NDArray[np.float64], int]]:
    local = (points - shot.centre) @ shot.rotation.T
    pixels = local[:, :2] / local[:, 2:] * FOCAL + [WIDTH / 2, HEIGHT / 2]
    inside = (local[:, 2] > 0) & (pixels > 0).all(axis=1) & (pixels < [WIDTH, HEIGHT]).all(axis=1)
    return [(pixels[at], int(at)) for at in np.flatnonzero(inside)]


def _quaternion(rotation: NDArray[np.float64]) -> NDArray[np.float64]:
    """(w, x, y, z) of a rotation; Bar-Itzhack 2000, New Method for Extracting the Quaternion."""
    (a, b, c), (d, e, f), (g, h, i) = rotation
    matrix = np.array(
        [[a - e - i, d + b, g + c, h - f], [d + b, e - a - i, h + f, c - g], [g + c, h + f, i - a - e, d - b]]
        + [[h - f, c - g, d - b, a + e + i]]
    )
    x, y, z, w = np.linalg.eigh(matrix / 3)[1][:, -1]
    return np.array([w, x, y, z])
