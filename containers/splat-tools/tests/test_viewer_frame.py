from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkroom_scene.sparse_model import SparseModel, read_sparse_model
from darkroom_scene.stop_signal import StopSignal
from tests.scene_inputs import read_places, turn, walk, wall, write_model, write_ply
from view.splat_transform import convert, find_splat_transform
from view.viewer_frame import PLY_TO_VIEWER, euler_matrix, viewer_frame
from view.viewer_settings import initial_image

ANGLES = st.floats(-180, 180)


def tilted_model(folder: Path, tilt: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> SparseModel:
    shots = walk(["a.jpg", "b.jpg", "c.jpg"], tilt)
    write_model(folder / "model", shots, wall() @ tilt.T)
    return read_sparse_model(folder / "model")


@settings(max_examples=40, deadline=None)
@given(x=ANGLES, y=ANGLES, z=ANGLES)
def test_photographs_stand_upright_whatever_the_world_of_the_model(
    tmp_path_factory: pytest.TempPathFactory, x: float, y: float, z: float
) -> None:
    tilt = turn("z", z) @ turn("y", y) @ turn("x", x)
    model = tilted_model(tmp_path_factory.mktemp("tilted"), tilt)
    frame = viewer_frame(model, initial_image(model))
    ups = [frame.matrix @ -image.rotation[1] for image in model.images]
    rights = [frame.matrix @ image.rotation[0] for image in model.images]
    assert np.allclose(ups, [0, 1, 0], atol=1e-6)
    assert np.allclose(np.array(rights)[:, 1], 0, atol=1e-6)
    # A turn, never a mirror image.
    assert np.linalg.det(frame.matrix) == pytest.approx(1)


def test_a_first_photograph_that_leans_a_little_has_a_level_horizon(tmp_path: Path) -> None:
    shots = walk(["a.jpg", "b.jpg", "c.jpg"])
    leaning = [
        type(shot)(shot.name, shot.centre, turn("z", lean))
        for shot, lean in zip(shots, (0, 8, 0), strict=True)
    ]
    write_model(tmp_path / "model", leaning, wall())
    model = read_sparse_model(tmp_path / "model")
    frame = viewer_frame(model, model.images[1])
    assert (frame.matrix @ model.images[1].rotation[0])[1] == pytest.approx(0, abs=1e-6)


def test_a_first_photograph_held_sideways_does_not_lay_the_others_down(tmp_path: Path) -> None:
    shots = walk(["a.jpg", "b.jpg", "c.jpg", "d.jpg"])
    turned = [
        type(shot)(shot.name, shot.centre, turn("z", 90 if shot.name == "b.jpg" else 0)) for shot in shots
    ]
    write_model(tmp_path / "model", turned, wall())
    model = read_sparse_model(tmp_path / "model")
    frame = viewer_frame(model, model.images[1])
    assert (frame.matrix @ -model.images[0].rotation[1])[1] > 0.9


def test_the_angles_mean_to_splat_transform_what_they_mean_here(tmp_path: Path) -> None:
    points = wall(5)
    write_ply(tmp_path / "scene.ply", points)
    angles = (31.0, -47.0, 112.0)
    rotate = [f"--rotate={','.join(map(str, angles))}"]
    convert(find_splat_transform(), tmp_path / "scene.ply", tmp_path / "turned.ply", StopSignal(), rotate)
    # A .ply is written back in the world of .ply files.
    expected = points @ (PLY_TO_VIEWER.T @ euler_matrix(*angles) @ PLY_TO_VIEWER).T
    assert np.allclose(read_places(tmp_path / "turned.ply"), expected, atol=1e-4)


def test_there_is_a_node_to_run() -> None:
    program = find_splat_transform()
    said = subprocess.run([program.node, "--version"], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == f"v{program.node_version}"
