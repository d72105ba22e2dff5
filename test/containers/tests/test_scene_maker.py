from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from scene_maker.camera import Lens, Pose, look_at, walk
from scene_maker.photos import make_scene, read_truth, write_photos, write_truth
from scene_maker.place import Quad
from scene_maker.render import render


def project(lens: Lens, pose: Pose, point: NDArray[np.float64]) -> tuple[float, float]:
    """COLMAP's SIMPLE_RADIAL, written down a second time and the other way round."""
    x, y, z = pose.rotation @ point + pose.translation
    u, v = x / z, y / z
    scale = 1 + lens.radial * (u * u + v * v)
    return lens.focal * u * scale + lens.width / 2, lens.focal * v * scale + lens.height / 2


@pytest.mark.parametrize("radial", [0.0, -0.15, 0.1])
def test_a_mark_on_a_wall_is_seen_where_the_camera_model_puts_it(radial: float) -> None:
    texture = np.full((200, 200, 3), 0.2, np.float32)
    texture[140:144, 60:64] = 1.0
    x, y = np.eye(3)[:2]
    wall = Quad(np.array([-4.0, -4.0, 5.0]), 8 * x, 8 * y, texture)
    mark = wall.corner + wall.right * 62 / 200 + wall.down * 142 / 200
    lens = Lens(320, 240, 250.0, radial)
    pose = look_at(np.array([0.6, -0.4, 0.2]), np.array([-0.3, 0.4, 5.0]), roll=0.2)
    seen = render([wall], lens, pose)[:, :, 0].astype(float)
    weights = np.where(seen > 60, seen - 51, 0)
    rows, columns = np.indices(seen.shape) + 0.5
    expected = project(lens, pose, mark)
    near = np.hypot(columns - expected[0], rows - expected[1]) < 12
    assert weights[near].sum() > 0
    found = [float((axis[near] * weights[near]).sum() / weights[near].sum()) for axis in (columns, rows)]
    assert found == pytest.approx(expected, abs=0.15)


def test_what_stands_in_front_hides_what_is_behind() -> None:
    x, y = np.eye(3)[:2]
    far = Quad(np.array([-4.0, -4.0, 5.0]), 8 * x, 8 * y, np.full((4, 4, 3), 0.2, np.float32))
    near = Quad(np.array([-0.5, -0.5, 2.0]), x, y, np.full((4, 4, 3), 0.8, np.float32))
    pose = Pose(np.eye(3), np.zeros(3))
    for order in ([far, near], [near, far]):
        picture = render(order, Lens(33, 33, 30.0), pose)
        assert (picture[16, 16], picture[2, 2]) == (pytest.approx(204), pytest.approx(51))


def test_poses_are_rotations_that_stand_apart_and_look_into_the_yard() -> None:
    poses = walk(12, 3)
    for pose in poses:
        assert pose.rotation @ pose.rotation.T == pytest.approx(np.eye(3))
        assert np.linalg.det(pose.rotation) == pytest.approx(1)
        assert (pose.rotation @ np.array([0.0, -1.3, 5.0]) + pose.translation)[2] > 3
    steps = [np.linalg.norm(a.centre - b.centre) for a, b in pairwise(poses)]
    assert min(steps) > 0.1


def test_a_seed_makes_the_same_files_and_the_truth_makes_them_again(tmp_path: Path) -> None:
    names = ["a/0.jpg", "b/0.png"]
    made = make_scene(5, 2, 64, 48, -0.05)
    for folder in ("one", "two"):
        write_photos(made, tmp_path / folder, names, exif=True)
    assert [(tmp_path / "one" / name).read_bytes() for name in names] == [
        (tmp_path / "two" / name).read_bytes() for name in names
    ]
    write_truth(made, tmp_path / "truth.json", names, 5)
    again, again_names = read_truth(tmp_path / "truth.json")
    assert list(again_names) == names
    with Image.open(tmp_path / "one" / "b/0.png") as photo:
        assert (np.asarray(photo) == render(again.place, again.lens, again.poses[1])).all()


def test_the_focal_length_is_said_unless_it_shall_not_be(tmp_path: Path) -> None:
    made = make_scene(5, 1, 64, 48)
    for exif, expected in ((True, 32), (False, None)):
        write_photos(made, tmp_path, ["0.jpg"], exif=exif)
        with Image.open(tmp_path / "0.jpg") as photo:
            assert photo.getexif().get_ifd(0x8769).get(0xA405) == expected
