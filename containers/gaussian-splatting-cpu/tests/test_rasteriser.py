from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest

from tests.reference import draw_slowly
from tests.some_gaussians import some_gaussians, tilted_view
from train.rasteriser import Rasteriser, similarity

CONSTANT = 0.28209479177387814


@pytest.mark.parametrize("compensate", [False, True])
def test_pictures_are_those_of_the_equations_pixel_by_pixel(compensate: bool) -> None:
    gaussians, view = some_gaussians(60, 11, degree=0), tilted_view(compensate=compensate)
    background = (0.2, 0.5, 0.9)
    colours = np.maximum(gaussians.harmonics[:, 0] * CONSTANT + 0.5, 0).astype(np.float64)
    expected = draw_slowly(gaussians, view, colours, np.array(background))
    image, _ = Rasteriser("float64").draw(gaussians, view, 0, background)
    np.testing.assert_allclose(image, expected, atol=1e-12)
    assert expected.std() > 0.1


def test_nothing_in_sight_is_the_background() -> None:
    gaussians, view = some_gaussians(5, 1), tilted_view(compensate=True)
    gaussians.means[:, 2] = -4
    image, light = Rasteriser("float64").draw(gaussians, view, 3, (0.1, 0.2, 0.3))
    assert np.all(light == 1)
    assert np.allclose(image, (0.1, 0.2, 0.3))


def test_an_opaque_gaussian_in_front_hides_what_is_behind() -> None:
    gaussians, view = some_gaussians(2, 1, degree=0), tilted_view(compensate=False)
    gaussians.means[:] = (np.array([[0, 0, 2.0], [0, 0, 4.0]]) - view.translation) @ view.rotation
    gaussians.log_scales[:] = 1
    gaussians.opacity_logits[:] = 20
    gaussians.harmonics[:, 0] = [[1, -2, -2], [-2, 1, -2]]
    image, _ = Rasteriser("float64").draw(gaussians, view, 0)
    middle = image[view.height // 2, view.width // 2]
    assert middle[0] > 0.75
    assert middle[1] < 0.02


DRAW_AND_HASH = """
import hashlib, sys
import numpy as np
sys.path[:0] = sys.argv[1:]
from tests.some_gaussians import some_gaussians, tilted_view
from train.rasteriser import Rasteriser
gaussians, view = some_gaussians(500, 2).astype(np.float32), tilted_view(compensate=True)
rasteriser, out = Rasteriser(), gaussians.zeros()
image, _ = rasteriser.draw(gaussians, view, 3)
rasteriser.differentiate(gaussians, image, np.sin(np.arange(image.size)).reshape(image.shape), out)
print(hashlib.sha256(image.tobytes() + b"".join(v.tobytes() for _, v in out.groups())).hexdigest())
"""


def test_any_number_of_threads_gives_the_same_bits() -> None:
    digests = set()
    for threads in ("1", "2", "5"):
        environ = {**os.environ, "OMP_NUM_THREADS": threads, "OMP_DYNAMIC": "false"}
        command = [sys.executable, "-c", DRAW_AND_HASH, *sys.path]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
        digests.add(done.stdout.strip())
    assert len(digests) == 1
    assert len(digests.pop()) == hashlib.sha256().digest_size * 2


def test_similarity_is_one_for_the_same_picture_and_less_for_another() -> None:
    picture = np.random.default_rng(0).uniform(size=(20, 24, 3))
    assert similarity(picture, picture)[0] == pytest.approx(1)
    assert similarity(picture, 1 - picture)[0] < 0


def test_similarity_is_that_of_wang_2004_window_by_window() -> None:
    first, second = np.random.default_rng(5).uniform(size=(2, 13, 12, 3))
    line = np.exp(-(np.arange(-5, 6) ** 2) / 4.5)
    window = np.outer(line, line)[:, :, None] / np.outer(line, line).sum()
    values = []
    for y in range(3):
        for x in range(2):
            a, b = first[y : y + 11, x : x + 11], second[y : y + 11, x : x + 11]
            mean_a, mean_b = (window * a).sum(axis=(0, 1)), (window * b).sum(axis=(0, 1))
            vary_a = (window * (a - mean_a) ** 2).sum(axis=(0, 1))
            vary_b = (window * (b - mean_b) ** 2).sum(axis=(0, 1))
            both = (window * (a - mean_a) * (b - mean_b)).sum(axis=(0, 1))
            likeness = (2 * mean_a * mean_b + 1e-4) * (2 * both + 9e-4)
            values.append(likeness / ((mean_a**2 + mean_b**2 + 1e-4) * (vary_a + vary_b + 9e-4)))
    assert similarity(first, second)[0] == pytest.approx(float(np.mean(values)), abs=1e-12)
