from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.some_gaussians import some_gaussians
from train.ply import PROPERTIES, ply_bytes, read_ply


@pytest.mark.parametrize("degree", [0, 1, 2, 3])
def test_a_file_gives_back_what_was_written(degree: int, tmp_path: Path) -> None:
    gaussians = some_gaussians(7, 1, degree).astype(np.float32)
    path = tmp_path / "scene.ply"
    path.write_bytes(ply_bytes(gaussians))
    again = read_ply(path)
    trained = (degree + 1) ** 2
    assert np.array_equal(again.harmonics[:, :trained], gaussians.harmonics)
    assert not again.harmonics[:, trained:].any()
    for name in ("means", "log_scales", "opacity_logits"):
        assert np.array_equal(getattr(again, name), getattr(gaussians, name)), name
    length = np.linalg.norm(gaussians.quaternions, axis=1, keepdims=True)
    np.testing.assert_allclose(again.quaternions, gaussians.quaternions / length, rtol=1e-6)


def test_the_header_is_the_one_that_viewers_know() -> None:
    head = ply_bytes(some_gaussians(3, 1).astype(np.float32)).partition(b"end_header\n")[0].decode()
    assert head.startswith("ply\nformat binary_little_endian 1.0\nelement vertex 3\nproperty float x\n")
    names = [line.split()[-1] for line in head.splitlines() if line.startswith("property")]
    assert tuple(names) == PROPERTIES
    assert len(names) == 62


def test_rest_coefficients_lie_by_colour_and_then_by_harmonic() -> None:
    gaussians = some_gaussians(1, 1, degree=1).astype(np.float32)
    body = np.frombuffer(ply_bytes(gaussians).partition(b"end_header\n")[2], "<f4")
    red, green = body[9:12], body[9 + 15 : 9 + 18]
    assert np.array_equal(red, gaussians.harmonics[0, 1:, 0])
    assert np.array_equal(green, gaussians.harmonics[0, 1:, 1])


def test_a_file_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "scene.ply"
    path.write_bytes(ply_bytes(some_gaussians(3, 1).astype(np.float32))[:-1])
    with pytest.raises(ValueError, match="not a whole PLY"):
        read_ply(path)
