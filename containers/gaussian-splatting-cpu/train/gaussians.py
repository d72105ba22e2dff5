"""Gaussians as flat arrays: what is trained, and the shape of its gradients."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Gaussians:
    """n Gaussians of one real type; also their gradients and the optimiser's moments.

    Attributes:
        means: (n, 3) in the world.
        log_scales: (n, 3) natural logarithms of the standard deviations.
        quaternions: (n, 4) w, x, y, z; of any length but zero.
        opacity_logits: (n,).
        harmonics: (n, k, 3) spherical harmonics of the colour less 0.5; k is 1, 4, 9 or 16.
    """

    means: Array
    log_scales: Array
    quaternions: Array
    opacity_logits: Array
    harmonics: Array

    @property
    def count(self) -> int:
        """Number of Gaussians."""
        return len(self.means)

    def groups(self) -> Iterator[tuple[str, Array]]:
        """The arrays by name, in one order."""
        return ((field.name, getattr(self, field.name)) for field in fields(self))

    def zeros(self) -> Gaussians:
        """Arrays of the same shapes, all zero."""
        return Gaussians(**{name: np.zeros_like(values) for name, values in self.groups()})

    def take(self, rows: NDArray[np.integer] | NDArray[np.bool_]) -> Gaussians:
        """Copies of the given rows."""
        return Gaussians(**{name: np.ascontiguousarray(values[rows]) for name, values in self.groups()})

    def join(self, others: Gaussians) -> Gaussians:
        """These rows and then the others'."""
        more = dict(others.groups())
        return Gaussians(**{name: np.concatenate([values, more[name]]) for name, values in self.groups()})

    def astype(self, dtype: type[np.floating]) -> Gaussians:
        """Contiguous copies in another real type."""
        return Gaussians(
            **{name: np.ascontiguousarray(values, dtype=dtype) for name, values in self.groups()}
        )
