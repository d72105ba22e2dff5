from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from darkroom_scene.errors import StageError
from darkroom_scene.sparse_model import PinholeCamera, SparseModel, read_sparse_model
from tests.scene_inputs import turn, walk, wall, write_model
from view.viewer_frame import viewer_frame
from view.viewer_settings import initial_image, longer_side_fov, viewer_settings

NAMES = ["1.jpg", "2.jpg", "3.jpg", "4.jpg"]


@pytest.fixture
def model(tmp_path: Path) -> SparseModel:
    write_model(tmp_path / "model", walk(NAMES, turn("x", 33)), wall() @ turn("x", 33).T)
    return read_sparse_model(tmp_path / "model")


def made(model: SparseModel) -> dict[str, Any]:
    first = initial_image(model)
    return dict(viewer_settings(model, first, viewer_frame(model, first))[0])


def test_the_viewer_opens_at_the_photograph_that_sees_most_points(model: SparseModel) -> None:
    first = initial_image(model)
    assert len(first.points) == max(len(image.points) for image in model.images)
    assert len({len(image.points) for image in model.images}) > 1


def test_its_camera_stands_and_looks_as_the_photograph_does(model: SparseModel) -> None:
    first = initial_image(model)
    matrix = viewer_frame(model, first).matrix
    camera = made(model)["cameras"][0]["initial"]
    position, target = np.array(camera["position"]), np.array(camera["target"])
    assert np.allclose(position, matrix @ (-first.rotation.T @ first.translation), atol=1e-5)
    look = (target - position) / np.linalg.norm(target - position)
    assert np.allclose(look, matrix @ first.rotation[2], atol=1e-5)
    # The walk looks along +z of a world that was tilted; upright, it looks along the ground.
    assert look[1] == pytest.approx(0, abs=1e-5)
    assert np.linalg.norm(target - position) == pytest.approx(4, abs=1e-3)


def test_the_track_starts_where_the_viewer_opens(model: SparseModel) -> None:
    settings = made(model)
    track = settings["animTracks"][0]
    values = track["keyframes"]["values"]
    assert settings["startMode"] == "animTrack"
    assert values["position"][:3] == settings["cameras"][0]["initial"]["position"]
    assert len(values["position"]) == len(values["target"]) == 3 * len(track["keyframes"]["times"])
    assert track["duration"] * track["frameRate"] > track["keyframes"]["times"][-1]


def test_a_single_photograph_has_no_track(model: SparseModel) -> None:
    alone = dataclasses.replace(model, images=model.images[:1])
    assert made(alone)["animTracks"] == []
    assert made(alone)["startMode"] == "default"


def test_a_model_without_photographs_is_told_in_words(model: SparseModel) -> None:
    with pytest.raises(StageError, match="no registered photograph") as caught:
        initial_image(dataclasses.replace(model, images=()))
    assert caught.value.code == "view/no-photographs"


def test_the_field_of_view_is_that_of_the_longer_side() -> None:
    wide = PinholeCamera(200, 100, 100.0, 80.0, 100.0, 50.0)
    tall = PinholeCamera(100, 200, 80.0, 100.0, 50.0, 100.0)
    assert longer_side_fov(wide) == pytest.approx(90)
    assert longer_side_fov(tall) == pytest.approx(90)
    assert longer_side_fov(dataclasses.replace(wide, fx=1.0)) == 120
    assert math.isclose(longer_side_fov(dataclasses.replace(wide, fx=1e6)), 10)
