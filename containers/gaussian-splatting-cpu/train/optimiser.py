"""One step of Adam over all parameters, each group at its own rate."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from train.gaussians import Array, Gaussians
from train.rasteriser import adam_step
from train.recipe import Recipe

Moments = tuple[Gaussians, Gaussians]


def rates(recipe: Recipe, scale: float, done: float) -> dict[str, float]:
    """Rate of each group when the share `done` of the steps is made; "colour" is the constant harmonic."""
    return {
        "means": scale * recipe.means_rate * (recipe.means_rate_end / recipe.means_rate) ** done,
        "log_scales": recipe.log_scales_rate,
        "quaternions": recipe.quaternions_rate,
        "opacity_logits": recipe.opacity_logits_rate,
        "colour": recipe.colour_rate * (1 - 0.9 * done),
        "harmonics": recipe.harmonics_rate,
    }


def optimise(
    gaussians: Gaussians, gradients: Gaussians, moments: Moments, rate: Mapping[str, float], step: int
) -> None:
    """Moves the parameters against their gradients, in place; `step` counts from 1."""
    slopes, means, squares = (dict(rows.groups()) for rows in (gradients, *moments))
    for name, values in gaussians.groups():
        four = (values, slopes[name], means[name], squares[name])
        if name == "harmonics":
            _columns(four, slice(0, 1), rate["colour"], step)
            _columns(four, slice(1, None), rate[name], step)
        else:
            adam_step(*four, rate=rate[name], step=step)


def _columns(four: tuple[Array, Array, Array, Array], columns: slice, rate: float, step: int) -> None:
    """The step for some of the harmonics alone: they are copied, as they do not lie together."""
    parts = tuple(np.ascontiguousarray(array[:, columns]) for array in four)
    if parts[0].size == 0:
        return
    adam_step(*parts, rate=rate, step=step)
    for k in (0, 2, 3):
        four[k][:, columns] = parts[k]
