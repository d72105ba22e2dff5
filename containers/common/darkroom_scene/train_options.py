"""The options of stage train."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self


@dataclass(frozen=True)
class TrainOptions:
    """How a scene is trained; the defaults are those of the preset `preview`."""

    steps: int = field(
        default=1500,
        metadata={"doc": "training steps; each looks at one photograph", "min": 1, "max": 200_000},
    )
    size: int = field(
        default=256,
        metadata={"doc": "longer side of the photographs in training, in pixels", "min": 32, "max": 8192},
    )
    max_gaussians: int = field(
        default=30_000,
        metadata={"doc": "most Gaussians; memory and file size grow with it", "min": 100, "max": 10_000_000},
    )
    sh_degree: int = field(
        default=1,
        metadata={"doc": "how much colours may change with the direction of sight", "choices": [0, 1, 2, 3]},
    )
    device: str = field(
        default="cpu",
        metadata={"doc": "what trains: a processor, or a graphics card", "choices": ["cpu", "cuda"]},
    )

    @classmethod
    def preset(cls, name: str) -> Self:
        """The defaults of a preset: `preview` for minutes on a processor, the others for a graphics card."""
        if name == "standard":
            return cls(steps=7000, size=1600, max_gaussians=1_000_000, sh_degree=3, device="cuda")
        if name == "high":
            return cls(steps=30_000, size=1600, max_gaussians=3_000_000, sh_degree=3, device="cuda")
        return cls()
