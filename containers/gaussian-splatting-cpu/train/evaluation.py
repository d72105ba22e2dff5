"""How well the Gaussians show the photographs: PSNR and SSIM, as the report tells them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from train.gaussians import Array, Gaussians
from train.loss import psnr
from train.photographs import Photograph
from train.rasteriser import Rasteriser, View, similarity

Draw = Callable[[View], Array]


@dataclass(frozen=True)
class ViewQuality:
    """PSNR in decibels and SSIM of one photograph at the size of training."""

    name: str
    psnr: float
    ssim: float


@dataclass(frozen=True)
class Evaluation:
    """Quality of every photograph; means are over photographs, None where there is none.

    Attributes:
        held_out: By name.
        trained: By name.
        baseline: PSNR of the mean of the training photographs, as a picture of each held-out one.
    """

    held_out: tuple[ViewQuality, ...]
    trained: tuple[ViewQuality, ...]
    baseline: float | None


def drawer(gaussians: Gaussians, degree: int) -> Draw:
    """A function that draws a view of these Gaussians, with values in [0, 1]."""
    rasteriser = Rasteriser()

    def draw(view: View) -> Array:
        return np.clip(rasteriser.draw(gaussians, view, degree)[0], 0, 1)

    return draw


def evaluate(photographs: Sequence[Photograph], draw: Draw) -> Evaluation:
    """Draws every photograph's view and compares; no exposure is fitted."""
    held_out = [photograph for photograph in photographs if photograph.held_out]
    trained = [photograph for photograph in photographs if not photograph.held_out]
    return Evaluation(
        tuple(_quality(photograph, draw) for photograph in held_out),
        tuple(_quality(photograph, draw) for photograph in trained),
        mean([psnr(mean_picture(trained, photograph.view), photograph.colours()) for photograph in held_out]),
    )


def mean_picture(photographs: Sequence[Photograph], view: View) -> Array:
    """(height, width, 3) the mean of the photographs of the view's size; mid grey where there is none."""
    alike = [p.colours() for p in photographs if p.pixels.shape[:2] == (view.height, view.width)]
    return np.mean(alike, axis=0) if alike else np.full((view.height, view.width, 3), 0.5, np.float32)


def mean(values: Sequence[float]) -> float | None:
    """The mean, None of nothing."""
    return float(np.mean(values)) if values else None


def _quality(photograph: Photograph, draw: Draw) -> ViewQuality:
    picture, colours = draw(photograph.view), photograph.colours()
    return ViewQuality(photograph.name, psnr(picture, colours), similarity(picture, colours)[0])
