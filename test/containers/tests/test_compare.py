from dataclasses import replace

import numpy as np
import pytest

from darkroom_scene.sparse_model import PinholeCamera, PosedImage, SparseModel
from scene_maker.camera import Pose, look_at
from scene_maker.compare import align, pose_errors
from scene_maker.photos import Made, make_scene

NAMES = tuple(f"{index}.jpg" for index in range(6))
TURN = look_at(np.array([1.0, 2.0, 3.0]), np.array([0.0, 0.5, 0.2]), roll=0.4).rotation


def recovered(made: Made, poses: tuple[Pose, ...]) -> SparseModel:
    """A model whose world is turned, moved and four times as large as the true one."""
    lens = made.lens
    camera = PinholeCamera(lens.width, lens.height, lens.focal, lens.focal, lens.width / 2, lens.height / 2)
    images = []
    for name, pose in zip(NAMES, poses, strict=True):
        rotation = pose.rotation @ TURN.T
        centre = 4 * TURN @ pose.centre + np.array([7.0, -2.0, 1.0])
        images.append(PosedImage(name, 1, rotation, -rotation @ centre, np.zeros(0, np.int64)))
    empty = np.zeros((0, 3))
    return SparseModel(
        cameras={1: camera},
        images=tuple(images),
        point_ids=np.zeros(0, np.int64),
        xyz=empty,
        rgb=empty.astype(np.uint8),
        errors=np.zeros(0),
        track_lengths=np.zeros(0, np.int64),
    )


def test_a_similarity_between_points_is_found_also_where_they_are_mirrored_flat() -> None:
    points = np.random.default_rng(0).normal(size=(8, 3)) * [3, 2, 0.5]
    found = align(points, 2.5 * points @ TURN.T + [1, 2, 3])
    assert found.scale == pytest.approx(2.5)
    assert found.rotation == pytest.approx(TURN)
    assert found.translation == pytest.approx([1, 2, 3])
    mirrored = align(points, points * [1, 1, -1])
    assert np.linalg.det(mirrored.rotation) == pytest.approx(1)


def test_a_model_that_differs_by_a_similarity_has_no_error() -> None:
    made = make_scene(2, 6, 64, 48)
    errors = pose_errors(made, NAMES, recovered(made, made.poses))
    assert (errors.registered, errors.photos) == (6, 6)
    assert errors.worst_degrees == pytest.approx(0, abs=1e-5)
    assert errors.worst_percent == pytest.approx(0, abs=1e-9)
    assert errors.focal_percent == pytest.approx(0)


def test_a_turned_and_a_moved_camera_are_seen() -> None:
    made = make_scene(2, 6, 64, 48)
    spin = np.array([[np.cos(0.1), -np.sin(0.1), 0], [np.sin(0.1), np.cos(0.1), 0], [0, 0, 1]])
    turned = replace(
        made.poses[2], rotation=spin @ made.poses[2].rotation, translation=spin @ made.poses[2].translation
    )
    moved = replace(made.poses[4], translation=made.poses[4].translation + [0, 0, 0.5])
    poses = (*made.poses[:2], turned, made.poses[3], moved, made.poses[5])
    errors = pose_errors(made, NAMES, recovered(made, poses))
    assert errors.worst_degrees > np.degrees(0.1) * 0.5
    assert errors.worst_pair_degrees == pytest.approx(np.degrees(0.1))
    assert errors.median_pair_degrees == pytest.approx(0, abs=1e-5)
    assert 2 < errors.worst_percent < 12
