"""Gradients against central differences in double precision, through the whole chain."""

from __future__ import annotations

import numpy as np
import pytest

from tests.some_gaussians import some_gaussians, tilted_view
from train.gaussians import Array
from train.rasteriser import Rasteriser, similarity


@pytest.mark.parametrize("compensate", [False, True])
@pytest.mark.parametrize("degree", [0, 1, 2, 3])
def test_every_parameter_has_the_slope_of_its_central_difference(degree: int, compensate: bool) -> None:
    gaussians, view = some_gaussians(12, 5 + degree, degree), tilted_view(compensate=compensate)
    weights = np.random.default_rng(1).normal(size=(view.height, view.width, 3))
    rasteriser = Rasteriser("float64")

    def loss() -> float:
        return float((rasteriser.draw(gaussians, view, degree, (0.3, 0.6, 0.1))[0] * weights).sum())

    image, _ = rasteriser.draw(gaussians, view, degree, (0.3, 0.6, 0.1))
    gradients = gaussians.zeros()
    rasteriser.differentiate(gaussians, image, weights, gradients)
    for (name, values), (_, slopes) in zip(gaussians.groups(), gradients.groups(), strict=True):
        expected = central_differences(values, loss)
        np.testing.assert_allclose(slopes, expected, rtol=2e-4, atol=2e-4, err_msg=name)
        assert np.abs(expected).max() > 0.01, f"{name} has no slope: the test shows nothing"


def central_differences(values: Array, loss: object, step: float = 1e-6) -> Array:
    assert callable(loss)
    flat, out = values.reshape(-1), np.zeros(values.size)
    for i in range(values.size):
        middle = flat[i]
        flat[i] = middle + step
        above = loss()
        flat[i] = middle - step
        out[i] = (above - loss()) / (2 * step)
        flat[i] = middle
    return out.reshape(values.shape)


def test_single_precision_follows_double_precision() -> None:
    gaussians, view = some_gaussians(200, 3), tilted_view(compensate=True)
    weights = np.random.default_rng(2).normal(size=(view.height, view.width, 3))
    exact, fast = gaussians.zeros(), gaussians.astype(np.float32).zeros()
    rasteriser = Rasteriser("float64")
    image, _ = rasteriser.draw(gaussians, view, 3)
    rasteriser.differentiate(gaussians, image, weights, exact)
    rasteriser = Rasteriser("float32")
    single, _ = rasteriser.draw(gaussians.astype(np.float32), view, 3)
    rasteriser.differentiate(gaussians.astype(np.float32), single, weights, fast)
    assert (
        np.abs(single - image).max() < 5e-3
    )  # one contribution of 1/255 may fall on the other side of the limit
    for (name, values), (_, slopes) in zip(exact.groups(), fast.groups(), strict=True):
        assert np.linalg.norm(slopes - values) < 0.01 * np.linalg.norm(values), name


def test_similarity_has_the_slope_of_its_central_difference() -> None:
    random = np.random.default_rng(4)
    first, second = random.uniform(size=(2, 14, 17, 3))
    _, slopes = similarity(first, second, gradient=True)
    assert slopes is not None
    expected = central_differences(first, lambda: similarity(first, second)[0])
    np.testing.assert_allclose(slopes, expected, atol=1e-8)
    assert np.abs(expected).max() > 1e-4
