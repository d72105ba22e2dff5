from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.some_gaussians import some_gaussians
from train.relocation import grow, relocate, shared, sigmoid


@given(opacity=st.floats(0.01, 0.99), copies=st.integers(1, 51))
def test_copies_together_are_as_opaque_as_the_one(opacity: float, copies: int) -> None:
    each, factor = shared(np.array([opacity]), np.array([copies]))
    assert np.isclose(1 - (1 - each[0]) ** copies, opacity)
    assert 0 < factor[0] <= 1 + 1e-9


@given(opacity=st.floats(0.05, 0.95), copies=st.integers(1, 6))
def test_copies_together_let_through_as_much_light_as_the_one(opacity: float, copies: int) -> None:
    each, factor = shared(np.array([opacity]), np.array([copies]))
    x = np.linspace(-60, 60, 200_001)
    one = opacity * np.exp(-(x**2) / 2)
    together = 1 - (1 - each[0] * np.exp(-(x**2) / 2 / factor[0] ** 2)) ** copies
    assert np.isclose(np.trapezoid(one, x), np.trapezoid(together, x), rtol=1e-4)


def test_dead_gaussians_move_to_living_ones_and_their_moments_are_forgotten() -> None:
    gaussians = some_gaussians(50, 3)
    gaussians.opacity_logits[:10] = -8
    moments = (some_gaussians(50, 4), some_gaussians(50, 5))
    living = {tuple(mean) for mean in gaussians.means[10:]}
    dead = sigmoid(gaussians.opacity_logits) < 0.005
    assert relocate(gaussians, moments, dead, np.random.default_rng(0)) == 10
    assert {tuple(mean) for mean in gaussians.means} <= living
    assert all(not values[:10].any() for moment in moments for _, values in moment.groups())
    assert (sigmoid(gaussians.opacity_logits) >= 0.005).all()


def test_growth_adds_exactly_as_many_as_asked() -> None:
    gaussians = some_gaussians(20, 3)
    before = gaussians.means.copy()
    grown, moments = grow(gaussians, (gaussians.zeros(), gaussians.zeros()), 7, np.random.default_rng(0))
    assert grown.count == moments[0].count == moments[1].count == 27
    assert np.array_equal(grown.means[:20], before)
