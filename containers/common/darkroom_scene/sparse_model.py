"""A camera model as COLMAP writes it, read without COLMAP.

Format: https://colmap.github.io/format.html#binary-file-format and COLMAP's reconstruction_io_binary.cc
(little endian; counts and 3D point ids have 64 bits, other ids 32; a feature without a point has the id -1).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from darkroom_scene.binary_reader import BinaryReader, BrokenFile
from darkroom_scene.errors import StageError

SIMPLE_PINHOLE = 0
PINHOLE = 1
NO_POINT = -1

Part = TypeVar("Part")


@dataclass(frozen=True)
class PinholeCamera:
    """A camera without distortion; everything in pixels, the centre of the first pixel at (0.5, 0.5)."""

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float


@dataclass(frozen=True)
class PosedImage:
    """A registered photograph.

    Attributes:
        name: path below `images/`.
        camera_id: key in `SparseModel.cameras`.
        rotation: (3, 3) float64, world to camera.
        translation: (3,) float64, world to camera: `x_camera = rotation @ x_world + translation`.
        points: (n,) int64, ids of the 3D points it sees, sorted, each once.
    """

    name: str
    camera_id: int
    rotation: NDArray[np.float64]
    translation: NDArray[np.float64]
    points: NDArray[np.int64]


@dataclass(frozen=True)
class SparseModel:
    """Cameras, photographs sorted by name, and points.

    Attributes:
        cameras: by id.
        images: sorted by name.
        point_ids: (n,) int64, ascending.
        xyz: (n, 3) float64.
        rgb: (n, 3) uint8.
        errors: (n,) float64, mean reprojection error in pixels.
        track_lengths: (n,) int64, how many photographs see the point.
    """

    cameras: Mapping[int, PinholeCamera]
    images: tuple[PosedImage, ...]
    point_ids: NDArray[np.int64]
    xyz: NDArray[np.float64]
    rgb: NDArray[np.uint8]
    errors: NDArray[np.float64]
    track_lengths: NDArray[np.int64]


def read_sparse_model(folder: Path) -> SparseModel:
    """The model in `folder` (`cameras.bin`, `images.bin`, `points3D.bin`), checked.

    Raises:
        StageError: `model/missing` when a file is not there, `model/broken` when one is cut off or cannot be
            true, `model/distorted` for a camera that is not a pinhole.
    """
    cameras = _read(folder / "cameras.bin", _cameras)
    images = _read(folder / "images.bin", lambda reader: _images(reader, cameras))
    points = _read(folder / "points3D.bin", _points)
    known = np.isin(np.concatenate([np.zeros(0, np.int64), *(image.points for image in images)]), points.ids)
    if not known.all():
        raise _broken(folder / "images.bin", f"{int((~known).sum())} of its points are not in points3D.bin")
    return SparseModel(
        cameras, images, points.ids, points.xyz, points.rgb, points.errors, points.track_lengths
    )


@dataclass(frozen=True)
class _Points:
    ids: NDArray[np.int64]
    xyz: NDArray[np.float64]
    rgb: NDArray[np.uint8]
    errors: NDArray[np.float64]
    track_lengths: NDArray[np.int64]


def _cameras(reader: BinaryReader) -> dict[int, PinholeCamera]:
    cameras: dict[int, PinholeCamera] = {}
    for _ in range(reader.count(24)):
        camera_id, model, width, height = reader.ints("IiQQ")
        if model not in (SIMPLE_PINHOLE, PINHOLE):
            raise StageError(
                "model/distorted",
                f"camera {camera_id} has COLMAP's camera model {model}; expected PINHOLE or SIMPLE_PINHOLE",
                "undistort the photographs first: stage sfm does that",
            )
        values = reader.doubles(3 if model == SIMPLE_PINHOLE else 4)
        fx, fy = values[0], values[0 if model == SIMPLE_PINHOLE else 1]
        cx, cy = values[-2:]
        if min(width, height) < 1 or max(width, height) > 1 << 20 or min(fx, fy) <= 0 or camera_id in cameras:
            raise BrokenFile(f"camera {camera_id} is {width} by {height} with focal lengths {fx}, {fy}")
        cameras[camera_id] = PinholeCamera(width, height, float(fx), float(fy), float(cx), float(cy))
    return cameras


def _images(reader: BinaryReader, cameras: Mapping[int, PinholeCamera]) -> tuple[PosedImage, ...]:
    feature = np.dtype([("xy", "<f8", (2,)), ("point", "<i8")])
    images: dict[str, PosedImage] = {}
    for _ in range(reader.count(73)):
        reader.ints("I")
        quaternion = reader.doubles(4)
        translation = reader.doubles(3)
        (camera_id,) = reader.ints("I")
        name = reader.text()
        features = reader.records(feature, reader.count(feature.itemsize))
        if camera_id not in cameras or not name or name in images:
            raise BrokenFile(f"the photograph {name!r} has camera {camera_id}, or is there twice")
        points = np.unique(features["point"].astype(np.int64))
        rotation = _rotation(quaternion, name)
        images[name] = PosedImage(name, camera_id, rotation, translation, points[points != NO_POINT])
    return tuple(images[name] for name in sorted(images))


def _rotation(quaternion: NDArray[np.float64], name: str) -> NDArray[np.float64]:
    """The rotation of a quaternion (w, x, y, z); Shoemake, "Animating Rotation with Quaternion Curves"."""
    length = float(np.linalg.norm(quaternion))
    if abs(length - 1) > 1e-3:
        raise BrokenFile(f"the rotation of {name!r} is a quaternion of length {length:.3f}, not 1")
    w, x, y, z = quaternion / length
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


def _points(reader: BinaryReader) -> _Points:
    head = np.dtype([("id", "<i8"), ("xyz", "<f8", (3,)), ("rgb", "u1", (3,)), ("error", "<f8")])
    count = reader.count(head.itemsize + 8)
    heads = np.zeros(count, head)
    lengths = np.zeros(count, np.int64)
    for index in range(count):
        heads[index] = reader.records(head, 1)[0]
        lengths[index] = reader.count(8)
        reader.take(8 * int(lengths[index]))
    if not (np.isfinite(heads["xyz"]).all() and np.isfinite(heads["error"]).all()):
        raise BrokenFile("it holds a number that is not finite")
    order = np.argsort(heads["id"], kind="stable")
    ids = heads["id"][order].astype(np.int64)
    if (np.diff(ids) == 0).any():
        raise BrokenFile("a point is there twice")
    heads = heads[order]
    return _Points(ids, heads["xyz"].copy(), heads["rgb"].copy(), heads["error"].copy(), lengths[order])


def _read(file: Path, parse: Callable[[BinaryReader], Part]) -> Part:
    try:
        reader = BinaryReader(file.read_bytes())
    except FileNotFoundError as error:
        raise StageError(
            "model/missing", f"there is no {file.name} in {file.parent}", "run stage sfm first"
        ) from error
    try:
        part = parse(reader)
    except BrokenFile as error:
        raise _broken(file, str(error)) from error
    if reader.left:
        raise _broken(file, f"{reader.left} bytes follow its end")
    return part


def _broken(file: Path, reason: str) -> StageError:
    return StageError(
        "model/broken", f"{file} is not a model of COLMAP: {reason}", "make it again with stage sfm"
    )
