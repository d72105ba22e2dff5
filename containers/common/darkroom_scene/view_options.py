"""Options of stage `view`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self


@dataclass(frozen=True)
class ViewOptions:
    """What a scene must reach to pass, and what its compressed forms keep."""

    min_psnr: float = field(
        default=0.0,
        metadata={
            "doc": "least mean PSNR of the held-out photographs, dB; 0 asks for none",
            "min": 0.0,
            "max": 100.0,
        },
    )
    max_psnr_drop: float = field(
        default=1.0,
        metadata={
            "doc": "how far that PSNR may fall below the baseline report's, dB",
            "min": 0.0,
            "max": 100.0,
        },
    )
    max_registered_drop: float = field(
        default=0.0,
        metadata={
            "doc": "how far the share of registered photographs may fall below the baseline report's",
            "min": 0.0,
            "max": 1.0,
        },
    )
    view_harmonics: int = field(
        default=1,
        metadata={
            "doc": "highest degree of the colours' spherical harmonics in scene.sog and viewer.html; 30,000 "
            "Gaussians take seconds with 1, minutes above it, and a million take hours with any but 0",
            "min": 0,
            "max": 3,
        },
    )

    @classmethod
    def preset(cls, name: str) -> Self:
        """The defaults of a preset; in `standard` and `high` scene.sog is too large for harmonics."""
        return cls() if name == "preview" else cls(view_harmonics=0)
