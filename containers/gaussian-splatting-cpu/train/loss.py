"""The difference of a picture to its photograph: Kerbl et al. 2023, equation 7."""

from __future__ import annotations

import numpy as np

from train.gaussians import Array
from train.rasteriser import similarity


def picture_loss(picture: Array, photograph: Array, similarity_weight: float) -> tuple[float, Array]:
    """(1 - w) mean |picture - photograph| + w (1 - SSIM), and its gradient over the picture.

    Args:
        picture: (height, width, 3).
        photograph: The same shape, in [0, 1].
        similarity_weight: w.
    """
    difference = picture - photograph
    alike, slope = similarity(picture, photograph, gradient=True)
    assert slope is not None
    value = (1 - similarity_weight) * float(np.abs(difference).mean()) + similarity_weight * (1 - alike)
    gradient = np.sign(difference) * difference.dtype.type((1 - similarity_weight) / difference.size)
    gradient -= difference.dtype.type(similarity_weight) * slope
    return value, gradient


def psnr(picture: Array, photograph: Array) -> float:
    """Peak signal to noise ratio in decibels, of values in [0, 1]; what is outside is cut off first."""
    error = float(np.mean((np.clip(picture, 0, 1).astype(np.float64) - photograph) ** 2))
    return -10 * float(np.log10(max(error, 1e-10)))
