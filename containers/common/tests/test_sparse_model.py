from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from darkroom_scene.errors import StageError
from darkroom_scene.sparse_model import PinholeCamera, read_sparse_model

HALF = 0.5**0.5


def cameras(
    model: int = 1, values: tuple[float, ...] = (500.0, 510.0, 320.0, 240.0), width: int = 640
) -> bytes:
    return struct.pack("<QIiQQ", 1, 7, model, width, 480) + struct.pack(f"<{len(values)}d", *values)


def image(
    name: str, points: list[int], camera: int = 7, rotation: tuple[float, ...] = (HALF, 0, 0, HALF)
) -> bytes:
    head = struct.pack("<I4d3dI", 3, *rotation, 1.0, 2.0, 3.0, camera) + name.encode() + b"\0"
    return (
        head + struct.pack("<Q", len(points)) + b"".join(struct.pack("<ddq", 1.0, 2.0, one) for one in points)
    )


def images(*some: bytes) -> bytes:
    return struct.pack("<Q", len(some)) + b"".join(some)


def points(*ids: int) -> bytes:
    rows = (
        struct.pack("<Q3d3BdQ", one, one, 2.0, 3.0, 1, 2, 255, 0.25, 2) + struct.pack("<4I", 3, 0, 4, 1)
        for one in ids
    )
    return struct.pack("<Q", len(ids)) + b"".join(rows)


def model(folder: Path, **files: bytes) -> Path:
    files = {
        "cameras": cameras(),
        "images": images(image("b/ü.jpg", [9, -1, 4, 9]), image("a.jpg", [])),
        "points3D": points(9, 4),
        **files,
    }
    for name, data in files.items():
        (folder / f"{name}.bin").write_bytes(data)
    return folder


def test_a_model_is_read_as_the_format_says(tmp_path: Path) -> None:
    read = read_sparse_model(model(tmp_path))
    assert read.cameras == {7: PinholeCamera(640, 480, 500.0, 510.0, 320.0, 240.0)}
    assert [one.name for one in read.images] == ["a.jpg", "b/ü.jpg"]
    seen = read.images[1]
    assert seen.points.tolist() == [4, 9]
    assert seen.points.dtype == np.int64
    assert seen.rotation.dtype == np.float64
    assert seen.translation.tolist() == [1, 2, 3]
    # A quarter turn about z takes x to y.
    np.testing.assert_allclose(seen.rotation @ [1, 0, 0], [0, 1, 0], atol=1e-12)
    assert read.point_ids.tolist() == [4, 9]
    assert read.xyz.tolist() == [[4, 2, 3], [9, 2, 3]]
    assert read.rgb.tolist() == [[1, 2, 255]] * 2
    assert read.rgb.dtype == np.uint8
    assert (read.errors.tolist(), read.track_lengths.tolist()) == ([0.25, 0.25], [2, 2])


def test_a_simple_pinhole_has_one_focal_length(tmp_path: Path) -> None:
    read = read_sparse_model(model(tmp_path, cameras=cameras(0, (500.0, 320.0, 240.0))))
    assert read.cameras[7] == PinholeCamera(640, 480, 500.0, 500.0, 320.0, 240.0)


def test_a_distorted_camera_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StageError) as caught:
        read_sparse_model(model(tmp_path, cameras=cameras(2)))
    assert caught.value.code == "model/distorted"


@pytest.mark.parametrize("name", ["cameras", "images", "points3D"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    (model(tmp_path) / f"{name}.bin").unlink()
    with pytest.raises(StageError) as caught:
        read_sparse_model(tmp_path)
    assert caught.value.code == "model/missing"
    assert f"{name}.bin" in caught.value.message


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("cameras", cameras(values=(0.0, 1.0, 1.0, 1.0))),
        ("cameras", cameras(values=(float("nan"), 1.0, 1.0, 1.0))),
        ("cameras", cameras(width=0)),
        ("cameras", cameras() + b"more"),
        ("cameras", struct.pack("<Q", 1 << 62)),
        ("images", images(image("a", [], camera=8))),
        ("images", images(image("a", []), image("a", []))),
        ("images", images(image("a", [5]))),
        ("images", images(image("a", [], rotation=(1, 1, 1, 1)))),
        ("images", images(image("", []))),
        ("images", struct.pack("<Q", 1 << 40)),
        ("points3D", points(4, 9, 9)),
        ("points3D", struct.pack("<Q", 1 << 50)),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, name: str, data: bytes) -> None:
    with pytest.raises(StageError) as caught:
        read_sparse_model(model(tmp_path, **{name: data}))
    assert caught.value.code == "model/broken"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sampled_from(["cameras", "images", "points3D"]), st.data())
def test_a_file_that_is_cut_off_anywhere_is_refused(tmp_path: Path, name: str, data: st.DataObject) -> None:
    whole = (model(tmp_path) / f"{name}.bin").read_bytes()
    length = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(StageError):
        read_sparse_model(model(tmp_path, **{name: whole[:length]}))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sampled_from(["cameras", "images", "points3D"]), st.data())
def test_a_file_with_other_bytes_is_read_or_refused_but_never_a_crash(
    tmp_path: Path, name: str, data: st.DataObject
) -> None:
    whole = bytearray((model(tmp_path) / f"{name}.bin").read_bytes())
    whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        read_sparse_model(model(tmp_path, **{name: bytes(whole)}))
    except StageError as error:
        assert error.code.startswith("model/")
